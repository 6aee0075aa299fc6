"""On call: who is on duty when, from weekly rules, single duties and absences; `swaps` has what colleagues take over.

What is stored is what was planned; who is on duty at a moment is always worked out from it (`duties`). Who has no rule
and no duty of their own is taken to be there in office hours: a small county need not plan anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock
from core.database import Transaction
from core.errors import Refused
from registry.tables import absences, duty_rules, experts, single_duties, swaps
from registry.worktime import CHINA, OFFICE_HOURS, is_working_day

_DAY_MINUTES = 24 * 60
_LONGEST = timedelta(days=62)
_PLANNED = UUID("5d0f8a52-2f0e-4a36-9a3c-0b5f0e6a7c11")
# The absence of somebody whose duty a colleague has taken: undoing it would put two people on one duty.
SWAPPED = "换班"
BY_SWAP = sa.and_(
    absences.c.reason == SWAPPED,
    sa.exists().where(
        swaps.c.taken_by.is_not(None),
        swaps.c.staff_id == absences.c.staff_id,
        swaps.c.start_at == absences.c.start_at,
        swaps.c.end_at == absences.c.end_at,
    ),
)


class Days(StrEnum):
    """The days that a rule holds on: every one, or what the State Council makes of them."""

    EVERY = "every"
    WORKING = "working"
    FREE = "free"


DAY_NAMES = {Days.EVERY: "每天", Days.WORKING: "工作日", Days.FREE: "休息日"}


@dataclass(frozen=True)
class Duty:
    """Somebody is on duty from `start` until before `end`. `why`: rule, single, swap or office."""

    staff_id: UUID
    start: datetime
    end: datetime
    why: str

    def covers(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True)
class Rule:
    """Every such day, from a minute of it until before another (0 to 1440); a duty over midnight is two rules."""

    id: UUID
    staff_id: UUID
    days: Days
    from_minute: int
    until_minute: int
    first_day: date
    last_day: date | None


@dataclass(frozen=True)
class Gap:
    """Nobody is on duty from `start` until before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class _Absence:
    staff_id: UUID
    start: datetime
    end: datetime
    made_at: datetime


def plan_rule(
    tx: Transaction,
    staff_id: UUID,
    days: Days,
    start: time,
    end: time,
    *,
    first_day: date,
    last_day: date | None = None,
    idem_key: str | None = None,
) -> UUID:
    """Plan a weekly duty; one that ends at midnight ends at 00:00. Raises Refused for one without any length.

    Whatever is planned twice with the same key is planned once.
    """
    from_minute, until_minute = _minute(start), _minute(end) or _DAY_MINUTES
    if from_minute >= until_minute or (last_day is not None and last_day < first_day):
        raise Refused("duty_without_length", "值班的结束时间要晚于开始时间；过夜的请分成两段。")
    rule_id = _id(idem_key, staff_id, days, from_minute, until_minute, first_day, last_day)
    _write(
        tx, duty_rules, id=rule_id, staff_id=staff_id, days=days, from_minute=from_minute, until_minute=until_minute,
        first_day=first_day, last_day=last_day,
    )  # fmt: skip
    return rule_id


def drop_rule(tx: Transaction, rule_id: UUID) -> None:
    tx.execute(duty_rules.delete().where(duty_rules.c.id == rule_id))


def rules(tx: Transaction) -> list[Rule]:
    """All weekly duties, by who has them and the minute they begin."""
    rows = tx.execute(sa.select(duty_rules).order_by(duty_rules.c.staff_id, duty_rules.c.from_minute))
    return [
        Rule(row.id, row.staff_id, Days(row.days), row.from_minute, row.until_minute, row.first_day, row.last_day)
        for row in rows
    ]


def plan_single(
    tx: Transaction, staff_id: UUID, start: datetime, end: datetime, *, why: str = "single", idem_key: str | None = None
) -> UUID:
    """Plan one duty beside the rules. Raises Refused for one without any length, or a very long one."""
    _check_length(start, end)
    duty_id = _id(idem_key, staff_id, start, end)
    _write(tx, single_duties, id=duty_id, staff_id=staff_id, start_at=start, end_at=end, why=why, made_at=clock.now())
    return duty_id


def be_absent(
    tx: Transaction, staff_id: UUID, start: datetime, end: datetime, *, reason: str = "", idem_key: str | None = None
) -> UUID:
    """Somebody is away: no duty of theirs holds then. Raises Refused for a time without any length."""
    _check_length(start, end)
    away_id = _id(idem_key, staff_id, start, end)
    _write(
        tx, absences, id=away_id, staff_id=staff_id, start_at=start, end_at=end, reason=reason[:100], made_at=clock.now()
    )  # fmt: skip
    return away_id


def come_back(tx: Transaction, absence_id: UUID, staff_id: UUID) -> None:
    """Take an absence of this person back. One that a swap brought stays: a colleague has that duty now."""
    tx.execute(absences.delete().where(absences.c.id == absence_id, absences.c.staff_id == staff_id, ~BY_SWAP))


# --- who is on duty


def on_duty(tx: Transaction, at: datetime, *, also: Iterable[UUID] = ()) -> frozenset[UUID]:
    """Who is on duty at a moment, absences taken off. Whether they take cases is another matter (`experts.paused`).

    `also`: people who are no experts, and are there in office hours as well unless they have a plan.
    """
    return frozenset(duty.staff_id for duty in duties(tx, at, at + timedelta(microseconds=1), also=also))


