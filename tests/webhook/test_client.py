"""The channel: one call, at most one more with another token, and every no translated into what we do next."""

import io
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from PIL import Image

from conversations.services import Channel
from core.errors import PassiveOnly, TryLater, Unsendable, WindowClosed
from core.files import MOST_BYTES
from core.settings import Settings
from simulator.app import create_app
from simulator.platform import Platform
from simulator.quota import Trigger
from simulator.server import Server
from simulator.settings import Settings as SimulatorSettings
from tests.webhook.api_side import HTML, RESET, Answer, Api, refuses, says
from tests.webhook.our_side import ENVIRONMENT
from webhook.client import WeChatChannel

SEND, GET, UPLOAD, MENU = (
    f"/cgi-bin/{name}" for name in ("message/custom/send", "media/get", "media/upload", "menu/create")
)
FARMER = "oNongwen_Farmer_00000000000A"
ROOT = Path(__file__).parent.parent.parent


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def channel(api: Api, valkey: redis.Redis) -> WeChatChannel:
    return make_channel(api.url, valkey)


def make_channel(url: str, store: redis.Redis, **options: Any) -> WeChatChannel:
    return WeChatChannel(Settings.from_mapping(ENVIRONMENT | {"WECHAT_API_URL": url}), store, **options)


def file(content: bytes, mime: str) -> Answer:
    return Answer(content, headers={"Content-Type": mime, "Content-disposition": 'attachment; filename="M.jpg"'})


def test_it_is_a_channel(channel: WeChatChannel) -> None:
    as_wanted: Channel = channel
    assert as_wanted is channel


# --- what is sent


def test_a_text_is_sent_as_it_is_and_not_escaped(channel: WeChatChannel, api: Api) -> None:
    channel.send_text(FARMER, '先把田水放干。\n"井冈霉素"按标签用 🌾')
    (call,) = api.asked(SEND)
    assert call.query == {"access_token": "T1"}
    assert call.json == {
        "touser": FARMER, "msgtype": "text", "text": {"content": '先把田水放干。\n"井冈霉素"按标签用 🌾'},
    }  # fmt: skip
    assert "先把田水放干".encode() in call.body
    assert "🌾".encode() in call.body
    assert b"\\u" not in call.body


@pytest.mark.parametrize(
    ("kind", "mime", "name"), [("image", "image/jpeg", "image.jpg"), ("voice", "audio/amr", "voice.amr"), ("voice", "audio/mpeg", "voice.mp3")]
)  # fmt: skip
def test_a_file_is_uploaded_and_sent_by_its_id(
    channel: WeChatChannel, api: Api, kind: str, mime: str, name: str
) -> None:
    api.routes[UPLOAD] = lambda call: says(type=kind, media_id="M9", created_at=1763776842)
    send = channel.send_image if kind == "image" else channel.send_voice
    send(FARMER, b"the content", mime)
    (upload,) = api.asked(UPLOAD)
    assert upload.query == {"access_token": "T1", "type": kind}
    assert f'name="media"; filename="{name}"'.encode() in upload.body
    assert b"the content" in upload.body
    (call,) = api.asked(SEND)
    assert call.json == {"touser": FARMER, "msgtype": kind, kind: {"media_id": "M9"}}


def test_an_upload_without_an_id_means_later_and_sends_nothing(channel: WeChatChannel, api: Api) -> None:
    with pytest.raises(TryLater):
        channel.send_image(FARMER, b"x", "image/jpeg")
    assert api.asked(SEND) == []


def test_the_menu_is_published_in_chinese(channel: WeChatChannel, api: Api) -> None:
    channel.publish_menu({"button": [{"type": "click", "name": "找专家", "key": "hand_off"}]})
    (call,) = api.asked(MENU)
    assert "找专家".encode() in call.body
    assert call.json["button"][0]["key"] == "hand_off"


