"""Timers of cases: what happens when time passes. A timer whose epoch is no longer the case's does nothing."""

from uuid import UUID

import sqlalchemy as sa

from core import clock, outbox
from core.database import Database, Transaction
from core.errors import Refused
from core.logs import logger
from handoff import cases as reading
from handoff.machine import apply
from handoff.orders import Actor
from handoff.states import Command, State
from handoff.tables import case_timers, cases

log = logger()


def fire_due(database: Database, *, most: int = 100) -> int:
    """Fire the timers that are due; the number fired. Safe in several processes: each row is locked while it fires."""
    fired = 0
    while fired < most and _fire_one(database):
        fired += 1
    return fired


def _fire_one(database: Database) -> bool:
    """Whoever moves a case locks the case before its timers, and so do we."""
    with database.transaction() as tx:
        timer = tx.execute(
            sa.select(case_timers)
            .join(cases, cases.c.id == case_timers.c.case_id)
            .where(case_timers.c.fired_at.is_(None), case_timers.c.due_at <= clock.now())
            .order_by(case_timers.c.due_at)
            .limit(1)
            .with_for_update(of=cases, skip_locked=True)
        ).one_or_none()
        if timer is None:
            return False
        if not _ring(tx, timer.case_id, timer.kind, timer.epoch):
            return True  # whoever moved the case a moment ago has ended it
        try:
            with tx.begin_nested():
                _act(tx, timer.case_id, timer.kind, timer.epoch)
        except Refused as refusal:
            log.info("timer_came_late", case_id=str(timer.case_id), kind=timer.kind, rule=refusal.rule)
    return True


def _ring(tx: Transaction, case_id: UUID, kind: str, epoch: int) -> bool:
    """Mark a timer fired; False when it has been by somebody else."""
    this_one = (case_timers.c.case_id == case_id, case_timers.c.kind == kind, case_timers.c.epoch == epoch)
    rung = tx.execute(
        case_timers.update()
        .where(*this_one, case_timers.c.fired_at.is_(None))
        .values(fired_at=clock.now())
        .returning(case_timers.c.case_id)
    ).one_or_none()
    return rung is not None


def _act(tx: Transaction, case_id: UUID, kind: str, epoch: int) -> None:
    case = reading.get(tx, case_id)
    system = Actor.system(f"timer:{kind}")
    if kind == "first_answer":
        if case.is_live and case.first_answered_at is None:
            tx.execute(cases.update().where(cases.c.id == case_id).values(overdue_at=clock.now()))
            outbox.write(tx, "case_overdue", case_id=case_id)
    elif kind == "offer":
        apply(tx, case_id, Command.OFFER_EXPIRES, system, expected_epoch=epoch)
    elif kind == "snooze" and case.state is State.SNOOZED:
        apply(tx, case_id, Command.WAKE, system, expected_epoch=epoch)
    elif kind == "confirm" and case.state is State.ANSWERED:
        apply(tx, case_id, Command.CONFIRM, system, expected_epoch=epoch)
