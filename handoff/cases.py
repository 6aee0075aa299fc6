"""Reading cases: one for somebody with the right to see it, the queue, and what was said."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from core.database import Transaction
from core.errors import NotFound
from core.people import Role, Staff
from handoff.states import ENDED, LIVE, PERSON_SPEAKS, Kind, State, Urgency
from handoff.tables import case_entries, case_events, case_participants, cases


@dataclass(frozen=True)
class Case:
    """A question, a need or an incident in the hands of people. `epoch` grows whenever the owner changes.

    `return_to` is who gets a transferred case back when it is not accepted; `desk_at` since when nobody could be asked,
    so that it lies on the coordinators' desk;
    `state_at` since when it is in its state; `acted_at` when its owner last did anything.
    """

    id: UUID
    number: str
    kind: Kind
    state: State
    urgency: Urgency
    level: int
    owner_id: UUID | None
    epoch: int
    version: int
    conversation_id: UUID
    farmer_id: UUID
    need_id: UUID | None
    object: str
    topic: str
    problem: str
    place_code: str
    question: str
    reason: str
    understood: Mapping[str, Any]
    opened_at: datetime
    due_at: datetime
    resolve_by: datetime
    promised_by: datetime | None
    overdue_at: datetime | None
    reminded_at: datetime | None
    state_at: datetime
    acted_at: datetime | None
    last_farmer_at: datetime
    first_answered_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    snoozed_until: datetime | None
    outcome: str
    disputes: int
    merged_into: UUID | None
    follow_up_of: UUID | None
    split_of: UUID | None
    rating: int | None
    lease_until: datetime | None
    return_to: UUID | None
    desk_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


@dataclass(frozen=True)
class Entry:
    """Something said in a case. `said_by`: farmer, expert, bot, system or note (a note never leaves the console)."""

    seq: int
    at: datetime
    said_by: str
    author_name: str
    kind: str
    text: str
    files: tuple[UUID, ...]


@dataclass(frozen=True)
class Event:
    """A line of the log of a case."""

    seq: int
    at: datetime
    command: str
    actor_name: str
    from_state: str
    to_state: str
    payload: Mapping[str, Any]


def from_row(row: sa.Row[tuple[object, ...]]) -> Case:
    """A case from a row of its table."""
    return Case(
        id=row.id,
        number=row.number,
        kind=Kind(row.kind),
        state=State(row.state),
        urgency=Urgency(row.urgency),
        level=row.level,
        owner_id=row.owner_id,
        epoch=row.epoch,
        version=row.version,
        conversation_id=row.conversation_id,
        farmer_id=row.farmer_id,
        need_id=row.need_id,
        object=row.object,
        topic=row.topic,
        problem=row.problem,
        place_code=row.place_code,
        question=row.question,
        reason=row.reason,
        understood=row.understood,
        opened_at=row.opened_at,
        due_at=row.due_at,
        resolve_by=row.resolve_by,
        promised_by=row.promised_by,
        overdue_at=row.overdue_at,
        reminded_at=row.reminded_at,
        state_at=row.state_at,
        acted_at=row.acted_at,
        last_farmer_at=row.last_farmer_at,
        first_answered_at=row.first_answered_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        snoozed_until=row.snoozed_until,
        outcome=row.outcome,
        disputes=row.disputes,
        merged_into=row.merged_into,
        follow_up_of=row.follow_up_of,
        split_of=row.split_of,
        rating=row.rating,
        lease_until=row.lease_until,
        return_to=row.return_to,
        desk_at=row.desk_at,
    )


def get(tx: Transaction, case_id: UUID) -> Case:
    """The case with this id, for code that acts for nobody in particular; raises NotFound."""
    row = tx.execute(sa.select(cases).where(cases.c.id == case_id)).one_or_none()
    if row is None:
        raise NotFound("没有这个工单。")
    return from_row(row)


def numbered(tx: Transaction, number: str) -> Case:
    """The case with this number; raises NotFound."""
    row = tx.execute(sa.select(cases).where(cases.c.number == number)).one_or_none()
    if row is None:
        raise NotFound("没有这个编号的工单。")
    return from_row(row)


def numbers(tx: Transaction, case_ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of these cases."""
    rows = tx.execute(sa.select(cases.c.id, cases.c.number).where(cases.c.id.in_(list(case_ids))))
    return {row.id: row.number for row in rows}