def test_the_menu_keeps_to_wechats_limits() -> None:
    menu = yaml.safe_load((ROOT / "webhook" / "menu.yaml").read_text(encoding="utf-8"))["button"]
    assert 1 <= len(menu) <= 3
    for button in menu:
        assert len(button["name"].encode()) <= 16
        assert 1 <= len(button["sub_button"]) <= 5
        for sub in button["sub_button"]:
            assert len(sub["name"].encode()) <= 60
            assert len(sub["name"]) <= 14
            assert 0 < len(sub["key"].encode()) <= 128
            assert sub["type"] in {"click", "pic_photo_or_album", "location_select"}


# --- one more try with another token, and never more


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_refused_token_is_replaced_once(channel: WeChatChannel, api: Api, errcode: int) -> None:
    api.routes[SEND] = lambda call: Answer() if call.query["access_token"] == "T2" else refuses(errcode)
    channel.send_text(FARMER, "好")
    assert [call.query["access_token"] for call in api.asked(SEND)] == ["T1", "T2"]
    channel.send_text(FARMER, "好")
    assert api.tokens_given == 2


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_token_refused_twice_means_later(channel: WeChatChannel, api: Api, errcode: int) -> None:
    api.routes[SEND] = lambda call: refuses(errcode)
    with pytest.raises(TryLater, match=str(errcode)):
        channel.send_text(FARMER, "好")
    assert len(api.asked(SEND)) == 2
    assert api.tokens_given == 2


def test_with_no_other_token_to_be_had_it_is_not_tried_again(channel: WeChatChannel, api: Api) -> None:
    api.routes["/cgi-bin/stable_token"] = lambda call: says(access_token="T", expires_in=7000)
    api.routes[SEND] = lambda call: refuses(40001)
    with pytest.raises(TryLater, match="still valid"):
        channel.send_text(FARMER, "好")
    assert len(api.asked(SEND)) == 1
    assert len(api.asked("/cgi-bin/stable_token")) == 2


def test_every_call_uses_the_token_it_was_given(channel: WeChatChannel, api: Api, valkey: redis.Redis) -> None:
    """Another process replaced the token between two calls: the refused one is the one that was used."""
    channel.send_text(FARMER, "一")
    api.routes[SEND] = lambda call: Answer() if call.query["access_token"] == "T2" else refuses(40001)
    other = make_channel(api.url, valkey)
    other.send_text(FARMER, "二")
    channel.send_text(FARMER, "三")
    assert [call.query["access_token"] for call in api.asked(SEND)] == ["T1", "T1", "T2", "T2"]


# --- every no is one of the few that differ in what we do next


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refuses(45015), WindowClosed), (refuses(45047), WindowClosed), (refuses(43004), WindowClosed),
        (refuses(43019), WindowClosed), (refuses(48002), WindowClosed), (refuses(48001), PassiveOnly),
        (refuses(-1), TryLater), (refuses(45009), TryLater), (refuses(45011), TryLater), (refuses(50002), TryLater),
        (refuses(40164), TryLater), (refuses(40243), TryLater), (refuses(89503), TryLater),
        (refuses(40003), Unsendable), (refuses(45002), Unsendable), (refuses(40200), Unsendable),
        (refuses(40007), Unsendable), (refuses(47001), Unsendable),
        (Answer(b"busy", status=500), TryLater), (Answer(b"", status=502), TryLater), (Answer(b"", status=404), TryLater),
        (HTML, TryLater), (Answer(b""), TryLater), (Answer(b"[]"), TryLater), (Answer(b'"ok"'), TryLater),
        (says(errcode="high", errmsg="?"), TryLater), (RESET, TryLater),
    ],
)  # fmt: skip
def test_every_no_is_translated_into_what_we_do_next(
    channel: WeChatChannel, api: Api, answer: Answer, kind: type[Exception]
) -> None:
    api.routes[SEND] = lambda call: answer
    with pytest.raises(kind) as refusal:
        channel.send_text(FARMER, "好")
    assert refusal.type is kind
    assert len(api.asked(SEND)) == 1


