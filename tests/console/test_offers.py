"""What is offered: the card with why and until when, yes and no with one tap, and what waits for colleagues."""

import re
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask

from conversations.services import Services
from core.people import Staff
from handoff import machine
from handoff.cases import Case
from handoff.orders import Actor, Said
from handoff.states import Command, State
from handoff.tables import cases
from tests.conftest import Later
from tests.console import desk
from tests.console.desk import Browser

WHY = "专长对口，手上0/5个"


def offer(services: Services, staff: Staff, question: str = "柑橘叶子发黄", **about: object) -> Case:
    """A question that the router has offered."""
    case = desk.ask(services, question, object="柑橘", place_code="440232109", photos=1, **about)
    with services.database.transaction() as tx:
        return machine.apply(tx, case.id, Command.OFFER, Actor.system("router"), Said(to=staff.id, reason=WHY))


def test_the_offer_says_why_it_came_to_me_and_until_when(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = offer(services, expert)
    card = re.search(
        r'aria-label="派给您的工单".*?</section>', experts_browser.get(f"/cases/{case.id}").text, re.DOTALL
    )
    assert card is not None
    for shown in (WHY, "柑橘", "大桥镇", "还剩9分钟", '/small"', "工单回到队列"):
        assert shown in card.group(), shown
    assert "谁派的" not in card.group()
    assert "/claim" not in experts_browser.get(f"/cases/{case.id}").text


def test_an_offer_is_accepted_from_its_card_with_one_tap(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = offer(services, expert)
    text = experts_browser.get("/inbox").text
    assert WHY in text
    found = re.search(r'formaction="([^"]+/accept[^"]*)" name="key" value="([^"]+)"', text)
    assert found is not None
    for _ in range(2):
        sent = experts_browser.post(found.group(1).replace("&amp;", "&"), key=found.group(2))
        assert (sent.status_code, sent.headers["Location"]) == (303, f"/cases/{case.id}")
    assert desk.case_now(services, case.id).state is State.ACTIVE


def test_an_offer_is_declined_from_its_card_with_one_tap_and_the_reason_is_kept(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = offer(services, expert)
    for address in ("/inbox", "/mine", "/live/mine"):
        reasons = re.findall(
            r'formaction="([^"]+/decline[^"]*)" name="reason" value="([^"]+)"', experts_browser.get(address).text
        )
        assert [reason for _, reason in reasons] == ["不是我的专业", "现在没空", "离得太远"]
    path = reasons[0][0].replace("&amp;", "&")
    assert "key=" in path
    for _ in range(2):
        assert experts_browser.post(path, reason="离得太远").headers["Location"] == "/inbox"
    text = experts_browser.get(f"/cases/{case.id}").text
    assert text.count("<q>离得太远</q>") == 1


def test_a_decline_without_a_reason_is_refused(services: Services, experts_browser: Browser, expert: Staff) -> None:
    case = offer(services, expert)
    refused = experts_browser.post(f"/cases/{case.id}/decline", reason=" ", key="k")
    assert (refused.status_code, "请写原因。" in refused.text) == (422, True)


def test_a_card_that_is_out_of_date_takes_nothing(
    services: Services, experts_browser: Browser, expert: Staff, expert2: Staff
) -> None:
    """Offered, declined, offered again: the first card was of another offer."""
    case = offer(services, expert)
    path = re.search(r'formaction="([^"]+/accept[^"]*)"', experts_browser.get("/inbox").text)
    assert path is not None
    desk.command(services, case, Command.DECLINE, expert, reason="现在没空")
    with services.database.transaction() as tx:
        machine.apply(tx, case.id, Command.OFFER, Actor.system("router"), Said(to=expert.id, reason=WHY))
    late = experts_browser.post(path.group(1).replace("&amp;", "&"), key="another")
    assert (late.status_code, "已经换人处理" in late.text) == (409, True)


def test_what_is_offered_to_a_colleague_stands_below_and_may_be_taken(
    services: Services, experts_browser: Browser, expert2: Staff
) -> None:
    case = offer(services, expert2)
    for address in ("/inbox", "/live/inbox"):
        text = experts_browser.get(address).text
        assert "派给李芳，等他接受" in text[text.index("已派给同事") :]
    assert "派给了李芳，等他接受。" in experts_browser.get(f"/cases/{case.id}").text
    key = re.search(rf'/cases/{case.id}/claim" name="key" value="([^"]+)"', text)
    assert key is not None
    assert experts_browser.post(f"/cases/{case.id}/claim", key=key.group(1)).status_code == 303
    assert desk.case_now(services, case.id).state is State.ACTIVE


def test_what_a_colleague_passes_on_to_another_is_seen_but_not_taken(
    services: Services, app: Flask, experts_browser: Browser, expert2: Staff, coordinator: Staff
) -> None:
    third = desk.hire(services, "expert3", *expert2.roles, name="赵刚")
    case = desk.ask(services, "鸭子不下蛋")
    desk.command(services, case, Command.CLAIM, expert2)
    desk.command(services, case, Command.TRANSFER, expert2, to=third.id, reason="要看鸭的")
    text = experts_browser.get("/inbox").text
    assert "派给赵刚，等他接受" in text
    assert f"/cases/{case.id}/claim" not in text
    assert f"/cases/{case.id}/claim" not in experts_browser.get(f"/cases/{case.id}").text
    his = desk.log_in(app.test_client(), "expert3").get(f"/cases/{case.id}").text
    assert "<dt>谁派的</dt><dd>李芳" in his
    assert "转给您的同事手上" in his


def test_an_offer_that_has_run_out_is_no_longer_mine(
    services: Services, experts_browser: Browser, expert: Staff, later: Later
) -> None:
    case = offer(services, expert)
    later(minutes=20)
    assert "已超时10分钟" in experts_browser.get(f"/cases/{case.id}").text
    with services.database.transaction() as tx:
        machine.apply(tx, case.id, Command.OFFER_EXPIRES, Actor.system("timer:offer"))
    assert "派给您的工单" not in experts_browser.get(f"/cases/{case.id}").text


def test_ones_own_offer_is_shown_and_counted_however_many_others_wait(
    services: Services, experts_browser: Browser, expert: Staff, expert2: Staff
) -> None:
    theirs = offer(services, expert2, "更急的", openid="oElse")
    with services.database.transaction() as tx:
        row = tx.execute(sa.select(cases).where(cases.c.id == theirs.id)).one()._asdict()
        copies = [{**row, "id": uuid4(), "number": f"ZJ-{number}", "conversation_id": uuid4()} for number in range(200)]
        tx.execute(cases.insert(), copies)
    mine = offer(services, expert)
    text = experts_browser.get("/inbox").text
    assert f"/cases/{mine.id}/accept" in text
    assert experts_browser.get("/live/bell").get_json()["waiting"] == 1
