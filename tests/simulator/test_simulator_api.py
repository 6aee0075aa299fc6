"""The platform's interfaces: messages, media, menu, codes, users, templates, and who may use them."""

import re
from typing import Any

import pytest
from simulator_kit import AMR, FARMER, JPEG, MP4, OTHER, Answer, Caller, Hook, text


def test_a_refusal_is_http_200_with_number_sentence_and_rid(caller: Caller) -> None:
    refused = caller.get("/cgi-bin/getcallbackip", access_token="x")
    assert refused["errcode"] == 40001
    assert re.fullmatch(r"invalid credential, .* rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}", refused["errmsg"])


def test_an_unknown_interface_and_a_wrong_method_are_refused(caller: Caller) -> None:
    assert caller.api("message/custom/shout", {})["errcode"] == 40066
    assert caller.api("message/custom/send")["errcode"] == 43002
    assert caller.api("getcallbackip", {})["errcode"] == 43001


# ---- customer-service messages ----


def test_the_first_link_of_a_text_is_in_the_transcript(caller: Caller) -> None:
    caller.say()
    caller.tell('答复在<a href="http://127.0.0.1:8000/c/1?k=a">这里</a>。')
    assert caller.last()["url"] == "http://127.0.0.1:8000/c/1?k=a"
    caller.tell("看 http://127.0.0.1:8000/c/2，很清楚")
    assert caller.last()["url"] == "http://127.0.0.1:8000/c/2"
    caller.tell("没有链接")
    assert caller.last()["url"] is None


def test_every_kind_of_message_that_has_what_it_needs_is_shown(caller: Caller) -> None:
    picture, sound = caller.upload("image", JPEG)["media_id"], caller.upload("voice", AMR)["media_id"]
    film, thumb = caller.upload("video", MP4)["media_id"], caller.upload("thumb", JPEG)["thumb_media_id"]
    messages: dict[str, dict[str, Any]] = {
        "image": {"media_id": picture},
        "voice": {"media_id": sound},
        "video": {"media_id": film, "thumb_media_id": thumb, "title": "片"},
        "music": {"musicurl": "http://a.cn/m", "thumb_media_id": thumb, "title": "歌"},
        "news": {"articles": [{"title": "题", "description": "述", "url": "http://a.cn/1", "picurl": ""}]},
        "msgmenu": {"head_content": "头", "list": [{"id": 1, "content": "甲"}], "tail_content": "尾"},
        "miniprogrampage": {"title": "小程序", "appid": "wx1", "pagepath": "p", "thumb_media_id": thumb},
    }
    for kind, part in messages.items():
        caller.say()
        assert caller.api("message/custom/send", {"touser": FARMER, "msgtype": kind, kind: part})["errcode"] == 0
        assert caller.last()["type"] == kind
        assert caller.last()["via"] == "customer_service"
    assert caller.screen()[11]["content"] == "头\n甲\n尾"


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"msgtype": "text", "text": {"content": "长" * 682 + "ab"}}, 0),
        ({"msgtype": "text", "text": {"content": "长" * 682 + "abc"}}, 45002),
        ({"msgtype": "text", "text": {"content": ""}}, 44004),
        ({"msgtype": "text"}, 44004),
        ({"msgtype": "shout", "shout": {}}, 40008),
        ({}, 40008),
        ({"msgtype": "image", "image": {"media_id": "unknown"}}, 40007),
        ({"msgtype": "mpnews", "mpnews": {"media_id": "unknown"}}, 40007),
        ({"msgtype": "news", "news": {"articles": []}}, 44003),
        ({"msgtype": "news", "news": {"articles": [{"title": "1"}, {"title": "2"}]}}, 45008),
        ({"touser": "nobody", "msgtype": "text", "text": {"content": "a"}}, 40003),
        ({"touser": "农户", "msgtype": "text", "text": {"content": "a"}}, 40003),
        ({"touser": None, "msgtype": "text", "text": {"content": "a"}}, 40003),
    ],
)
def test_a_message_is_checked_before_it_is_sent(caller: Caller, body: dict[str, Any], errcode: int) -> None:
    caller.say()
    assert caller.api("message/custom/send", {"touser": FARMER} | body)["errcode"] == errcode


def test_a_named_agent_speaks(caller: Caller) -> None:
    caller.say()
    caller.tell("我是张老师", customservice={"kf_account": "zhang@nongwen"})
    assert caller.last()["kf_account"] == "zhang@nongwen"


@pytest.mark.parametrize(("literal", "shown"), [(True, "\\u4f60\\u597d"), (False, "你好")])
def test_escaped_json_is_shown_literally_as_wechat_does(caller: Caller, literal: bool, shown: str) -> None:
    caller.say()
    caller.settings(literal_escapes=literal)
    escaped = b'{"touser": "%s", "msgtype": "text", "text": {"content": "\\u4f60\\u597d"}}' % FARMER.encode()
    assert caller.api("message/custom/send", escaped)["errcode"] == 0
    assert caller.last()["content"] == shown


