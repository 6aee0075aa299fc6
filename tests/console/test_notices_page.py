"""The page 通知: what I was told, how I can be reached, by which rules."""

import re
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask

from console.web import make_app
from conversations import binding
from conversations.services import Services
from core.errors import TryLater, Unsendable
from core.people import Role, Staff
from handoff.states import Command, Kind, Urgency
from paging import contacts, notices, rules, sending
from paging.channels import Channel
from paging.notices import Notice
from paging.rules import Chain
from tests.console import desk
from tests.console.desk import Browser
from tests.paging.kit import SpyPager

_NOTICE = re.compile(r"/notices/([0-9a-f\-]{36})/seen")


@pytest.fixture
def pager() -> SpyPager:
    return SpyPager()


@pytest.fixture
def app(services: Services, pager: SpyPager) -> Flask:
    """The console with e-mail, WeCom and WeChat configured."""
    ways = dict.fromkeys((Channel.EMAIL, Channel.WECOM, Channel.WECHAT), pager)
    app = make_app(replace(services, pagers=ways))
    app.testing = True
    return app


def offer(services: Services, expert: Staff, coordinator: Staff, *, openid: str = desk.OPENID) -> str:
    """A case that is offered to the expert; its id."""
    case = desk.ask(services, "柑橘叶子发黄", openid=openid, urgency=Urgency.URGENT)
    desk.command(services, case, Command.OFFER, coordinator, to=expert.id)
    return str(case.id)


def mine(services: Services, staff: Staff) -> list[Notice]:
    with services.database.transaction() as tx:
        return notices.of(tx, staff.id)


def test_what_i_was_told_stands_on_the_page_and_in_the_bell(
    services: Services, experts_browser: Browser, expert: Staff, coordinator: Staff
) -> None:
    assert "没有通知" in experts_browser.get("/notices").text
    case_id = offer(services, expert, coordinator)
    text = experts_browser.get("/notices").text
    assert "【急】有工单派给您" in text
    assert f"/cases/{desk.case_now(services, UUID(case_id)).number}" in text
    bell = experts_browser.get("/live/bell").get_json()
    assert (bell["notices"], bell["waiting"]) == (1, 1)


def test_what_matters_most_stands_on_top_and_what_is_settled_below(
    services: Services, experts_browser: Browser, expert: Staff, coordinator: Staff
) -> None:
    found = []
    for number, urgency in enumerate((Urgency.CRITICAL, Urgency.URGENT, Urgency.NORMAL, Urgency.CRITICAL)):
        case = desk.ask(services, "柑橘叶子发黄", openid=f"{desk.OPENID}{number}", urgency=urgency)
        desk.command(services, case, Command.OFFER, coordinator, to=expert.id)
        found.append(case)
    desk.command(services, found[3], Command.ACCEPT, expert)
    text = experts_browser.get("/notices").text
    places = [text.index(f"工单{case.number}") for case in found]
    assert places == sorted(places)


def test_one_or_all_can_be_marked_as_seen(
    services: Services, experts_browser: Browser, expert: Staff, coordinator: Staff
) -> None:
    for number in range(3):
        offer(services, expert, coordinator, openid=f"{desk.OPENID}{number}")
    page = experts_browser.get("/notices").text
    assert len(set(_NOTICE.findall(page))) == 3
    experts_browser.post(f"/notices/{_NOTICE.findall(page)[0]}/seen")
    assert experts_browser.get("/live/bell").get_json()["notices"] == 2
    shown_at = re.findall(r'name="until" value="([^"]+)"', experts_browser.get("/notices").text)[0]
    offer(services, expert, coordinator, openid=f"{desk.OPENID}9")
    answer = experts_browser.post("/notices/seen", until=shown_at)
    assert answer.status_code == 303
    assert experts_browser.get("/live/bell").get_json()["notices"] == 1


