"""What may be sent twice and is done once: the keys of requests, and what each came to.

For what has no log of its own that could keep the key, as cases and needs have.
"""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock
from core.database import Timestamp, Transaction, metadata
from core.errors import Refused

_KEPT = timedelta(days=30)

requests_done = sa.Table(
    "requests_done",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("came_to", sa.Text, nullable=False, server_default=""),
    sa.Column("at", Timestamp, nullable=False),
)


def once(tx: Transaction, key: str | None, what: str, act: Callable[[], str]) -> str:
    """What the request with this key came to: `act()` now, or what it returned the first time.

    `what` says what is asked for; a key that did something else raises Refused. Without a key it is always done. Of two
    at the same time the second waits for the first; when `act` raises, nothing is kept.
    """
    if key is None:
        return act()
    with tx.begin_nested():
        return _with_key(tx, key, what, act)


def forget_old(tx: Transaction) -> None:
    """Nobody sends a request again after a month."""
    tx.execute(requests_done.delete().where(requests_done.c.at < clock.now() - _KEPT))


def _with_key(tx: Transaction, key: str, what: str, act: Callable[[], str]) -> str:
    first = tx.execute(
        pg_insert(requests_done)
        .values(key=key, what=what, at=clock.now())
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(requests_done.c.key)
    ).one_or_none()
    if first is None:
        done = tx.execute(sa.select(requests_done).where(requests_done.c.key == key)).one()
        if done.what != what:
            raise Refused(
                "idempotency_key_reused", "这一页已经提交过，内容不一样，这一次没有做。请看一下上次的结果再提交。"
            )
        return str(done.came_to)
    came_to = act()
    tx.execute(requests_done.update().where(requests_done.c.key == key).values(came_to=came_to))
    return came_to
