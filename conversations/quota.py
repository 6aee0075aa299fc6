"""The ledger of what the platform lets us send by ourselves.

A farmer's message: five messages within 48 hours. A menu tap, a follow, a scan: three within one minute
(reference: wechat §2). How grants combine is not documented; ours never counts on more than one rule gives:
a new message resets its own grant, a message read twice does not, and the grant that ends soonest is spent first.
Passive replies are free.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from conversations.incoming import MESSAGES, TAPS, Incoming
from conversations.tables import quota_grants
from core import clock
from core.database import Transaction

PER_MESSAGE, MESSAGE_WINDOW = 5, timedelta(hours=48)
PER_TAP, TAP_WINDOW = 3, timedelta(minutes=1)


@dataclass(frozen=True)
class Spent:
    """One message taken from a grant: its kind, and when that was granted."""

    kind: str
    granted_at: datetime


@dataclass(frozen=True)
class Allowance:
    """What may still be sent to a farmer, and until when."""

    remaining: int
    until: datetime | None


def grant(tx: Transaction, conversation_id: UUID, incoming: Incoming) -> bool:
    """Note what this message or event lets us send; False when it lets us send nothing."""
    if incoming.kind in MESSAGES and not incoming.is_menu_tap:
        kind, remaining, window = "message", PER_MESSAGE, MESSAGE_WINDOW
    elif incoming.kind in TAPS or incoming.is_menu_tap:
        kind, remaining, window = "tap", PER_TAP, TAP_WINDOW
    else:
        return False
    values = {"granted_at": incoming.sent_at, "expires_at": incoming.sent_at + window, "remaining": remaining}
    tx.execute(
        pg_insert(quota_grants)
        .values(conversation_id=conversation_id, kind=kind, **values)
        .on_conflict_do_update(
            index_elements=["conversation_id", "kind"],
            set_=values,
            where=quota_grants.c.granted_at < incoming.sent_at,
        )
    )
    return True


def spend(tx: Transaction, conversation_id: UUID) -> Spent | None:
    """Take one message from the allowance; None when there is none."""
    row = tx.execute(
        sa.select(quota_grants)
        .where(
            quota_grants.c.conversation_id == conversation_id,
            quota_grants.c.remaining > 0,
            quota_grants.c.expires_at > clock.now(),
        )
        .order_by(quota_grants.c.expires_at)
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if row is None:
        return None
    tx.execute(
        quota_grants.update()
        .where(quota_grants.c.conversation_id == conversation_id, quota_grants.c.kind == row.kind)
        .values(remaining=row.remaining - 1)
    )
    return Spent(row.kind, row.granted_at)


def give_back(tx: Transaction, conversation_id: UUID, spent: Spent) -> None:
    """The message was not sent after all: return it to the grant it was taken from, unless that was renewed meanwhile."""
    tx.execute(
        quota_grants.update()
        .where(
            quota_grants.c.conversation_id == conversation_id,
            quota_grants.c.kind == spent.kind,
            quota_grants.c.granted_at == spent.granted_at,
        )
        .values(remaining=quota_grants.c.remaining + 1)
    )


def close(tx: Transaction, conversation_id: UUID) -> None:
    """The platform says that nothing may be sent: believe it."""
    tx.execute(quota_grants.update().where(quota_grants.c.conversation_id == conversation_id).values(remaining=0))


def left(tx: Transaction, conversation_id: UUID) -> Allowance:
    """What may still be sent now."""
    return left_in(tx, [conversation_id])[conversation_id]


def left_in(tx: Transaction, conversation_ids: Collection[UUID]) -> dict[UUID, Allowance]:
    """What may still be sent now in each of these conversations."""
    rows = tx.execute(
        sa.select(
            quota_grants.c.conversation_id,
            sa.func.sum(quota_grants.c.remaining).label("remaining"),
            sa.func.max(quota_grants.c.expires_at).label("until"),
        )
        .where(
            quota_grants.c.conversation_id.in_(conversation_ids),
            quota_grants.c.remaining > 0,
            quota_grants.c.expires_at > clock.now(),
        )
        .group_by(quota_grants.c.conversation_id)
    )
    found = {row.conversation_id: Allowance(int(row.remaining), row.until) for row in rows}
    return {each: found.get(each, Allowance(0, None)) for each in conversation_ids}
