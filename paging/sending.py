"""Sending notices: those that cannot wait one by one, ordinary ones collected into digests.

Each send is claimed with a lease before it goes out and recorded after: safe in several processes, and at least once. A crash
between the two sends it again, since a page too many is better than none.
"""

from datetime import timedelta

import sqlalchemy as sa

from core import clock
from core.database import Database, Transaction
from core.errors import TryLater, Unsendable
from core.logs import logger
from paging import claims, contacts, digests, notices, whom
from paging.channels import Channel, Pagers
from paging.claims import Claim, Key
from paging.rules import Chain
from paging.tables import notice_sends
from paging.tables import notices as notices_table
from paging.wanted import is_wanted

log = logger()

AGAIN_AFTER = timedelta(minutes=5)
MOST_ATTEMPTS = 6


def is_due(tx: Transaction) -> bool:
    """Whether there is anything to send or to drop. What is collected counts only for people on duty."""
    pressing = sa.select(notice_sends.c.notice_id).join(notices_table, notices_table.c.id == notice_sends.c.notice_id)
    has_pressing = tx.execute(sa.select(sa.exists(pressing.where(*claims.due(), ~digests.is_collected())))).scalar_one()
    return has_pressing or bool(digests.waiting(tx))


def run(database: Database, pagers: Pagers, *, console_url: str, most: int = 50) -> int:
    """Send what is due; the number of messages sent. May run twice, late, or in several processes at once."""
    gone_out = 0
    for _ in range(most):
        with database.transaction() as tx:
            key = _next_pressing(tx)
            page = _ready(tx, key, pagers) if key is not None else None
        if key is None:
            break
        if page is not None:
            gone_out += _send(database, pagers, page, console_url)
    with database.transaction() as tx:
        people = digests.waiting(tx)
    for staff_id, channel in people:
        with database.transaction() as tx:
            page = digests.gather(tx, staff_id, channel, pagers)
        if page is not None:
            gone_out += _send(database, pagers, page, console_url)
    return gone_out


def _next_pressing(tx: Transaction) -> Key | None:
    """The oldest due send of a notice that is sent on its own, locked."""
    row = tx.execute(
        sa.select(notice_sends)
        .join(notices_table, notices_table.c.id == notice_sends.c.notice_id)
        .where(*claims.due(), ~digests.is_collected())
        .order_by(notice_sends.c.due_at)
        .limit(1)
        .with_for_update(of=notice_sends, skip_locked=True)
    ).one_or_none()
    return None if row is None else Key(row.notice_id, Channel(row.channel), row.attempt)


def _ready(tx: Transaction, key: Key, pagers: Pagers) -> Claim | None:
    """Claim it; None when it is not to be sent, or not now."""
    notice, at = notices.get(tx, key.notice_id), clock.now()
    address = contacts.address(tx, notice.staff_id, key.channel)
    if not is_wanted(tx, notice):
        claims.drop(tx, [key], "not needed any more")
    elif address is None or key.channel not in pagers:
        claims.drop(tx, [key], "no such channel")
    elif not notice.any_hour and notice.staff_id not in whom.on_duty(tx, at):
        claims.put_off(tx, key, whom.next_duty(tx, notice.staff_id, at))
    else:
        return claims.claim(tx, [key], key.channel, address, notice.title, notice.text, notice.path)
    return None


def _send(database: Database, pagers: Pagers, page: Claim, console_url: str) -> bool:
    """Send it, with no transaction open, and write down what came of it."""
    try:
        pagers[page.channel].send(page.address, page.title, page.text, f"{console_url.rstrip('/')}{page.path}")
    except (TryLater, Unsendable) as error:
        with database.transaction() as tx:
            claims.not_sent(tx, page, str(error), for_good=isinstance(error, Unsendable))
        log.warning("page_not_sent", channel=page.channel, notice_id=str(page.keys[0].notice_id), reason=str(error))
        return False
    with database.transaction() as tx:
        if claims.sent(tx, page):
            _plan_next(tx, page)
    log.info("page_sent", channel=page.channel, notice_id=str(page.keys[0].notice_id), notices=len(page.keys))
    return True


def _plan_next(tx: Transaction, page: Claim) -> None:
    """What is important is sent again until it is seen. Only then is the next one planned: an outage makes no burst."""
    for key in page.keys:
        notice = notices.get(tx, key.notice_id)
        if notice.importance is Chain.IMPORTANT and key.attempt < MOST_ATTEMPTS:
            notices.plan(tx, notice.id, key.channel, key.attempt + 1, clock.now() + AGAIN_AFTER)
