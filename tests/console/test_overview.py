"""The coordinators' list of live cases: its order, the reasons, the filters, its pages; and who holds how much."""

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from console import overview_pages
from conversations.services import Services
from conversations.tables import deliveries
from core import clock
from core.people import Staff
from handoff import desk as reading
from handoff import machine
from handoff.cases import Case
from handoff.desk import Wanted
from handoff.orders import Actor, Said
from handoff.routing import ROUTER
from handoff.states import LIVE, Command, Kind, State, Urgency
from handoff.tables import cases as cases_table
from registry import experts, roster
from registry.worktime import CHINA
from tests.console import desk
from tests.console.desk import OPENID, PHONE, Browser, Program

DAQIAO, LUFENG = "440232109", "441581"


def change(services: Services, case: Case, **values: Any) -> None:
    with services.database.transaction() as tx:
        tx.execute(cases_table.update().where(cases_table.c.id == case.id).values(**values))


def numbers(browser: Browser, path: str) -> list[str]:
    """The numbers of the cases on a page, from the top."""
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return re.findall(r"ZJ-\d{8}-\d{4}", answer.text)


def offer(services: Services, case: Case, to: Staff, *, reason: str, by: Actor = ROUTER) -> None:
    with services.database.transaction() as tx:
        machine.apply(tx, case.id, Command.OFFER, by, Said(to=to.id, reason=reason))


def test_the_most_at_risk_come_first(services: Services, coordinators_browser: Browser, expert: Staff) -> None:
    at = clock.now()
    asked = [desk.ask(services, str(n), openid=f"{OPENID}{n}") for n in range(6)]
    far, near, on_desk, late, later, waiting = asked
    incident = desk.ask(services, "蚁", openid=f"{OPENID}9", kind=Kind.INCIDENT, reason="quarantine_pest:红火蚁")
    desk.command(services, waiting, Command.CLAIM, expert)
    desk.command(services, waiting, Command.ASK_FARMER, expert, text="多大？")
    for case, hours in ((far, 9), (near, 1), (on_desk, 20), (late, -1), (later, -5), (waiting, -8), (incident, 30)):
        change(services, case, due_at=at + timedelta(hours=hours))
    change(services, on_desk, desk_at=at - timedelta(minutes=40))
    wanted = [case.number for case in (incident, later, late, on_desk, near, far, waiting)]
    assert numbers(coordinators_browser, "/cases") == wanted


def test_why_a_case_is_here_says_what_the_router_said_and_who_declined(
    services: Services, coordinators_browser: Browser, expert: Staff, expert2: Staff
) -> None:
    case = desk.ask(services, "柑橘黄叶", object="柑橘")
    offer(services, case, expert, reason="专长对口，手上0/5个")
    desk.command(services, case, Command.DECLINE, expert, reason=f"今天下乡，找我打{PHONE}")
    text = coordinators_browser.get("/cases").text
    assert "谢绝：今天下乡" in text
    assert "问过1位专家，谢绝：王农（县农技站）“今天下乡" in text
    assert PHONE not in text
    offer(services, case, expert2, reason="负责这个地方，手上2/5个")
    text = coordinators_browser.get("/cases").text
    assert "派给李芳（负责这个地方，手上2/5个），等他接受" in text
    assert "问过2位专家，谢绝：王农" in text
    with services.database.transaction() as tx:
        machine.apply(tx, case.id, Command.OFFER_EXPIRES, Actor.system("offer_expires"))
    change(services, case, desk_at=clock.now() - timedelta(minutes=40))
    text = coordinators_browser.get("/cases").text
    assert "派出后没人接。40分钟前起没有人可派，请您派给一位专家" in text
    assert "问过2位专家，1次没有回应，谢绝：王农" in text


