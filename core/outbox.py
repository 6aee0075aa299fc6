"""Facts go up: what happened is written here in the transaction in which it happened, and carried to the rooms above.

A fact is a topic and ids, never words. Handlers run in the transaction that marks the fact done,
so a fact is acted on exactly once, whichever process gets to it and however often one is killed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from core import clock
from core.database import Database, Timestamp, Transaction, metadata
from core.logs import logger

log = logger()

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("ids", JSONB, nullable=False),
    sa.Column("written_at", Timestamp, nullable=False),
    sa.Column("done_at", Timestamp),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_try_at", Timestamp, nullable=False),
    sa.Column("last_error", sa.Text),
    sa.Index("ix_outbox_undone", "next_try_at", postgresql_where=sa.text("done_at IS NULL")),
)

_LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True)
class Fact:
    """Something that happened: a topic such as `case_answered`, and the ids it is about.

    `id` is its number in the outbox, by which somebody who acts on it twice can tell; facts are the same without it.
    """

    topic: str
    ids: Mapping[str, Any]
    id: int = field(default=0, compare=False)

    def uuid(self, name: str) -> UUID:
        return UUID(self.ids[name])


Handler = Callable[[Transaction, Fact], None]


def write(tx: Transaction, topic: str, **ids: Any) -> None:
    """Write a fact down in the transaction in which it became true."""
    plain = {name: str(value) if isinstance(value, UUID) else value for name, value in ids.items()}
    at = clock.now()
    tx.execute(outbox.insert().values(topic=topic, ids=plain, written_at=at, next_try_at=at))


def carry_up(database: Database, handlers: Mapping[str, list[Handler]], *, most: int = 100) -> int:
    """Carry waiting facts to their handlers, oldest first; the number carried.

    Safe in any number of processes at once: each fact is locked while its handlers run (SKIP LOCKED), and facts
    of one case or need do not overtake each other. A handler that fails leaves its fact for later, with growing
    pauses, and does not hold up the others.
    """
    carried = 0
    while carried < most and _carry_one(database, handlers):
        carried += 1
    return carried


def _carry_one(database: Database, handlers: Mapping[str, list[Handler]]) -> bool:
    failed: tuple[int, int, str] | None = None
    at = clock.now()
    with database.transaction() as tx:
        row = tx.execute(
            sa.select(outbox)
            .where(outbox.c.done_at.is_(None), outbox.c.next_try_at <= at, ~_an_older_one_is_due(at))
            .order_by(outbox.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None:
            return False
        fact = Fact(row.topic, row.ids, row.id)
        try:
            with tx.begin_nested():
                for handle in handlers.get(fact.topic, []):
                    handle(tx, fact)
        except Exception as error:  # the edge of every handler: one bad fact must not stop the rest
            log.exception("fact_failed", fact_id=row.id, topic=row.topic, attempts=row.attempts + 1)
            failed = (row.id, row.attempts + 1, repr(error)[:500])
        else:
            tx.execute(outbox.update().where(outbox.c.id == row.id).values(done_at=clock.now()))
        if failed is not None:
            fact_id, attempts, last_error = failed
            pause = min(timedelta(seconds=2**attempts), _LONGEST_PAUSE)
            tx.execute(
                outbox.update()
                .where(outbox.c.id == fact_id)
                .values(attempts=attempts, next_try_at=clock.now() + pause, last_error=last_error)
            )
    return True


def _an_older_one_is_due(at: datetime) -> sa.ColumnElement[bool]:
    """Somebody else is carrying, or will carry next, an older fact about the same case or need."""
    older = outbox.alias("older")
    same = [older.c.ids[name].astext == outbox.c.ids[name].astext for name in ("case_id", "need_id")]
    return sa.exists().where(
        older.c.done_at.is_(None), older.c.next_try_at <= at, older.c.id < outbox.c.id, sa.or_(*same)
    )


def waiting(tx: Transaction) -> int:
    """How many facts have not been carried up yet."""
    return tx.execute(sa.select(sa.func.count()).where(outbox.c.done_at.is_(None))).scalar_one()
