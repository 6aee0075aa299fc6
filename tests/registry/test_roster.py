"""On call: rules, single duties, absences and swaps make up who is on duty."""

from datetime import date, datetime, time, timedelta

import pytest

from core.database import Transaction
from core.errors import NotFound, Refused
from registry import planned as planned_ahead
from registry import roster
from registry.roster import Days, Gap
from registry.worktime import CHINA
from tests.registry.kit import MONDAY, at, expert, hours, planned


def test_monday_is_one() -> None:
    assert MONDAY.weekday() == 0


def test_a_rule_holds_on_its_days_alone(tx: Transaction) -> None:
    works = planned(tx, "works", Days.WORKING, 9, 17)
    rests = planned(tx, "rests", Days.FREE, 8, 20)
    always = planned(tx, "always", Days.EVERY, 18, 0)
    assert hours(tx, works, days=7) == [(at(day, 9), at(day, 17)) for day in range(5)]
    assert hours(tx, rests, days=7) == [(at(day, 8), at(day, 20)) for day in (5, 6)]
    assert hours(tx, always, days=2) == [(at(day, 18), at(day + 1, 0)) for day in (0, 1)]


def test_a_holiday_is_free_and_the_day_that_makes_up_for_it_is_not(tx: Transaction) -> None:
    works = planned(tx, "works", Days.WORKING, 9, 17)
    for day, on_duty in [(date(2026, 10, 1), False), (date(2026, 10, 10), True), (date(2026, 10, 9), True)]:
        noon = datetime.combine(day, time(12), CHINA)
        assert (works in roster.on_duty(tx, noon)) is on_duty, day


def test_a_rule_begins_and_ends(tx: Transaction) -> None:
    wang = expert(tx, "wang")
    roster.plan_rule(tx, wang, Days.EVERY, time(9), time(10), first_day=MONDAY, last_day=MONDAY + timedelta(days=1))
    assert hours(tx, wang, day=-3, days=10) == [(at(0, 9), at(0, 10)), (at(1, 9), at(1, 10))]


def test_somebody_without_any_plan_is_there_in_office_hours(tx: Transaction) -> None:
    wang = expert(tx, "wang")
    assert hours(tx, wang, days=7)[:2] == [(at(0, 8, 30), at(0, 12)), (at(0, 14), at(0, 18))]
    assert {start.date() for start, _ in hours(tx, wang, days=7)} == {MONDAY + timedelta(days=day) for day in range(5)}
    roster.plan_single(tx, wang, at(3, 1), at(3, 2))
    assert hours(tx, wang, days=7) == [(at(3, 1), at(3, 2))]


def test_a_hand_over_at_the_exact_second_leaves_neither_two_nor_none(tx: Transaction) -> None:
    early, late = planned(tx, "early", Days.EVERY, 0, 12), planned(tx, "late", Days.EVERY, 12, 0)
    moment = timedelta(microseconds=1)
    assert roster.on_duty(tx, at(0, 12) - moment) == {early}
    assert roster.on_duty(tx, at(0, 12)) == {late}
    assert roster.on_duty(tx, at(1, 0) - moment) == {late}
    assert roster.on_duty(tx, at(1, 0)) == {early}


def test_an_absence_takes_its_time_off(tx: Transaction) -> None:
    wang = planned(tx, "wang", Days.EVERY, 9, 17)
    away = roster.be_absent(tx, wang, at(0, 11), at(0, 13), reason="开会")
    roster.be_absent(tx, wang, at(1, 0), at(2, 10))
    assert hours(tx, wang, days=3) == [(at(0, 9), at(0, 11)), (at(0, 13), at(0, 17)), (at(2, 10), at(2, 17))]
    roster.come_back(tx, away, wang)
    assert hours(tx, wang) == [(at(0, 9), at(0, 17))]


def test_nobody_takes_back_the_absence_of_another(tx: Transaction) -> None:
    wang, li = planned(tx, "wang", Days.EVERY, 9, 17), expert(tx, "li")
    away = roster.be_absent(tx, wang, at(0, 9), at(0, 17))
    roster.come_back(tx, away, li)
    assert hours(tx, wang) == []


