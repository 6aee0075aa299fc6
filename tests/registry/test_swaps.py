"""Swaps: a duty goes from one expert to another, once."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from core.database import Transaction
from core.errors import NotFound, Refused
from core.people import Role
from registry import planned as planned_ahead
from registry import roster, swaps
from registry.roster import Days
from registry.tables import absences
from registry.worktime import CHINA
from tests.core.kit import member
from tests.registry.kit import at, expert, hours, planned


def test_a_swapped_duty_goes_from_one_to_the_other(tx: Transaction) -> None:
    wang, li = planned(tx, "wang", Days.EVERY, 9, 17), planned(tx, "li", Days.EVERY, 1, 2)
    swap = swaps.offer(tx, wang, at(0, 12), at(0, 17), note="孩子开家长会")
    assert [one.id for one in swaps.open_now(tx)] == [swap]
    taken = swaps.take(tx, swap, li)
    assert taken.taken_by == li
    assert swaps.open_now(tx) == []
    assert hours(tx, wang) == [(at(0, 9), at(0, 12))]
    assert hours(tx, li) == [(at(0, 1), at(0, 2)), (at(0, 12), at(0, 17))]
    assert hours(tx, wang, day=1) == [(at(1, 9), at(1, 17))]


def test_a_duty_can_be_given_back_and_passed_on(tx: Transaction) -> None:
    wang = planned(tx, "wang", Days.EVERY, 9, 17)
    li, chen = planned(tx, "li", Days.EVERY, 1, 2), planned(tx, "chen", Days.EVERY, 2, 3)
    for giver, taker in [(wang, li), (li, wang), (wang, li), (li, chen)]:
        swaps.take(tx, swaps.offer(tx, giver, at(0, 9), at(0, 17)), taker)
        assert roster.on_duty(tx, at(0, 10)) == {taker}


def test_a_duty_is_taken_once(tx: Transaction) -> None:
    wang, li = planned(tx, "wang", Days.EVERY, 9, 17), expert(tx, "li")
    swap = swaps.offer(tx, wang, at(0, 9), at(0, 17))
    with pytest.raises(Refused, match="您自己的"):
        swaps.take(tx, swap, wang)
    swaps.take(tx, swap, li)
    with pytest.raises(Refused, match="已经有人接了"):
        swaps.take(tx, swap, expert(tx, "chen"))
    with pytest.raises(NotFound):
        swaps.take_back(tx, swap, wang)


def test_a_wish_to_swap_can_be_taken_back_by_who_has_it(tx: Transaction) -> None:
    wang, li = planned(tx, "wang", Days.EVERY, 9, 17), expert(tx, "li")
    swap = swaps.offer(tx, wang, at(0, 9), at(0, 17))
    with pytest.raises(NotFound):
        swaps.take_back(tx, swap, li)
    swaps.take_back(tx, swap, wang)
    assert swaps.open_now(tx) == []


def test_only_experts_take_duties(tx: Transaction) -> None:
    wang, office = planned(tx, "wang", Days.EVERY, 9, 17), member(tx, "office", Role.COORDINATOR)
    swap = swaps.offer(tx, wang, at(0, 9), at(0, 17))
    with pytest.raises(Refused, match="没有登记为专家"):
        swaps.take(tx, swap, office.id)


def test_what_is_no_duty_cannot_be_swapped(tx: Transaction) -> None:
    wang = planned(tx, "wang", Days.EVERY, 9, 17)
    with pytest.raises(Refused, match="没有值班"):
        swaps.offer(tx, wang, at(0, 18), at(0, 19))
    past = datetime(2020, 1, 6, 10, tzinfo=CHINA)
    with pytest.raises(Refused, match="已经过去"):
        swaps.offer(tx, wang, past, past + timedelta(hours=1))


def test_the_same_wish_twice_is_one_and_another_over_it_is_refused(tx: Transaction) -> None:
    wang = planned(tx, "wang", Days.EVERY, 9, 17)
    first = swaps.offer(tx, wang, at(0, 9), at(0, 17))
    assert swaps.offer(tx, wang, at(0, 9), at(0, 17)) == first
    with pytest.raises(Refused, match="已经在找人换"):
        swaps.offer(tx, wang, at(0, 12), at(0, 14))
    swaps.offer(tx, wang, at(1, 9), at(1, 17))


def test_who_takes_a_duty_twice_has_it_once(tx: Transaction) -> None:
    wang, li = planned(tx, "wang", Days.EVERY, 9, 17), planned(tx, "li", Days.EVERY, 1, 2)
    swap = swaps.offer(tx, wang, at(0, 9), at(0, 17))
    assert swaps.take(tx, swap, li).taken_by == swaps.take(tx, swap, li).taken_by == li
    assert hours(tx, li) == [(at(0, 1), at(0, 2)), (at(0, 9), at(0, 17))]


def test_a_duty_that_is_no_more_cannot_be_taken(tx: Transaction) -> None:
    wang, li = planned(tx, "wang", Days.EVERY, 9, 17), expert(tx, "li")
    swap = swaps.offer(tx, wang, at(0, 9), at(0, 17))
    roster.be_absent(tx, wang, at(0, 0), at(1, 0))
    with pytest.raises(Refused, match="已经取消"):
        swaps.take(tx, swap, li)


def test_the_absence_that_a_swap_brought_is_not_undone_alone(tx: Transaction) -> None:
    wang, li = planned(tx, "wang", Days.EVERY, 9, 17), planned(tx, "li", Days.EVERY, 1, 2)
    own = roster.be_absent(tx, wang, at(2, 0), at(3, 0), reason="换班")
    swaps.take(tx, swaps.offer(tx, wang, at(0, 9), at(0, 17)), li)
    assert [one.id for one in planned_ahead.absences_ahead(tx)] == [own]
    by_swap = tx.execute(sa.select(absences.c.id).where(absences.c.start_at == at(0, 9))).scalar_one()
    roster.come_back(tx, by_swap, wang)
    assert roster.on_duty(tx, at(0, 10)) == {li}
    roster.come_back(tx, own, wang)
    assert hours(tx, wang, day=2) == [(at(2, 9), at(2, 17))]
