"""Who looked at whose telephone number, when, why and for what: written by `core.people.note_reveal`, read here."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core.database import Transaction
from core.people import farmers, reveals, staff


@dataclass(frozen=True)
class Reveal:
    """One look at one number. `called` is what the farmer is called, as far as he has told it.

    `case_id` and `need_id` say from where; both are None for looks from before that was kept.
    """

    at: datetime
    staff_id: UUID
    staff_name: str
    farmer_id: UUID
    called: str
    reason: str
    case_id: UUID | None
    need_id: UUID | None


def between(
    tx: Transaction, start: datetime, end: datetime, *, staff_id: UUID | None = None, most: int, page: int = 1
) -> list[Reveal]:
    """The looks from `start` until before `end`, of one person or of all, the latest first."""
    query = _looks().where(*_within(start, end, staff_id))
    return [_reveal(row) for row in tx.execute(query.limit(most).offset((page - 1) * most))]


def count(tx: Transaction, start: datetime, end: datetime, *, staff_id: UUID | None = None) -> int:
    """How many there were, on all pages."""
    return tx.execute(
        sa.select(sa.func.count()).select_from(reveals).where(*_within(start, end, staff_id))
    ).scalar_one()


def of_case(tx: Transaction, case_id: UUID) -> list[Reveal]:
    """The looks from the page of a case, the latest first."""
    return [_reveal(row) for row in tx.execute(_looks().where(reveals.c.case_id == case_id))]


def _looks() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(reveals, staff.c.name, farmers.c.called)
        .join(staff, staff.c.id == reveals.c.staff_id)
        .join(farmers, farmers.c.id == reveals.c.farmer_id)
        .order_by(reveals.c.at.desc(), reveals.c.id.desc())
    )


def _within(start: datetime, end: datetime, staff_id: UUID | None) -> list[sa.ColumnElement[bool]]:
    period = [reveals.c.at >= start, reveals.c.at < end]
    return period if staff_id is None else [*period, reveals.c.staff_id == staff_id]


def _reveal(row: sa.Row[tuple[object, ...]]) -> Reveal:
    return Reveal(row.at, row.staff_id, row.name, row.farmer_id, row.called, row.reason, row.case_id, row.need_id)
