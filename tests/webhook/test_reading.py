"""Reading: every message and event of the platform, from bodies as it posts them, into one shape or into nothing."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import xmltodict

from conversations.incoming import Incoming, Kind
from tests.webhook.our_side import SETTINGS, opened
from tests.webhook.platform_side import PAYLOADS, Wechat, cdata, event, message, payload
from webhook import reading
from webhook.envelope import Fields, Unreadable

FARMER = "oRq3wt9kYx0mVbZs1uPfEo7hLc2Q"
AT = datetime(2025, 11, 22, 2, 0, 42, tzinfo=UTC)
M1 = "z5kR0qvY7mUuC1sWb8nKpLxT3eHdJfQa2gVoXiS9tN4rEyA6wDcZhBjMlPkOqUvF"
M2 = "hT3eQb7yRk1nVw5sLxJz9pUcMo2dGfAi8tEv0uKqYl4rXjBhNwSmZaCgPtDfOeI6"
PIC = "http://mmbiz.qpic.cn/mmbiz_jpg/Q3auHgzwzM7uNq9Yl0cGk5wXbTfIeSv2LrPzOaJdKmE/0"


def fields(xml: bytes) -> Fields:
    found: Fields = xmltodict.parse(xml)["xml"]
    return found


def said(number: int, kind: Kind, **more: object) -> Incoming:
    """A message with the MsgId that ends with this number."""
    return replace(Incoming(FARMER, f"{FARMER}:247635293410530{number}", kind, AT), **more)  # type: ignore[arg-type]


def happened(name: str, key: str, kind: Kind, **more: object) -> Incoming:
    return replace(Incoming(FARMER, f"{FARMER}:1763776842:{name}:{key}", kind, AT), **more)  # type: ignore[arg-type]


MEANT = {
    "text": said(61, Kind.TEXT, text="苞谷大斑病咋个防"),
    "text_from_article": said(62, Kind.TEXT, text="这个病怎么治"),
    "text_menu_tap": said(63, Kind.TEXT, text="满意", is_menu_tap=True),
    "text_faces": said(64, Kind.TEXT, text="/::)/::~[捂脸]"),
    "text_empty": said(65, Kind.TEXT),
    "unsupported": said(66, Kind.UNSUPPORTED),
    "unsupported_traditional": said(67, Kind.UNSUPPORTED),
    "unsupported_english": said(68, Kind.UNSUPPORTED),
    "image": said(69, Kind.IMAGE, media_id=M1, media_url=PIC),
    "voice": said(70, Kind.VOICE, media_id=M2),
    "voice_narrow_only": said(71, Kind.VOICE, media_id=M1),
    "video": said(72, Kind.VIDEO, media_id=M1),
    "shortvideo": said(73, Kind.VIDEO, media_id=M1),
    "location": said(74, Kind.LOCATION, text="广东省韶关市乳源瑶族自治县大桥镇", latitude=24.78, longitude=113.28),
    "link": said(75, Kind.LINK, text="今年的油菜补贴 每亩多少钱", url="https://mp.weixin.qq.com/s/7cJ0mQ2v&chksm=1"),
    "file": said(76, Kind.UNSUPPORTED),
    "subscribe": happened("subscribe", "", Kind.SUBSCRIBE),
    "subscribe_qr": happened("subscribe", "qrscene_p440232104-核桃坪", Kind.SUBSCRIBE, scene="p440232104-核桃坪"),
    "unsubscribe": happened("unsubscribe", "", Kind.UNSUBSCRIBE),
    "scan": happened("SCAN", "p440232104", Kind.SCAN, scene="p440232104"),
    "click": happened("CLICK", "my_status", Kind.CLICK, text="my_status"),
}
MEANINGLESS = (
    "location_report", "view", "view_miniprogram", "scancode_push", "scancode_waitmsg", "pic_sysphoto",
    "pic_photo_or_album", "pic_weixin", "location_select", "template_arrived", "template_blocked", "kf_create_session",
    "kf_close_session", "kf_switch_session", "subscribe_msg_popup_event", "subscribe_msg_change_event",
    "subscribe_msg_sent_event",
)  # fmt: skip


def test_every_payload_is_looked_at() -> None:
    assert {file.stem for file in PAYLOADS.glob("*.xml")} == {*MEANT, *MEANINGLESS}


@pytest.mark.parametrize("name", MEANT)
def test_a_message_or_event_is_read_into_its_one_shape(name: str) -> None:
    assert reading.read(fields(payload(name))) == MEANT[name]


@pytest.mark.parametrize("name", MEANINGLESS)
def test_an_event_without_meaning_for_us_is_nothing(name: str) -> None:
    assert reading.read(fields(payload(name))) is None


@pytest.mark.parametrize("name", MEANT)
def test_all_of_these_come_through_an_envelope_as_well(name: str) -> None:
    assert reading.read(opened(Wechat(SETTINGS).push(payload(name))).fields) == MEANT[name]


# --- what a repeat repeats


def key_of(xml: bytes) -> str:
    found = reading.read(fields(xml))
    assert found is not None
    return found.key


def test_the_same_msgid_from_two_farmers_is_two_messages() -> None:
    one, other = (message("text", openid=openid, msg_id="24763529341053061") for openid in ("oA", "oB"))
    assert key_of(one) != key_of(other)


def test_events_of_one_second_differ_by_their_name_and_key() -> None:
    def at_once(name: str, key: str) -> str:
        return key_of(event(name, f"<EventKey>{cdata(key)}</EventKey>", at=1763776842))

    assert len({at_once("CLICK", "menu"), at_once("CLICK", "my_status"), at_once("SCAN", "menu")}) == 3
    assert at_once("CLICK", "menu") == at_once("CLICK", "menu")


def test_an_event_of_another_second_is_another_event() -> None:
    assert key_of(event("subscribe", at=1763776842)) != key_of(event("subscribe", at=1763776843))


def test_a_huge_event_key_makes_no_huge_key() -> None:
    scene = "p" + "1" * 40_000
    found = reading.read(fields(event("SCAN", f"<EventKey>{scene}</EventKey>")))
    assert found is not None
    assert len(found.key) < 500
    assert len(found.scene) < 500


# --- what is missing, doubled or odd


@pytest.mark.parametrize("name", ["FromUserName", "ToUserName", "CreateTime", "MsgId"])
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_message_without_its_envelope_fields_is_unreadable(name: str, how: str) -> None:
    incomplete = fields(payload("text"))
    if how == "missing":
        del incomplete[name]
    else:
        incomplete[name] = None
    with pytest.raises(Unreadable):
        reading.read(incomplete)


@pytest.mark.parametrize("name", ["FromUserName", "ToUserName", "CreateTime"])
def test_an_event_without_its_envelope_fields_is_unreadable(name: str) -> None:
    incomplete = fields(payload("click"))
    del incomplete[name]
    with pytest.raises(Unreadable):
        reading.read(incomplete)


@pytest.mark.parametrize("name", ["image", "voice", "video"])
def test_a_photo_or_recording_without_its_media_is_unreadable(name: str) -> None:
    incomplete = {field: value for field, value in fields(payload(name)).items() if not field.startswith("MediaId")}
    with pytest.raises(Unreadable):
        reading.read(incomplete)


@pytest.mark.parametrize("address", ["o Farmer", "o<b>", "o]]>", "o:1", "农户", "o" * 300])
def test_an_address_that_wechat_would_not_give_is_unreadable(address: str) -> None:
    with pytest.raises(Unreadable):
        reading.read(fields(payload("text")) | {"FromUserName": address})


@pytest.mark.parametrize("name", ["text", "location", "link"])
def test_a_message_without_its_own_fields_is_only_emptier(name: str) -> None:
    own = {"Content", "Label", "Location_X", "Location_Y", "Title", "Description", "Url"}
    bare = {field: value for field, value in fields(payload(name)).items() if field not in own}
    found = reading.read(bare)
    assert found is not None
    assert (found.text, found.url, found.latitude) == ("", "", None)


@pytest.mark.parametrize("name", ["FromUserName", "Content", "MsgId", "MsgType"])
def test_of_doubled_elements_the_first_counts(name: str) -> None:
    doubled = fields(payload("text"))
    doubled[name] = [doubled[name], "another"]
    assert reading.read(doubled) == MEANT["text"]


@pytest.mark.parametrize("value", [["", "x"], [None, None], {"b": "x"}, [{"b": "x"}], {"@a": "1", "#text": "x"}])
def test_a_field_that_is_no_text_counts_as_empty(value: object) -> None:
    found = reading.read(fields(payload("text")) | {"Content": value})
    assert found is not None
    assert found.text == ""


@pytest.mark.parametrize("created", ["-1763776842", "soon", "1e9", "999999999999999", "１７６３", ""])
def test_a_time_that_is_no_number_of_seconds_is_unreadable(created: str) -> None:
    with pytest.raises(Unreadable):
        reading.read(fields(payload("text")) | {"CreateTime": created})


def test_the_largest_msgid_is_kept_and_an_absurd_one_refused() -> None:
    largest = str(2**64 - 1)
    found = reading.read(fields(payload("text")) | {"MsgId": largest})
    assert found is not None
    assert found.key.endswith(largest)
    with pytest.raises(Unreadable):
        reading.read(fields(payload("text")) | {"MsgId": "9" * 300})


@pytest.mark.parametrize("kind", ["wenku", "", "TEXTE"])
def test_a_kind_of_message_that_nobody_knows_is_unsupported(kind: str) -> None:
    found = reading.read(fields(payload("text")) | {"MsgType": kind})
    assert found is not None
    assert (found.kind, found.text) == (Kind.UNSUPPORTED, "")


@pytest.mark.parametrize("degrees", ["nan", "inf", "-inf", "1e999", "91", "北纬24度", ""])
def test_a_place_without_a_place_on_earth_has_no_degrees(degrees: str) -> None:
    found = reading.read(fields(payload("location")) | {"Location_X": degrees})
    assert found is not None
    assert (found.latitude, found.longitude) == (None, 113.28)


def test_of_a_place_no_more_than_a_kilometre_is_kept() -> None:
    found = reading.read(fields(payload("location")) | {"Location_X": "24.776120", "Location_Y": "-113.2758"})
    assert found is not None
    assert (found.latitude, found.longitude) == (24.78, -113.28)


def test_a_book_sent_as_one_text_is_cut() -> None:
    found = reading.read(fields(payload("text")) | {"Content": "问" * 60_000})
    assert found is not None
    assert found.text == "问" * 10_000
