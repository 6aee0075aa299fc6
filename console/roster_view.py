"""What the roster's page shows: the next seven days, one's own duties, and what a coordinator can plan and undo."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from console import duty_words
from core import clock, people
from core.database import Transaction
from core.people import Role, Staff
from handoff import routing
from registry import experts, planned, roster, swaps, worktime
from registry.roster import Duty, Gap
from registry.worktime import CHINA
from reports import coverage

DAYS = 7
OWN_DAYS = 14


@dataclass(frozen=True)
class Shift:
    """Somebody on duty on one day. `takes`: whether they take cases; a coordinator, or who has paused, does not."""

    name: str
    hours: str
    why: str
    takes: bool
    paused: bool
    is_mine: bool
    is_now: bool


@dataclass(frozen=True)
class Day:
    """A day of the roster: who is there, when nobody is, and the industries that nobody knows who is there that day.

    `holes` reach into working time; `free_holes` are nights and free days, which a county may leave empty.
    """

    title: str
    note: str
    shifts: tuple[Shift, ...]
    holes: tuple[str, ...]
    free_holes: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Around:
    """Everything that a day is made of. `takers`: the experts who take cases; `industries`: who knows each."""

    at: datetime
    me: UUID
    names: dict[UUID, str]
    paused: frozenset[UUID]
    takers: frozenset[UUID]
    duties: Sequence[Duty]
    gaps: Sequence[Gap]
    industries: dict[str, frozenset[UUID]]


def look(tx: Transaction, staff: Staff) -> dict[str, object]:
    """What the template needs for this member of staff."""
    at = clock.now()
    today = at.astimezone(CHINA).date()
    midnight, here = _start(today), on_call(tx)
    profiles = {one.staff_id: one for one in experts.everyone(tx)}
    takers, until = frozenset(one.staff_id for one in routing.taking_cases(tx)), midnight + timedelta(days=DAYS)
    duties = [duty for duty in roster.duties(tx, midnight, midnight + timedelta(days=OWN_DAYS)) if duty.end > at]
    there = {duty.staff_id for duty in duties if duty.start < until} & takers
    industries = coverage.able_by_industry(tx, at)
    around = Around(
        at=at, me=staff.id, names={one.id: one.name for one in here}, takers=takers, duties=duties,
        paused=frozenset(one.staff_id for one in profiles.values() if one.paused),
        gaps=roster.gaps(tx, at, until, among=takers),
        industries={name: able for name, able in industries.items() if able & there},
    )  # fmt: skip
    own = profiles.get(staff.id) if staff.has(Role.EXPERT) else None
    dates = [today + timedelta(days=later) for later in range(DAYS)]
    return {
        "days": [_day(around, day) for day in dates],
        "unknown": [name for name, able in industries.items() if there and not able & there],
        "guessed": any(not worktime.is_announced(day.year) for day in dates),
        "is_expert": own is not None,
        "paused": own.paused if own else None,
        "own": [_from_now(duty, at) for duty in duties if duty.staff_id == staff.id],
        "open_swaps": swaps.open_now(tx),
        "absences": planned.absences_ahead(tx),
        "names": around.names,
    }


def desk(tx: Transaction) -> dict[str, object]:
    """What a coordinator plans with: everybody who can be on duty, and all that is planned."""
    here = on_call(tx)
    known = {one.id for one in here}
    profiles = {one.staff_id: one for one in experts.everyone(tx)}
    return {
        "on_call": here,
        "rules": [rule for rule in roster.rules(tx) if rule.staff_id in known],
        "singles": [one for one in planned.single_duties_ahead(tx) if one.staff_id in known],
        "experts": [(one, profiles[one.id]) for one in here if one.id in profiles and one.has(Role.EXPERT)],
        "day_kinds": roster.DAY_NAMES,
        "today": clock.now().astimezone(CHINA).date(),
    }


def on_call(tx: Transaction) -> list[Staff]:
    """Who can be on duty: everybody working here as an expert or a coordinator, by name."""
    found = [one for one in people.everyone(tx) if one.active and one.has(Role.EXPERT, Role.COORDINATOR)]
    return sorted(found, key=lambda one: one.name)


def _from_now(duty: Duty, at: datetime) -> Duty:
    """What is left of a duty: nobody can pass on the part that is over."""
    return replace(duty, start=max(duty.start, at))


def _day(around: Around, day: date) -> Day:
    midnight, next_midnight = _start(day), _start(day + timedelta(days=1))
    duties = [duty for duty in around.duties if duty.start < next_midnight and duty.end > midnight]
    there = {duty.staff_id for duty in duties} & around.takers
    holes = list(_holes(around.gaps, midnight, next_midnight))
    return Day(
        title=duty_words.day_name(day),
        note=duty_words.day_note(day),
        shifts=tuple(_shift(around, duty, midnight, next_midnight) for duty in duties if duty.staff_id in around.names),
        holes=tuple(words for words, is_work in holes if is_work),
        free_holes=tuple(words for words, is_work in holes if not is_work),
        unknown=tuple(name for name, able in around.industries.items() if there and not able & there),
    )


def _shift(around: Around, duty: Duty, midnight: datetime, next_midnight: datetime) -> Shift:
    return Shift(
        name=around.names[duty.staff_id],
        hours=duty_words.hours(max(duty.start, midnight), min(duty.end, next_midnight)),
        why=duty_words.WHY_NAMES[duty.why],
        takes=duty.staff_id in around.takers,
        paused=duty.staff_id in around.paused,
        is_mine=duty.staff_id == around.me,
        is_now=duty.covers(around.at) and midnight <= around.at < next_midnight,
    )


def _holes(gaps: Iterable[Gap], midnight: datetime, next_midnight: datetime) -> Iterator[tuple[str, bool]]:
    """The hours of a day when nobody is there, and whether some of them are working time."""
    for gap in gaps:
        start, end = max(gap.start, midnight), min(gap.end, next_midnight)
        if start < end:
            words = "整天" if (start, end) == (midnight, next_midnight) else duty_words.hours(start, end)
            yield words, bool(worktime.OFFICE_HOURS.between(start, end))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)
