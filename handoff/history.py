"""The log of many cases at once, for figures: what happened between two moments. Only reads.

Every question is asked for a span of time, which the indexes on `case_events.at`, `cases.opened_at` and
`cases.ended_at` find, so that old cases cost nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from core import clock
from core.database import Transaction
from handoff.states import ENDED, Command, Kind, State, Urgency, Who
from handoff.tables import case_events, cases

# Somebody of us owes the next step; in the other live states the farmer does (reference: handoff §3.1).
WITH_US = frozenset({State.QUEUED, State.OFFERED, State.ACTIVE, State.SNOOZED})
RATE = "rate"  # the farmer's judgement after the end, payload {"rating": "1".."3"}


@dataclass(frozen=True)
class Which:
    """Which cases are meant. `place`: the beginning of a division code; `objects`: about any of these; empty means all."""

    place: str = ""
    kind: Kind | None = None
    objects: frozenset[str] | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = []
        if self.place:
            found.append(cases.c.place_code.startswith(self.place, autoescape=True))
        if self.kind is not None:
            found.append(cases.c.kind == self.kind)
        if self.objects is not None:
            named = sa.func.string_to_array(cases.c.object, "|", type_=ARRAY(sa.Text))
            found.append(named.overlap(sa.cast(sorted(self.objects), ARRAY(sa.Text))))
        return found


EVERY = Which()


@dataclass(frozen=True)
class Tally:
    """So many events of one sort on one day of China. `outcome` and `by_system` as the log has them."""

    day: date
    command: str
    by_system: bool
    from_state: str
    to_state: str
    level: int
    outcome: str
    many: int

    @property
    def ends(self) -> bool:
        """Whether a case came to its end by it."""
        return self.to_state in ENDED and self.from_state not in ENDED

    @property
    def goes_up(self) -> bool:
        """Whether a case went one level up: by the command, or because it was not solved for the second time."""
        sent_back = self.command == Command.DISPUTE and self.to_state == State.QUEUED
        return self.command == Command.ESCALATE or sent_back

    @property
    def adds_to_backlog(self) -> int:
        """By how much these events changed the number of cases that wait for one of us."""
        return self.many * ((self.to_state in WITH_US) - (self.from_state in WITH_US))


@dataclass(frozen=True)
class Step:
    """One event in which a case came to another state, or was answered."""

    at: datetime
    command: str
    to_state: str
    actor_id: UUID | None


@dataclass(frozen=True)
class Told:
    """A case with its steps in order, from its opening."""

    kind: Kind
    urgency: Urgency
    opened_at: datetime
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Offer:
    """An offer, or a transfer, to one expert, and the command that ended it; `ended` is "" while it holds."""

    staff_id: UUID
    made_at: datetime
    ended: str
    ended_at: datetime | None
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What a farmer said about an answer. `nth`: the how manieth "not solved" of the case; 0 for a rating.

    `answered_by`: who had answered last.
    """

    case_id: UUID
    nth: int
    rating: int
    answered_by: UUID | None


def _between(start: datetime, end: datetime, which: Which) -> list[sa.ColumnElement[bool]]:
    return [case_events.c.at >= start, case_events.c.at < end, *which.conditions()]


def tallies(tx: Transaction, start: datetime, end: datetime, which: Which = EVERY) -> list[Tally]:
    """What happened from `start` until before `end`, counted by day and sort, earliest day first."""
    columns: list[sa.ColumnElement[Any]] = [
        sa.cast(sa.func.timezone("Asia/Shanghai", case_events.c.at), sa.Date).label("day"),
        case_events.c.command,
        (case_events.c.who == Who.SYSTEM).label("by_system"),
        case_events.c.from_state,
        case_events.c.to_state,
        case_events.c.level,
        sa.func.coalesce(case_events.c.payload["outcome"].astext, "").label("outcome"),
    ]
    rows = tx.execute(
        sa.select(*columns, sa.func.count().label("many"))
        .join(cases, cases.c.id == case_events.c.case_id)
        .where(*_between(start, end, which))
        .group_by(*(sa.text(str(n)) for n in range(1, len(columns) + 1)))
        .order_by(sa.text("1"))
    )
    return [
        Tally(row.day, row.command, row.by_system, row.from_state, row.to_state, row.level, row.outcome, row.many)
        for row in rows
    ]


def opened_between(tx: Transaction, start: datetime, end: datetime, which: Which = EVERY) -> Iterator[Told]:
    """The cases opened from `start` until before `end`, each with its whole story until now."""
    moves = sa.or_(case_events.c.from_state != case_events.c.to_state, case_events.c.command == Command.ANSWER)
    rows = tx.execute(
        sa.select(
            cases.c.id, cases.c.kind, cases.c.urgency, cases.c.opened_at,
            case_events.c.at, case_events.c.command, case_events.c.to_state, case_events.c.actor_id,
        )
        .join(case_events, case_events.c.case_id == cases.c.id)
        .where(cases.c.opened_at >= start, cases.c.opened_at < end, moves, *which.conditions())
        .order_by(cases.c.id, case_events.c.seq)
    )  # fmt: skip
    for _, lines in groupby(rows, key=attrgetter("id")):
        log = list(lines)
        steps = tuple(Step(row.at, row.command, row.to_state, row.actor_id) for row in log)
        yield Told(Kind(log[0].kind), Urgency(log[0].urgency), log[0].opened_at, steps)


