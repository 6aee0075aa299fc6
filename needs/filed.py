"""Reading needs: one, a farmer's, a coordinator's list, and the log of one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.database import Transaction
from core.errors import NotFound
from needs.statuses import LIVE, STATUS_NAMES, Status
from needs.tables import need_events, needs

_DUPLICATE_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Need:
    """A filed need. `said` is everything the farmer said while filing, oldest first."""

    id: UUID
    number: str
    farmer_id: UUID
    conversation_id: UUID
    status: Status
    version: int
    channel: str
    demand_kind: str
    service_type: str
    industry: str
    object: str
    problem: str
    scale: str
    urgency: str
    visit: bool
    place_code: str
    place_said: str
    has_phone: bool
    consent: Mapping[str, Any]
    said: tuple[str, ...]
    files: tuple[UUID, ...]
    filed_at: datetime
    due_at: datetime
    question: str
    outcome: str
    case_id: UUID | None
    merged_into: UUID | None
    ended_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def status_name(self) -> str:
        return STATUS_NAMES[self.status]

    @property
    def title(self) -> str:
        """技术指导·柑橘: what it is called in a list."""
        return "·".join(part for part in (self.service_type, self.object) if part)


@dataclass(frozen=True)
class Event:
    """A line of the log of a need."""

    seq: int
    at: datetime
    command: str
    actor_name: str
    from_status: str
    to_status: str
    text: str
    files: tuple[UUID, ...]


def from_row(row: sa.Row[tuple[object, ...]]) -> Need:
    """A need from a row of its table."""
    return Need(
        id=row.id,
        number=row.number,
        farmer_id=row.farmer_id,
        conversation_id=row.conversation_id,
        status=Status(row.status),
        version=row.version,
        channel=row.channel,
        demand_kind=row.demand_kind,
        service_type=row.service_type,
        industry=row.industry,
        object=row.object,
        problem=row.problem,
        scale=row.scale,
        urgency=row.urgency,
        visit=row.visit,
        place_code=row.place_code,
        place_said=row.place_said,
        has_phone=row.phone is not None,
        consent=row.consent,
        said=tuple(row.said),
        files=tuple(row.files),
        filed_at=row.filed_at,
        due_at=row.due_at,
        question=row.question,
        outcome=row.outcome,
        case_id=row.case_id,
        merged_into=row.merged_into,
        ended_at=row.ended_at,
    )


def get(tx: Transaction, need_id: UUID) -> Need:
    """The need with this id; raises NotFound."""
    row = tx.execute(sa.select(needs).where(needs.c.id == need_id)).one_or_none()
    if row is None:
        raise NotFound("没有这个需求。")
    return from_row(row)


def numbers(tx: Transaction, need_ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of these needs."""
    rows = tx.execute(sa.select(needs.c.id, needs.c.number).where(needs.c.id.in_(list(need_ids))))
    return {row.id: row.number for row in rows}


def numbered(tx: Transaction, number: str) -> Need:
    """The need with this number; raises NotFound."""
    row = tx.execute(sa.select(needs).where(needs.c.number == number)).one_or_none()
    if row is None:
        raise NotFound("没有这个编号的需求。")
    return from_row(row)


def of_farmer(tx: Transaction, farmer_id: UUID, *, most: int = 20) -> list[Need]:
    """A farmer's needs, the latest first."""
    rows = tx.execute(
        sa.select(needs).where(needs.c.farmer_id == farmer_id).order_by(needs.c.filed_at.desc()).limit(most)
    )
    return [from_row(row) for row in rows]


def returned_to(tx: Transaction, farmer_id: UUID) -> Need | None:
    """The need about which a coordinator asked this farmer last, and which waits for the answer."""
    row = tx.execute(
        sa.select(needs)
        .join(need_events, (need_events.c.need_id == needs.c.id) & (need_events.c.seq == needs.c.version))
        .where(needs.c.farmer_id == farmer_id, needs.c.status == Status.RETURNED)
        .order_by(need_events.c.at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else from_row(row)


def listed(tx: Transaction, statuses: set[Status] | None = None, *, most: int = 200, page: int = 1) -> list[Need]:
    """A page of the needs in these statuses (all live ones by default), the one to be looked at soonest first.

    What ended comes last, the latest first.
    """
    query = sa.select(needs).where(needs.c.status.in_(statuses or LIVE))
    order = (needs.c.ended_at.desc().nulls_first(), needs.c.due_at, needs.c.filed_at, needs.c.id)
    return [from_row(row) for row in tx.execute(query.order_by(*order).limit(most).offset((page - 1) * most))]


def live(tx: Transaction) -> dict[UUID, tuple[str, UUID]]:
    """Number and conversation of every live need, by its id."""
    rows = tx.execute(sa.select(needs.c.id, needs.c.number, needs.c.conversation_id).where(needs.c.status.in_(LIVE)))
    return {row.id: (row.number, row.conversation_id) for row in rows}


def filed_between(tx: Transaction, start: datetime, end: datetime) -> list[Need]:
    """The needs filed from `start` until before `end`, oldest first."""
    rows = tx.execute(
        sa.select(needs).where(needs.c.filed_at >= start, needs.c.filed_at < end).order_by(needs.c.filed_at)
    )
    return [from_row(row) for row in rows]


def like(tx: Transaction, need: Need) -> list[Need]:
    """Live needs that may be the same: same object and same town (or same farmer), filed within thirty days."""
    rows = tx.execute(
        sa.select(needs)
        .where(
            needs.c.id != need.id,
            needs.c.object == need.object,
            sa.or_(needs.c.place_code == need.place_code, needs.c.farmer_id == need.farmer_id),
            needs.c.filed_at > clock.now() - _DUPLICATE_WITHIN,
            needs.c.status.in_(LIVE),
        )
        .order_by(needs.c.filed_at.desc())
        .limit(10)
    )
    return [from_row(row) for row in rows]


def by_case(tx: Transaction, case_id: UUID) -> Need | None:
    """The need whose dispatch opened this case."""
    row = tx.execute(sa.select(needs).where(needs.c.case_id == case_id)).one_or_none()
    return None if row is None else from_row(row)


def events(tx: Transaction, need_id: UUID) -> list[Event]:
    """The log of a need, oldest first."""
    rows = tx.execute(sa.select(need_events).where(need_events.c.need_id == need_id).order_by(need_events.c.seq))
    return [
        Event(row.seq, row.at, row.command, row.actor_name, row.from_status, row.to_status, row.text, tuple(row.files))
        for row in rows
    ]


def counts(tx: Transaction) -> dict[Status, int]:
    """How many needs are in each status."""
    found = {
        Status(status): count
        for status, count in tx.execute(sa.select(needs.c.status, sa.func.count()).group_by(needs.c.status))
    }
    return {status: found.get(status, 0) for status in Status}


def encrypted_phone(tx: Transaction, need_id: UUID) -> bytes | None:
    return tx.execute(sa.select(needs.c.phone).where(needs.c.id == need_id)).scalar_one_or_none()
