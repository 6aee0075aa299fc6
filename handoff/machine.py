"""The one write path of cases: `open_case` makes one, `apply` moves it. Nothing else writes state.

In one transaction: lock the expert whose load changes, lock the case, check table, role, guard and epoch,
then write case, event, timers and facts (reference: handoff §3.4).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock, outbox, people
from core.database import Transaction
from core.errors import Refused
from core.logs import logger
from core.people import Role, Staff
from handoff import cases as reading
from handoff.cases import Case
from handoff.states import (
    COMMAND_NAMES,
    FIRST_ANSWER_HOURS,
    LIVE,
    RANK,
    RULES,
    STATE_NAMES,
    Command,
    Kind,
    State,
    Urgency,
    Who,
)
from handoff.tables import ONE_LIVE_QUESTION, case_counters, case_entries, case_events, case_timers, cases
from registry import experts
from registry.experts import Expert

log = logger()

OFFER_MINUTES = {Urgency.CRITICAL: 3, Urgency.URGENT: 10, Urgency.NORMAL: 10}
CONFIRM_AFTER = timedelta(hours=72)
HIGHEST_LEVEL = 3
_CHINA = ZoneInfo("Asia/Shanghai")
_ONE_LIVE_QUESTION = "这位农户已有一个在办的问题，请补充到那个工单。"
_TAKES_LOAD = frozenset({Command.CLAIM, Command.OFFER, Command.TRANSFER})
_GIVES_BACK = frozenset({Command.DECLINE, Command.OFFER_EXPIRES})
_CHANGES_OWNER = frozenset(
    {
        Command.OFFER, Command.CLAIM, Command.ACCEPT, Command.DECLINE, Command.OFFER_EXPIRES, Command.TRANSFER,
        Command.ESCALATE, Command.RELEASE, Command.REOPEN, Command.CANCEL, Command.MERGE,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Actor:
    """Who gives a command. `id` is the staff id, or None for a farmer and for the system."""

    who: Who
    name: str
    id: UUID | None = None
    roles: frozenset[Role] = frozenset()

    @classmethod
    def staff(cls, staff: Staff) -> "Actor":
        return cls(Who.EXPERT, staff.signature, staff.id, staff.roles)

    @classmethod
    def system(cls, job: str) -> "Actor":
        return cls(Who.SYSTEM, f"system:{job}")


FARMER = Actor(Who.FARMER, "农户")


@dataclass(frozen=True)
class Said:
    """What comes with a command. `files` are stored files; `message_id` the farmer's message that it came from."""

    text: str = ""
    kind: str = "text"
    files: tuple[UUID, ...] = ()
    message_id: UUID | None = None
    reason: str = ""
    outcome: str = ""
    to: UUID | None = None
    until: datetime | None = None
    into: UUID | None = None


NOTHING = Said()


@dataclass(frozen=True)
class Opening:
    """What a case is opened with."""

    kind: Kind
    conversation_id: UUID
    farmer_id: UUID
    question: str
    reason: str
    urgency: Urgency = Urgency.NORMAL
    object: str = ""
    topic: str = ""
    problem: str = ""
    place_code: str = ""
    need_id: UUID | None = None
    files: tuple[UUID, ...] = ()
    message_id: UUID | None = None
    understood: Mapping[str, Any] = field(default_factory=dict)


def open_case(tx: Transaction, opening: Opening, actor: Actor) -> Case:
    """Open a case in the queue. Raises Refused when the conversation has a live question already."""
    at = clock.now()
    opened = tx.execute(
        pg_insert(cases)
        .values(
            id=uuid4(),
            number=_next_number(tx, at),
            kind=opening.kind,
            state=State.QUEUED,
            urgency=opening.urgency,
            rank=RANK[opening.urgency],
            conversation_id=opening.conversation_id,
            farmer_id=opening.farmer_id,
            need_id=opening.need_id,
            object=opening.object,
            topic=opening.topic,
            problem=opening.problem,
            place_code=opening.place_code,
            question=opening.question,
            reason=opening.reason,
            understood=dict(opening.understood),
            opened_at=at,
            due_at=at + timedelta(hours=FIRST_ANSWER_HOURS[opening.urgency]),
            last_farmer_at=at,
        )
        .on_conflict_do_nothing(index_elements=["conversation_id"], index_where=ONE_LIVE_QUESTION)
        .returning(cases)
    ).one_or_none()
    if opened is None:
        raise Refused("one_live_question", _ONE_LIVE_QUESTION)
    case = reading.from_row(opened)
    said = Said(text=opening.question, files=opening.files, message_id=opening.message_id, reason=opening.reason)
    _write_event(tx, case, case, Command.OPEN, actor, actor.who, said, None)
    if opening.question or opening.files:
        _write_entry(tx, case, actor, said, said_by="farmer")
    _set_timer(tx, case, "first_answer", case.due_at)
    outbox.write(tx, "case_opened", case_id=case.id)
    log.info("case_opened", case_id=str(case.id), kind=case.kind, urgency=case.urgency)
    return case


