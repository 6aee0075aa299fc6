"""Claims: who is about to send what, until when, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.database import Transaction
from paging.channels import Channel
from paging.tables import notice_sends

LEASE = timedelta(minutes=2)  # longer than any pager may take
MOST_TRIES = 8
_FIRST_PAUSE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True)
class Key:
    """One send of one notice."""

    notice_id: UUID
    channel: Channel
    attempt: int


@dataclass(frozen=True)
class Claim:
    """A message that we, and nobody else, may send until the lease ends. It may stand for several notices.

    `until` is the fence: whoever claims it after us has another one, and what we record then is not kept.
    """

    keys: Sequence[Key]
    channel: Channel
    address: str
    title: str
    text: str
    path: str
    until: datetime


def due() -> tuple[sa.ColumnElement[bool], ...]:
    """What is waiting, due, and claimed by nobody."""
    at = clock.now()
    return (
        notice_sends.c.result == "waiting",
        notice_sends.c.due_at <= at,
        sa.or_(notice_sends.c.claimed_until.is_(None), notice_sends.c.claimed_until <= at),
    )


def claim(
    tx: Transaction, keys: Sequence[Key], channel: Channel, address: str, title: str, text: str, path: str
) -> Claim:
    """Claim these, which the caller has locked."""
    until = clock.now() + LEASE
    tx.execute(notice_sends.update().where(_those(keys)).values(claimed_until=until, tries=notice_sends.c.tries + 1))
    return Claim(keys, channel, address, title, text, path, until)


def drop(tx: Transaction, keys: Sequence[Key], why: str) -> None:
    """These are not sent any more."""
    if keys:
        tx.execute(notice_sends.update().where(_those(keys)).values(result="dropped", error=why))


def put_off(tx: Transaction, key: Key, due_at: datetime) -> None:
    """Not now: whom it is for is not on duty."""
    tx.execute(notice_sends.update().where(_those([key])).values(due_at=due_at))


def sent(tx: Transaction, claimed: Claim) -> bool:
    """It went out; False when somebody else has claimed it meanwhile."""
    done = tx.execute(
        notice_sends.update()
        .where(_still_ours(claimed))
        .values(result="sent", sent_at=clock.now(), error="", claimed_until=None)
        .returning(notice_sends.c.notice_id)
    ).all()
    return bool(done)


def not_sent(tx: Transaction, claimed: Claim, error: str, *, for_good: bool) -> None:
    """It did not go out: try again after a growing pause, unless it never will or has been tried often enough."""
    rows = tx.execute(sa.select(notice_sends).where(_still_ours(claimed))).all()
    for row in rows:
        gives_up = for_good or row.tries >= MOST_TRIES
        pause = min(_FIRST_PAUSE * 2 ** (row.tries - 1), _LONGEST_PAUSE)
        tx.execute(
            notice_sends.update()
            .where(_those([Key(row.notice_id, Channel(row.channel), row.attempt)]))
            .values(
                result="failed" if gives_up else "waiting",
                due_at=row.due_at if gives_up else clock.now() + pause,
                claimed_until=None,
                error=error[:200],
            )
        )


def _still_ours(claimed: Claim) -> sa.ColumnElement[bool]:
    return sa.and_(
        _those(claimed.keys), notice_sends.c.result == "waiting", notice_sends.c.claimed_until == claimed.until
    )


def _those(keys: Sequence[Key]) -> sa.ColumnElement[bool]:
    columns = sa.tuple_(notice_sends.c.notice_id, notice_sends.c.channel, notice_sends.c.attempt)
    return columns.in_([(key.notice_id, str(key.channel), key.attempt) for key in keys])