@pytest.mark.parametrize("answer", [HTML, Answer(b""), RESET, refuses(-1)])
def test_a_menu_that_was_not_published_is_not_taken_for_published(
    channel: WeChatChannel, api: Api, answer: Answer
) -> None:
    api.routes[MENU] = lambda call: answer
    with pytest.raises(TryLater):
        channel.publish_menu({"button": []})


def test_without_a_token_nothing_is_called(channel: WeChatChannel, api: Api) -> None:
    api.routes["/cgi-bin/stable_token"] = lambda call: refuses(40164)
    with pytest.raises(TryLater, match="40164"):
        channel.send_text(FARMER, "好")
    assert api.asked(SEND) == []


@pytest.mark.parametrize("what", ["token", "text", "image", "media", "picture", "menu"])
def test_every_call_has_a_timeout(api: Api, valkey: redis.Redis, what: str) -> None:
    channel = make_channel(api.url, valkey, timeout=0.3)
    if what != "token":
        channel.send_text(FARMER, "好")
    if what == "picture":
        api.routes[GET] = lambda call: refuses(40007)

        def hang(call: object) -> Answer:
            threading.Event().wait(3)
            return Answer()

        api.routes["/0"] = hang
    else:
        api.hangs.set()
    calls: dict[str, Callable[[], object]] = {
        "token": lambda: channel.send_text(FARMER, "好"),
        "text": lambda: channel.send_text(FARMER, "好"),
        "image": lambda: channel.send_image(FARMER, b"x", "image/jpeg"),
        "media": lambda: channel.fetch("M1", ""),
        "picture": lambda: channel.fetch("M1", f"{api.url}/0"),
        "menu": lambda: channel.publish_menu({"button": []}),
    }
    with pytest.raises(TryLater, match="Timeout"):
        calls[what]()


# --- what farmers attached


def test_a_photo_is_fetched_by_its_id(channel: WeChatChannel, api: Api) -> None:
    content = jpeg()
    api.routes[GET] = lambda call: file(content, "image/jpeg")
    assert channel.fetch("M1", f"{api.url}/0") == content
    (call,) = api.asked(GET)
    assert call.query == {"access_token": "T1", "media_id": "M1"}
    assert api.asked("/0") == []


def test_a_film_is_fetched_from_where_the_platform_says(channel: WeChatChannel, api: Api) -> None:
    api.routes[GET] = lambda call: says(video_url=f"{api.url}/film")
    api.routes["/film"] = lambda call: file(b"\0\0\0\x18ftypmp42", "video/mp4")
    assert channel.fetch("M1", "") == b"\0\0\0\x18ftypmp42"


@pytest.mark.parametrize("answer", [refuses(40007), refuses(48001)])
def test_a_photo_that_may_not_be_fetched_by_its_id_is_fetched_from_its_address(
    channel: WeChatChannel, api: Api, answer: Answer
) -> None:
    content = jpeg()
    api.routes[GET] = lambda call: answer
    api.routes["/0"] = lambda call: file(content, "image/jpeg")
    assert channel.fetch("M1", f"{api.url}/0") == content
    assert "access_token" not in api.asked("/0")[0].query


@pytest.mark.parametrize(("answer", "kind"), [(refuses(40007), Unsendable), (refuses(48001), PassiveOnly)])
def test_without_an_address_the_refusal_stands(
    channel: WeChatChannel, api: Api, answer: Answer, kind: type[Exception]
) -> None:
    api.routes[GET] = lambda call: answer
    with pytest.raises(kind):
        channel.fetch("M1", "")


@pytest.mark.parametrize(
    "answer", [HTML, RESET, Answer(b"", status=500), refuses(-1), refuses(45009), Answer(b""), Answer(b"null")]
)
def test_what_is_not_the_file_is_asked_for_again_later(channel: WeChatChannel, api: Api, answer: Answer) -> None:
    api.routes[GET] = lambda call: answer
    with pytest.raises(TryLater):
        channel.fetch("M1", f"{api.url}/0")
    assert api.asked("/0") == []


