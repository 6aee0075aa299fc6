"""How a case belongs to others: what it follows up, what was split off it, and what else its farmer asked."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from core.database import Transaction
from handoff import cases as reading
from handoff.cases import Case
from handoff.states import Kind
from handoff.tables import cases

MOST_OF_FARMER = 10


@dataclass(frozen=True)
class Relations:
    """The cases around one case. `of_farmer`: the others of the same farmer, the latest first.

    Incidents are not among `of_farmer`, and an incident has none: they keep to what is needed.
    """

    follows: Case | None
    followed_by: tuple[Case, ...]
    part_of: Case | None
    split_off: tuple[Case, ...]
    of_farmer: tuple[Case, ...]


def of(tx: Transaction, case: Case) -> Relations:
    """What belongs to a case."""
    return Relations(
        follows=_one(tx, case.follow_up_of),
        followed_by=_followed_by(tx, case),
        part_of=_one(tx, case.split_of),
        split_off=tuple(reading.split_off(tx, case.id)),
        of_farmer=_of_farmer(tx, case),
    )


def _one(tx: Transaction, case_id: UUID | None) -> Case | None:
    return None if case_id is None else reading.get(tx, case_id)


def _followed_by(tx: Transaction, case: Case) -> tuple[Case, ...]:
    """Whoever follows up asks about his own case: the farmer narrows the search to an index."""
    rows = tx.execute(
        sa.select(cases)
        .where(cases.c.farmer_id == case.farmer_id, cases.c.follow_up_of == case.id)
        .order_by(cases.c.opened_at.desc())
    )
    return tuple(reading.from_row(row) for row in rows)


def _of_farmer(tx: Transaction, case: Case) -> tuple[Case, ...]:
    if case.kind is Kind.INCIDENT:
        return ()
    rows = tx.execute(
        sa.select(cases)
        .where(cases.c.farmer_id == case.farmer_id, cases.c.id != case.id, cases.c.kind != Kind.INCIDENT)
        .order_by(cases.c.opened_at.desc())
        .limit(MOST_OF_FARMER)
    )
    return tuple(reading.from_row(row) for row in rows)
