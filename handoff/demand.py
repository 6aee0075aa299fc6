"""How many questions farmers asked about what, and where: for finding out where experts are missing."""

from collections import Counter
from datetime import datetime

import sqlalchemy as sa

from core.database import Transaction
from handoff.states import Kind, State
from handoff.tables import cases


def questions_since(tx: Transaction, start: datetime) -> Counter[tuple[str, str]]:
    """Questions opened from `start` on, by object and place code; merged ones count where they went. Either may be empty."""
    rows = tx.execute(
        sa.select(cases.c.object, cases.c.place_code, sa.func.count().label("asked"))
        .where(cases.c.kind == Kind.QUESTION, cases.c.state != State.MERGED, cases.c.opened_at >= start)
        .group_by(cases.c.object, cases.c.place_code)
    )
    return Counter({(row.object, row.place_code): row.asked for row in rows})
