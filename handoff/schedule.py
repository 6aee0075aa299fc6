"""The timers that a case must have now: a function of its row, so that none is forgotten and none outlives its reason.

Whenever a case moves, `set_timers` makes its rows what `due` says. A timer of one pair of hands carries their epoch: one that is
late finds that its case has changed hands (reference: handoff §3.3).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core.database import Transaction
from handoff import deadlines
from handoff.cases import Case
from handoff.states import State
from handoff.tables import case_timers


class Timer(StrEnum):
    FIRST_ANSWER = "first_answer"  # nobody has answered in time
    PROMISE = "promise"  # nor by when the farmer was told
    REMIND_AGAIN = "remind_again"  # and still nobody has
    RESOLUTION = "resolution"  # it takes too long altogether
    OFFER = "offer"  # an offer ends
    OWNER_SILENT = "owner_silent"  # who has it is reminded
    OWNER_GONE = "owner_gone"  # and loses it
    NUDGE = "nudge"  # the farmer is asked once more
    NO_REPLY = "no_reply"  # and the case ends
    SNOOZE = "snooze"  # a case put aside comes back
    CONFIRM = "confirm"  # silence after an answer
    WINDOW = "window"  # the platform will soon let us say nothing more


# These are of the case whoever has it; the others are of one pair of hands, and end with its epoch.
OF_THE_CASE = frozenset({Timer.FIRST_ANSWER, Timer.PROMISE, Timer.REMIND_AGAIN, Timer.RESOLUTION, Timer.WINDOW})
_WITH_US = frozenset({State.QUEUED, State.OFFERED, State.ACTIVE, State.SNOOZED})


def due(case: Case) -> Mapping[Timer, datetime]:
    """The timers of a case, by what they are for; none for one that has ended."""
    if not case.is_live:
        return {}
    return _of_the_state(case) | _of_the_clock(case)


def _of_the_state(case: Case) -> dict[Timer, datetime]:
    since = case.state_at
    match case.state:
        case State.OFFERED if case.lease_until is not None:
            return {Timer.OFFER: case.lease_until}
        case State.ACTIVE:
            acted = max(since, case.acted_at or since)
            return {
                Timer.OWNER_SILENT: deadlines.owner_reminded(case.urgency, acted),
                Timer.OWNER_GONE: deadlines.owner_gone(case.urgency, acted),
            }
        case State.WAITING_FARMER:
            return {Timer.NUDGE: since + deadlines.NUDGE, Timer.NO_REPLY: since + deadlines.NO_REPLY}
        case State.SNOOZED if case.snoozed_until is not None:
            return {Timer.SNOOZE: case.snoozed_until}
        case State.ANSWERED:
            return {Timer.CONFIRM: since + deadlines.CONFIRM}
        case _:
            return {}


def _of_the_clock(case: Case) -> dict[Timer, datetime]:
    """What runs while the ball is with us; it stands still while a farmer owes an answer."""
    if case.state not in _WITH_US:
        return {}
    found = {Timer.WINDOW: case.last_farmer_at + deadlines.WINDOW_WARNING}
    if case.state is not State.SNOOZED:  # what is put aside is put aside for a reason (reference: handoff §3.1)
        found[Timer.RESOLUTION] = case.resolve_by
    if case.answered_at is None:
        found[Timer.PROMISE] = max(case.due_at, case.promised_by or case.due_at)
    if case.answered_at is None and case.overdue_at is None:
        found[Timer.FIRST_ANSWER] = case.due_at
    else:
        found[Timer.REMIND_AGAIN] = _late_since(case) + deadlines.REMIND_AGAIN
    return found


def _late_since(case: Case) -> datetime:
    """From when one day passes until somebody is reminded again: of an answer that is late, or, where the farmer had one and
    has come back, of an end that is late. Without this a case that waits for its second answer would be forgotten.
    """
    late = case.overdue_at or max(case.resolve_by, case.state_at)
    return max(late, case.reminded_at or late)


def epoch_of(case: Case, timer: Timer) -> int:
    """The epoch that a timer of this case carries."""
    return 0 if timer in OF_THE_CASE else case.epoch


def set_timers(tx: Transaction, case: Case) -> None:
    """Make the timers of a case what they must be: what is no longer due goes, what is due later or sooner moves.

    What goes leaves no row: it may be due again at the same moment, as after a break outside working hours, while
    what has fired at that moment must not fire again.
    """
    wanted = due(case)
    tx.execute(
        case_timers.delete().where(
            case_timers.c.case_id == case.id,
            case_timers.c.fired_at.is_(None),
            sa.tuple_(case_timers.c.kind, case_timers.c.epoch).not_in(
                [(str(kind), epoch_of(case, kind)) for kind in wanted]
            ),
        )
    )
    for kind, due_at in wanted.items():
        row = pg_insert(case_timers).values(case_id=case.id, kind=kind, epoch=epoch_of(case, kind), due_at=due_at)
        tx.execute(
            row.on_conflict_do_update(
                index_elements=["case_id", "kind", "epoch"],
                set_={"due_at": due_at, "fired_at": None},
                where=case_timers.c.due_at != due_at,
            )
        )