@pytest.mark.parametrize("answer", [HTML, RESET, Answer(b"", status=404), Answer(b"")])
def test_an_address_that_gives_no_picture_is_asked_again_later(
    channel: WeChatChannel, api: Api, answer: Answer
) -> None:
    api.routes[GET] = lambda call: refuses(40007)
    api.routes["/0"] = lambda call: answer
    with pytest.raises(TryLater):
        channel.fetch("M1", f"{api.url}/0")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/0", "file:///etc/passwd", "nonsense", "http://", "/0"])
def test_an_address_that_is_no_web_address_is_never_opened(channel: WeChatChannel, api: Api, url: str) -> None:
    api.routes[GET] = lambda call: refuses(40007)
    with pytest.raises(Unsendable):
        channel.fetch("M1", url)


def test_a_film_without_an_address_is_unsendable(channel: WeChatChannel, api: Api) -> None:
    api.routes[GET] = lambda call: says(down_url="elsewhere")
    with pytest.raises(Unsendable):
        channel.fetch("M1", "")


@pytest.mark.parametrize("way", ["by id", "by address"])
def test_a_file_that_is_too_large_is_given_up(channel: WeChatChannel, api: Api, way: str) -> None:
    large = file(b"x" * (MOST_BYTES + 1), "image/jpeg")
    api.routes[GET] = (lambda call: large) if way == "by id" else (lambda call: refuses(40007))
    api.routes["/0"] = lambda call: large
    with pytest.raises(Unsendable, match="too large"):
        channel.fetch("M1", "" if way == "by id" else f"{api.url}/0")


# --- against the simulator


@pytest.fixture
def simulator() -> Iterator[tuple[Platform, str]]:
    environment = {
        name: value for name, value in ENVIRONMENT.items() if name.startswith("WECHAT_")
    } | {"WECHAT_SECRET": "0123456789abcdef", "WECHAT_ACCOUNT": "gh_0123456789ab"}  # fmt: skip
    here = Platform.build(SimulatorSettings.from_environment(environment))
    server = Server(create_app(here), "127.0.0.1", 0)
    threading.Thread(target=server.run, daemon=True).start()
    yield here, f"http://127.0.0.1:{server.port}"
    here.phones.close()
    server.stop()


@pytest.fixture
def real_channel(simulator: tuple[Platform, str], valkey: redis.Redis) -> WeChatChannel:
    more = {"WECHAT_API_URL": simulator[1], "WECHAT_SECRET": "0123456789abcdef"}
    return WeChatChannel(Settings.from_mapping(ENVIRONMENT | more), valkey)


def test_the_simulators_farmer_sees_what_the_channel_sends(
    simulator: tuple[Platform, str], real_channel: WeChatChannel
) -> None:
    here, _ = simulator
    phone = here.phones.use(FARMER)
    here.phones.follow(phone)
    with pytest.raises(WindowClosed):
        real_channel.send_text(FARMER, "没有人问")
    here.ledger.grant(FARMER, Trigger.MESSAGE)
    real_channel.send_text(FARMER, "先把田水放干 🌾")
    real_channel.send_image(FARMER, jpeg(), "image/jpeg")
    shown = [(entry.said.type, entry.said.content) for entry in phone.entries if entry.sender == "account"]
    assert shown[0] == ("text", "先把田水放干 🌾")
    assert shown[1][0] == "image"
    media = here.media.keep("image", jpeg())
    assert real_channel.fetch(media.media_id, "") == jpeg()
    here.tokens.expire()
    real_channel.send_text(FARMER, "换了令牌也能发")


def test_the_simulator_takes_the_menu(simulator: tuple[Platform, str], real_channel: WeChatChannel) -> None:
    menu = yaml.safe_load((ROOT / "webhook" / "menu.yaml").read_text(encoding="utf-8"))
    real_channel.publish_menu(menu)
    assert re.search("转人工", str(simulator[0].menu.__dict__))


def test_an_unverified_account_of_the_simulator_is_passive_only(
    simulator: tuple[Platform, str], real_channel: WeChatChannel
) -> None:
    simulator[0].account.change({"profile": "unverified_subscription"})
    with pytest.raises(PassiveOnly):
        real_channel.send_text(FARMER, "好")
