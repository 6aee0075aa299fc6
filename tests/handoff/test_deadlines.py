"""By when: by the clock for what is urgent, in working days for what is not."""

from datetime import datetime, timedelta

import pytest

from handoff import deadlines
from handoff.states import Urgency
from registry.worktime import CHINA


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("urgency", "start", "end"),
    [
        (Urgency.CRITICAL, "2026-11-28 23:00", "2026-11-29 01:00"),  # at any hour
        (Urgency.URGENT, "2026-11-28 23:00", "2026-11-29 07:00"),
        (Urgency.NORMAL, "2026-11-23 10:00", "2026-11-24 10:00"),
        (Urgency.NORMAL, "2026-11-27 17:00", "2026-11-30 17:00"),  # over a weekend
        (Urgency.NORMAL, "2026-11-28 23:00", "2026-11-30 18:00"),  # asked on Saturday night
        (Urgency.NORMAL, "2026-09-30 10:00", "2026-10-08 10:00"),  # over National Day
    ],
)
def test_by_when_somebody_must_have_answered(urgency: Urgency, start: str, end: str) -> None:
    assert deadlines.first_answer(urgency, at(start)) == at(end)


@pytest.mark.parametrize(
    ("urgency", "end"),
    [
        (Urgency.CRITICAL, "2026-11-28 10:00"),
        (Urgency.URGENT, "2026-12-02 10:00"),
        (Urgency.NORMAL, "2026-12-04 10:00"),
    ],
)
def test_by_when_a_case_should_end(urgency: Urgency, end: str) -> None:
    assert deadlines.resolution(urgency, at("2026-11-27 10:00")) == at(end)


def test_a_clock_that_stood_still_goes_on_from_where_it_stood() -> None:
    due, paused, resumed = at("2026-11-24 10:00"), at("2026-11-23 17:00"), at("2026-11-25 09:00")
    assert deadlines.moved(Urgency.NORMAL, due, paused, resumed) == at("2026-11-25 11:30")
    assert deadlines.moved(Urgency.CRITICAL, due, paused, resumed) == due + timedelta(hours=40)


def test_the_end_of_an_urgent_case_moves_in_the_time_in_which_it_was_set() -> None:
    due, paused, resumed = at("2026-12-02 10:00"), at("2026-11-27 17:00"), at("2026-11-30 09:00")
    assert deadlines.resolution(Urgency.URGENT, at("2026-11-27 10:00")) == due
    assert deadlines.resolution_moved(Urgency.URGENT, due, paused, resumed) == at("2026-12-02 11:30")
    assert deadlines.resolution_moved(Urgency.CRITICAL, due, paused, resumed) == due + timedelta(hours=64)


def test_a_deadline_that_had_passed_is_not_given_back() -> None:
    due = at("2026-11-23 10:00")
    for urgency in Urgency:
        assert deadlines.moved(urgency, due, at("2026-11-23 11:00"), at("2026-11-25 09:00")) == due


@pytest.mark.parametrize("urgency", Urgency)
def test_an_owner_is_reminded_before_the_case_is_taken(urgency: Urgency) -> None:
    start = at("2026-11-23 09:00")
    assert start < deadlines.owner_reminded(urgency, start) < deadlines.owner_gone(urgency, start)
    assert deadlines.owner_gone(urgency, start) <= deadlines.first_answer(urgency, start)
