"""Searching cases in the console, as experts and as coordinators."""

import re

import pytest
import sqlalchemy as sa

from app import clockwork
from conversations.services import Services
from core import people
from core.people import Staff
from handoff.cases import Case
from handoff.states import Command, Kind
from handoff.tables import case_words
from tests.console import desk
from tests.console.desk import OPENID, PHONE, Browser


@pytest.fixture
def case(services: Services, expert: Staff) -> Case:
    """An answered case with a note, somebody's phone number in the words, and a name."""
    case = desk.ask(
        services, f"我家苞谷叶子发黄，电话{PHONE}，好几天了", object="玉米", topic="症状诊断", place_code="440232109"
    )
    desk.command(services, case, Command.CLAIM, expert)
    desk.command(services, case, Command.NOTE, expert, text="像是缺锌，别的地块没有")
    desk.command(services, case, Command.ANSWER, expert, text="叶面喷硫酸锌，一周后再看")
    with services.database.transaction() as tx:
        people.remember(tx, case.farmer_id, called="老赵")
    return desk.case_now(services, case.id)


def marks(text: str) -> list[str]:
    return re.findall(r"<mark>([^<]+)</mark>", text)


def numbers(text: str) -> list[str]:
    return re.findall(r"ZJ-\d{8}-\d{4}", text)


@pytest.mark.parametrize(
    ("asked", "marked"),
    [("硫酸锌", "硫酸锌"), ("玉米", "苞谷"), ("缺锌", "缺锌"), ("大桥镇", ""), ("老赵", ""), ("  玉米  发黄 ", "苞谷")],
)
def test_a_case_is_found_and_the_words_are_marked(
    experts_browser: Browser, case: Case, asked: str, marked: str
) -> None:
    text = experts_browser.get("/cases/search", query_string={"q": asked}).text
    assert numbers(text) == [case.number]
    assert marked in "".join(marks(text))
    assert PHONE not in text
    assert bool(marks(text)) == bool(marked)


def test_by_its_number_and_its_end(experts_browser: Browser, case: Case) -> None:
    for asked in (case.number, case.number[-4:], case.number.lower()):
        assert numbers(experts_browser.get(f"/cases/search?q={asked}").text.partition("<ul")[2]) == [case.number]


def test_nothing_is_found_by_a_telephone_number_and_the_page_says_so(experts_browser: Browser, case: Case) -> None:
    for asked in (PHONE, PHONE[-4:], PHONE[:7]):
        text = experts_browser.get(f"/cases/search?q={asked}").text
        assert numbers(text) == []
        assert "电话号码查不到" in text


def test_what_is_asked_is_shown_as_it_is_and_never_run(experts_browser: Browser, case: Case) -> None:
    text = experts_browser.get("/cases/search", query_string={"q": "<script>alert(1)</script>' | 玉米 \x00 & !("}).text
    assert "<script>alert" not in text
    assert experts_browser.get("/cases/search?q=").status_code == 200
    assert experts_browser.get("/cases/search", query_string={"q": "柑" * 5000}).status_code == 200


def test_incidents_are_found_by_coordinators_only(
    services: Services, experts_browser: Browser, coordinators_browser: Browser
) -> None:
    incident = desk.ask(services, "我爸打药头晕", openid=f"{OPENID}2", kind=Kind.INCIDENT, reason="poisoning")
    for asked in ("头晕", incident.number):
        path = f"/cases/search?q={asked}"
        assert incident.number not in experts_browser.get(path).text.partition("<ul")[2]
        assert incident.number in coordinators_browser.get(path).text.partition("<ul")[2]


def test_both_find_the_search_in_their_menu(experts_browser: Browser, coordinators_browser: Browser) -> None:
    assert 'href="/cases/search"' in experts_browser.get("/more").text
    assert 'href="/cases/search"' in coordinators_browser.get("/more").text


def test_the_clock_makes_cases_from_before_findable(services: Services, experts_browser: Browser, case: Case) -> None:
    with services.database.transaction() as tx:
        tx.execute(case_words.delete())
    assert numbers(experts_browser.get("/cases/search?q=硫酸锌").text) == []
    clockwork.clean(services)
    assert numbers(experts_browser.get("/cases/search?q=硫酸锌").text) == [case.number]
    with services.database.transaction() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(case_words)).scalar_one() == 1