def offers(tx: Transaction, start: datetime, end: datetime, which: Which = EVERY) -> list[Offer]:
    """The offers made from `start` until before `end`, transfers included, each with what became of it until now."""
    later = case_events.alias("later")
    next_one = (
        sa.select(later.c.command, later.c.at, later.c.payload)
        .where(
            later.c.case_id == case_events.c.case_id,
            later.c.seq > case_events.c.seq,
            later.c.from_state == State.OFFERED,
            later.c.to_state != State.OFFERED,
        )
        .order_by(later.c.seq)
        .limit(1)
        .lateral("next_one")
    )
    rows = tx.execute(
        sa.select(
            case_events.c.owner_id, case_events.c.at, sa.func.coalesce(next_one.c.command, ""), next_one.c.at,
            sa.func.coalesce(next_one.c.payload["reason"].astext, ""),
        )
        .join(cases, cases.c.id == case_events.c.case_id)
        .outerjoin(next_one, sa.true())
        .where(case_events.c.command.in_([Command.OFFER, Command.TRANSFER]), *_between(start, end, which))
    )  # fmt: skip
    return [Offer(*row) for row in rows]


def verdicts(tx: Transaction, start: datetime, end: datetime, which: Which = EVERY) -> list[Verdict]:
    """What farmers said about answers from `start` until before `end`; of several ratings of a case only the last."""
    before = case_events.alias("before")
    earlier = sa.and_(before.c.case_id == case_events.c.case_id, before.c.seq <= case_events.c.seq)
    nth = sa.select(sa.func.count()).where(earlier, before.c.command == Command.DISPUTE).scalar_subquery()
    answered_by = (
        sa.select(before.c.actor_id)
        .where(earlier, before.c.command == Command.ANSWER)
        .order_by(before.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = tx.execute(
        sa.select(
            case_events.c.case_id, case_events.c.command, nth.label("nth"), answered_by.label("answered_by"),
            case_events.c.payload["rating"].astext.label("rating"),
        )
        .join(cases, cases.c.id == case_events.c.case_id)
        .where(case_events.c.command.in_([Command.DISPUTE, RATE]), *_between(start, end, which))
        .order_by(case_events.c.case_id, case_events.c.seq)
    ).all()  # fmt: skip
    last = {row.case_id: row for row in rows if row.command == RATE and row.rating in {"1", "2", "3"}}
    disputed = [Verdict(row.case_id, row.nth, 0, row.answered_by) for row in rows if row.command == Command.DISPUTE]
    return disputed + [Verdict(case_id, 0, int(row.rating), row.answered_by) for case_id, row in last.items()]


def done_by(tx: Transaction, start: datetime, end: datetime, which: Which = EVERY) -> dict[tuple[UUID, str], int]:
    """In how many cases each member of staff gave each command from `start` until before `end`."""
    rows = tx.execute(
        sa.select(case_events.c.actor_id, case_events.c.command, sa.func.count(case_events.c.case_id.distinct()))
        .join(cases, cases.c.id == case_events.c.case_id)
        .where(case_events.c.actor_id.is_not(None), *_between(start, end, which))
        .group_by(case_events.c.actor_id, case_events.c.command)
    )
    return {(actor_id, command): many for actor_id, command, many in rows}


def waiting_at(tx: Transaction, at: datetime, which: Which = EVERY) -> int:
    """How many cases waited for one of us at a moment."""
    state = (
        sa.select(case_events.c.to_state)
        .where(case_events.c.case_id == cases.c.id, case_events.c.at < at)
        .order_by(case_events.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    not_ended = sa.or_(cases.c.ended_at.is_(None), cases.c.ended_at >= at)
    return tx.execute(
        sa.select(sa.func.count()).where(cases.c.opened_at < at, not_ended, state.in_(WITH_US), *which.conditions())
    ).scalar_one()


def overdue_now(tx: Transaction, which: Which = EVERY) -> int:
    """How many live cases wait for a first answer that was due."""
    return tx.execute(
        sa.select(sa.func.count()).where(
            cases.c.state.in_(WITH_US),
            cases.c.answered_at.is_(None),
            cases.c.due_at <= clock.now(),
            *which.conditions(),
        )
    ).scalar_one()


def choices(tx: Transaction, start: datetime, end: datetime) -> tuple[frozenset[str], frozenset[str]]:
    """The county codes and the objects of the cases opened from `start` until before `end`."""
    rows = tx.execute(
        sa.select(sa.func.left(cases.c.place_code, 6), cases.c.object)
        .where(cases.c.opened_at >= start, cases.c.opened_at < end)
        .distinct()
    ).all()
    counties = frozenset(code for code, _ in rows if len(code) == 6)
    return counties, frozenset(name for _, names in rows for name in names.split("|") if name)