def apply(
    tx: Transaction,
    case_id: UUID,
    command: Command,
    actor: Actor,
    said: Said = NOTHING,
    *,
    expected_epoch: int | None = None,
    idem_key: str | None = None,
) -> Case:
    """Move a case by one command and return it as it is then.

    The same `idem_key` given again changes nothing. Raises Refused, naming the rule, for whatever the table,
    the role, a guard or the epoch forbids; NotFound when there is no such case.
    """
    expert = _lock_expert(tx, command, actor, said)
    case = _lock_cases(tx, case_id, said.into)
    if idem_key is not None and _was_done(tx, case_id, idem_key):
        return case
    try:
        who = _check(tx, case, command, actor, said, expected_epoch)
        if command in _TAKES_LOAD:
            _check_taker(tx, case, command, said, expert)
    except Refused as refusal:
        log.info("case_command_refused", case_id=str(case_id), command=command, rule=refusal.rule, state=case.state)
        raise
    changes = _changes(case, command, actor, said)
    tx.execute(cases.update().where(cases.c.id == case.id).values(**changes))
    after = reading.get(tx, case.id)
    _write_event(tx, case, after, command, actor, who, said, idem_key)
    seq = _write_said(tx, after, command, actor, said)
    _set_timers(tx, case, after, command)
    if command is Command.MERGE:
        _move_entries(tx, after)
    _write_facts(tx, after, command, actor, seq)
    log.info("case_moved", case_id=str(case.id), command=command, to_state=after.state, epoch=after.epoch)
    return reading.get(tx, case.id)


def take_in(tx: Transaction, case_id: UUID, said: Said) -> Case | None:
    """Let a case have what its farmer says, whatever state it is in; None when it takes nothing any more.

    A case that was merged passes it on to the one it was merged into.
    """
    case = _lock_cases(tx, case_id, None)
    if case.state is State.MERGED and case.merged_into is not None:
        return take_in(tx, case.merged_into, said)
    fitting = [command for command in (Command.FARMER_REPLIES, Command.ADD) if case.state in RULES[command].from_states]
    return apply(tx, case.id, fitting[0], FARMER, said) if fitting else None


def allowed(case: Case, actor: Actor) -> frozenset[Command]:
    """The commands that state and role allow this actor now; a guard may still refuse one."""
    capacities = _capacities(case, actor)
    return frozenset(
        rule.command for rule in RULES.values() if case.state in rule.from_states and capacities & rule.who
    )


def was_done(tx: Transaction, case_id: UUID, idem_key: str) -> bool:
    """Whether the command with this key has been carried out. Raises Refused when the key belongs to another case."""
    return _was_done(tx, case_id, idem_key)


# --- checks


def _lock_cases(tx: Transaction, case_id: UUID, other: UUID | None) -> Case:
    """Lock the case, and the one it is merged into, in the order of their ids so that two merges cannot block each other."""
    for locked_id in sorted({case_id, other or case_id}):
        tx.execute(sa.select(cases.c.id).where(cases.c.id == locked_id).with_for_update())
    return reading.get(tx, case_id)


def _lock_expert(tx: Transaction, command: Command, actor: Actor, said: Said) -> Expert | None:
    """The expert whose load this adds to, locked before the case; None when it adds to nobody's or they are no expert."""
    taker = actor.id if command is Command.CLAIM else said.to
    return experts.locked(tx, taker) if command in _TAKES_LOAD and taker is not None else None