def for_staff(tx: Transaction, case_id: UUID, staff: Staff) -> Case:
    """The case, for an expert or a coordinator: the only way for a page to get one. Raises NotFound."""
    if not staff.has(Role.EXPERT, Role.COORDINATOR):
        raise NotFound
    return get(tx, case_id)


def queue(
    tx: Transaction,
    states: set[State] | None = None,
    *,
    owner_id: UUID | None = None,
    most: int = 200,
    page: int = 1,
) -> list[Case]:
    """A page of cases, the most urgent first, then the one that must be answered soonest; last what ended, latest first."""
    query = sa.select(cases).where(*_in(states, owner_id))
    order = (cases.c.ended_at.desc().nulls_first(), cases.c.rank, cases.c.due_at, cases.c.opened_at, cases.c.id)
    rows = tx.execute(query.order_by(*order).limit(most).offset((page - 1) * most))
    return [from_row(row) for row in rows]


def count(tx: Transaction, states: set[State] | None = None, *, owner_id: UUID | None = None) -> int:
    """How many there are on all pages of `queue`."""
    return tx.execute(sa.select(sa.func.count()).select_from(cases).where(*_in(states, owner_id))).scalar_one()


def _in(states: set[State] | None, owner_id: UUID | None) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = [cases.c.state.in_(states or LIVE)]
    return asked if owner_id is None else [*asked, cases.c.owner_id == owner_id]


def live(tx: Transaction) -> dict[UUID, tuple[str, UUID]]:
    """Number and conversation of every live case, by its id."""
    rows = tx.execute(sa.select(cases.c.id, cases.c.number, cases.c.conversation_id).where(cases.c.state.in_(LIVE)))
    return {row.id: (row.number, row.conversation_id) for row in rows}


def ended(tx: Transaction, *, most: int = 100) -> list[Case]:
    """Cases that ended, the latest first."""
    rows = tx.execute(sa.select(cases).where(cases.c.state.in_(ENDED)).order_by(cases.c.ended_at.desc()).limit(most))
    return [from_row(row) for row in rows]


def opened_between(tx: Transaction, start: datetime, end: datetime) -> list[Case]:
    """The cases opened from `start` until before `end`, oldest first."""
    rows = tx.execute(
        sa.select(cases).where(cases.c.opened_at >= start, cases.c.opened_at < end).order_by(cases.c.opened_at)
    )
    return [from_row(row) for row in rows]


def incidents(tx: Transaction, *, most: int = 100) -> list[Case]:
    """Incidents, live and ended, the latest first."""
    rows = tx.execute(
        sa.select(cases).where(cases.c.kind == Kind.INCIDENT).order_by(cases.c.opened_at.desc()).limit(most)
    )
    return [from_row(row) for row in rows]


def of_farmer(tx: Transaction, farmer_id: UUID, *, most: int = 20) -> list[Case]:
    """A farmer's cases, the latest first."""
    rows = tx.execute(
        sa.select(cases).where(cases.c.farmer_id == farmer_id).order_by(cases.c.opened_at.desc()).limit(most)
    )
    return [from_row(row) for row in rows]


def live_question(tx: Transaction, conversation_id: UUID) -> Case | None:
    """The one live question of a conversation, what was split off it aside."""
    row = tx.execute(
        sa.select(cases).where(
            cases.c.conversation_id == conversation_id,
            cases.c.kind == Kind.QUESTION,
            cases.c.state.in_(LIVE),
            cases.c.split_of.is_(None),
        )
    ).one_or_none()
    return None if row is None else from_row(row)


