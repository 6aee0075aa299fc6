"""The auditor: looks every few minutes for what ought not to be, mends what is safe to mend, and counts the rest.

Everything it looks for is impossible while all code is right. It is asked all the same, since a case that was forgotten tells
nobody of it (reference: handoff §3.7). Its queries read live cases alone and use the indexes: one that is too slow gets
switched off.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.database import Database, Transaction
from core.errors import Refused
from core.logs import logger
from core.outbox import outbox
from handoff import cases as reading
from handoff import schedule
from handoff.machine import apply
from handoff.orders import Actor
from handoff.states import LIVE, Command, Kind, State
from handoff.tables import case_events, case_timers, cases
from registry import roster
from registry.tables import experts
from registry.worktime import OFFICE_HOURS

log = logger()

AUDITOR = Actor.system("auditor")
_LATE = timedelta(minutes=2)
_OFF_DUTY_FOR = timedelta(days=3)
_AT_MOST = timedelta(days=30)
_HOLDS = (State.OFFERED, State.ACTIVE, State.WAITING_FARMER)
_GIVES = (Command.OFFER, Command.CLAIM, Command.TRANSFER)


class Fault(StrEnum):
    NO_TIMER = "no_timer"  # a live case that nothing will ever remind anybody of
    OFFER_PAST_LEASE = "offer_past_lease"
    OWNER_OFF_DUTY = "owner_off_duty"  # in the hands of somebody who is not there, for days
    OVERDUE_UNTOLD = "overdue_untold"  # past its deadline, and nobody was told
    FACT_STUCK = "fact_stuck"  # something happened, and the rooms above have not heard
    STATE_IS_NOT_ITS_LOG = "state_is_not_its_log"
    OVER_CAPACITY = "over_capacity"
    TWO_LIVE_QUESTIONS = "two_live_questions"


@dataclass(frozen=True)
class Finding:
    """One thing that ought not to be. `case_id` is None for what is not about a case; `about` names it in words."""

    fault: Fault
    case_id: UUID | None
    about: str


@dataclass(frozen=True)
class Rebuilt:
    """What the log of a case says that its row must be."""

    state: str
    owner_id: UUID | None
    level: int
    epoch: int
    version: int


def audit(database: Database) -> list[Finding]:
    """Look for everything, mend what can be mended, and write one line to the log. What was found is returned."""
    with database.transaction() as tx:
        found = look(tx)
    for finding in found:
        log.warning("audit_finding", fault=finding.fault, case_id=str(finding.case_id or ""), about=finding.about)
        _mend(database, finding)
    log.info("audit", **Counter(str(finding.fault) for finding in found))
    return found


def look(tx: Transaction) -> list[Finding]:
    """Everything that ought not to be, by fault. Changes nothing."""
    looks: Iterable[Callable[[Transaction], list[Finding]]] = (
        _without_timer, _past_lease, _off_duty, _overdue_untold, _stuck_facts, _not_their_logs, over_capacity, _two_live,
    )  # fmt: skip
    return [finding for one in looks for finding in one(tx)]


def rebuilt(tx: Transaction, case_id: UUID) -> Rebuilt | None:
    """A case rebuilt from its log alone; None when the log has a gap, or a step that does not follow from the one before."""
    events = tx.execute(
        sa.select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.seq)
    ).all()
    state = ""
    for seq, event in enumerate(events):
        if event.seq != seq or event.from_state != state:
            return None
        state = event.to_state
    if not events:
        return None
    last = events[-1]
    return Rebuilt(last.to_state, last.owner_id, last.level, last.epoch, last.seq)


def _mend(database: Database, finding: Finding) -> None:
    """What is safe to mend is mended; a row that is not what its log says is left for people."""
    if finding.case_id is None:
        return
    try:
        with database.transaction() as tx:
            case = reading.get(tx, finding.case_id)
            if finding.fault in {Fault.NO_TIMER, Fault.OVERDUE_UNTOLD}:
                schedule.set_timers(tx, case)
            elif finding.fault is Fault.OFFER_PAST_LEASE:
                apply(tx, case.id, Command.OFFER_EXPIRES, AUDITOR, expected_epoch=case.epoch)
    except Refused as refusal:
        log.info("audit_came_late", case_id=str(finding.case_id), rule=refusal.rule)


def _without_timer(tx: Transaction) -> list[Finding]:
    waiting = sa.exists().where(case_timers.c.case_id == cases.c.id, case_timers.c.fired_at.is_(None))
    rows = tx.execute(sa.select(cases).where(cases.c.state.in_(LIVE), ~waiting))
    return [_of(Fault.NO_TIMER, row, row.state) for row in rows]


def _past_lease(tx: Transaction) -> list[Finding]:
    rows = tx.execute(sa.select(cases).where(cases.c.state == State.OFFERED, cases.c.lease_until < clock.now() - _LATE))
    return [_of(Fault.OFFER_PAST_LEASE, row, f"{row.lease_until:%m-%d %H:%M}") for row in rows]


def _off_duty(tx: Transaction) -> list[Finding]:
    """Worked on by somebody who was not there since, though offices were open for a day, and will not be for days.

    In the middle of a long holiday nobody is there, and nothing is wrong.
    """
    at = clock.now()
    rows = tx.execute(
        sa.select(cases).where(cases.c.state == State.ACTIVE, cases.c.state_at < at - _OFF_DUTY_FOR)
    ).all()
    since = [(row, max(row.state_at, row.acted_at or row.state_at, at - _AT_MOST)) for row in rows]
    idle = [(row, start) for row, start in since if OFFICE_HOURS.between(start, at) >= OFFICE_HOURS.day]
    if not idle:
        return []
    duties = roster.duties(tx, min(start for _, start in idle), at + _OFF_DUTY_FOR)
    return [
        _of(Fault.OWNER_OFF_DUTY, row, str(row.owner_id))
        for row, start in idle
        if not any(duty.staff_id == row.owner_id and duty.end > start for duty in duties)
    ]


def _overdue_untold(tx: Transaction) -> list[Finding]:
    waits = (State.QUEUED, State.OFFERED, State.ACTIVE, State.SNOOZED)
    rows = tx.execute(
        sa.select(cases).where(
            cases.c.state.in_(waits),
            cases.c.answered_at.is_(None),
            cases.c.overdue_at.is_(None),
            cases.c.due_at < clock.now() - _LATE,
        )
    )
    return [_of(Fault.OVERDUE_UNTOLD, row, f"{row.due_at:%m-%d %H:%M}") for row in rows]


def _stuck_facts(tx: Transaction) -> list[Finding]:
    rows = tx.execute(
        sa.select(outbox).where(outbox.c.done_at.is_(None), outbox.c.written_at < clock.now() - _LATE).limit(100)
    )
    return [Finding(Fault.FACT_STUCK, None, f"{row.topic} #{row.id}: {row.last_error or ''}") for row in rows]


def _not_their_logs(tx: Transaction) -> list[Finding]:
    """Live cases whose row is not what the last line of their log says, or whose log has a gap."""
    log_of = (
        sa.select(
            case_events.c.case_id,
            sa.func.max(case_events.c.seq).label("last"),
            sa.func.count().label("lines"),
        )
        .join(cases, cases.c.id == case_events.c.case_id)
        .where(cases.c.state.in_(LIVE))
        .group_by(case_events.c.case_id)
        .subquery()
    )
    last = case_events.alias("last_event")
    rows = tx.execute(
        sa.select(cases)
        .outerjoin(log_of, log_of.c.case_id == cases.c.id)
        .outerjoin(last, sa.and_(last.c.case_id == cases.c.id, last.c.seq == log_of.c.last))
        .where(
            cases.c.state.in_(LIVE),
            sa.or_(
                log_of.c.last.is_(None),
                log_of.c.lines != log_of.c.last + 1,
                cases.c.version != log_of.c.last,
                cases.c.state != last.c.to_state,
                cases.c.epoch != last.c.epoch,
                cases.c.level != last.c.level,
                cases.c.owner_id.is_distinct_from(last.c.owner_id),
            ),
        )
    )
    return [_of(Fault.STATE_IS_NOT_ITS_LOG, row, f"{row.state} v{row.version}") for row in rows]


def over_capacity(tx: Transaction) -> list[Finding]:
    """Experts who were given more than they take. What comes back to them by itself has no limit, and does not count."""
    held = (
        sa.select(cases.c.owner_id, sa.func.count().label("held"))
        .where(cases.c.state.in_(_HOLDS), cases.c.owner_id.is_not(None), ~_came_back())
        .group_by(cases.c.owner_id)
        .subquery()
    )
    rows = tx.execute(
        sa.select(experts.c.staff_id, experts.c.capacity, held.c.held)
        .join(held, held.c.owner_id == experts.c.staff_id)
        .where(held.c.held > experts.c.capacity)
    )
    return [Finding(Fault.OVER_CAPACITY, None, f"{row.staff_id}: {row.held}/{row.capacity}") for row in rows]


def _came_back() -> sa.ColumnElement[bool]:
    """A farmer wrote after an answer, a case put aside woke up, or a colleague did not take it: nobody gave it anew."""
    given = case_events.alias("given")
    last_given = sa.select(sa.func.max(given.c.seq)).where(
        given.c.case_id == case_events.c.case_id, given.c.command.in_(_GIVES)
    )
    return sa.exists().where(
        case_events.c.case_id == cases.c.id,
        case_events.c.seq > last_given.scalar_subquery(),
        sa.or_(
            case_events.c.from_state.in_([State.ANSWERED, State.SNOOZED]),
            case_events.c.command.in_([Command.DECLINE, Command.OFFER_EXPIRES]),
        ),
    )


def _two_live(tx: Transaction) -> list[Finding]:
    rows = tx.execute(
        sa.select(cases.c.conversation_id, sa.func.count().label("live"))
        .where(cases.c.kind == Kind.QUESTION, cases.c.state.in_(LIVE), cases.c.split_of.is_(None))
        .group_by(cases.c.conversation_id)
        .having(sa.func.count() > 1)
    )
    return [Finding(Fault.TWO_LIVE_QUESTIONS, None, f"{row.conversation_id}: {row.live}") for row in rows]


def _of(fault: Fault, row: sa.Row[tuple[object, ...]], about: str) -> Finding:
    return Finding(fault, row.id, f"{row.number} {about}")