def _check_taker(tx: Transaction, case: Case, command: Command, said: Said, expert: Expert | None) -> None:
    if command is not Command.CLAIM:
        _check_colleague(tx, case, said, expert)
    if expert is None:
        raise Refused("not_an_expert", "您还没有登记为专家，请联系管理员。")
    if reading.load(tx, expert.staff_id) >= expert.capacity:
        advice = "请先办结手上的" if command is Command.CLAIM else "请选别人"
        raise Refused("over_capacity", f"同时处理的工单已到上限（{expert.capacity}个），{advice}。")


def _check_colleague(tx: Transaction, case: Case, said: Said, expert: Expert | None) -> None:
    if said.to is None:
        raise Refused("nobody_named", "请选择要转给谁。")
    if said.to == case.owner_id:
        raise Refused("to_the_owner", "工单已经在这位专家手上。")
    if expert is None:
        raise Refused("not_an_expert", "这位同事没有登记为专家，请选别人。")
    if expert.paused or not people.member(tx, expert.staff_id).active:
        raise Refused("not_taking_cases", "这位专家现在不接单，请选别人。")


def _was_done(tx: Transaction, case_id: UUID, idem_key: str) -> bool:
    row = tx.execute(sa.select(case_events.c.case_id).where(case_events.c.idem_key == idem_key)).one_or_none()
    if row is not None and row.case_id != case_id:
        raise Refused("idempotency_key_reused", "这个请求编号已用于别的工单。")
    return row is not None


def _check(tx: Transaction, case: Case, command: Command, actor: Actor, said: Said, expected_epoch: int | None) -> Who:
    rule = RULES[command]
    if case.state not in rule.from_states:
        raise Refused("wrong_state", f"工单现在是“{STATE_NAMES[case.state]}”，不能“{COMMAND_NAMES[command]}”。")
    acting = _capacities(case, actor) & rule.who
    if not acting:
        raise Refused("wrong_person", _why_not(case, command))
    if expected_epoch is not None and expected_epoch != case.epoch:
        raise Refused("lost_it", "这个工单已经换人处理，您看到的不是最新情况，请刷新。")
    if rule.needs_text and not said.text.strip() and not said.files:
        raise Refused("no_text", "请写内容。")
    if rule.needs_reason and not said.reason.strip():
        raise Refused("no_reason", "请写原因。")
    _guard(tx, case, command, actor, said)
    return sorted(acting)[0]


def _why_not(case: Case, command: Command) -> str:
    if command in {Command.ANSWER, Command.ASK_FARMER, Command.SNOOZE}:
        return "只有接了这个工单的专家可以这样做。"
    if command in {Command.ACCEPT, Command.DECLINE}:
        return "这个工单没有派给您。"
    return f"您不能对这个工单“{COMMAND_NAMES[command]}”。"


def _capacities(case: Case, actor: Actor) -> set[Who]:
    if actor.who in {Who.FARMER, Who.SYSTEM}:
        return {actor.who}
    found: set[Who] = set()
    if Role.COORDINATOR in actor.roles:
        found.add(Who.COORDINATOR)
    if Role.EXPERT in actor.roles:
        found.add(Who.EXPERT)
    if case.owner_id is not None and case.owner_id == actor.id:
        found.add(Who.OFFEREE if case.state is State.OFFERED else Who.OWNER)
    return found


def _guard(tx: Transaction, case: Case, command: Command, actor: Actor, said: Said) -> None:
    if command is Command.SNOOZE and (said.until is None or said.until <= clock.now()):
        raise Refused("snooze_in_the_past", "请选一个以后的时间。")
    if command is Command.ESCALATE and case.level >= HIGHEST_LEVEL:
        raise Refused("highest_level", "已经是最高一级。")
    if command is Command.CANCEL and actor.who is Who.FARMER and case.state not in {State.QUEUED, State.OFFERED}:
        raise Refused("already_accepted", "专家已经在处理。")
    if command is Command.MERGE:
        _guard_merge(tx, case, said)
    if command is Command.REOPEN and case.kind is Kind.QUESTION and reading.live_question(tx, case.conversation_id):
        raise Refused("one_live_question", _ONE_LIVE_QUESTION)


