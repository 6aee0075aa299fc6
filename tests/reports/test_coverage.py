"""What is asked for and nobody can answer, or nobody who is on duty."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from conversations.services import Services
from core import clock, people
from core.database import Transaction
from core.people import Role
from handoff.tables import cases as cases_table
from registry import experts, roster
from registry.roster import Days
from reports import coverage
from reports.coverage import Coverage
from tests.console import desk
from tests.console.desk import OPENID
from tests.core.kit import member

DAQIAO, RUYUAN, LECHANG = "440232109", "440232", "440281"


def asked(services: Services, count: int, **about: Any) -> None:
    """So many farmers asked about it."""
    for _ in range(count):
        desk.ask(services, "怎么办", openid=f"{OPENID}{uuid4().hex}", **about)


def expert(tx: Transaction, name: str, **knows: Any) -> UUID:
    """An expert who is on duty at any hour."""
    found = member(tx, name, Role.EXPERT)
    experts.enrol(tx, found.id, **knows)
    roster.plan_rule(tx, found.id, Days.EVERY, time(0), time(0), first_day=date(2020, 1, 1))
    return found.id


def reported(services: Services) -> Coverage:
    with services.database.transaction() as tx:
        return coverage.report(tx, clock.now())


def lines(demands: tuple[coverage.Demand, ...]) -> list[tuple[str, str, int, int]]:
    return [(one.object, one.county, one.questions, one.needs) for one in demands]


def test_what_nobody_knows_is_listed_with_the_most_asked_for_first(services: Services) -> None:
    asked(services, 1, object="鸭", place_code=RUYUAN)
    asked(services, 2, object="柑橘", place_code=DAQIAO)
    desk.file_need(services, object="柑橘")
    asked(services, 1, object="水稻", place_code=LECHANG)
    with services.database.transaction() as tx:
        expert(tx, "wang", objects=["水稻"])
    found = reported(services)
    assert lines(found.nobody) == [("柑橘", RUYUAN, 2, 1), ("鸭", RUYUAN, 1, 0)]
    assert found.nobody_on_duty == ()
    assert found.nobody[0].industry == "果树"


def test_who_knows_the_larger_group_knows_the_crop(services: Services) -> None:
    asked(services, 1, object="柑橘", place_code=RUYUAN)
    with services.database.transaction() as tx:
        expert(tx, "wang", objects=["果树"])
    assert reported(services) == Coverage((), ())


def test_a_place_that_nobody_covers_is_listed_beside_the_part_that_somebody_does(services: Services) -> None:
    asked(services, 2, object="柑橘", place_code=RUYUAN)
    asked(services, 1, object="柑橘", place_code=DAQIAO)
    with services.database.transaction() as tx:
        expert(tx, "wang", places=[DAQIAO])
    assert lines(reported(services).nobody) == [("柑橘", RUYUAN, 2, 0)]


@pytest.mark.parametrize("gone", ["paused", "left", "no expert any more"])
def test_who_takes_no_cases_does_not_count(services: Services, gone: str) -> None:
    asked(services, 1, object="柑橘", place_code=RUYUAN)
    with services.database.transaction() as tx:
        wang = expert(tx, "wang")
    assert reported(services).nobody == ()
    with services.database.transaction() as tx:
        if gone == "paused":
            experts.pause(tx, wang, paused=True)
        elif gone == "left":
            people.set_active(tx, wang, active=False)
        else:
            people.change_details(tx, wang, name="王农", unit="", speciality="", roles={Role.COORDINATOR})
    assert len(reported(services).nobody) == 1


def test_somebody_who_is_never_on_duty_in_the_next_days_is_listed_apart(services: Services) -> None:
    asked(services, 1, object="柑橘", place_code=RUYUAN)
    with services.database.transaction() as tx:
        wang = expert(tx, "wang")
        at = clock.now()
        roster.be_absent(tx, wang, at - timedelta(hours=1), at + timedelta(days=6))
    assert reported(services).nobody_on_duty == ()
    with services.database.transaction() as tx:
        roster.be_absent(tx, wang, at, at + timedelta(days=8))
    found = reported(services)
    assert (found.nobody, lines(found.nobody_on_duty)) == ((), [("柑橘", RUYUAN, 1, 0)])
    assert found.nobody_on_duty[0].able == {wang}


def test_only_what_was_asked_lately_counts(services: Services) -> None:
    asked(services, 1, object="柑橘", place_code=RUYUAN)
    long_ago: datetime = clock.now() - timedelta(days=91)
    with services.database.transaction() as tx:
        tx.execute(cases_table.update().values(opened_at=long_ago))
    assert reported(services) == Coverage((), ())


def test_industries_know_who_can_answer_something_of_them(services: Services) -> None:
    asked(services, 2, object="柑橘", place_code=RUYUAN)
    asked(services, 1, object="鸭", place_code=RUYUAN)
    asked(services, 1, object="", place_code="")
    with services.database.transaction() as tx:
        wang = expert(tx, "wang", objects=["柑橘"])
        assert coverage.able_by_industry(tx, clock.now()) == {"果树": {wang}, "家禽": set()}