def test_opening_a_case_or_a_need_marks_its_notices_as_seen(
    services: Services, app: Flask, experts_browser: Browser, coordinators_browser: Browser, expert: Staff, coordinator: Staff
) -> None:  # fmt: skip
    case_id = offer(services, expert, coordinator)
    need = desk.file_need(services, openid=f"{desk.OPENID}2")
    desk.carry(services)
    experts_browser.get(f"/cases/{case_id}")
    assert [notice.seen_at is not None for notice in mine(services, expert)] == [True]
    assert coordinators_browser.get("/live/bell").get_json()["notices"] == 1
    coordinators_browser.get(f"/needs/{need.number}")
    assert coordinators_browser.get("/live/bell").get_json()["notices"] == 0


def test_nobody_marks_what_somebody_else_was_told(
    services: Services, app: Flask, expert: Staff, expert2: Staff, coordinator: Staff
) -> None:
    case_id = offer(services, expert, coordinator)
    other = desk.log_in(app.test_client(), "expert2")
    (notice,) = mine(services, expert)
    other.post(f"/notices/{notice.id}/seen")
    other.post("/notices/seen")
    other.get(f"/cases/{case_id}")
    assert mine(services, expert)[0].seen_at is None
    assert "没有通知" in other.get("/notices").text


def test_an_administrator_is_told_of_an_incident_without_a_link_that_is_closed_to_him(
    services: Services, admins_browser: Browser, admin: Staff
) -> None:
    incident = desk.ask(services, "我爸打药头晕", kind=Kind.INCIDENT, reason="poisoning")
    desk.carry(services)
    text = admins_browser.get("/notices").text
    assert incident.number in text
    assert "中毒" not in text
    assert f'href="/cases/{incident.number}"' not in text
    assert admins_browser.get("/live/bell").get_json()["notices"] == 1


# --- channels


def code_in(pager: SpyPager) -> str:
    return re.findall(r"\d{6}", pager.sent[-1][2])[0]


def test_an_address_counts_once_the_code_that_was_sent_there_is_typed_in(
    services: Services, experts_browser: Browser, expert: Staff, pager: SpyPager
) -> None:
    assert experts_browser.post("/notices/channels/email", address="wang@example.org").status_code == 303
    ((address, _, _, link),) = pager.sent
    assert (address, link.endswith("/notices")) == ("wang@example.org", True)
    page = experts_browser.get("/notices").text
    assert "已发到wang@example.org" in page
    assert code_in(pager) not in page
    wrong = f"{(int(code_in(pager)) + 1) % 10**6:06d}"
    answer = experts_browser.post("/notices/channels/email/confirm", code=wrong)
    assert answer.status_code == 422
    assert "验证码不对" in answer.text
    assert "电子邮件已开通" in experts_browser.client.post(
        "/notices/channels/email/confirm",
        data={"csrf_token": experts_browser.csrf(), "code": code_in(pager)},
        follow_redirects=True,
    ).text  # fmt: skip
    with services.database.transaction() as tx:
        assert contacts.address(tx, expert.id, Channel.EMAIL) == "wang@example.org"


def test_wrong_codes_are_counted(experts_browser: Browser, pager: SpyPager) -> None:
    experts_browser.post("/notices/channels/email", address="wang@example.org")
    wrong = f"{(int(code_in(pager)) + 1) % 10**6:06d}"
    for _ in range(5):
        experts_browser.post("/notices/channels/email/confirm", code=wrong)
    answer = experts_browser.post("/notices/channels/email/confirm", code=code_in(pager))
    assert answer.status_code == 422
    assert "试的次数太多了" in answer.text


@pytest.mark.parametrize(
    ("failure", "words"), [(TryLater("busy"), "暂时发不出去"), (Unsendable("550"), "没有这个地址")]
)
def test_a_code_that_cannot_be_sent_is_said_so(
    experts_browser: Browser, pager: SpyPager, failure: Exception, words: str
) -> None:
    pager.refusals.append(failure)
    answer = experts_browser.post("/notices/channels/wecom", address="WangNong")
    assert answer.status_code == 422
    assert words in answer.text
    assert 'name="address" value="WangNong"' in answer.text