def _guard_merge(tx: Transaction, case: Case, said: Said) -> None:
    if said.into is None or said.into == case.id:
        raise Refused("merge_into_what", "请选择要合并到哪个工单。")
    into = reading.get(tx, said.into)
    if into.state not in LIVE or into.farmer_id != case.farmer_id:
        raise Refused("merge_target", "只能合并到同一农户还在办的工单。")


# --- what changes


def _changes(case: Case, command: Command, actor: Actor, said: Said) -> dict[str, Any]:
    at = clock.now()
    to_state = _to_state(case, command)
    changes: dict[str, Any] = {"state": to_state, "version": case.version + 1}
    if command in _CHANGES_OWNER:
        changes["epoch"] = case.epoch + 1
    match command:
        case Command.CLAIM:
            changes["owner_id"] = actor.id
        case Command.OFFER | Command.TRANSFER:
            changes |= {
                "owner_id": said.to,
                "lease_until": at + timedelta(minutes=OFFER_MINUTES[case.urgency]),
                "return_to": case.owner_id if command is Command.TRANSFER else None,
            }
        case Command.ACCEPT:
            changes |= {"lease_until": None, "return_to": None}
        case Command.DECLINE | Command.OFFER_EXPIRES:
            changes |= {"owner_id": case.return_to, "lease_until": None, "return_to": None}
        case Command.RELEASE:
            changes["owner_id"] = None
        case Command.REOPEN:
            due_at = at + timedelta(hours=FIRST_ANSWER_HOURS[case.urgency])
            changes |= {"owner_id": None, "ended_at": None, "outcome": "", "due_at": due_at, "first_answered_at": None}
        case Command.ESCALATE:
            changes |= {"owner_id": None, "lease_until": None, "return_to": None, "level": case.level + 1}
        case Command.SNOOZE:
            changes["snoozed_until"] = said.until
        case Command.FARMER_REPLIES | Command.ADD:
            changes["last_farmer_at"] = at
        case Command.ANSWER:
            changes |= {"first_answered_at": case.first_answered_at or at, "overdue_at": None}
        case Command.DISPUTE:
            changes |= {"disputes": case.disputes + 1, "last_farmer_at": at}
        case Command.MERGE:
            changes["merged_into"] = said.into
        case _:
            pass
    if to_state not in LIVE:
        changes |= {"ended_at": at, "outcome": said.outcome or str(command), "overdue_at": None}
    return changes


def _to_state(case: Case, command: Command) -> State:
    """The state of the table; a case that was passed on and is not accepted goes back to who passed it on."""
    if command in _GIVES_BACK and case.return_to is not None:
        return State.ACTIVE
    return RULES[command].to_state or case.state


def _next_number(tx: Transaction, at: datetime) -> str:
    day = at.astimezone(_CHINA).date()
    last = tx.execute(
        pg_insert(case_counters)
        .values(day=day, last=1)
        .on_conflict_do_update(index_elements=["day"], set_={"last": case_counters.c.last + 1})
        .returning(case_counters.c.last)
    ).scalar_one()
    return f"ZJ-{day:%Y%m%d}-{last:04d}"


def _write_event(
    tx: Transaction,
    before: Case,
    after: Case,
    command: Command,
    actor: Actor,
    who: Who,
    said: Said,
    idem_key: str | None,
) -> None:
    payload = {
        name: str(value)
        for name, value in (
            ("reason", said.reason), ("outcome", said.outcome), ("to", said.to), ("until", said.until), ("into", said.into),
        )
        if value
    }  # fmt: skip
    tx.execute(
        case_events.insert().values(
            case_id=after.id,
            seq=after.version,
            at=clock.now(),
            command=command,
            who=who,
            actor_id=actor.id,
            actor_name=actor.name,
            from_state="" if command is Command.OPEN else before.state,
            to_state=after.state,
            owner_id=after.owner_id,
            level=after.level,
            epoch=after.epoch,
            payload=payload,
            idem_key=idem_key,
        )
    )


_SPOKEN = {
    Command.ASK_FARMER: "expert",
    Command.ANSWER: "expert",
    Command.NOTE: "note",
    Command.FARMER_REPLIES: "farmer",
    Command.ADD: "farmer",
    Command.DISPUTE: "farmer",
}