def test_other_escapes_mean_what_json_says(caller: Caller) -> None:
    caller.say()
    body = b'{"touser": "%s", "msgtype": "text", "text": {"content": "a\\nb \\"c\\" \\\\u4f60"}}' % FARMER.encode()
    caller.api("message/custom/send", body)
    assert caller.last()["content"] == 'a\nb "c" \\u4f60'


@pytest.mark.parametrize(
    ("body", "errcode"),
    [(b"", 44002), (b"{", 47001), (b"[]", 47001), ("你".encode("gbk"), 40033), (b"[" * 9999, 47001)],
)
def test_a_body_that_is_not_an_object_in_utf8_is_refused(caller: Caller, body: bytes, errcode: int) -> None:
    assert caller.api("message/custom/send", body)["errcode"] == errcode


def test_typing_is_shown_until_a_message_comes(caller: Caller) -> None:
    def typing() -> bool:
        shown: bool = caller.get("/changes")["phones"][FARMER]["typing"]
        return shown

    def send(command: str) -> int:
        errcode: int = caller.api("message/custom/typing", {"touser": FARMER, "command": command})["errcode"]
        return errcode

    caller.say()
    assert (send("Typing"), typing()) == (0, True)
    assert send("Typing") == 45081
    caller.tell()
    assert not typing()
    assert (send("Typing"), send("CancelTyping"), typing()) == (0, 0, False)
    assert send("Shout") == 45072
    send("Typing")
    caller.pass_time(16)
    assert not typing()
    caller.pass_time(20)
    assert send("Typing") == 45080


# ---- profiles ----

CALLS: dict[str, tuple[str, Any]] = {
    "customer_service": ("message/custom/send", {"touser": FARMER, "msgtype": "text", "text": {"content": "a"}}),
    "menu": ("menu/create", {"button": [{"type": "click", "name": "a", "key": "a"}]}),
    "media": ("media/get", None),
    "users": ("user/get", None),
    "codes": ("qrcode/create", {}),
    "templates": ("template/get_all_private_template", None),
}
MAY = {
    "unverified_subscription": set(),
    "verified_subscription": {"customer_service", "menu", "media", "users"},
    "unverified_service": {"menu"},
    "verified_service": set(CALLS),
    "test": set(CALLS),
}


@pytest.mark.parametrize("profile", list(MAY))
def test_each_profile_may_call_what_it_has_a_right_to_and_else_hears_48001(caller: Caller, profile: str) -> None:
    caller.say()
    caller.post("/control/account", {"profile": profile})
    refused = {group for group, (path, body) in CALLS.items() if caller.api(path, body).get("errcode") == 48001}
    assert refused == set(CALLS) - MAY[profile]


def test_an_unverified_account_can_still_answer_passively(caller: Caller, hook: Hook) -> None:
    caller.post("/control/account", {"profile": "unverified_subscription"})
    hook.answer = hook.says(text("能答"))
    caller.say()
    assert caller.last()["content"] == "能答"


def test_a_test_account_has_no_msgmenu(caller: Caller) -> None:
    caller.say()
    caller.post("/control/account", {"profile": "test"})
    menu = {"head_content": "", "list": [{"id": "1", "content": "甲"}], "tail_content": ""}
    body = {"touser": FARMER, "msgtype": "msgmenu", "msgmenu": menu}
    assert caller.api("message/custom/send", body)["errcode"] == 40200


# ---- media ----


def test_media_is_gone_after_three_days_but_stays_on_the_screen(caller: Caller, hook: Hook) -> None:
    caller.send_file("image", JPEG)
    media_id, pic_url = hook.field("MediaId") or "", hook.field("PicUrl") or ""
    caller.pass_time(3 * 86400 - 60)
    caller.token = ""
    assert caller.client.get(
        "/cgi-bin/media/get", params={"access_token": _token(caller), "media_id": media_id}
    ).content
    caller.pass_time(61)
    assert caller.api("media/get", media_id=media_id)["errcode"] == 40007
    assert caller.client.get(caller.screen()[0]["media_url"]).content == JPEG
    assert caller.client.get(pic_url).content == JPEG
    caller.settings(pic_url_lifetime_s=86400)
    assert caller.client.get(pic_url).status_code == 404


def _token(caller: Caller) -> str:
    caller.api("getcallbackip")
    return caller.token


