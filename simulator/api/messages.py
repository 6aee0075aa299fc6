"""Customer-service messages and the typing mark (wechat.md §2)."""

from typing import Any

from simulator.account import Right
from simulator.api.gate import ApiError, Call, interface
from simulator.phones import OPENID, Phone, Said
from simulator.quota import NoWindow, Spent

OK = {"errcode": 0, "errmsg": "ok"}
TYPING_S = 15.0
INTERACTION_S = 30.0


@interface("message/custom/send", right=Right.CUSTOMER_SERVICE, daily=500_000)
def send(call: Call) -> dict[str, Any]:
    """Say something to a farmer who did something lately."""
    phone = find_phone(call)
    said = _read(call)
    call.note |= {"type": said.type, "content": said.content}
    if phone.follows is False:
        raise ApiError(call.platform.switches.now.unsubscribed_errcode)
    try:
        call.platform.ledger.spend(phone.openid)
    except NoWindow:
        raise ApiError(45015) from None
    except Spent:
        raise ApiError(45047) from None
    call.platform.phones.show(phone, "account", said, via="customer_service")
    return dict(OK)


@interface("message/custom/typing", right=Right.CUSTOMER_SERVICE)
def typing(call: Call) -> dict[str, Any]:
    """Show or take away 对方正在输入; it lasts 15 seconds, and any message takes it away."""
    phone, now = find_phone(call), call.platform.clock.now()
    match call.json.get("command"):
        case "Typing":
            if now - phone.acted_at > INTERACTION_S:
                raise ApiError(45080)
            if phone.typing_until > now:
                raise ApiError(45081)
            phone.typing_until = now + TYPING_S
        case "CancelTyping":
            phone.typing_until = 0.0
        case _:
            raise ApiError(45072)
    call.platform.phones.changed()
    return dict(OK)


def find_phone(call: Call) -> Phone:
    """The farmer that `touser` names; 40003 when it is not one of this account's."""
    openid = call.json.get("touser")
    if not isinstance(openid, str) or not OPENID.fullmatch(openid):
        raise ApiError(40003)
    phone = call.platform.phones.find(openid)
    if phone is None or phone.follows is None:
        raise ApiError(40003)
    return phone


def _read(call: Call) -> Said:
    kind = call.json.get("msgtype")
    part = call.json.get(kind) if isinstance(kind, str) else None
    if not isinstance(kind, str) or kind not in READERS:
        raise ApiError(40008)
    if not isinstance(part, dict):
        raise ApiError(44004 if kind == "text" else 47001)
    said = READERS[kind](call, part)
    service = call.json.get("customservice")
    if isinstance(service, dict) and isinstance(service.get("kf_account"), str):
        return Said(
            said.type,
            said.content,
            said.media_id,
            said.url,
            {**said.extra, "kf_account": service["kf_account"]},
        )
    return said


def _string(part: dict[str, Any], name: str) -> str:
    value = part.get(name, "")
    return value if isinstance(value, str) else ""


def _sized(call: Call, content: str) -> str:
    if len(content.encode()) > call.platform.switches.now.custom_text_bytes:
        raise ApiError(45002)
    return content


def _text(call: Call, part: dict[str, Any]) -> Said:
    content = _string(part, "content")
    if not content:
        raise ApiError(44004)
    return Said.text(_sized(call, content))


def _file(call: Call, part: dict[str, Any], kind: str, name: str = "media_id") -> str:
    media_id = _string(part, name)
    found = call.platform.media.find(media_id)
    if not found or found.kind != kind:
        raise ApiError(40007)
    return media_id


def _image(call: Call, part: dict[str, Any]) -> Said:
    return Said("image", media_id=_file(call, part, "image"))


def _voice(call: Call, part: dict[str, Any]) -> Said:
    return Said("voice", media_id=_file(call, part, "voice"))


def _video(call: Call, part: dict[str, Any]) -> Said:
    extra = {"description": _string(part, "description")}
    return Said("video", _string(part, "title"), _file(call, part, "video"), extra=extra)


def _music(call: Call, part: dict[str, Any]) -> Said:
    _file(call, part, "thumb", "thumb_media_id")
    url = _string(part, "musicurl") or _string(part, "hqmusicurl")
    return Said("music", _string(part, "title"), url=url or None, extra={"description": _string(part, "description")})


def _news(call: Call, part: dict[str, Any]) -> Said:
    articles = part.get("articles")
    if not isinstance(articles, list) or not articles or not all(isinstance(a, dict) for a in articles):
        raise ApiError(44003)
    if len(articles) > 1:
        raise ApiError(45008)
    shown = [
        {
            "title": _string(a, "title"),
            "description": _string(a, "description"),
            "pic_url": _string(a, "picurl"),
            "url": _string(a, "url"),
        }
        for a in articles
    ]
    return Said("news", shown[0]["title"], url=shown[0]["url"] or None, extra={"articles": shown})


def _msgmenu(call: Call, part: dict[str, Any]) -> Said:
    if call.who.is_test:
        raise ApiError(40200)
    items = part.get("list")
    if not isinstance(items, list) or not items or not all(isinstance(i, dict) for i in items):
        raise ApiError(44004)
    choices = [{"id": str(i.get("id", "")), "content": _string(i, "content")} for i in items]
    if not all(c["id"] and c["content"] for c in choices):
        raise ApiError(44004)
    head, tail = _string(part, "head_content"), _string(part, "tail_content")
    content = "\n".join(line for line in (head, *(c["content"] for c in choices), tail) if line)
    return Said("msgmenu", _sized(call, content), extra={"menu": {"head": head, "list": choices, "tail": tail}})


def _miniprogrampage(call: Call, part: dict[str, Any]) -> Said:
    thumb = call.platform.media.find(_string(part, "thumb_media_id"))
    if not thumb or thumb.kind not in {"image", "thumb"}:
        raise ApiError(40007)
    return Said("miniprogrampage", _string(part, "title"), extra={"pagepath": _string(part, "pagepath")})


def _permanent(call: Call, part: dict[str, Any]) -> Said:
    raise ApiError(40007)  # mpnews, mpnewsarticle, wxcard: the simulator has no published material and no cards


READERS = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "music": _music,
    "news": _news,
    "msgmenu": _msgmenu,
    "miniprogrampage": _miniprogrampage,
    "mpnews": _permanent,
    "mpnewsarticle": _permanent,
    "wxcard": _permanent,
}