def test_a_case_that_waits_for_its_farmer_is_not_late(
    services: Services, coordinators_browser: Browser, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘黄叶")
    desk.command(services, case, Command.CLAIM, expert)
    desk.command(services, case, Command.ASK_FARMER, expert, text="多大？")
    change(services, case, due_at=clock.now() - timedelta(hours=2))
    assert numbers(coordinators_browser, "/cases?late=1") == []
    assert "等农户，不计时" in coordinators_browser.get("/cases").text
    desk.command(services, case, Command.FARMER_REPLIES, text="两亩")
    change(services, case, due_at=clock.now() - timedelta(hours=2))
    assert numbers(coordinators_browser, "/cases?late=1") == [case.number]


@pytest.fixture
def several(services: Services, expert: Staff) -> dict[str, Case]:
    found = {
        "queued": desk.ask(services, "一", openid=f"{OPENID}1", place_code=DAQIAO, urgency=Urgency.URGENT),
        "active": desk.ask(services, "二", openid=f"{OPENID}2", place_code=LUFENG),
        "need": desk.ask(services, "三", openid=f"{OPENID}3", kind=Kind.NEED),
        "desk": desk.ask(services, "四", openid=f"{OPENID}4"),
        "late": desk.ask(services, "五", openid=f"{OPENID}5"),
    }
    desk.command(services, found["active"], Command.CLAIM, expert)
    change(services, found["desk"], desk_at=clock.now(), level=3)
    change(services, found["late"], due_at=clock.now() - timedelta(hours=1))
    return found


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("state=active", ["active"]),
        ("county=440232", ["queued"]),
        ("kind=need", ["need"]),
        ("urgency=急", ["queued"]),
        ("level=3", ["desk"]),
        ("desk=1", ["desk"]),
        ("late=1", ["late"]),
        ("state=queued&county=441581", []),
        ("state=resolved&county=4402%25&level=9&kind=x", ["queued", "active", "need", "desk", "late"]),
    ],
)
def test_a_filter_shows_what_it_says_also_after_the_live_refresh(
    coordinators_browser: Browser, several: dict[str, Case], asked: str, wanted: list[str]
) -> None:
    expected = {several[name].number for name in wanted}
    page = coordinators_browser.get(f"/cases?{asked}").text
    live = re.search(r'data-live="([^"]+)"', page)
    assert live is not None
    assert set(numbers(coordinators_browser, f"/cases?{asked}")) == expected
    assert set(numbers(coordinators_browser, live.group(1).replace("&amp;", "&"))) == expected


def test_the_cases_of_one_expert_are_one_link_away(
    coordinators_browser: Browser, several: dict[str, Case], expert: Staff, expert2: Staff
) -> None:
    link = f"/cases?expert={expert.id}"
    assert link in coordinators_browser.get("/cases/load").text
    assert numbers(coordinators_browser, link) == [several["active"].number]
    assert numbers(coordinators_browser, f"/cases?expert={expert2.id}") == []


def test_more_cases_than_fit_on_a_page_are_on_the_next(services: Services, coordinators_browser: Browser) -> None:
    asked = [
        desk.ask(services, str(n), openid=f"{OPENID}{n}", place_code=DAQIAO).number for n in range(reading.PAGE + 3)
    ]
    pages = [numbers(coordinators_browser, f"/cases?county=440232&page={page}") for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [reading.PAGE, 3, 0]
    assert sorted(pages[0] + pages[1]) == sorted(asked)
    assert "/cases?page=2&amp;county=440232" in coordinators_browser.get("/cases?county=440232").text
    assert "第2页，共2页" in coordinators_browser.get("/cases?county=440232&page=2").text
    assert numbers(coordinators_browser, "/cases?page=zero") == pages[0]


def test_the_count_is_over_all_pages(services: Services, several: dict[str, Case]) -> None:
    with services.database.transaction() as tx:
        assert reading.count(tx, Wanted()) == 5
        assert len(reading.listed(tx, Wanted(), most=2)) == 2
        assert reading.count(tx, Wanted(state=State.ACTIVE)) == 1
        assert {case.state for case in reading.listed(tx, Wanted())} <= LIVE


# --- who holds how much


def load_row(browser: Browser, name: str) -> str:
    """What the table says of an expert, as plain words."""
    for row in browser.get("/cases/load").text.split("<tr")[2:]:
        if f"<b>{name}</b>" in row:
            return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row.partition(">")[2]))
    raise AssertionError(name)


