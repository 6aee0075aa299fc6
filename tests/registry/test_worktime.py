"""Working time: lunch, nights, weekends, holidays and the days that make up for them (reference: handoff §4.8)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import worktime
from registry.worktime import CHINA, OFFICE_HOURS, Span, WorkTime

HOURS = {hours: timedelta(hours=hours) for hours in (1, 2, 8)}
ROUND_THE_CLOCK = WorkTime((Span(time(0), time(12)), Span(time(12), time(23, 59, 59))))
MOMENTS = st.integers(0, 690 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=CHINA) + timedelta(minutes=minutes)
)
LENGTHS = st.timedeltas(timedelta(0), timedelta(hours=60))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23 09:00", 1, "2026-11-23 10:00"),
        ("2026-11-23 11:30", 1, "2026-11-23 14:30"),  # lunch
        ("2026-11-23 13:00", 1, "2026-11-23 15:00"),  # asked at lunch
        ("2026-11-23 17:30", 1, "2026-11-24 09:00"),  # the night
        ("2026-11-23 23:59", 1, "2026-11-24 09:30"),
        ("2026-11-24 00:00", 1, "2026-11-24 09:30"),  # midnight
        ("2026-11-27 17:30", 1, "2026-11-30 09:00"),  # a weekend
        ("2026-11-28 10:00", 2, "2026-11-30 10:30"),  # asked on Saturday
        ("2026-09-30 17:00", 2, "2026-10-08 09:30"),  # National Day, a week
        ("2026-10-09 17:00", 2, "2026-10-10 09:30"),  # the Saturday after makes up for a day of it
        ("2026-02-13 17:00", 2, "2026-02-14 09:30"),  # and a Saturday before Spring Festival
        ("2026-11-23 08:30", 8, "2026-11-24 09:00"),
        ("2026-11-23 11:00", 1, "2026-11-23 12:00"),  # to the very end of a span
    ],
)
def test_time_passes_only_while_somebody_works(start: str, hours: int, end: str) -> None:
    assert OFFICE_HOURS.add(at(start), HOURS[hours]) == at(end)
    assert OFFICE_HOURS.between(at(start), at(end)) == HOURS[hours]


def test_a_working_day_later_is_the_same_time_on_the_next_working_day() -> None:
    assert OFFICE_HOURS.day == timedelta(hours=7.5)
    assert OFFICE_HOURS.add(at("2026-11-27 10:00"), OFFICE_HOURS.day) == at("2026-11-30 10:00")


@pytest.mark.parametrize(
    ("moment", "on"),
    [
        ("2026-11-23 08:29", False),
        ("2026-11-23 08:30", True),
        ("2026-11-23 12:00", False),
        ("2026-11-23 13:59", False),
        ("2026-11-23 14:00", True),
        ("2026-11-28 10:00", False),
        ("2026-10-10 10:00", True),
        ("2026-10-01 10:00", False),
    ],
)
def test_an_office_is_open_at_these_moments(moment: str, on: bool) -> None:
    assert OFFICE_HOURS.is_on(at(moment)) is on


def test_no_time_leads_to_the_next_moment_of_work() -> None:
    nothing = timedelta(0)
    assert OFFICE_HOURS.add(at("2026-11-28 10:00"), nothing) == at("2026-11-30 08:30")
    assert OFFICE_HOURS.add(at("2026-11-23 12:00"), nothing) == at("2026-11-23 14:00")
    assert OFFICE_HOURS.add(at("2026-11-23 10:00"), nothing) == at("2026-11-23 10:00")


def test_the_zone_of_the_caller_is_kept() -> None:
    start = at("2026-11-23 17:30").astimezone(UTC)
    end = OFFICE_HOURS.add(start, HOURS[1])
    assert end.tzinfo is UTC
    assert end == at("2026-11-24 09:00")


@given(MOMENTS, LENGTHS)
def test_what_was_added_lies_between(start: datetime, working: timedelta) -> None:
    end = OFFICE_HOURS.add(start, working)
    assert end >= start
    assert OFFICE_HOURS.between(start, end) == working


@given(MOMENTS, LENGTHS, LENGTHS)
def test_adding_twice_is_adding_once(start: datetime, first: timedelta, second: timedelta) -> None:
    assert OFFICE_HOURS.add(OFFICE_HOURS.add(start, first), second) == OFFICE_HOURS.add(start, first + second)


@given(MOMENTS, MOMENTS)
def test_there_is_no_more_working_time_than_time(start: datetime, end: datetime) -> None:
    between = OFFICE_HOURS.between(start, end)
    assert timedelta(0) <= between <= max(timedelta(0), end - start)
    assert ROUND_THE_CLOCK.between(start, end) >= between


def test_a_year_without_a_notice_has_its_weekdays() -> None:
    saturday, monday = date(2099, 10, 3), date(2099, 10, 5)
    assert not worktime.is_announced(2099)
    assert worktime.is_announced(2026)
    assert worktime.is_working_day(monday)
    assert not worktime.is_working_day(saturday)


def test_hours_are_read_as_an_operator_writes_them() -> None:
    assert worktime.parse("08:30-12:00 14:00-18:00") == OFFICE_HOURS


@pytest.mark.parametrize(
    "text", ["", "08:30", "8-12", "12:00-08:30", "08:30-12:00 11:00-18:00", "14:00-18:00 08:30-12:00", "08:30-25:00"]
)
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        worktime.parse(text)


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        (date(2026, 10, 1), "国庆节"),
        (date(2026, 10, 10), "国庆节"),
        (date(2026, 11, 21), ""),
        (date(2026, 11, 23), ""),
        (date(2098, 10, 1), ""),
    ],
)
def test_a_day_is_off_for_its_holiday_or_makes_up_for_it(day: date, holiday: str) -> None:
    assert worktime.holiday_of(day) == holiday
