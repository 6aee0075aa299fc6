"""Passing several cases on at once from the coordinator's page."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from conversations.services import Services
from core import clock
from core.people import Role, Staff
from handoff import machine
from handoff.cases import Case
from handoff.orders import Actor, Said
from handoff.states import Command, State
from registry import roster
from tests.console import desk
from tests.console.desk import OPENID, PHONE, Browser

_BOX = re.compile(r'name="case" value="([^"]+)" (checked)?')


@pytest.fixture
def held(services: Services, expert: Staff) -> list[Case]:
    """Four cases of an expert whose duty has ended: two being worked on, one that waits for its farmer, one answered."""
    at = clock.now()
    with services.database.transaction() as tx:
        roster.plan_single(tx, expert.id, at - timedelta(hours=9), at - timedelta(minutes=5))
    found = [desk.ask(services, f"第{n}个，电话{PHONE}", openid=f"{OPENID}{n}", object="柑橘") for n in range(4)]
    for case in found:
        desk.command(services, case, Command.CLAIM, expert)
    desk.command(services, found[2], Command.ASK_FARMER, expert, text="多大？")
    desk.command(services, found[3], Command.ANSWER, expert, text="浇水")
    return [desk.case_now(services, case.id) for case in found]


def boxes(text: str) -> dict[str, bool]:
    """The boxes of a page, and whether each is ticked."""
    return {value: bool(checked) for value, checked in _BOX.findall(text)}


def box(case: Case) -> str:
    return f"{case.id}:{case.epoch}"


def states(services: Services, found: list[Case]) -> list[State]:
    return [desk.case_now(services, case.id).state for case in found]


def test_the_cases_of_somebody_who_has_left_are_chosen_with_one_tap(
    services: Services, coordinators_browser: Browser, held: list[Case], expert: Staff
) -> None:
    other = desk.ask(services, "别人的", openid=f"{OPENID}9")
    offered = desk.ask(services, "刚派给他的", openid=f"{OPENID}8")
    with services.database.transaction() as tx:
        machine.apply(tx, offered.id, Command.OFFER, Actor.system("router"), Said(to=expert.id))
    load = coordinators_browser.get("/cases/load").text
    assert "1位专家已经下班，手上还有3个工单" in load
    link = re.search(r'href="([^"]+)">全部转派', load)
    assert link is not None
    page = coordinators_browser.get(link.group(1).replace("&amp;", "&")).text
    assert boxes(page) == {box(case): True for case in held[:3]}
    assert "另有2个不能转" in page
    assert PHONE not in page
    assert boxes(coordinators_browser.get(f"/cases/reassign?expert={expert.id}").text) == {
        box(case): False for case in held[:3]
    }
    assert box(other) in boxes(coordinators_browser.get("/cases/reassign").text)


def test_chosen_cases_go_to_an_expert_and_the_others_stay(
    services: Services, coordinators_browser: Browser, held: list[Case], expert2: Staff
) -> None:
    form = {"case": [box(held[0]), box(held[2])], "to": str(expert2.id), "reason": "下班交接", "key": "k"}
    answer = coordinators_browser.post("/cases/reassign", **form)
    assert answer.status_code == 200
    assert "2个已转出，等对方接受" in answer.text
    assert states(services, held) == ["offered", "active", "offered", "answered"]
    assert desk.case_now(services, held[0].id).owner_id == expert2.id
    assert held[1].number not in answer.text
    offered = desk.log_in(coordinators_browser.client.application.test_client(), "expert2").get("/inbox").text
    assert held[0].number in offered


def test_back_to_the_queue_needs_no_reason(services: Services, coordinators_browser: Browser, held: list[Case]) -> None:
    answer = coordinators_browser.post("/cases/reassign", case=[box(case) for case in held[:3]], to="queue", key="k")
    assert "3个已放回队列" in answer.text
    assert states(services, held) == ["queued", "queued", "queued", "answered"]


def test_when_half_of_them_are_refused_the_other_half_is_done_and_each_says_why(
    services: Services, coordinators_browser: Browser, held: list[Case], expert: Staff
) -> None:
    small = desk.hire(services, "small", Role.EXPERT, name="赵小", capacity=1)
    desk.command(services, held[1], Command.ANSWER, expert, text="先浇水")
    chosen = [box(held[0]), box(held[1]), box(held[2]), f"{held[0].id}x:1", "00000000-0000-4000-8000-000000000000:1"]
    form = {"case": chosen, "to": str(small.id), "reason": "交接", "key": "k"}
    answer = coordinators_browser.post("/cases/reassign", **form)
    assert "1个已转出，等对方接受，3个没有转，原样留着" in answer.text
    assert "没有转：同时处理的工单已到上限（1个）" in answer.text
    assert "没有转：工单现在是“已答复”" in answer.text
    assert "没有这个工单" in answer.text
    assert states(services, held) == ["offered", "answered", "waiting_farmer", "answered"]


def test_the_form_sent_again_does_nothing_twice(
    services: Services, coordinators_browser: Browser, held: list[Case], expert2: Staff
) -> None:
    form = {"case": [box(held[0])], "to": str(expert2.id), "reason": "交接", "key": "k"}
    first, again = (coordinators_browser.post("/cases/reassign", **form).text for _ in range(2))
    assert "1个已转出" in first
    assert "1个已转出" in again
    assert desk.case_now(services, held[0].id).epoch == held[0].epoch + 2
    assert "没有转" in coordinators_browser.post("/cases/reassign", **(form | {"key": "other"})).text


def test_the_same_form_for_somebody_else_is_refused_and_not_taken_for_done(
    services: Services, coordinators_browser: Browser, held: list[Case], expert2: Staff
) -> None:
    form = {"case": [box(held[0])], "reason": "下班了", "key": "k"}
    coordinators_browser.post("/cases/reassign", to=str(expert2.id), **form)
    again = coordinators_browser.post("/cases/reassign", to="queue", **form)
    assert "0个已放回队列" in again.text
    assert "没有转：" in again.text
    now = desk.case_now(services, held[0].id)
    assert (now.state, now.owner_id) == (State.OFFERED, expert2.id)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"case": []}, "请勾选要转派的工单。"),
        ({"to": ""}, "请选择转给谁，或者放回队列。"),
        ({"to": "nobody"}, "没有这位专家"),
        ({"reason": " "}, "请写原因"),
    ],
)
def test_what_is_missing_is_asked_for_and_what_was_ticked_stays_ticked(
    services: Services,
    coordinators_browser: Browser,
    held: list[Case],
    expert2: Staff,
    change: dict[str, object],
    said: str,
) -> None:
    form: dict[str, object] = {"case": [box(held[1])], "to": str(expert2.id), "reason": "交接", "key": "k"}
    answer = coordinators_browser.post("/cases/reassign", **(form | change))
    assert answer.status_code == 422
    assert said in answer.text
    assert boxes(answer.text)[box(held[1])] == bool({**form, **change}["case"])
    assert states(services, held) == ["active", "active", "waiting_farmer", "answered"]


def test_an_expert_cannot_pass_cases_of_others_on(
    services: Services, app: Flask, held: list[Case], expert2: Staff
) -> None:
    browser = desk.log_in(app.test_client(), "expert2")
    assert browser.get("/cases/reassign").status_code == 403
    answer = browser.post("/cases/reassign", case=[box(held[0])], to="queue", key="k")
    assert answer.status_code == 403
    assert states(services, held)[0] == "active"