def test_the_load_of_an_expert_says_duty_limit_and_who_waits_longest(
    services: Services, coordinators_browser: Browser, expert: Staff, expert2: Staff
) -> None:
    at = clock.now()
    with services.database.transaction() as tx:
        roster.plan_single(tx, expert.id, at - timedelta(hours=1), at + timedelta(hours=2))
        roster.plan_single(tx, expert.id, at + timedelta(hours=2), at + timedelta(hours=4))
        roster.plan_single(tx, expert2.id, at + timedelta(hours=20), at + timedelta(hours=22))
        experts.pause(tx, expert2.id, paused=True)
    taken = [desk.ask(services, str(n), openid=f"{OPENID}{n}") for n in range(4)]
    for case in taken:
        desk.command(services, case, Command.CLAIM, expert)
    desk.command(services, taken[0], Command.ASK_FARMER, expert, text="多大？")
    desk.command(services, taken[1], Command.SNOOZE, expert, until=at + timedelta(hours=3))
    desk.command(services, taken[2], Command.ANSWER, expert, text="浇水")
    change(services, taken[0], opened_at=at - timedelta(hours=50))
    change(services, taken[3], opened_at=at - timedelta(hours=7))
    said = load_row(coordinators_browser, "王农")
    assert "值班中" in said
    until = (at + timedelta(hours=4)).astimezone(CHINA)
    assert f"{until.hour}:{until.minute:02d}" in said
    assert "2/5" in said
    assert "其中等农户1，另有稍后再看1，已答复待确认1" in said
    assert "7小时还没答复" in said
    said = load_row(coordinators_browser, "李芳")
    assert "暂停接单" in said
    assert "不在值班" in said
    assert "0/5" in said


def test_whoever_has_left_with_cases_in_hand_stands_on_top(
    services: Services, coordinators_browser: Browser, expert: Staff, expert2: Staff
) -> None:
    at = clock.now()
    with services.database.transaction() as tx:
        for one in (expert, expert2):
            roster.plan_single(tx, one.id, at - timedelta(hours=1), at + timedelta(hours=2))
    for n in range(3):
        desk.command(services, desk.ask(services, str(n), openid=f"{OPENID}{n}"), Command.CLAIM, expert2)
    desk.command(services, desk.ask(services, "x", openid=f"{OPENID}x"), Command.CLAIM, expert)
    page = coordinators_browser.get("/cases/load").text
    assert page.index("李芳") < page.index("王农")
    with services.database.transaction() as tx:
        roster.be_absent(tx, expert.id, at - timedelta(minutes=1), at + timedelta(days=3))
    page = coordinators_browser.get("/cases/load").text
    assert page.index("王农") < page.index("李芳")


def statements(services: Services) -> int:
    """How many statements the list of live cases asks of the database for what has not arrived."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *more: object) -> None:
        asked.append(statement)

    engine = services.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        with services.database.transaction() as tx:
            assert overview_pages.not_arrived(tx)
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len(asked)


def test_what_has_not_arrived_is_found_at_once_however_much_it_is(services: Services, expert: Staff) -> None:
    def unheard(number: int) -> None:
        case = desk.ask(services, str(number), openid=f"{OPENID}{number}")
        desk.command(services, case, Command.CLAIM, expert)
        with services.database.transaction() as tx:
            tx.execute(deliveries.update().values(state="held"))

    unheard(1)
    of_one = statements(services)
    for number in range(2, 5):
        unheard(number)
    assert statements(services) == of_one


def test_what_has_not_arrived_leaves_the_list_when_its_case_or_need_ends(
    services: Services, coordinators_browser: Browser, coordinators_program: Program, expert: Staff
) -> None:
    ended, live = (desk.ask(services, str(number), openid=f"{OPENID}{number}") for number in range(2))
    for case in (ended, live):
        desk.command(services, case, Command.CLAIM, expert)
    needs = [desk.file_need(services, openid=f"{OPENID}{number}") for number in range(2, 4)]
    for need in needs:
        coordinators_program.post(f"/needs/{need.number}/accept")
    desk.carry(services)
    with services.database.transaction() as tx:
        tx.execute(deliveries.update().values(state="unsendable"))

    def listed() -> set[str]:
        text = coordinators_browser.get("/cases").text
        return set(
            re.findall(r"[A-Z]{2}-[-\d]+", text[text.index("还没送到农户") : text.index('<table class="list">')])
        )

    assert listed() == {ended.number, live.number, needs[0].number, needs[1].number}
    coordinators_program.post(f"/cases/{ended.id}/cancel", reason="重复")
    coordinators_program.post(f"/needs/{needs[0].number}/reject", text="请找镇里")
    assert listed() == {live.number, needs[1].number}
