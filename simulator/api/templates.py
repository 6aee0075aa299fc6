"""Template messages and the report that follows each (wechat.md §4.2)."""

import time
from typing import Any

from simulator import bodies
from simulator.account import Right
from simulator.api.gate import ApiError, Call, interface
from simulator.api.messages import find_phone
from simulator.phones import Phone
from simulator.push import Letter
from simulator.templates import BadData, render


@interface("message/template/send", right=Right.TEMPLATES, daily=100_000)
def send(call: Call) -> dict[str, Any]:
    """Send one to a follower, at any time; whether it arrived is reported by an event."""
    phone = find_phone(call)
    template = call.platform.templates.find(call.text("template_id", 40037))
    if template is None:
        raise ApiError(40037)
    if not phone.follows:
        raise ApiError(43004)
    data = call.json.get("data")
    if not isinstance(data, dict):
        raise ApiError(47001)
    values = {name: str(part.get("value", "")) for name, part in data.items() if isinstance(part, dict)}
    url = call.json.get("url")
    try:
        said = render(template, values, url if isinstance(url, str) and url else None, strict=not call.who.is_test)
    except BadData as bad:
        raise ApiError(47003, str(bad)) from None
    new = int(call.platform.new_msg_id())
    msgid = call.platform.templates.once(phone.openid, str(call.json.get("client_msg_id") or ""), new)
    call.note |= {"template_id": template.template_id, "content": said.content}
    if msgid == new:
        if not phone.blocks_templates:
            call.platform.phones.show(phone, "account", said, via="template")
        _report(call, phone, msgid)
    return {"errcode": 0, "errmsg": "ok", "msgid": msgid}


def _report(call: Call, phone: Phone, msgid: int) -> None:
    name = "TEMPLATESENDJOBFINISH"
    status = "failed:user block" if phone.blocks_templates else "success"
    fields: dict[str, bodies.Field] = {"MsgID": msgid, "Status": status}
    xml = bodies.event(call.who.openid, phone.openid, call.platform.clock.now(), name, fields)
    letter = Letter(phone, f"event:{name}", xml, f"event-{msgid}", time.monotonic(), is_event=True, seen=False)
    call.platform.pusher.post(letter)


@interface("template/get_all_private_template", "GET", right=Right.TEMPLATES)
def get_all(call: Call) -> dict[str, Any]:
    """The account's templates."""
    return {
        "template_list": [
            {
                "template_id": t.template_id,
                "title": t.title,
                "primary_industry": "政府与公共事业",
                "deputy_industry": "公共事业",
                "content": t.content,
                "example": "",
            }
            for t in call.platform.templates.all()
        ]
    }


@interface("template/api_add_template", right=Right.TEMPLATES)
def add(call: Call) -> dict[str, Any]:
    """Take a template of the platform's library: here one with the keywords given, all of the kind thing."""
    short = call.text("template_id_short", 40037)
    keywords = call.json.get("keyword_name_list")
    if not isinstance(keywords, list) or not keywords or not all(isinstance(k, str) for k in keywords):
        keywords = ["内容"]
    content = "\n".join(f"{keyword}：{{{{thing{n}.DATA}}}}" for n, keyword in enumerate(keywords, 1))
    template = call.platform.templates.add(f"模板 {short}", content)
    if template is None:
        raise ApiError(45026, "template num exceeds limit")
    return {"errcode": 0, "errmsg": "ok", "template_id": template.template_id}


@interface("template/del_private_template", right=Right.TEMPLATES)
def delete(call: Call) -> dict[str, Any]:
    """Take one off the list."""
    if not call.platform.templates.delete(call.text("template_id", 40037)):
        raise ApiError(40037)
    return {"errcode": 0, "errmsg": "ok"}