def test_an_upload_is_judged_by_its_bytes_and_size(caller: Caller) -> None:
    assert caller.upload("image", JPEG)["type"] == "image"
    assert caller.upload("image", b"<html>")["errcode"] == 40005
    assert caller.upload("picture", JPEG)["errcode"] == 40004
    assert caller.upload("thumb", JPEG + b"\0" * 65536)["errcode"] == 40012
    assert caller.upload("voice", AMR + b"\0" * 2 * 1024 * 1024)["errcode"] == 40010
    assert caller.upload("image", b"")["errcode"] == 44001
    assert caller.api("media/upload", b"", type="image")["errcode"] == 41005


# ---- menu ----


def test_a_menu_is_put_up_shown_and_taken_down(caller: Caller) -> None:
    assert caller.api("menu/get")["errcode"] == 46003
    sub = {"type": "view", "name": "说明", "url": "http://a.cn/"}
    menu = {"button": [{"type": "click", "name": "问", "key": "ask"}, {"name": "更多", "sub_button": [sub]}]}
    assert caller.api("menu/create", menu) == {"errcode": 0, "errmsg": "ok"}
    shown = caller.api("menu/get")["menu"]["button"]
    assert [button["name"] for button in shown] == ["问", "更多"]
    assert shown[1]["sub_button"][0]["url"] == "http://a.cn/"
    assert caller.get("/changes")["menu"] == shown
    assert caller.api("menu/delete")["errcode"] == 0
    assert caller.api("menu/get")["errcode"] == 46003


CLICK = {"type": "click", "name": "问", "key": "ask"}


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        ([CLICK] * 4, 40016),
        ([CLICK | {"name": "六个汉字太长"}], 40018),
        ([CLICK | {"type": "shout"}], 40017),
        ([CLICK | {"key": "k" * 129}], 40019),
        ([{"type": "view", "name": "a", "url": "u" * 1025}], 40020),
        ([{"name": "a", "sub_button": [CLICK] * 6}], 40023),
        ([{"name": "a", "sub_button": [CLICK | {"name": "长" * 21}]}], 40025),
        ([{"name": "a", "sub_button": [CLICK | {"key": ""}]}], 40026),
        ([{"name": "a", "sub_button": [{"name": "b", "sub_button": [CLICK]}]}], 40022),
    ],
)
def test_a_menu_beyond_the_limits_is_refused_and_the_old_one_stays(
    caller: Caller, buttons: list[dict[str, Any]], errcode: int
) -> None:
    caller.api("menu/create", {"button": [CLICK]})
    assert caller.api("menu/create", {"button": buttons})["errcode"] == errcode
    assert len(caller.api("menu/get")["menu"]["button"]) == 1


# ---- codes and users ----


def test_a_code_leads_from_its_picture_to_the_farmers_scan(caller: Caller, hook: Hook) -> None:
    scene = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "village-7"}}}
    made = caller.api("qrcode/create", scene)
    picture = caller.client.get("/cgi-bin/showqrcode", params={"ticket": made["ticket"]})
    assert picture.content.startswith(b"\x89PNG")
    assert caller.client.get(made["url"]).headers["Location"] == "/?scan=village-7"
    caller.do("scan", scene="village-7")
    assert hook.field("Ticket") == made["ticket"]
    info = caller.api("user/info", openid=FARMER)
    assert (info["subscribe"], info["subscribe_scene"]) == (1, "ADD_SCENE_QR_CODE")
    assert (info["qr_scene"], info["qr_scene_str"]) == (0, "village-7")
    assert info["nickname"] == ""


def test_a_temporary_code_runs_out(caller: Caller) -> None:
    scene = {"action_name": "QR_SCENE", "expire_seconds": 600, "action_info": {"scene": {"scene_id": 7}}}
    assert caller.api("qrcode/create", scene)["expire_seconds"] == 600
    assert caller.get("/changes")["scenes"] == ["7"]
    caller.pass_time(601)
    assert caller.get("/changes")["scenes"] == []
    refused = caller.client.post(f"/phones/{FARMER}/events", json={"event": "scan", "scene": "7"})
    assert refused.status_code == 410


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100_001}}},
        {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": "7"}}},
        {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": ""}}},
        {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "x" * 65}}},
        {"action_name": "QR_OTHER", "action_info": {"scene": {"scene_str": "x"}}},
    ],
)
def test_a_code_with_a_wrong_scene_is_refused(caller: Caller, wanted: dict[str, Any]) -> None:
    assert caller.api("qrcode/create", wanted)["errcode"] == 40053


def test_user_info_says_who_left_and_who_is_unknown(caller: Caller) -> None:
    caller.do("subscribe")
    assert caller.api("user/info/updateremark", {"openid": FARMER, "remark": "老李"})["errcode"] == 0
    info = caller.api("user/info", openid=FARMER)
    assert (info["remark"], info["subscribe_scene"]) == ("老李", "ADD_SCENE_SEARCH")
    caller.do("unsubscribe")
    assert caller.api("user/info", openid=FARMER) == {"subscribe": 0, "openid": FARMER, "tagid_list": []}
    assert caller.api("user/info", openid=OTHER)["errcode"] == 40003
    caller.do("subscribe", OTHER)
    assert caller.api("user/get")["data"]["openid"] == [OTHER]


