"""Experts: what each knows, where, and how many cases at once."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core.database import Transaction
from registry.tables import experts


@dataclass(frozen=True)
class Expert:
    """What a member of staff brings as an expert. Empty `objects` or `places` mean all of them."""

    staff_id: UUID
    objects: tuple[str, ...]
    places: tuple[str, ...]
    capacity: int
    paused: bool

    def knows(self, object_: str) -> bool:
        return not self.objects or object_ in self.objects


def enrol(
    tx: Transaction,
    staff_id: UUID,
    *,
    objects: list[str] | None = None,
    places: list[str] | None = None,
    capacity: int = 5,
) -> None:
    """Enter an expert, or change what is known of them."""
    values = {"objects": objects or [], "places": places or [], "capacity": capacity}
    tx.execute(
        pg_insert(experts)
        .values(staff_id=staff_id, **values)
        .on_conflict_do_update(index_elements=["staff_id"], set_=values)
    )


def locked(tx: Transaction, staff_id: UUID) -> Expert | None:
    """The expert's row, locked until the end of the transaction; None for somebody who is no expert.

    Whoever changes an expert's load holds this lock: without it the limit was exceeded 163 to 225 times
    in a thousand cases (reference: handoff §0.2).
    """
    row = tx.execute(sa.select(experts).where(experts.c.staff_id == staff_id).with_for_update()).one_or_none()
    return None if row is None else _expert(row)


def of(tx: Transaction, staff_id: UUID) -> Expert | None:
    """What this member of staff brings as an expert; None for somebody who is no expert."""
    row = tx.execute(sa.select(experts).where(experts.c.staff_id == staff_id)).one_or_none()
    return None if row is None else _expert(row)


def everyone(tx: Transaction) -> list[Expert]:
    return [_expert(row) for row in tx.execute(sa.select(experts))]


def _expert(row: sa.Row[tuple[object, ...]]) -> Expert:
    return Expert(row.staff_id, tuple(row.objects), tuple(row.places), row.capacity, row.paused)
