"""Timers of cases: what happens when time passes. A timer whose epoch is no longer the case's does nothing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, outbox
from core.database import Database, DatabaseUnavailable, Transaction
from core.errors import Refused
from core.logs import logger
from handoff import cases as reading
from handoff import deadlines, schedule
from handoff.cases import Case
from handoff.machine import apply
from handoff.orders import Actor, Said
from handoff.schedule import Timer
from handoff.states import Command
from handoff.tables import case_timers, cases

log = logger()

# How long a timer that failed is left alone.
_WAITS_AT_LEAST = timedelta(minutes=1)
_WAITS_AT_MOST = timedelta(hours=1)

# What a timer commands, with the reason that stands in the log.
_COMMANDS = {
    Timer.OFFER: (Command.OFFER_EXPIRES, ""),
    Timer.SNOOZE: (Command.WAKE, ""),
    Timer.CONFIRM: (Command.CONFIRM, ""),
    Timer.OWNER_GONE: (Command.RELEASE, "接单的专家一直没有动静"),
    Timer.NO_REPLY: (Command.RESOLVE, "农户一直没有补充"),
}
_OUTCOMES = {Timer.NO_REPLY: "no_reply"}
# What a timer tells, where it commands nothing.
FACTS = {
    Timer.FIRST_ANSWER: "case_overdue",
    Timer.PROMISE: "promise_broken",
    Timer.REMIND_AGAIN: "case_still_overdue",
    Timer.RESOLUTION: "case_takes_long",
    Timer.OWNER_SILENT: "owner_silent",
    Timer.NUDGE: "farmer_silent",
    Timer.WINDOW: "window_closing",
}


def fire_due(database: Database, *, most: int = 100) -> int:
    """Fire the timers that are due; the number fired or failed. Safe in several processes: each row is locked while it fires.

    One that fails is logged and put off, so that the others go on. Raises DatabaseUnavailable.
    """
    fired = 0
    while fired < most and _fire_one(database):
        fired += 1
    return fired


def _fire_one(database: Database) -> bool:
    timer: sa.Row[Any] | None = None
    try:
        with database.transaction() as tx:
            timer = _next(tx)
            if timer is not None:
                _fire(tx, timer)
    except DatabaseUnavailable:
        raise
    except Exception:  # the edge of one timer: a bug or a bad row must not keep all others from firing
        if timer is None:
            raise
        log.exception("timer_failed", case_id=str(timer.case_id), kind=timer.kind, epoch=timer.epoch)
        _put_off(database, timer)
    return timer is not None


def _next(tx: Transaction) -> sa.Row[Any] | None:
    """Whoever moves a case locks the case before its timers, and so do we."""
    at = clock.now()
    return tx.execute(
        sa.select(case_timers)
        .join(cases, cases.c.id == case_timers.c.case_id)
        .where(
            case_timers.c.fired_at.is_(None),
            case_timers.c.due_at <= at,
            sa.or_(case_timers.c.try_after.is_(None), case_timers.c.try_after <= at),
        )
        .order_by(case_timers.c.due_at, case_timers.c.kind)
        .limit(1)
        .with_for_update(of=cases, skip_locked=True)
    ).one_or_none()


def _fire(tx: Transaction, timer: sa.Row[Any]) -> None:
    if not _ring(tx, timer.case_id, timer.kind, timer.epoch):
        return  # whoever moved the case a moment ago has ended it, or put it off
    try:
        with tx.begin_nested():
            _act(tx, timer.case_id, timer.kind, timer.epoch)
    except Refused as refusal:
        log.info("timer_came_late", case_id=str(timer.case_id), kind=timer.kind, rule=refusal.rule)


def _put_off(database: Database, timer: sa.Row[Any]) -> None:
    """Leave a timer alone for as long as it is late already, so that the wait doubles from one failure to the next."""
    at = clock.now()
    wait = min(max(at - timer.due_at, _WAITS_AT_LEAST), _WAITS_AT_MOST)
    this_one = (
        case_timers.c.case_id == timer.case_id, case_timers.c.kind == timer.kind, case_timers.c.epoch == timer.epoch,
    )  # fmt: skip
    with database.transaction() as tx:
        tx.execute(case_timers.update().where(*this_one).values(try_after=at + wait))


def _ring(tx: Transaction, case_id: UUID, kind: str, epoch: int) -> bool:
    """Mark a timer fired; False when somebody else has, or has moved the case meanwhile, so that it is not due any more."""
    this_one = (case_timers.c.case_id == case_id, case_timers.c.kind == kind, case_timers.c.epoch == epoch)
    rung = tx.execute(
        case_timers.update()
        .where(*this_one, case_timers.c.fired_at.is_(None), case_timers.c.due_at <= clock.now())
        .values(fired_at=clock.now())
        .returning(case_timers.c.case_id)
    ).one_or_none()
    return rung is not None


def _act(tx: Transaction, case_id: UUID, kind: str, epoch: int) -> None:
    case, timer = reading.get(tx, case_id), Timer(kind)
    if timer not in schedule.due(case) or epoch != schedule.epoch_of(case, timer):
        return
    if timer in _COMMANDS:
        command, reason = _COMMANDS[timer]
        system = Actor.system(f"timer:{kind}")
        apply(tx, case_id, command, system, Said(reason=reason, outcome=_OUTCOMES.get(timer, "")), expected_epoch=epoch)
    elif timer is Timer.WINDOW and clock.now() >= case.last_farmer_at + deadlines.WINDOW_CLOSES:
        return  # too late to tell anybody: nothing can be sent any more
    else:
        _note(tx, case, timer)
        outbox.write(tx, FACTS[timer], case_id=case_id)


def _note(tx: Transaction, case: Case, timer: Timer) -> None:
    """What a timer leaves in the row of its case."""
    if timer in {Timer.FIRST_ANSWER, Timer.REMIND_AGAIN}:
        column = cases.c.overdue_at if timer is Timer.FIRST_ANSWER else cases.c.reminded_at
        tx.execute(cases.update().where(cases.c.id == case.id).values({column: clock.now()}))
        schedule.set_timers(tx, reading.get(tx, case.id))