def speaking_in(tx: Transaction, conversation_id: UUID) -> Case | None:
    """The case in which a person has this conversation now, so that the bot is silent.

    While a case is passed from one person to the next, it stays with people. Of several, the one that waits for the
    farmer, else the one in which somebody did something last.
    """
    being_passed_on = sa.and_(cases.c.state == State.OFFERED, cases.c.return_to.is_not(None))
    row = tx.execute(
        sa.select(cases)
        .where(cases.c.conversation_id == conversation_id, sa.or_(cases.c.state.in_(PERSON_SPEAKS), being_passed_on))
        .order_by(
            (cases.c.state == State.WAITING_FARMER).desc(),
            sa.func.greatest(cases.c.acted_at, cases.c.state_at).desc(),
        )
        .limit(1)
    ).one_or_none()
    return None if row is None else from_row(row)


def answered_last(tx: Transaction, conversation_id: UUID) -> Case | None:
    """Of the questions and needs of this conversation that are answered and not ended, the one answered last."""
    return _latest(tx, conversation_id, cases.c.answered_at, cases.c.state == State.ANSWERED)


def last_resolved(tx: Transaction, conversation_id: UUID, *, since: datetime) -> Case | None:
    """The question or need of this conversation that was resolved last, if that was since then."""
    return _latest(
        tx, conversation_id, cases.c.ended_at, sa.and_(cases.c.state == State.RESOLVED, cases.c.ended_at >= since)
    )


