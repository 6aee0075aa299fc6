"""The XML of every kind of message and event, as wechat.md §1.3 and §1.4 have it."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_kit import AMR, FARMER, JPEG, MP4, OTHER, Caller, Hook

from simulator import bodies

XML_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff\r")).filter(
    lambda t: all(c in "\t\n" or ord(c) >= 32 for c in t)
)


@given(XML_TEXT)
def test_whatever_can_stand_in_xml_is_read_back_unchanged(content: str) -> None:
    xml = bodies.message("gh_a", "o1", 1.0, "text", {"Content": content}, "7")
    assert (ET.fromstring(xml).findtext("Content") or "") == content


@given(st.lists(st.sampled_from(["]]>", "]]", ">", "]", "<![CDATA[", "&amp;", "</Content>", "虫"]), max_size=12))
def test_markup_in_a_text_never_breaks_out_of_its_cdata(parts: list[str]) -> None:
    content = "".join(parts)
    tree = ET.fromstring(bodies.message("gh_a", "o1", 1.0, "text", {"Content": content}, "7"))
    assert (tree.findtext("Content") or "") == content
    assert [child.tag for child in tree] == [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "Content",
        "MsgId",
    ]


@given(st.text(st.characters(max_codepoint=31), min_size=1, max_size=20))
def test_control_characters_are_left_raw(content: str) -> None:
    xml = bodies.message("gh_a", "o1", 1.0, "text", {"Content": content}, "7")
    assert b"<![CDATA[" + content.encode() + b"]]>" in xml


def test_a_control_character_reaches_the_webhook_as_it_is(caller: Caller, hook: Hook) -> None:
    caller.say("叶子\x08发黄\x00了]]>吗")
    assert "叶子\x08发黄\x00了]]]]><![CDATA[>吗".encode() in hook.inner()


def test_a_picture_has_an_address_that_needs_no_token_and_a_media_id(caller: Caller, hook: Hook) -> None:
    caller.send_file("image", JPEG)
    assert hook.field("MsgType") == "image"
    assert caller.client.get(hook.field("PicUrl") or "").content == JPEG
    media = caller.client.get(
        "/cgi-bin/media/get", params={"access_token": token(caller), "media_id": hook.field("MediaId") or ""}
    )
    assert media.content == JPEG


def token(caller: Caller) -> str:
    caller.api("getcallbackip")
    return caller.token


def test_a_voice_has_two_recordings_and_an_empty_recognition(caller: Caller, hook: Hook) -> None:
    caller.send_file("voice", AMR)
    assert (hook.field("MsgType"), hook.field("Format"), hook.field("Recognition")) == ("voice", "amr", "")
    assert b"<Recognition><![CDATA[]]></Recognition>" in hook.inner()
    assert hook.field("MediaId") != hook.field("MediaId16K")
    for name in ("MediaId", "MediaId16K"):
        media = caller.client.get(
            "/cgi-bin/media/get", params={"access_token": token(caller), "media_id": hook.field(name) or ""}
        )
        assert media.content == AMR
        assert media.headers["Content-disposition"] == f'attachment; filename="{hook.field(name)}.amr"'


def test_the_sample_voice_comes_narrow_and_wide(caller: Caller, hook: Hook) -> None:
    caller.post(f"/phones/{FARMER}/messages", {"type": "voice", "sample": "voice", "seconds": 3})
    caller.settle()
    heads = []
    for name in ("MediaId", "MediaId16K"):
        params = {"access_token": token(caller), "media_id": hook.field(name) or ""}
        heads.append(caller.client.get("/cgi-bin/media/get", params=params).content[:9])
    assert heads[0].startswith(b"#!AMR\n")
    assert heads[1] == b"#!AMR-WB\n"


def test_a_video_has_a_thumbnail_and_is_fetched_through_an_address(caller: Caller, hook: Hook) -> None:
    caller.send_file("video", MP4)
    assert hook.field("ThumbMediaId")
    answer = caller.api("media/get", media_id=hook.field("MediaId") or "")
    assert caller.client.get(answer["video_url"]).content == MP4


def test_a_location_says_latitude_first(caller: Caller, hook: Hook) -> None:
    place = {"type": "location", "latitude": 24.9176, "longitude": 113.4196, "label": "桂头镇"}
    caller.post(f"/phones/{FARMER}/messages", place)
    caller.settle()
    assert [hook.field(name) for name in ("Location_X", "Location_Y", "Scale", "Label")] == [
        "24.917600",
        "113.419600",
        "16",
        "桂头镇",
    ]
    entry = caller.screen()[0]
    assert (entry["type"], entry["content"], entry["latitude"]) == ("location", "桂头镇", 24.9176)


def test_a_link_has_title_description_and_url(caller: Caller, hook: Hook) -> None:
    link = {"type": "link", "title": "题", "description": "述", "url": "http://a.cn/?a=1&b=2"}
    caller.post(f"/phones/{FARMER}/messages", link)
    caller.settle()
    assert [hook.field(name) for name in ("Title", "Description", "Url")] == ["题", "述", "http://a.cn/?a=1&b=2"]


def test_what_wechat_cannot_carry_is_pushed_as_its_standing_text(caller: Caller, hook: Hook) -> None:
    caller.post(f"/phones/{FARMER}/messages", {"type": "unsupported"})
    caller.settle()
    assert (hook.field("MsgType"), hook.field("Content")) == ("text", "【收到不支持的消息类型，暂无法显示】")
    assert caller.screen()[0]["type"] == "unsupported"


def test_a_tapped_menu_item_is_pushed_as_text_with_its_id(caller: Caller, hook: Hook) -> None:
    caller.say()
    menu = {"head_content": "解决了吗", "list": [{"id": "101", "content": "满意"}], "tail_content": ""}
    assert caller.api("message/custom/send", {"touser": FARMER, "msgtype": "msgmenu", "msgmenu": menu})["errcode"] == 0
    caller.post(f"/phones/{FARMER}/messages", {"type": "menu_reply", "id": "101"})
    caller.settle()
    assert (hook.field("MsgType"), hook.field("Content"), hook.field("bizmsgmenuid")) == ("text", "满意", "101")
    assert b"<bizmsgmenuid>101</bizmsgmenuid>" in hook.inner()


def test_a_menu_link_in_a_text_can_be_tapped_too(caller: Caller, hook: Hook) -> None:
    caller.say()
    caller.tell('<a href="weixin://bizmsgmenu?msgmenucontent=%E5%82%AC%E4%B8%80%E4%B8%8B&msgmenuid=7">催一下</a>')
    caller.post(f"/phones/{FARMER}/messages", {"type": "menu_reply", "id": "7"})
    caller.settle()
    assert (hook.field("Content"), hook.field("bizmsgmenuid")) == ("催一下", "7")


def test_a_tap_on_what_is_not_on_the_screen_is_refused(caller: Caller, hook: Hook) -> None:
    response = caller.client.post(f"/phones/{FARMER}/messages", json={"type": "menu_reply", "id": "101"})
    assert response.status_code == 409
    assert hook.got == []


def test_msg_ids_are_64_bits_rise_and_can_be_forced_to_collide(caller: Caller, hook: Hook) -> None:
    first, second = caller.say(), caller.say()
    assert 2**53 < int(first) < int(second) < 2**63
    caller.say("一样的号", msg_id="42")
    caller.say("一样的号", OTHER, msg_id="42")
    assert hook.field("MsgId", -1) == hook.field("MsgId", -2) == "42"


EVENTS: list[tuple[str, dict[str, Any], dict[str, str | None]]] = [
    ("subscribe", {}, {"Event": "subscribe", "EventKey": "", "Ticket": None}),
    ("subscribe", {"scene": "village-7"}, {"Event": "subscribe", "EventKey": "qrscene_village-7"}),
    ("scan", {"scene": "village-7"}, {"Event": "subscribe", "EventKey": "qrscene_village-7"}),
    ("unsubscribe", {}, {"Event": "unsubscribe"}),
    ("click", {"key": "mine"}, {"Event": "CLICK", "EventKey": "mine"}),
    ("view", {"key": "http://a.cn/"}, {"Event": "VIEW", "EventKey": "http://a.cn/"}),
    (
        "location",
        {"latitude": 24.9, "longitude": 113.4},
        {"Event": "LOCATION", "Latitude": "24.900000", "Longitude": "113.400000", "Precision": "30.000000"},
    ),
    (
        "scancode_waitmsg",
        {"key": "k", "result": "6901234"},
        {"Event": "scancode_waitmsg", "EventKey": "k", "ScanCodeInfo/ScanResult": "6901234"},
    ),
    (
        "pic_photo_or_album",
        {"key": "k", "count": 2},
        {"Event": "pic_photo_or_album", "SendPicsInfo/Count": "2"},
    ),
    (
        "location_select",
        {"key": "k", "latitude": 24.9, "longitude": 113.4, "label": "桂头"},
        {"Event": "location_select", "SendLocationInfo/Label": "桂头"},
    ),
]


@pytest.mark.parametrize(("event", "more", "expected"), EVENTS)
def test_an_event_is_pushed_with_its_fields_and_without_a_msg_id(
    caller: Caller, hook: Hook, event: str, more: dict[str, Any], expected: dict[str, str | None]
) -> None:
    caller.do(event, **more)
    assert hook.field("MsgType") == "event"
    assert hook.field("MsgId") is None
    assert {name: hook.field(name) for name in expected} == expected
    assert caller.screen() == []


def test_a_follower_who_scans_sends_scan_with_the_bare_scene_and_the_ticket(caller: Caller, hook: Hook) -> None:
    scene = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "village-7"}}}
    ticket = caller.api("qrcode/create", scene)["ticket"]
    caller.do("subscribe")
    caller.do("scan", scene="village-7")
    assert (hook.field("Event"), hook.field("EventKey"), hook.field("Ticket")) == ("SCAN", "village-7", ticket)