# ---- template messages ----

PROGRESS = {
    "touser": FARMER,
    "template_id": "SIM_TEMPLATE_PROGRESS",
    "url": "http://a.cn/n/1",
    "data": {
        "character_string1": {"value": "XQ-0012"},
        "thing2": {"value": "玉米病害上门指导"},
        "phrase3": {"value": "已派单"},
        "time4": {"value": "2026-10-12 15:20"},
    },
}


def with_data(**fields: str) -> dict[str, Any]:
    return PROGRESS | {"data": PROGRESS["data"] | {name: {"value": value} for name, value in fields.items()}}  # type: ignore[operator]


def test_a_template_message_needs_no_window_and_is_reported_by_an_event(caller: Caller, hook: Hook) -> None:
    caller.say()
    caller.pass_time(30 * 86400)
    sent = caller.api("message/template/send", PROGRESS)
    caller.settle()
    assert sent["errcode"] == 0
    entry = caller.last()
    assert (entry["via"], entry["type"], entry["url"]) == ("template", "template", "http://a.cn/n/1")
    assert entry["content"].splitlines()[1:3] == ["单号：XQ-0012", "事项：玉米病害上门指导"]
    assert (hook.field("Event"), hook.field("Status")) == ("TEMPLATESENDJOBFINISH", "success")
    assert hook.field("MsgID") == str(sent["msgid"])
    assert hook.field("MsgId") is None


def test_a_farmer_who_blocks_templates_sees_none_and_the_report_says_so(caller: Caller, hook: Hook) -> None:
    caller.say()
    caller.post(f"/control/phones/{FARMER}", {"blocks_templates": True})
    assert caller.api("message/template/send", PROGRESS)["errcode"] == 0
    caller.settle()
    assert hook.field("Status") == "failed:user block"
    assert len(caller.screen()) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"thing2": "长" * 21},
        {"phrase3": "六个汉字太长"},
        {"character_string1": "汉字"},
        {"time4": "明天"},
        {"thing2": ""},
    ],
)
def test_a_field_that_does_not_fit_is_47003_except_on_a_test_account(caller: Caller, fields: dict[str, str]) -> None:
    caller.say()
    refused = caller.api("message/template/send", with_data(**fields))
    assert refused["errcode"] == 47003
    assert f"data.{next(iter(fields))}.value" in refused["errmsg"]
    caller.post("/control/account", {"profile": "test"})
    allowed = caller.api("message/template/send", with_data(**fields))["errcode"]
    assert allowed == (47003 if "" in fields.values() else 0)


def test_first_and_remark_are_taken_away_and_old_fields_cut(caller: Caller) -> None:
    caller.say()
    content = "{{first.DATA}}\n问题：{{keyword1.DATA}}\n{{remark.DATA}}"
    caller.post("/control/templates", {"template_id": "T", "title": "旧模板", "content": content})
    data = {"first": {"value": "您好"}, "keyword1": {"value": "长" * 30}, "remark": {"value": "再见"}}
    caller.api("message/template/send", {"touser": FARMER, "template_id": "T", "data": data})
    assert caller.last()["content"] == "旧模板\n问题：" + "长" * 20


def test_an_unknown_template_and_somebody_who_left_are_refused(caller: Caller) -> None:
    caller.say()
    assert caller.api("message/template/send", PROGRESS | {"template_id": "unknown"})["errcode"] == 40037
    caller.do("unsubscribe")
    assert caller.api("message/template/send", PROGRESS)["errcode"] == 43004


def test_the_same_client_msg_id_is_sent_once(caller: Caller) -> None:
    caller.say()
    sent = [caller.api("message/template/send", PROGRESS | {"client_msg_id": "once"})["msgid"] for _ in range(2)]
    caller.settle()
    assert sent[0] == sent[1]
    assert len(caller.screen()) == 2


def test_every_call_is_logged_with_path_status_and_errcode(caller: Caller, hook: Hook) -> None:
    hook.answer = lambda got: Answer()
    caller.say()
    caller.tell("记下来")
    caller.api("message/custom/send", {"touser": OTHER, "msgtype": "text", "text": {"content": "a"}})
    calls = caller.get("/control/calls", path="message/custom/send")
    assert [(call["status"], call["errcode"]) for call in calls] == [(200, 0), (200, 40003)]
    assert calls[0]["content"] == "记下来"
    assert len(caller.get("/control/calls", openid=OTHER)) == 1
    caller.client.delete("/control/calls")
    assert caller.get("/control/calls") == []
