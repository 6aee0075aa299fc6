"""A clock that starts on a working day, since what is due depends on the day it is."""

import itertools
from datetime import datetime, time, timedelta

import pytest

from core import clock
from registry import worktime
from tests.conftest import Later


@pytest.fixture
def later(later: Later) -> Later:
    """The clock that a test can move, put on a Monday morning with a week of working days ahead."""
    today = clock.now().astimezone(worktime.CHINA).date()
    mondays = (today + timedelta(days=7 * week - today.weekday()) for week in itertools.count(1))
    monday = next(day for day in mondays if all(worktime.is_working_day(day + timedelta(days=n)) for n in range(5)))
    later(seconds=(datetime.combine(monday, time(10), worktime.CHINA) - clock.now()).total_seconds())
    return later
