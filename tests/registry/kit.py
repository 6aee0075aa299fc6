"""Experts with duties, in a week far ahead."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from core.database import Transaction
from core.people import Role
from registry import experts, roster
from registry.roster import Days
from registry.worktime import CHINA
from tests.core.kit import member

LONG_AGO = date(2020, 1, 1)
# A Monday far ahead, so that nothing planned is past; its year has no notice of holidays yet.
MONDAY = date(2098, 11, 24)


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
