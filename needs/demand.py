"""How many needs were filed about what, and where: for finding out where experts are missing."""

from collections import Counter
from datetime import datetime

import sqlalchemy as sa

from core.database import Transaction
from needs.statuses import Status
from needs.tables import needs

_NOT_WANTED = (Status.MERGED, Status.CANCELLED, Status.REJECTED)


def filed_since(tx: Transaction, start: datetime) -> Counter[tuple[str, str]]:
    """Needs filed from `start` on that were not merged, cancelled or rejected, by object and place code."""
    rows = tx.execute(
        sa.select(needs.c.object, needs.c.place_code, sa.func.count().label("filed"))
        .where(needs.c.status.not_in(_NOT_WANTED), needs.c.filed_at >= start)
        .group_by(needs.c.object, needs.c.place_code)
    )
    return Counter({(row.object, row.place_code): row.filed for row in rows})