def duties_of(tx: Transaction, staff_id: UUID, start: datetime, end: datetime) -> list[Duty]:
    return [duty for duty in duties(tx, start, end) if duty.staff_id == staff_id]


def duties(tx: Transaction, start: datetime, end: datetime, *, also: Iterable[UUID] = ()) -> list[Duty]:
    """Every duty between two moments, cut to them, by when it starts; `also` as in `on_duty`. Raises Refused beyond two months."""
    _check_length(start, end)
    away = _absences(tx, start, end)
    found = [
        piece
        for duty, made_at in _planned(tx, start, end, also)
        for piece in _without(_cut(duty, start, end), [one for one in away if _undoes(one, duty, made_at)])
    ]
    return sorted(found, key=lambda duty: (duty.start, duty.end, str(duty.staff_id)))


def gaps(tx: Transaction, start: datetime, end: datetime, *, among: Iterable[UUID] | None = None) -> list[Gap]:
    """When nobody is on duty, or none of those `among` whom one is needed."""
    wanted = None if among is None else frozenset(among)
    reached, found = start, []
    for duty in duties(tx, start, end):
        if wanted is not None and duty.staff_id not in wanted:
            continue
        if duty.start > reached:
            found.append(Gap(reached, duty.start))
        reached = max(reached, duty.end)
    return [*found, Gap(reached, end)] if reached < end else found


def _planned(
    tx: Transaction, start: datetime, end: datetime, also: Iterable[UUID]
) -> list[tuple[Duty, datetime | None]]:
    """What was planned, with the moment at which it was; None where that does not matter."""
    every_rule = rules(tx)
    with_plans = {rule.staff_id for rule in every_rule} | _who_has_singles(tx)
    here = {row.staff_id for row in tx.execute(sa.select(experts.c.staff_id))} | set(also)
    unplanned = sorted(here - with_plans, key=str)
    singles = sa.select(single_duties).where(single_duties.c.start_at < end, single_duties.c.end_at > start)
    found: list[tuple[Duty, datetime | None]] = [
        (Duty(row.staff_id, row.start_at, row.end_at, row.why), row.made_at) for row in tx.execute(singles)
    ]
    for day in _days(start, end):
        found += [(_of_rule(rule, day), None) for rule in every_rule if _holds(rule, day)]
        office = [span.on(day) for span in OFFICE_HOURS.spans] if is_working_day(day) else []
        found += [(Duty(who, *span, "office"), None) for who in unplanned for span in office]
    return [(duty, made_at) for duty, made_at in found if duty.start < end and duty.end > start]


def _who_has_singles(tx: Transaction) -> set[UUID]:
    """Who was planned for by hand; a duty got by a swap is no plan of one's own."""
    rows = tx.execute(sa.select(single_duties.c.staff_id).where(single_duties.c.why == "single").distinct())
    return {row.staff_id for row in rows}


def _of_rule(rule: Rule, day: date) -> Duty:
    midnight = datetime.combine(day, time(), CHINA)
    return Duty(
        rule.staff_id,
        midnight + timedelta(minutes=rule.from_minute),
        midnight + timedelta(minutes=rule.until_minute),
        "rule",
    )


def _holds(rule: Rule, day: date) -> bool:
    if day < rule.first_day or (rule.last_day is not None and day > rule.last_day):
        return False
    return rule.days is Days.EVERY or is_working_day(day) is (rule.days is Days.WORKING)


def _absences(tx: Transaction, start: datetime, end: datetime) -> list["_Absence"]:
    rows = tx.execute(sa.select(absences).where(absences.c.start_at < end, absences.c.end_at > start))
    return [_Absence(row.staff_id, row.start_at, row.end_at, row.made_at) for row in rows]


def _undoes(absence: "_Absence", duty: Duty, made_at: datetime | None) -> bool:
    """A duty taken over from a colleague holds against an absence entered before it: whoever took it was asked."""
    if absence.staff_id != duty.staff_id:
        return False
    return duty.why != "swap" or made_at is None or absence.made_at >= made_at


def _without(duty: Duty, away: Sequence["_Absence"]) -> list[Duty]:
    """What is left of a duty when these times are taken off."""
    left = [(duty.start, duty.end)]
    for absence in away:
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, absence.start)), (max(start, absence.end), end))
            if piece[0] < piece[1]
        ]
    return [Duty(duty.staff_id, start, end, duty.why) for start, end in left]


def _id(idem_key: str | None, *what: object) -> UUID:
    """The id of something planned: for the same key and content the same one, so that the database keeps one of two."""
    return uuid4() if idem_key is None else uuid5(_PLANNED, "|".join(str(one) for one in (idem_key, *what)))


def _write(tx: Transaction, table: sa.Table, **values: object) -> None:
    tx.execute(pg_insert(table).values(**values).on_conflict_do_nothing(index_elements=["id"]))


def _cut(duty: Duty, start: datetime, end: datetime) -> Duty:
    return Duty(duty.staff_id, max(duty.start, start), min(duty.end, end), duty.why)


def _days(start: datetime, end: datetime) -> list[date]:
    first, last = start.astimezone(CHINA).date(), end.astimezone(CHINA).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _check_length(start: datetime, end: datetime) -> None:
    if start >= end or end - start > _LONGEST:
        raise Refused("duty_without_length", "结束时间要晚于开始时间，且不超过两个月。")
