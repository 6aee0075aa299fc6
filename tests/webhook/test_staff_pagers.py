"""Telling staff through WeChat and WeCom, against a stand-in for both interfaces."""

from typing import Any

import pytest
import redis

from core.errors import TryLater, Unsendable
from core.settings import Settings, SettingsError
from paging.channels import Channel, Pager
from tests.webhook.api_side import HTML, RESET, Answer, Api, Call, refuses, says
from tests.webhook.our_side import ENVIRONMENT
from webhook import staff_pagers
from webhook.client import WeChatChannel
from webhook.staff_pagers import TemplatePager, WeComPager

TEMPLATE, CARD, TOKEN = "/cgi-bin/message/template/send", "/cgi-bin/message/send", "/cgi-bin/gettoken"
LINK = "https://desk.example.org/cases/ZJ-20261122-0007"
TITLE, TEXT = (
    "【特急】有工单派给您",
    "工单ZJ-20261122-0007，柑橘，乳源瑶族自治县，特急，今天18:30前答复。请在今天17:03前接受或谢绝。",
)


def send(pager: Pager, address: str = "WangNong") -> None:
    pager.send(address, TITLE, TEXT, LINK)


# --- template messages


@pytest.fixture
def template(api: Api, valkey: redis.Redis) -> TemplatePager:
    channel = WeChatChannel(Settings.from_mapping(ENVIRONMENT | {"WECHAT_API_URL": api.url}), valkey)
    return TemplatePager(channel, "TPL-1", ("thing1", "thing2"))


def test_a_template_message_fills_its_fields_and_leads_to_the_case(template: TemplatePager, api: Api) -> None:
    send(template, "oStaff")
    (call,) = api.asked(TEMPLATE)
    assert call.json == {
        "touser": "oStaff", "template_id": "TPL-1", "url": LINK,
        "data": {"thing1": {"value": TITLE}, "thing2": {"value": TEXT[:20]}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("errcode", "raised"),
    [(43004, Unsendable), (40003, Unsendable), (40037, Unsendable), (48001, Unsendable), (-1, TryLater), (45009, TryLater)],
)  # fmt: skip
def test_the_platforms_no_is_translated(
    template: TemplatePager, api: Api, errcode: int, raised: type[Exception]
) -> None:
    api.routes[TEMPLATE] = lambda call: refuses(errcode)
    with pytest.raises(raised):
        send(template, "oStaff")


# --- WeCom


@pytest.fixture
def wecom(api: Api) -> WeComPager:
    api.routes[TOKEN] = _tokens(api)
    return WeComPager("ww1", 1000002, "s3cret", api_url=f"{api.url}/", timeout=2)


def _tokens(api: Api) -> Any:
    def give(call: Call) -> Answer:
        return says(errcode=0, errmsg="ok", access_token=f"W{len(api.asked(TOKEN))}", expires_in=7200)

    return give


def test_a_card_leads_to_the_case(wecom: WeComPager, api: Api) -> None:
    send(wecom)
    send(wecom)
    (token,) = api.asked(TOKEN)
    assert token.query == {"corpid": "ww1", "corpsecret": "s3cret"}
    first, _ = api.asked(CARD)
    assert first.query == {"access_token": "W1"}
    assert first.json["touser"] == "WangNong"
    assert first.json["agentid"] == 1000002
    assert first.json["msgtype"] == "textcard"
    assert first.json["textcard"] == {"title": TITLE, "description": TEXT, "url": LINK, "btntxt": "详情"}


def test_a_long_text_is_cut_to_what_a_card_takes(wecom: WeComPager, api: Api) -> None:
    wecom.send("WangNong", "题" * 100, "文" * 300, LINK)
    card = api.asked(CARD)[0].json["textcard"]
    assert (card["title"], card["description"]) == ("题" * 42, "文" * 170)


def test_a_token_that_is_refused_is_fetched_anew_once(wecom: WeComPager, api: Api) -> None:
    api.routes[CARD] = lambda call: refuses(42001) if call.query["access_token"] == "W1" else says(errcode=0)
    send(wecom)
    assert [call.query["access_token"] for call in api.asked(CARD)] == ["W1", "W2"]
    api.routes[CARD] = lambda call: refuses(40014)
    with pytest.raises(TryLater):
        send(wecom)
    assert len(api.asked(CARD)) == 4


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (refuses(81013), Unsendable), (refuses(60111), Unsendable), (refuses(45009), TryLater), (refuses(60020), TryLater),
        (says(errcode=0, invaliduser="wangnong"), Unsendable), (HTML, TryLater), (RESET, TryLater), (Answer(b"", 502), TryLater),
    ],
)  # fmt: skip
def test_a_no_of_wecom_is_translated(wecom: WeComPager, api: Api, answer: Answer, raised: type[Exception]) -> None:
    api.routes[CARD] = lambda call: answer
    with pytest.raises(raised):
        send(wecom)


@pytest.mark.parametrize("answer", [refuses(40013), HTML, RESET, says(errcode=0)])
def test_without_a_token_it_is_tried_later(wecom: WeComPager, api: Api, answer: Answer) -> None:
    """A wrong id or secret is mended by people: no address is at fault."""
    api.routes[TOKEN] = lambda call: answer
    with pytest.raises(TryLater):
        send(wecom)
    assert api.asked(CARD) == []


def test_a_server_that_says_nothing_is_not_waited_for(api: Api) -> None:
    api.hangs.set()
    with pytest.raises(TryLater):
        send(WeComPager("ww1", 1000002, "s3cret", api_url=api.url, timeout=0.2))


# --- what is offered


def test_only_what_is_configured_is_offered(valkey: redis.Redis) -> None:
    def offered(**more: str) -> set[Channel]:
        settings = Settings.from_mapping(ENVIRONMENT | more)
        return set(staff_pagers.from_settings(settings, WeChatChannel(settings, valkey)))

    assert offered() == set()
    assert offered(WECHAT_STAFF_TEMPLATE_ID="TPL-1") == {Channel.WECHAT}
    assert offered(WECHAT_STAFF_TEMPLATE_ID="TPL-1", WECHAT_PASSIVE_ONLY="true") == set()
    assert offered(WECOM_CORP_ID="ww1", WECOM_AGENT_ID="1", WECOM_SECRET="s") == {Channel.WECOM}


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"WECOM_CORP_ID": "ww1"}, "WECOM_SECRET"), ({"SMTP_HOST": "mail.example.org"}, "SMTP_SENDER"),
        ({"WECHAT_STAFF_TEMPLATE_FIELDS": "thing1"}, "WECHAT_STAFF_TEMPLATE_FIELDS"), ({"SMTP_SECURITY": "ssl"}, "SMTP_SECURITY"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused_in_a_sentence(more: dict[str, str], word: str) -> None:
    with pytest.raises(SettingsError, match=word):
        Settings.from_mapping(ENVIRONMENT | more)