def _write_said(tx: Transaction, case: Case, command: Command, actor: Actor, said: Said) -> int | None:
    if command in _SPOKEN and (said.text or said.files):
        return _write_entry(tx, case, actor, said, said_by=_SPOKEN[command])
    return None


def _write_entry(tx: Transaction, case: Case, actor: Actor, said: Said, *, said_by: str) -> int:
    last = tx.execute(sa.select(sa.func.max(case_entries.c.seq)).where(case_entries.c.case_id == case.id)).scalar_one()
    seq = (last or 0) + 1
    tx.execute(
        pg_insert(case_entries)
        .values(
            case_id=case.id,
            seq=seq,
            at=clock.now(),
            said_by=said_by,
            author_id=actor.id,
            author_name=actor.name,
            kind=said.kind,
            text=said.text,
            files=list(said.files),
            message_id=said.message_id,
        )
        .on_conflict_do_nothing()
    )
    return seq


def _move_entries(tx: Transaction, merged: Case) -> None:
    assert merged.merged_into is not None
    into = reading.get(tx, merged.merged_into)
    for entry in reading.entries(tx, merged.id):
        author = Actor(Who.SYSTEM, entry.author_name)
        _write_entry(tx, into, author, Said(entry.text, entry.kind, entry.files), said_by=entry.said_by)


def _set_timers(tx: Transaction, before: Case, after: Case, command: Command) -> None:
    tx.execute(
        case_timers.update()
        .where(
            case_timers.c.case_id == after.id, case_timers.c.fired_at.is_(None), case_timers.c.kind.in_(_ends(command))
        )
        .values(fired_at=clock.now())
    )
    if command in {Command.OFFER, Command.TRANSFER}:
        _set_timer(tx, after, "offer", clock.now() + timedelta(minutes=OFFER_MINUTES[after.urgency]))
    if command is Command.SNOOZE and after.snoozed_until is not None:
        _set_timer(tx, after, "snooze", after.snoozed_until)
    if command is Command.ANSWER:
        _set_timer(tx, after, "confirm", clock.now() + CONFIRM_AFTER)
    if command is Command.REOPEN:
        _set_timer(tx, after, "first_answer", after.due_at)


def _ends(command: Command) -> list[str]:
    match command:
        case Command.ANSWER:
            return ["first_answer", "confirm", "snooze"]
        case Command.ACCEPT | Command.DECLINE | Command.OFFER_EXPIRES:
            return ["offer"]
        case Command.DISPUTE:
            return ["confirm"]
        case Command.WAKE:
            return ["snooze"]
        case Command.FARMER_REPLIES:
            return ["snooze", "confirm"]
        case Command.RESOLVE | Command.CONFIRM | Command.CANCEL | Command.MERGE:
            return ["first_answer", "confirm", "snooze", "offer"]
        case _:
            return []


def _set_timer(tx: Transaction, case: Case, kind: str, due_at: datetime) -> None:
    """One timer of a kind and epoch: set again, it moves. It carries the epoch, so a late one finds its case changed."""
    tx.execute(
        pg_insert(case_timers)
        .values(case_id=case.id, kind=kind, epoch=case.epoch, due_at=due_at)
        .on_conflict_do_update(index_elements=["case_id", "kind", "epoch"], set_={"due_at": due_at, "fired_at": None})
    )


_FACTS = {
    Command.CLAIM: "case_accepted",
    Command.ACCEPT: "case_accepted",
    Command.OFFER: "case_offered",
    Command.TRANSFER: "case_offered",
    Command.ASK_FARMER: "case_asked",
    Command.ANSWER: "case_answered",
    Command.DISPUTE: "case_disputed",
    Command.CONFIRM: "case_confirmed",
    Command.RESOLVE: "case_resolved",
    Command.CANCEL: "case_cancelled",
    Command.MERGE: "case_merged",
    Command.REOPEN: "case_reopened",
    Command.ESCALATE: "case_escalated",
    Command.RELEASE: "case_released",
}


def _write_facts(tx: Transaction, after: Case, command: Command, actor: Actor, seq: int | None) -> None:
    if command in _FACTS:
        by = "staff" if actor.id is not None else str(actor.who)
        outbox.write(tx, _FACTS[command], case_id=after.id, entry=seq, version=after.version, by=by)
