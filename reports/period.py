"""The span of days that a report is about, as days are counted in China."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core import clock

CHINA = ZoneInfo("Asia/Shanghai")
LONGEST_DAYS = 366


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, datetime.min.time(), CHINA)

    @property
    def end(self) -> datetime:
        """The first moment that is no longer part of it."""
        return datetime.combine(self.last + timedelta(days=1), datetime.min.time(), CHINA)

    @property
    def within_a_year(self) -> "Period":
        """Its last year where it is longer: more would read a large part of all there is for one page."""
        if (self.last - self.first).days < LONGEST_DAYS:
            return self
        return Period(self.last - timedelta(days=LONGEST_DAYS - 1), self.last)


def chosen(first: str, last: str) -> Period:
    """The period that two typed dates mean; the last thirty days where they mean nothing."""
    today = clock.now().astimezone(CHINA).date()
    end = _date(last) or today
    start = _date(first) or end - timedelta(days=29)
    return Period(min(start, end), max(start, end))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