def test_a_wrong_address_is_refused_before_anything_is_sent(experts_browser: Browser, pager: SpyPager) -> None:
    answer = experts_browser.post("/notices/channels/email", address="wang")
    assert answer.status_code == 422
    assert "这个地址不对" in answer.text
    assert answer.text.count('value="wang"') == 1
    assert pager.sent == []


def test_what_is_not_configured_is_not_offered(services: Services, expert: Staff) -> None:
    app = make_app(services)
    app.testing = True
    browser = desk.log_in(app.test_client(), "expert")
    page = browser.get("/notices").text
    assert "还没有配置别的通知方式" in page
    for path in ("/notices/channels/email", "/notices/channels/sms", "/notices/channels/console"):
        assert browser.post(path, address="wang@example.org").status_code == 404


def test_wechat_is_bound_by_a_message_to_the_account(
    services: Services, experts_browser: Browser, expert: Staff, pager: SpyPager
) -> None:
    page = experts_browser.post("/notices/channels/wechat").text
    code = re.findall(r"绑定(\d{8})", page)[0]
    assert pager.sent == []
    with services.database.transaction() as tx:
        assert binding.take(tx, "oSomebody", "绑定的绳子怎么选") is None
        wrong = binding.take(tx, "oSomebody", f"绑定{(int(code) + 1) % 10**8:08d}")
        assert wrong is not None
        assert contacts.of(tx, expert.id) == []
        assert binding.take(tx, "oExpert", f" 绑定 {code}") is not None
        assert contacts.address(tx, expert.id, Channel.WECHAT) == "oExpert"
    page = experts_browser.get("/notices").text
    assert "已绑定您的微信" in page
    assert "oExpert" not in page


def test_an_address_can_be_given_up(
    services: Services, experts_browser: Browser, expert: Staff, pager: SpyPager
) -> None:
    experts_browser.post("/notices/channels/email", address="wang@example.org")
    experts_browser.post("/notices/channels/email/confirm", code=code_in(pager))
    experts_browser.post("/notices/channels/email/forget")
    with services.database.transaction() as tx:
        assert contacts.of(tx, expert.id) == []


# --- rules and the log


def test_rules_are_set_for_each_chain_and_shown_again(
    services: Services, experts_browser: Browser, expert: Staff, pager: SpyPager
) -> None:
    experts_browser.post("/notices/channels/email", address="wang@example.org")
    experts_browser.post("/notices/channels/email/confirm", code=code_in(pager))
    experts_browser.post("/notices/rules/important", email="10")
    with services.database.transaction() as tx:
        found = rules.of(tx, expert.id, Chain.IMPORTANT)
        assert found is not None
        assert {channel: wait.total_seconds() for channel, wait in found.items()} == {
            Channel.CONSOLE: 0, Channel.EMAIL: 600,
        }  # fmt: skip
        assert rules.of(tx, expert.id, Chain.ORDINARY) is None
    page = experts_browser.get("/notices").text
    assert '<option value="10" selected>' in page
    assert experts_browser.post("/notices/rules/important", email="7").status_code == 422
    assert experts_browser.post("/notices/rules/other", email="0").status_code == 404


def test_what_was_sent_is_shown_with_its_result(
    services: Services, experts_browser: Browser, expert: Staff, coordinator: Staff, pager: SpyPager
) -> None:
    experts_browser.post("/notices/channels/email", address="wang@example.org")
    experts_browser.post("/notices/channels/email/confirm", code=code_in(pager))
    case = desk.ask(services, "柑橘叶子发黄", urgency=Urgency.CRITICAL)
    desk.command(services, case, Command.OFFER, coordinator, to=expert.id)
    pager.refusals.append(Unsendable("550"))
    sending.run(services.database, {Channel.EMAIL: pager}, console_url="https://desk.example.org")
    assert "没发成" in experts_browser.get("/notices").text


def test_the_page_is_for_everybody_on_staff(services: Services, app: Flask) -> None:
    for role in Role:
        desk.hire(services, str(role), role)
        assert desk.log_in(app.test_client(), str(role)).get("/notices").status_code == 200
