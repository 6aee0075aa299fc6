"""Swaps: a duty that its holder would like a colleague to take, and its being taken by exactly one of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa

from core import clock
from core.database import Transaction
from core.errors import NotFound, Refused
from registry import roster
from registry.tables import experts, swaps


@dataclass(frozen=True)
class Swap:
    """A duty that its holder would like somebody else to take; `taken_by` is who did."""

    id: UUID
    staff_id: UUID
    start: datetime
    end: datetime
    note: str
    taken_by: UUID | None


def offer(tx: Transaction, staff_id: UUID, start: datetime, end: datetime, *, note: str = "") -> UUID:
    """Ask colleagues to take one's duty. Raises Refused where there is no such duty, or it is past or offered already.

    Offering the very same twice is offering it once.
    """
    if end <= clock.now():
        raise Refused("duty_is_past", "这段值班已经过去了。")
    if not roster.duties_of(tx, staff_id, start, end):
        raise Refused("no_such_duty", "这段时间您没有值班。")
    for one in open_now(tx):
        if one.staff_id == staff_id and (one.start, one.end) == (start, end):
            return one.id
        if one.staff_id == staff_id and one.start < end and start < one.end:
            raise Refused("swap_is_open", "这段值班您已经在找人换了。")
    swap_id = uuid4()
    tx.execute(swaps.insert().values(id=swap_id, staff_id=staff_id, start_at=start, end_at=end, note=note[:100]))
    return swap_id


def take(tx: Transaction, swap_id: UUID, taker: UUID) -> Swap:
    """Take a colleague's duty. Of several who take it at once one gets it; the others are refused.

    The conditional update decides, not what was read before it (reference: handoff §3.3). Who took it and takes it
    again has it.
    """
    row = tx.execute(
        swaps.update()
        .where(
            swaps.c.id == swap_id,
            swaps.c.taken_by.is_(None),
            swaps.c.staff_id != taker,
            swaps.c.end_at > clock.now(),
        )
        .values(taken_by=taker, taken_at=clock.now())
        .returning(swaps)
    ).one_or_none()
    if row is None:
        return _taken_before(tx, swap_id, taker)
    if tx.execute(sa.select(experts.c.staff_id).where(experts.c.staff_id == taker)).one_or_none() is None:
        raise Refused("not_an_expert", "您还没有登记为专家，请联系管理员。")
    given = roster.duties_of(tx, row.staff_id, row.start_at, row.end_at)
    if not given:
        raise Refused("no_such_duty", "这段值班已经取消，不用接了。")
    for duty in given:
        roster.plan_single(tx, taker, duty.start, duty.end, why="swap")
    roster.be_absent(tx, row.staff_id, row.start_at, row.end_at, reason=roster.SWAPPED)
    return _swap(row)


def _taken_before(tx: Transaction, swap_id: UUID, taker: UUID) -> Swap:
    row = tx.execute(sa.select(swaps).where(swaps.c.id == swap_id, swaps.c.taken_by == taker)).one_or_none()
    if row is None:
        raise Refused("swap_is_gone", "这段值班已经有人接了，或者是您自己的，或者已经过去。")
    return _swap(row)


def take_back(tx: Transaction, swap_id: UUID, staff_id: UUID) -> None:
    """Take back a wish to swap; raises NotFound when it is not this person's or was taken."""
    gone = tx.execute(
        swaps.delete()
        .where(swaps.c.id == swap_id, swaps.c.staff_id == staff_id, swaps.c.taken_by.is_(None))
        .returning(swaps.c.id)
    ).one_or_none()
    if gone is None:
        raise NotFound("没有这个换班请求，或者已经有人接了。")


def open_now(tx: Transaction) -> list[Swap]:
    """Wishes to swap that nobody has taken and that are not past, the soonest first."""
    rows = tx.execute(
        sa.select(swaps).where(swaps.c.taken_by.is_(None), swaps.c.end_at > clock.now()).order_by(swaps.c.start_at)
    )
    return [_swap(row) for row in rows]


def taken_since(tx: Transaction, since: datetime) -> list[Swap]:
    """Duties that a colleague has taken after that moment."""
    return [_swap(row) for row in tx.execute(sa.select(swaps).where(swaps.c.taken_at > since))]


def _swap(row: sa.Row[tuple[object, ...]]) -> Swap:
    return Swap(row.id, row.staff_id, row.start_at, row.end_at, row.note, row.taken_by)