def test_gaps_are_when_nobody_is_there(tx: Transaction) -> None:
    wang, li = planned(tx, "wang", Days.EVERY, 8, 12), planned(tx, "li", Days.EVERY, 11, 14)
    assert roster.gaps(tx, at(0, 0), at(1, 0)) == [Gap(at(0, 0), at(0, 8)), Gap(at(0, 14), at(1, 0))]
    assert roster.gaps(tx, at(0, 8), at(0, 14)) == []
    assert roster.gaps(tx, at(0, 8), at(0, 14), among=[li]) == [Gap(at(0, 8), at(0, 11))]
    assert roster.gaps(tx, at(0, 8), at(0, 14), among=[]) == [Gap(at(0, 8), at(0, 14))]
    assert wang in roster.on_duty(tx, at(0, 9))


@pytest.mark.parametrize(("start", "end"), [(9, 9), (17, 9)])
def test_a_duty_has_a_length(tx: Transaction, start: int, end: int) -> None:
    wang = expert(tx, "wang")
    with pytest.raises(Refused):
        roster.plan_rule(tx, wang, Days.EVERY, time(start), time(end), first_day=MONDAY)
    with pytest.raises(Refused):
        roster.plan_single(tx, wang, at(0, start), at(0, end))
    with pytest.raises(Refused):
        roster.be_absent(tx, wang, at(0, start), at(0, end))


def test_a_rule_that_is_dropped_holds_no_more(tx: Transaction) -> None:
    wang = expert(tx, "wang")
    rule = roster.plan_rule(tx, wang, Days.EVERY, time(9), time(10), first_day=MONDAY)
    roster.drop_rule(tx, rule)
    assert roster.rules(tx) == []


def test_what_is_planned_twice_with_one_key_is_planned_once(tx: Transaction) -> None:
    wang = expert(tx, "wang")
    for key in ("a", "a", "b"):
        roster.plan_rule(tx, wang, Days.EVERY, time(9), time(10), first_day=MONDAY, idem_key=key)
        roster.plan_single(tx, wang, at(0, 11), at(0, 12), idem_key=key)
        roster.be_absent(tx, wang, at(0, 11), at(0, 12), idem_key=key)
    assert len(roster.rules(tx)) == 2
    assert len(planned_ahead.single_duties_ahead(tx)) == 2
    assert len(planned_ahead.absences_ahead(tx)) == 2
    roster.plan_rule(tx, wang, Days.EVERY, time(14), time(15), first_day=MONDAY, idem_key="a")
    assert len(roster.rules(tx)) == 3


def test_a_single_duty_is_undone_and_one_that_is_gone_stays_so(tx: Transaction) -> None:
    wang = planned(tx, "wang", Days.EVERY, 9, 17)
    single = roster.plan_single(tx, wang, at(0, 19), at(0, 20))
    assert [one.id for one in planned_ahead.single_duties_ahead(tx)] == [single]
    for _ in range(2):
        planned_ahead.drop_single(tx, single)
    assert hours(tx, wang) == [(at(0, 9), at(0, 17))]


def test_what_is_over_is_not_listed(tx: Transaction) -> None:
    wang = expert(tx, "wang")
    past = datetime(2020, 1, 6, 10, tzinfo=CHINA)
    roster.plan_single(tx, wang, past, past + timedelta(hours=1))
    roster.be_absent(tx, wang, past, past + timedelta(hours=1))
    assert planned_ahead.single_duties_ahead(tx) == planned_ahead.absences_ahead(tx) == []


def test_a_rule_ends_and_can_go_on_again(tx: Transaction) -> None:
    wang = expert(tx, "wang")
    rule = roster.plan_rule(tx, wang, Days.EVERY, time(9), time(10), first_day=MONDAY)
    planned_ahead.end_rule(tx, rule, MONDAY)
    assert hours(tx, wang, days=3) == [(at(0, 9), at(0, 10))]
    planned_ahead.end_rule(tx, rule, None)
    assert len(hours(tx, wang, days=3)) == 3
    with pytest.raises(Refused, match="在开始之前"):
        planned_ahead.end_rule(tx, rule, MONDAY - timedelta(days=1))
    roster.drop_rule(tx, rule)
    with pytest.raises(NotFound):
        planned_ahead.end_rule(tx, rule, None)
