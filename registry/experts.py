"""Experts: what each knows, where, and how many cases at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock
from core.database import Transaction
from registry.tables import experts

HIGHEST_LEVEL = 3
LEVEL_NAMES = {1: "县级", 2: "专业", 3: "省级、院校"}


@dataclass(frozen=True)
class Expert:
    """What a member of staff brings as an expert. Empty `objects`, `topics` or `places` mean all of them.

    `level`: 1 county, 2 specialists, 3 province and colleges. `last_given_at`: when a case last came to them.
    """

    staff_id: UUID
    objects: tuple[str, ...]
    places: tuple[str, ...]
    capacity: int
    paused: bool
    topics: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    level: int = 1
    last_given_at: datetime | None = None

    def knows(self, names: Collection[str]) -> bool:
        """Whether they know one of these: a crop or animal, and the larger things that it belongs to."""
        return not self.objects or not set(self.objects).isdisjoint(names)

    def covers(self, place_code: str) -> bool:
        """Whether this place lies in one of theirs; nobody is kept from a place that is not known."""
        return not self.places or not place_code or any(place_code.startswith(code) for code in self.places)


def enrol(
    tx: Transaction,
    staff_id: UUID,
    *,
    objects: Sequence[str] = (),
    topics: Sequence[str] = (),
    places: Sequence[str] = (),
    dialects: Sequence[str] = (),
    level: int = 1,
    capacity: int = 5,
) -> None:
    """Enter an expert, or change what is known of them."""
    values = {
        "objects": list(objects),
        "topics": list(topics),
        "places": list(places),
        "dialects": list(dialects),
        "level": level,
        "capacity": capacity,
    }
    tx.execute(
        pg_insert(experts)
        .values(staff_id=staff_id, **values)
        .on_conflict_do_update(index_elements=["staff_id"], set_=values)
    )


def pause(tx: Transaction, staff_id: UUID, *, paused: bool) -> None:
    """Take no more cases for now, or take them again. What one holds one keeps."""
    tx.execute(experts.update().where(experts.c.staff_id == staff_id).values(paused=paused))


def was_given(tx: Transaction, staff_id: UUID) -> None:
    """Note that a case has come to them now."""
    tx.execute(experts.update().where(experts.c.staff_id == staff_id).values(last_given_at=clock.now()))


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
    return Expert(
        staff_id=row.staff_id,
        objects=tuple(row.objects),
        places=tuple(row.places),
        capacity=row.capacity,
        paused=row.paused,
        topics=tuple(row.topics),
        dialects=tuple(row.dialects),
        level=row.level,
        last_given_at=row.last_given_at,
    )
