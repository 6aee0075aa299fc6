"""Working time: when an office is open, on the days that the State Council's notices of holidays leave as working days.

`chinesecalendar` knows the notices, make-up days included, for the years they have been published for; in any
other year a working day is a day from Monday to Friday.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar

CHINA = ZoneInfo("Asia/Shanghai")
_FRIDAY = 4
_NO_TIME = timedelta(0)
_LONGEST_LOOK = 400  # days; no holiday is longer


@dataclass(frozen=True)
class Span:
    """A part of a working day, local time; `end` is not part of it any more. Raises ValueError when it has no length."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a span must end after it starts: {self.start} to {self.end}")

    def on(self, day: date) -> tuple[datetime, datetime]:
        return datetime.combine(day, self.start, CHINA), datetime.combine(day, self.end, CHINA)


@dataclass(frozen=True)
class WorkTime:
    """The working hours of one place: the spans of a working day, in order and apart from each other.

    Raises ValueError for no span at all and for spans that overlap or stand in disorder.
    """

    spans: tuple[Span, ...]

    def __post_init__(self) -> None:
        if not self.spans:
            raise ValueError("working hours need at least one span")
        if any(earlier.end > later.start for earlier, later in zip(self.spans, self.spans[1:], strict=False)):
            raise ValueError("spans of a day overlap or are in disorder")

    @property
    def day(self) -> timedelta:
        """How much working time a working day has."""
        midnight = date.min
        return sum((end - start for start, end in (span.on(midnight) for span in self.spans)), _NO_TIME)

    def is_on(self, at: datetime) -> bool:
        """Whether somebody works at this moment."""
        return any(start <= at < end for start, end in self._parts(_day(at), 1))

    def add(self, start: datetime, working: timedelta) -> datetime:
        """The moment at which this much working time has passed since `start`, in the zone of `start`.

        No time at all leads to the next working moment, or to `start` where it is one.
        """
        left = working
        for begins, ends in self._parts(_day(start), _LONGEST_LOOK + 2 * int(working / self.day)):
            begins = max(begins, start.astimezone(CHINA))
            if begins >= ends:
                continue
            if left <= ends - begins and (left > _NO_TIME or begins < ends):
                return (begins + left).astimezone(start.tzinfo)
            left -= ends - begins
        raise AssertionError("no working day within a year")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments; none when `end` is not after `start`."""
        if end <= start:
            return _NO_TIME
        days = (_day(end) - _day(start)).days + 1
        return sum(
            (
                max(_NO_TIME, min(ends, end.astimezone(CHINA)) - max(begins, start.astimezone(CHINA)))
                for begins, ends in self._parts(_day(start), days)
            ),
            _NO_TIME,
        )

    def _parts(self, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        """The spans of the working days among so many days."""
        for later in range(days):
            day = first + timedelta(days=later)
            if is_working_day(day):
                yield from (span.on(day) for span in self.spans)


OFFICE_HOURS = WorkTime((Span(time(8, 30), time(12)), Span(time(14), time(18))))


def parse(text: str) -> WorkTime:
    """Working hours as an operator writes them, "08:30-12:00 14:00-18:00". Raises ValueError for anything else."""
    spans = []
    for piece in text.split():
        start, separator, end = piece.partition("-")
        if not separator:
            raise ValueError(f"{piece!r} is not a span such as 08:30-12:00")
        spans.append(Span(time.fromisoformat(start), time.fromisoformat(end)))
    return WorkTime(tuple(spans))


@cache
def is_working_day(day: date) -> bool:
    """Whether people work on this day: weekdays that are no holiday, and weekend days that make up for one."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() <= _FRIDAY


def holiday_of(day: date) -> str:
    """国庆节: the holiday that a day is off for, or that a working day makes up for; empty on every other day."""
    try:
        _, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return ""
    return str(chinese_calendar.Holiday(name).chinese) if name else ""


def is_announced(year: int) -> bool:
    """Whether the holidays of a year are known, so that its working days are more than a guess."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def _day(at: datetime) -> date:
    return at.astimezone(CHINA).date()
