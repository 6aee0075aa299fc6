"""What the coordinators' desk reads of the live cases: the most at risk first, what each has been through, who holds what."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.database import Transaction
from handoff.cases import Case, Event, from_row
from handoff.states import LIVE, Command, Kind, State, Urgency
from handoff.tables import case_events, cases

PAGE = 100
# While the farmer owes an answer, and once he has had ours, no clock runs towards the first answer.
CLOCK_RUNS = frozenset({State.QUEUED, State.OFFERED, State.ACTIVE, State.SNOOZED})
_COUNTY_DIGITS = 6


@dataclass(frozen=True)
class Wanted:
    """Which live cases to show; what is empty or None is not asked for. `county`: the six digits of a county."""

    state: State | None = None
    owners: tuple[UUID, ...] = ()
    county: str = ""
    kind: Kind | None = None
    urgency: Urgency | None = None
    level: int | None = None
    at_desk: bool = False
    late: bool = False


@dataclass(frozen=True)
class Story:
    """What a case has been through on its way to a person.

    `asked`: how many experts it was offered to; `expired`: how many offers ended without a word; `declines`: who said no,
    and why, oldest first; `why_offered`: the reason of the last offer, mostly the router's.
    """

    asked: int
    expired: int
    declines: tuple[Event, ...]
    why_offered: str


@dataclass(frozen=True)
class Hand:
    """What an expert has in hand. `held` counts against the limit; `oldest` is since when the farmer waits for a first
    answer who has waited longest.
    """

    held: int = 0
    offered: int = 0
    waiting: int = 0
    snoozed: int = 0
    answered: int = 0
    oldest: datetime | None = None

    @property
    def movable(self) -> int:
        """How many cases could be passed on: not what is only offered, nor what has been answered."""
        return self.held - self.offered + self.snoozed


def is_late(case: Case) -> bool:
    """Whether its farmer should have had a first answer by now."""
    return case.answered_at is None and case.state in CLOCK_RUNS and case.due_at <= clock.now()


def listed(tx: Transaction, wanted: Wanted, *, page: int = 1, most: int = PAGE) -> list[Case]:
    """A page of the live cases: incidents, then what is late, then what nobody could be asked for, then by deadline.

    What has no deadline now comes last, the oldest first (reference: handoff §3.8).
    """
    risk = sa.case(
        (cases.c.kind == Kind.INCIDENT, 0), (_late(), 1), (_at_desk(), 2), (_clock_runs(), 3), else_=4
    )  # fmt: skip
    by_time = sa.case((risk == 4, cases.c.opened_at), else_=cases.c.due_at)
    query = sa.select(cases).where(*_where(wanted)).order_by(risk, by_time, cases.c.id)
    return [from_row(row) for row in tx.execute(query.limit(most).offset((max(page, 1) - 1) * most))]


def count(tx: Transaction, wanted: Wanted) -> int:
    """How many live cases are wanted, on all pages."""
    return tx.execute(sa.select(sa.func.count()).select_from(cases).where(*_where(wanted))).scalar_one()


def counties(tx: Transaction) -> list[str]:
    """The counties of the live cases, by their six digits."""
    county = sa.func.left(cases.c.place_code, _COUNTY_DIGITS).label("county")
    rows = tx.execute(sa.select(county).where(cases.c.state.in_(LIVE), cases.c.place_code != "").distinct())
    return sorted(row.county for row in rows if len(row.county) == _COUNTY_DIGITS)


def stories(tx: Transaction, case_ids: Collection[UUID]) -> dict[UUID, Story]:
    """What each of these cases has been through."""
    found: dict[UUID, list[Event]] = {case_id: [] for case_id in case_ids}
    told = (Command.OFFER, Command.TRANSFER, Command.DECLINE, Command.OFFER_EXPIRES)
    rows = tx.execute(
        sa.select(case_events)
        .where(case_events.c.case_id.in_(list(found)), case_events.c.command.in_(told))
        .order_by(case_events.c.case_id, case_events.c.seq)
    )
    for row in rows:
        event = Event(row.seq, row.at, row.command, row.actor_name, row.from_state, row.to_state, row.payload)
        found[row.case_id].append(event)
    return {case_id: _story(events) for case_id, events in found.items()}


def hands(tx: Transaction) -> dict[UUID, Hand]:
    """What everybody who holds a live case has in hand."""
    held = cases.c.state.in_([State.OFFERED, State.ACTIVE, State.WAITING_FARMER])
    rows = tx.execute(
        sa.select(
            cases.c.owner_id,
            _number_of(held).label("held"),
            _number_of(cases.c.state == State.OFFERED).label("offered"),
            _number_of(cases.c.state == State.WAITING_FARMER).label("waiting"),
            _number_of(cases.c.state == State.SNOOZED).label("snoozed"),
            _number_of(cases.c.state == State.ANSWERED).label("answered"),
            sa.func.min(cases.c.opened_at).filter(_clock_runs()).label("oldest"),
        )
        .where(cases.c.owner_id.is_not(None), cases.c.state.in_(LIVE))
        .group_by(cases.c.owner_id)
    )
    return {
        row.owner_id: Hand(row.held, row.offered, row.waiting, row.snoozed, row.answered, row.oldest) for row in rows
    }


def _story(events: list[Event]) -> Story:
    offers = [event for event in events if event.command in {Command.OFFER, Command.TRANSFER}]
    return Story(
        asked=len({event.payload.get("to") for event in offers}),
        expired=sum(event.command == Command.OFFER_EXPIRES for event in events),
        declines=tuple(event for event in events if event.command == Command.DECLINE),
        why_offered=offers[-1].payload.get("reason", "") if offers else "",
    )


def _where(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = [cases.c.state.in_([wanted.state] if wanted.state else LIVE)]
    for column, value in (
        (cases.c.kind, wanted.kind), (cases.c.urgency, wanted.urgency), (cases.c.level, wanted.level),
    ):  # fmt: skip
        if value is not None:
            asked.append(column == value)
    if wanted.owners:
        asked.append(cases.c.owner_id.in_(wanted.owners))
    if wanted.county:
        asked.append(cases.c.place_code.startswith(wanted.county, autoescape=True))
    if wanted.at_desk:
        asked.append(_at_desk())
    if wanted.late:
        asked.append(_late())
    return asked


def _clock_runs() -> sa.ColumnElement[bool]:
    return sa.and_(cases.c.answered_at.is_(None), cases.c.state.in_(CLOCK_RUNS))


def _late() -> sa.ColumnElement[bool]:
    return sa.and_(_clock_runs(), cases.c.due_at <= clock.now())


def _at_desk() -> sa.ColumnElement[bool]:
    return sa.and_(cases.c.desk_at.is_not(None), cases.c.state == State.QUEUED)


def _number_of(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count().filter(condition)