def _latest(
    tx: Transaction, conversation_id: UUID, at: sa.Column[datetime], which: sa.ColumnElement[bool]
) -> Case | None:
    row = tx.execute(
        sa.select(cases)
        .where(cases.c.conversation_id == conversation_id, cases.c.kind.in_([Kind.QUESTION, Kind.NEED]), which)
        .order_by(at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else from_row(row)


def participants(tx: Transaction, case_id: UUID) -> frozenset[UUID]:
    """The colleagues who were asked to have a look."""
    rows = tx.execute(sa.select(case_participants.c.staff_id).where(case_participants.c.case_id == case_id))
    return frozenset(row.staff_id for row in rows)


def split_off(tx: Transaction, case_id: UUID) -> list[Case]:
    """What was made cases of their own out of this one, the latest first."""
    rows = tx.execute(sa.select(cases).where(cases.c.split_of == case_id).order_by(cases.c.opened_at.desc()))
    return [from_row(row) for row in rows]


def consulted(tx: Transaction, staff_id: UUID) -> list[Case]:
    """The live cases that somebody was asked to look at, the latest first."""
    rows = tx.execute(
        sa.select(cases)
        .join(case_participants, case_participants.c.case_id == cases.c.id)
        .where(case_participants.c.staff_id == staff_id, cases.c.state.in_(LIVE))
        .order_by(case_participants.c.asked_at.desc())
    )
    return [from_row(row) for row in rows]


def entries(tx: Transaction, case_id: UUID) -> list[Entry]:
    """Everything said in a case, oldest first."""
    rows = tx.execute(sa.select(case_entries).where(case_entries.c.case_id == case_id).order_by(case_entries.c.seq))
    return [Entry(row.seq, row.at, row.said_by, row.author_name, row.kind, row.text, tuple(row.files)) for row in rows]


def entry(tx: Transaction, case_id: UUID, seq: int) -> Entry:
    """One thing said in a case; raises NotFound."""
    row = tx.execute(
        sa.select(case_entries).where(case_entries.c.case_id == case_id, case_entries.c.seq == seq)
    ).one_or_none()
    if row is None:
        raise NotFound("没有这条记录。")
    return Entry(row.seq, row.at, row.said_by, row.author_name, row.kind, row.text, tuple(row.files))


def events(tx: Transaction, case_id: UUID) -> list[Event]:
    """The log of a case, oldest first."""
    rows = tx.execute(sa.select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.seq))
    return [
        Event(row.seq, row.at, row.command, row.actor_name, row.from_state, row.to_state, row.payload) for row in rows
    ]


def last_events(tx: Transaction, case_ids: list[UUID]) -> dict[UUID, Event]:
    """The last line of the log of each of these cases."""
    if not case_ids:
        return {}
    rows = tx.execute(
        sa.select(case_events)
        .where(case_events.c.case_id.in_(case_ids))
        .ext(distinct_on(case_events.c.case_id))
        .order_by(case_events.c.case_id, case_events.c.seq.desc())
    )
    return {
        row.case_id: Event(row.seq, row.at, row.command, row.actor_name, row.from_state, row.to_state, row.payload)
        for row in rows
    }


def files_sent(tx: Transaction, case_ids: list[UUID]) -> dict[UUID, list[UUID]]:
    """The files that farmers sent to each of these cases, oldest first."""
    found: dict[UUID, list[UUID]] = {}
    if not case_ids:
        return found
    rows = tx.execute(
        sa.select(case_entries.c.case_id, case_entries.c.files)
        .where(case_entries.c.case_id.in_(case_ids), case_entries.c.said_by == "farmer")
        .order_by(case_entries.c.case_id, case_entries.c.seq)
    )
    for row in rows:
        found.setdefault(row.case_id, []).extend(row.files)
    return found


def place_in_queue(tx: Transaction, case: Case) -> int:
    """How many cases are served before this one, plus one."""
    rank = sa.select(cases.c.rank).where(cases.c.id == case.id).scalar_subquery()
    before = sa.select(sa.func.count()).where(
        cases.c.state == State.QUEUED,
        sa.tuple_(cases.c.rank, cases.c.due_at, cases.c.opened_at, cases.c.id)
        < sa.tuple_(rank, sa.literal(case.due_at), sa.literal(case.opened_at), sa.literal(case.id)),
    )
    return tx.execute(before).scalar_one() + 1


def load(tx: Transaction, staff_id: UUID) -> int:
    """How many cases an expert holds now."""
    return tx.execute(
        sa.select(sa.func.count()).where(
            cases.c.owner_id == staff_id, cases.c.state.in_([State.OFFERED, State.ACTIVE, State.WAITING_FARMER])
        )
    ).scalar_one()


def in_hands(tx: Transaction, staff_id: UUID) -> int:
    """How many cases somebody has that nobody else will look at: those they hold, and those they put aside."""
    states = [State.OFFERED, State.ACTIVE, State.WAITING_FARMER, State.SNOOZED]
    return tx.execute(
        sa.select(sa.func.count()).where(cases.c.owner_id == staff_id, cases.c.state.in_(states))
    ).scalar_one()


def loads(tx: Transaction) -> dict[UUID, int]:
    """How many cases each expert holds now."""
    rows = tx.execute(
        sa.select(cases.c.owner_id, sa.func.count().label("held"))
        .where(
            cases.c.owner_id.is_not(None),
            cases.c.state.in_([State.OFFERED, State.ACTIVE, State.WAITING_FARMER]),
        )
        .group_by(cases.c.owner_id)
    )
    return {row.owner_id: row.held for row in rows}


def open_offers(tx: Transaction) -> dict[UUID, int]:
    """How many cases are offered to each expert and wait for their yes or no."""
    rows = tx.execute(
        sa.select(cases.c.owner_id, sa.func.count().label("offered"))
        .where(cases.c.state == State.OFFERED)
        .group_by(cases.c.owner_id)
    )
    return {row.owner_id: row.offered for row in rows}


def counts(tx: Transaction) -> dict[State, int]:
    """How many cases are in each state."""
    rows = tx.execute(sa.select(cases.c.state, sa.func.count()).group_by(cases.c.state))
    found = {State(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in State}
