"""Digests: ordinary notices of one person by one channel, sent together, at most every half hour and only on duty.

A hundred messages at the start of a shift are as good as none (reference: handoff §2.5).
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.database import Transaction
from paging import notices, wanted, whom, wording
from paging.channels import Channel, Pagers
from paging.claims import Claim, Key, claim, drop, due
from paging.notices import Notice
from paging.rules import Chain
from paging.tables import contacts, notice_sends
from paging.tables import notices as notices_table

EVERY = timedelta(minutes=30)


def is_collected() -> sa.ColumnElement[bool]:
    """Of a row of notices: whether it waits for a digest. Important ones and those for any hour are sent on their own."""
    return sa.and_(notices_table.c.importance == Chain.ORDINARY, notices_table.c.any_hour.is_(False))


def waiting(tx: Transaction) -> list[tuple[UUID, Channel]]:
    """People on duty for whom something is collected, with the channel."""
    rows = tx.execute(
        sa.select(notices_table.c.staff_id, notice_sends.c.channel)
        .join(notice_sends, notice_sends.c.notice_id == notices_table.c.id)
        .where(*due(), is_collected())
        .distinct()
    ).all()
    if not rows:
        return []
    present = whom.on_duty(tx, clock.now())
    return [(row.staff_id, Channel(row.channel)) for row in rows if row.staff_id in present]


def gather(tx: Transaction, staff_id: UUID, channel: Channel, pagers: Pagers) -> Claim | None:
    """Claim everything that waits for this person; None when there is nothing, or it was not long ago.

    The row of the address is the lock: of two processes one gathers, the other finds it locked and goes on.
    """
    contact = tx.execute(
        sa.select(contacts.c.address)
        .where(contacts.c.staff_id == staff_id, contacts.c.channel == channel)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if contact is None or channel not in pagers:
        _drop_without_address(tx, staff_id, channel, is_configured=channel in pagers)
        return None
    if _was_lately(tx, staff_id, channel):
        return None
    keys, found = [], []
    for key, notice in _collected(tx, staff_id, channel):
        if wanted.is_wanted(tx, notice):
            keys.append(key)
            found.append(notice)
        else:
            drop(tx, [key], "not needed any more")
    if not keys:
        return None
    return claim(tx, keys, channel, contact.address, *_words(found))


def _drop_without_address(tx: Transaction, staff_id: UUID, channel: Channel, *, is_configured: bool) -> None:
    is_there = sa.exists().where(contacts.c.staff_id == staff_id, contacts.c.channel == channel)
    if is_configured and tx.execute(sa.select(is_there)).scalar_one():
        return  # somebody else gathers at this moment
    drop(tx, [key for key, _ in _collected(tx, staff_id, channel)], "no such channel")


def _was_lately(tx: Transaction, staff_id: UUID, channel: Channel) -> bool:
    """Whether a digest went out less than half an hour ago, or is on its way."""
    at = clock.now()
    return tx.execute(
        sa.select(
            sa.exists(
                sa.select(notice_sends.c.notice_id)
                .join(notices_table, notices_table.c.id == notice_sends.c.notice_id)
                .where(
                    notices_table.c.staff_id == staff_id,
                    is_collected(),
                    notice_sends.c.channel == channel,
                    sa.or_(notice_sends.c.sent_at > at - EVERY, notice_sends.c.claimed_until > at),
                )
            )
        )
    ).scalar_one()


def _collected(tx: Transaction, staff_id: UUID, channel: Channel) -> list[tuple[Key, Notice]]:
    rows = tx.execute(
        sa.select(notice_sends.c.attempt, notices_table)
        .join(notices_table, notices_table.c.id == notice_sends.c.notice_id)
        .where(*due(), is_collected(), notices_table.c.staff_id == staff_id, notice_sends.c.channel == channel)
        .order_by(notices_table.c.made_at)
        .with_for_update(of=notice_sends, skip_locked=True)
    )
    return [(Key(row.id, channel, row.attempt), notices.from_row(row)) for row in rows]


def _words(found: Sequence[Notice]) -> tuple[str, str, str]:
    """Title, text and path: of one notice its own, of several how many of which there are."""
    if len(found) == 1:
        return found[0].title, found[0].text, found[0].path
    summaries = [notice.text for notice in found if notice.topic == "duty_begins"]
    title, text = wording.collected([notice.title for notice in found])
    return title, "\n".join([*summaries[-1:], text]), wording.ALL_NOTICES
