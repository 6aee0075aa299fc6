"""On call: rules, single duties, absences and swaps make up who is on duty."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest

from core.database import Transaction
from core.errors import NotFound, Refused
from core.people import Role
from registry import experts, roster
from registry.roster import Days, Gap
from registry.worktime import CHINA
from tests.core.kit import member

LONG_AGO = date(2020, 1, 1)
# A Monday far ahead, so that nothing planned is past; its year has no notice of holidays yet.
MONDAY = date(2098, 11, 24)
Named = Callable[[str], UUID]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """So many days after MONDAY, at this time."""
    return datetime.combine(MONDAY + timedelta(days=day), time(hour, minute), CHINA)


def expert(tx: Transaction, name: str) -> UUID:
    found = member(tx, name, Role.EXPERT)
    experts.enrol(tx, found.id)
    return found.id


def planned(tx: Transaction, name: str, days: Days, start: int, end: int) -> UUID:
    """An expert with one weekly duty."""
    found = expert(tx, name)
    roster.plan_rule(tx, found, days, time(start), time(end), first_day=LONG_AGO)
    return found


def hours(tx: Transaction, who: UUID, day: int = 0, days: int = 1) -> list[tuple[datetime, datetime]]:
    return [(duty.start, duty.end) for duty in roster.duties_of(tx, who, at(day, 0), at(day + days, 0))]


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


def test_a_swapped_duty_goes_from_one_to_the_other(tx: Transaction) -> None:
    wang, li = planned(tx, "wang", Days.EVERY, 9, 17), planned(tx, "li", Days.EVERY, 1, 2)
    swap = roster.offer_swap(tx, wang, at(0, 12), at(0, 17), note="孩子开家长会")
    assert [one.id for one in roster.open_swaps(tx)] == [swap]
    taken = roster.take_swap(tx, swap, li)
    assert taken.taken_by == li
    assert roster.open_swaps(tx) == []
    assert hours(tx, wang) == [(at(0, 9), at(0, 12))]
    assert hours(tx, li) == [(at(0, 1), at(0, 2)), (at(0, 12), at(0, 17))]
    assert hours(tx, wang, day=1) == [(at(1, 9), at(1, 17))]


def test_a_duty_can_be_given_back_and_passed_on(tx: Transaction) -> None:
    wang = planned(tx, "wang", Days.EVERY, 9, 17)
    li, chen = planned(tx, "li", Days.EVERY, 1, 2), planned(tx, "chen", Days.EVERY, 2, 3)
    for giver, taker in [(wang, li), (li, wang), (wang, li), (li, chen)]:
        roster.take_swap(tx, roster.offer_swap(tx, giver, at(0, 9), at(0, 17)), taker)
        assert roster.on_duty(tx, at(0, 10)) == {taker}


def test_a_duty_is_taken_once(tx: Transaction) -> None:
    wang, li = planned(tx, "wang", Days.EVERY, 9, 17), expert(tx, "li")
    swap = roster.offer_swap(tx, wang, at(0, 9), at(0, 17))
    with pytest.raises(Refused, match="您自己的"):
        roster.take_swap(tx, swap, wang)
    roster.take_swap(tx, swap, li)
    with pytest.raises(Refused, match="已经有人接了"):
        roster.take_swap(tx, swap, expert(tx, "chen"))
    with pytest.raises(NotFound):
        roster.take_back_swap(tx, swap, wang)


def test_a_wish_to_swap_can_be_taken_back_by_who_has_it(tx: Transaction) -> None:
    wang, li = planned(tx, "wang", Days.EVERY, 9, 17), expert(tx, "li")
    swap = roster.offer_swap(tx, wang, at(0, 9), at(0, 17))
    with pytest.raises(NotFound):
        roster.take_back_swap(tx, swap, li)
    roster.take_back_swap(tx, swap, wang)
    assert roster.open_swaps(tx) == []


def test_only_experts_take_duties(tx: Transaction) -> None:
    wang, office = planned(tx, "wang", Days.EVERY, 9, 17), member(tx, "office", Role.COORDINATOR)
    swap = roster.offer_swap(tx, wang, at(0, 9), at(0, 17))
    with pytest.raises(Refused, match="没有登记为专家"):
        roster.take_swap(tx, swap, office.id)


def test_what_is_no_duty_cannot_be_swapped(tx: Transaction) -> None:
    wang = planned(tx, "wang", Days.EVERY, 9, 17)
    with pytest.raises(Refused, match="没有值班"):
        roster.offer_swap(tx, wang, at(0, 18), at(0, 19))
    past = datetime(2020, 1, 6, 10, tzinfo=CHINA)
    with pytest.raises(Refused, match="已经过去"):
        roster.offer_swap(tx, wang, past, past + timedelta(hours=1))


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
