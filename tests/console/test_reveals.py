"""The list of looks at telephone numbers: who, whose, when, why, from where."""

from datetime import timedelta

import pytest

from conversations.services import Services
from core import clock, people
from core.people import Staff
from handoff.cases import Case
from handoff.states import Command
from needs.filed import Need
from reports import about_reveals
from tests.conftest import Later
from tests.console import desk
from tests.console.desk import OPENID, OTHER_PHONE, PHONE, Browser


@pytest.fixture
def case(services: Services, expert: Staff) -> Case:
    case = desk.ask(services, "柑橘黄叶")
    desk.command(services, case, Command.CLAIM, expert)
    with services.database.transaction() as tx:
        people.remember(tx, case.farmer_id, called="老赵", phone=services.secrets.encrypt(PHONE))
    return case


@pytest.fixture
def need(services: Services) -> Need:
    return desk.file_need(services, openid=f"{OPENID}2")


def look(services: Services, experts_browser: Browser, coordinators_browser: Browser, case: Case, need: Need) -> None:
    assert PHONE in experts_browser.post(f"/cases/{case.id}/phone", reason=f"照片看不清，他另一个号{OTHER_PHONE}").text
    assert PHONE in coordinators_browser.post(f"/needs/{need.number}/phone", reason="=约上门时间").text


def test_every_look_is_listed_with_its_reason_and_where_it_was_from(
    services: Services, experts_browser: Browser, coordinators_browser: Browser, case: Case, need: Need
) -> None:
    assert "这段时间没有人看过" in coordinators_browser.get("/reveals").text
    look(services, experts_browser, coordinators_browser, case, need)
    text = coordinators_browser.get("/reveals").text
    assert "2次" in text
    assert "老赵（" in text
    assert "照片看不清" in text
    assert f'href="/cases/{case.number}"' in text
    assert f'href="/needs/{need.number}"' in text
    assert PHONE not in text
    assert OTHER_PHONE not in text
    assert 'href="/reveals"' in coordinators_browser.get("/privacy").text


def test_the_looks_of_one_person_and_of_some_days(
    services: Services,
    experts_browser: Browser,
    coordinators_browser: Browser,
    case: Case,
    need: Need,
    coordinator: Staff,
) -> None:
    look(services, experts_browser, coordinators_browser, case, need)
    text = coordinators_browser.get(f"/reveals?who={coordinator.id}").text
    assert need.number in text
    assert case.number not in text
    assert "这段时间没有人看过" in coordinators_browser.get("/reveals?first=2020-01-01&last=2020-02-01").text
    assert coordinators_browser.get("/reveals?who=x&first=y&page=z").status_code == 200


def test_the_file_holds_the_same_and_nothing_that_a_spreadsheet_would_run(
    services: Services, experts_browser: Browser, coordinators_browser: Browser, case: Case, need: Need
) -> None:
    look(services, experts_browser, coordinators_browser, case, need)
    file = coordinators_browser.get("/reveals.csv")
    assert file.mimetype == "text/csv"
    text = file.data.decode("utf-8")
    assert case.number in text
    assert "'=约上门时间" in text
    assert "139****4321" in text
    assert OTHER_PHONE not in text
    assert len(text.strip().splitlines()) == 3
    assert experts_browser.get("/reveals.csv").status_code == 403


def test_the_log_of_a_case_says_who_looked(
    services: Services, experts_browser: Browser, coordinators_browser: Browser, case: Case, need: Need
) -> None:
    assert "看过电话的人" not in experts_browser.get(f"/cases/{case.id}").text
    look(services, experts_browser, coordinators_browser, case, need)
    text = experts_browser.get(f"/cases/{case.id}").text
    assert "看过电话的人" in text
    assert "照片看不清" in text
    assert OTHER_PHONE not in text
    assert "约上门时间" not in text


def test_a_look_from_before_cases_were_kept_is_listed_and_more_than_fit_are_on_the_next_page(
    services: Services, coordinators_browser: Browser, case: Case, expert: Staff, later: Later
) -> None:
    with services.database.transaction() as tx:
        people.note_reveal(tx, staff_id=expert.id, farmer_id=case.farmer_id, reason="最早的")
        for n in range(about_reveals.PAGE):
            later(seconds=1)
            people.note_reveal(tx, staff_id=expert.id, farmer_id=case.farmer_id, reason=f"第{n}次")
    day = (clock.now() + timedelta(hours=8)).date()
    first = coordinators_browser.get(f"/reveals?last={day}").text
    second = coordinators_browser.get(f"/reveals?last={day}&page=2").text
    assert "最早的" not in first
    assert "最早的" in second
    assert "第1页，共2页" in first
