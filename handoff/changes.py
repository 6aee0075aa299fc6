"""What a command changes in the row of its case."""

from datetime import datetime
from typing import Any

from core import clock
from handoff import deadlines
from handoff.cases import Case
from handoff.orders import Actor, Known, Said
from handoff.states import LIVE, RANK, RULES, Command, State, Urgency, Who
from registry.experts import HIGHEST_LEVEL

_GIVES_BACK = frozenset({Command.DECLINE, Command.OFFER_EXPIRES})
_CHANGES_OWNER = frozenset(
    {
        Command.OFFER, Command.CLAIM, Command.ACCEPT, Command.DECLINE, Command.OFFER_EXPIRES, Command.TRANSFER,
        Command.ESCALATE, Command.RELEASE, Command.REOPEN, Command.CANCEL, Command.MERGE,
    }
)  # fmt: skip
# Asked or answered once more, the farmer has his whole time again.
_BEGINS_ANEW = frozenset({Command.ASK_FARMER, Command.ANSWER})
# The states in which the clock of the end of a case stands still (reference: handoff §3.1).
END_STANDS_STILL = frozenset({State.WAITING_FARMER, State.SNOOZED, State.ANSWERED})


def changes(case: Case, command: Command, actor: Actor, said: Said, *, there: datetime | None = None) -> dict[str, Any]:
    """The columns that a command changes. `there`: from when on a colleague to whom a person hands the case is on duty."""
    at = clock.now()
    to_state = _to_state(case, command)
    found: dict[str, Any] = {"state": to_state, "version": case.version + 1}
    if command in _CHANGES_OWNER or _goes_up(case, command):
        found |= {"epoch": case.epoch + 1, "route_after": None, "desk_at": None}
    match command:
        case Command.CLAIM:
            found |= {"owner_id": actor.id, "lease_until": None, "return_to": None}
        case Command.OFFER | Command.TRANSFER:
            found |= {
                "owner_id": said.to,
                "lease_until": deadlines.handed_over(case.urgency, at, there)
                if there is not None
                else deadlines.offer_ends(case.urgency, at),
                "return_to": case.owner_id if command is Command.TRANSFER else None,
            }
        case Command.ACCEPT:
            found |= {"lease_until": None, "return_to": None}
        case Command.DECLINE | Command.OFFER_EXPIRES:
            found |= {"owner_id": case.return_to, "lease_until": None, "return_to": None}
        case Command.RELEASE:
            found["owner_id"] = None
        case Command.REOPEN:
            found |= {"owner_id": None, "ended_at": None, "outcome": "", "first_answered_at": None}
            found |= {"last_farmer_at": at} if actor.who is Who.FARMER else {}
            found |= _owed(case, at) | {"resolve_by": deadlines.resolution(case.urgency, at)}
        case Command.ESCALATE:
            found |= {"owner_id": None, "lease_until": None, "return_to": None}
            found |= {"level": min(case.level + 1, HIGHEST_LEVEL)}  # above the highest are the coordinators
        case Command.SNOOZE:
            found["snoozed_until"] = said.until
        case Command.FARMER_REPLIES | Command.ADD:
            found["last_farmer_at"] = max(case.last_farmer_at, said.at or at)
        case Command.ANSWER:
            found |= {"first_answered_at": case.first_answered_at or at, "answered_at": at}
            found |= {"overdue_at": None, "reminded_at": None}
        case Command.DISPUTE:
            found |= {"disputes": case.disputes + 1, "last_farmer_at": at} | _owed(case, at)
            if _goes_up(case, command):
                found |= {"owner_id": None, "level": min(case.level + 1, HIGHEST_LEVEL)}
        case Command.AMEND:
            found |= _amended(case, said.known, at)
        case Command.RATE:
            found["rating"] = said.rating
        case Command.MERGE:
            found["merged_into"] = said.into
        case _:
            pass
    if to_state is not case.state or command in _BEGINS_ANEW:
        found["state_at"] = at
    if actor.id is not None and actor.id == (case.owner_id or found.get("owner_id")):
        found["acted_at"] = at
    if case.state is State.ANSWERED and command is Command.FARMER_REPLIES:
        found |= _owed(case, at)
    if "state_at" in found:  # what is noted in between ends no pause
        found |= _resumed(case, at) if case.state is State.WAITING_FARMER else {}
        found |= _end_moved(case, at) if case.state in END_STANDS_STILL and "resolve_by" not in found else {}
    if to_state not in LIVE and case.is_live:
        found |= {"ended_at": at, "outcome": said.outcome or str(command), "overdue_at": None}
    return found


def _amended(case: Case, known: Known, at: datetime) -> dict[str, Any]:
    """What is put right; a waiting case is looked at anew. A deadline counts from now, and what is more urgent is never due later
    than it was, what is less urgent never sooner.
    """
    found: dict[str, Any] = {name: value for name, value in known.named().items() if value != getattr(case, name)}
    if "object" in found:
        found["problem"] = ""  # it was one of the other crop
    if "urgency" in found:
        urgency = Urgency(found["urgency"])
        pick = min if RANK[urgency] < RANK[case.urgency] else max
        due_at = pick(case.due_at, deadlines.first_answer(urgency, at))
        found |= {"rank": RANK[urgency], "due_at": due_at}
        found["resolve_by"] = pick(case.resolve_by, deadlines.resolution(urgency, at))
        found |= {"overdue_at": None, "reminded_at": None} if due_at > at else {}
    return found | {"route_after": None}


def _goes_up(case: Case, command: Command) -> bool:
    """Not solved for the second time: whoever has it has tried twice, now the next level does (reference: handoff §3.2 #16)."""
    return command is Command.DISPUTE and case.disputes >= 1


def _owed(case: Case, at: datetime) -> dict[str, Any]:
    """The farmer waits for an answer as if he had asked now: he is not content, or writes again after one."""
    return {
        "answered_at": None, "overdue_at": None, "reminded_at": None, "promised_by": None,
        "due_at": deadlines.first_answer(case.urgency, at),
    }  # fmt: skip


def _resumed(case: Case, at: datetime) -> dict[str, Any]:
    """The clock of the answer goes on from where it stood: the farmer has written, or is asked again, or waited for no more."""
    found = {"due_at": deadlines.moved(case.urgency, case.due_at, case.state_at, at)}
    if case.promised_by is not None:
        found["promised_by"] = deadlines.moved(case.urgency, case.promised_by, case.state_at, at)
    return found


def _end_moved(case: Case, at: datetime) -> dict[str, Any]:
    """The same for the end of the case, which also stands still while the case is put aside or an answer is with the farmer."""
    return {"resolve_by": deadlines.resolution_moved(case.urgency, case.resolve_by, case.state_at, at)}


def _to_state(case: Case, command: Command) -> State:
    """The state of the table; a case that was passed on and is not accepted goes back to who passed it on."""
    if command in _GIVES_BACK and case.return_to is not None:
        return State.ACTIVE
    if _goes_up(case, command):
        return State.QUEUED
    return RULES[command].to_state or case.state
