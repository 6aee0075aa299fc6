"""The one write path of cases: `open_case` makes one, `apply` moves it. Nothing else writes state.

In one transaction: lock the expert whose load changes, lock the case, check table, role, guard and epoch,
then write case, event, timers and facts (reference: handoff §3.4).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock, outbox, people
from core.database import Transaction
from core.errors import Refused
from core.logs import logger
from core.people import Role
from handoff import cases as reading
from handoff import deadlines, guards, records, schedule
from handoff.cases import Case
from handoff.changes import changes
from handoff.orders import FARMER, NOTHING, Actor, Opening, Said
from handoff.states import RANK, RULES, Command, Kind, State, Who
from handoff.tables import ONE_LIVE_QUESTION, case_entries, case_events, cases
from registry import experts, roster
from registry.experts import Expert

log = logger()

_TAKES_LOAD = frozenset({Command.CLAIM, Command.OFFER, Command.TRANSFER})
_HANDS_OVER = frozenset({Command.OFFER, Command.TRANSFER})
# After these an expert has a case again that was out of their hands.
_COMES_BACK = frozenset({Command.DISPUTE, Command.FARMER_REPLIES, Command.WAKE, Command.DECLINE, Command.OFFER_EXPIRES})
_HOUSE = Actor.system("owner_left")
_AHEAD = timedelta(days=14)  # beyond the longest holiday


def open_case(tx: Transaction, opening: Opening, actor: Actor) -> Case:
    """Open a case in the queue. Raises Refused when the conversation has a live question already."""
    at = clock.now()
    opened = tx.execute(
        pg_insert(cases)
        .values(
            id=uuid4(),
            number=records.next_number(tx, at),
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
            due_at=deadlines.first_answer(opening.urgency, at),
            resolve_by=deadlines.resolution(opening.urgency, at),
            state_at=at,
            last_farmer_at=at,
            follow_up_of=opening.follow_up_of,
            split_of=opening.split_of,
        )
        .on_conflict_do_nothing(index_elements=["conversation_id"], index_where=ONE_LIVE_QUESTION)
        .returning(cases)
    ).one_or_none()
    if opened is None:
        log.info("case_not_opened", conversation_id=str(opening.conversation_id), rule="one_live_question")
        raise Refused("one_live_question", guards.ONE_LIVE_QUESTION)
    case = reading.from_row(opened)
    said = Said(text=opening.question, files=opening.files, message_id=opening.message_id, reason=opening.reason)
    records.write_event(tx, case, case, Command.OPEN, actor, actor.who, said, None)
    if opening.split_of is None and (opening.question or opening.files):
        records.write_entry(tx, case, actor, said, said_by="farmer")
    schedule.set_timers(tx, case)
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

    The same `idem_key` given again with the same words changes nothing. Raises Refused, naming the rule, for whatever
    the table, the role, a guard or the epoch forbids, and for a key that did something else; NotFound when there is no
    such case.
    """
    expert = _lock_expert(tx, command, actor, said)
    case = _lock_cases(tx, case_id, said.into)
    if idem_key is not None and repeats(tx, case_id, idem_key, command, said):
        return case
    try:
        who = guards.check(tx, case, command, actor, said, expected_epoch)
        if command in _TAKES_LOAD:
            guards.check_taker(tx, case, command, said, expert)
    except Refused as refusal:
        by = str(actor.id or actor.who)
        log.info(
            "case_command_refused", case_id=str(case_id), command=command, rule=refusal.rule, state=case.state, by=by
        )
        raise
    there = _next_there(tx, said.to) if command in _HANDS_OVER and actor.who is not Who.SYSTEM else None
    _update(tx, case, changes(case, command, actor, said, there=there))
    if command in _TAKES_LOAD and expert is not None:
        experts.was_given(tx, expert.staff_id)
    after = reading.get(tx, case.id)
    records.write_event(tx, case, after, command, actor, who, said, idem_key)
    seq = records.write_said(tx, after, command, actor, said)
    schedule.set_timers(tx, after)
    if command is Command.MERGE:
        _merge_into(tx, after)
    if command is Command.CONSULT:
        records.ask_colleague(tx, after, actor, said)
    records.write_facts(tx, case, after, command, actor, said, seq)
    log.info("case_moved", case_id=str(case.id), command=command, to_state=after.state, epoch=after.epoch)
    if command in _COMES_BACK and after.state is State.ACTIVE and _has_left(tx, after.owner_id):
        return apply(tx, case.id, Command.RELEASE, _HOUSE, Said(reason="原来的专家已不在岗"))
    return reading.get(tx, case.id)


def split(
    tx: Transaction,
    case_id: UUID,
    actor: Actor,
    said: Said,
    *,
    object_: str = "",
    expected_epoch: int | None = None,
    idem_key: str | None = None,
) -> Case:
    """Make a case of its own of a second question in a case; it waits in the queue like any other.

    `said.text` is that question in the words of whoever splits, `said.entries` what of the farmer's words and photos
    goes along. Raises Refused like `apply`.
    """
    case = _lock_cases(tx, case_id, None)
    if idem_key is not None and repeats(tx, case_id, idem_key, Command.SPLIT, said):
        return reading.get(tx, records.split_by(tx, idem_key))
    opening = Opening(
        kind=Kind.QUESTION,
        conversation_id=case.conversation_id,
        farmer_id=case.farmer_id,
        question=said.text.strip(),
        reason="split",
        urgency=case.urgency,
        object=object_,
        place_code=case.place_code,
        split_of=case.id,
    )
    new = open_case(tx, opening, actor)
    records.copy_entries(tx, case, new, said.entries)
    apply(
        tx, case_id, Command.SPLIT, actor, replace(said, into=new.id), expected_epoch=expected_epoch, idem_key=idem_key
    )
    return new


def take_in(tx: Transaction, case_id: UUID, said: Said) -> Case | None:
    """Let a case have what its farmer says, whatever state it is in; None when it takes nothing any more.

    A case that was merged passes it on to the one it was merged into.
    """
    case = _lock_cases(tx, case_id, None)
    if case.state is State.MERGED and case.merged_into is not None:
        return take_in(tx, case.merged_into, said)
    fitting = [command for command in (Command.FARMER_REPLIES, Command.ADD) if case.state in RULES[command].from_states]
    return apply(tx, case.id, fitting[0], FARMER, said) if fitting else None


def _merge_into(tx: Transaction, merged: Case) -> None:
    """What was said goes to the case it was merged into, whose expert sees that the farmer has said more."""
    assert merged.merged_into is not None
    records.move_entries(tx, merged)
    take_in(tx, merged.merged_into, Said(reason="merged", at=merged.last_farmer_at))


def allowed(case: Case, actor: Actor) -> frozenset[Command]:
    """The commands that state and role allow this actor now; a guard may still refuse one."""
    capacities = guards.capacities(case, actor)
    return frozenset(
        rule.command for rule in RULES.values() if case.state in rule.from_states and capacities & rule.who
    )


def was_done(tx: Transaction, case_id: UUID, idem_key: str) -> bool:
    """Whether a command with this key has been carried out. Raises Refused when the key belongs to another case."""
    return _event_with(tx, case_id, idem_key) is not None


def _update(tx: Transaction, case: Case, values: Mapping[str, Any]) -> None:
    """Raises Refused where the conversation got a live question in the moment in which this one was opened again."""
    try:
        with tx.begin_nested():
            tx.execute(cases.update().where(cases.c.id == case.id).values(**values))
    except sa.exc.IntegrityError as error:
        if "uq_cases_one_live_question" not in str(error):
            raise
        raise Refused("one_live_question", guards.ONE_LIVE_QUESTION) from None


def _has_left(tx: Transaction, staff_id: UUID | None) -> bool:
    """Whether somebody has no account any more, or is no expert."""
    if staff_id is None:
        return False
    owner = people.member(tx, staff_id)
    return not owner.active or not owner.has(Role.EXPERT, Role.COORDINATOR)


def _next_there(tx: Transaction, staff_id: UUID | None) -> datetime | None:
    """From when on somebody is on duty; None where they will not be for two weeks."""
    at = clock.now()
    return next((duty.start for duty in roster.duties(tx, at, at + _AHEAD) if duty.staff_id == staff_id), None)


def held(tx: Transaction, case_id: UUID) -> Case:
    """Let nobody else move this case before the transaction ends, and return it as it is then."""
    return _lock_cases(tx, case_id, None)


# --- locks


def _lock_cases(tx: Transaction, case_id: UUID, other: UUID | None) -> Case:
    """Lock the case, and the other one of a merge, in the order of their ids so that two merges cannot block each other."""
    for locked_id in sorted({case_id, other or case_id}):
        tx.execute(sa.select(cases.c.id).where(cases.c.id == locked_id).with_for_update())
    return reading.get(tx, case_id)


def _lock_expert(tx: Transaction, command: Command, actor: Actor, said: Said) -> Expert | None:
    """The expert whose load this adds to, locked before the case; None when it adds to nobody's or they are no expert."""
    taker = actor.id if command is Command.CLAIM else said.to
    return experts.locked(tx, taker) if command in _TAKES_LOAD and taker is not None else None


# --- keys

# What a command says is in its event, and of these the words are in an entry beside it.
_TOLD = ("reason", "outcome", "to", "until", "into", "rating")
_SPEAKS = frozenset({Command.ANSWER, Command.ASK_FARMER, Command.NOTE, Command.CONSULT})


def repeats(tx: Transaction, case_id: UUID, idem_key: str, command: Command, said: Said) -> bool:
    """Whether this command with this key has been carried out. Raises Refused when the key did something else: that must not be
    lost without a word.
    """
    event = _event_with(tx, case_id, idem_key)
    if event is None:
        return False
    if event.command != command or not _told_alike(tx, event, said) or not _spoken_alike(tx, event, said):
        raise Refused(
            "idempotency_key_reused", "这个请求编号已经用过，内容不一样，这一次没有做。请看一下工单，再发一次。"
        )
    return True


def _event_with(tx: Transaction, case_id: UUID, idem_key: str) -> sa.Row[tuple[object, ...]] | None:
    event = tx.execute(sa.select(case_events).where(case_events.c.idem_key == idem_key)).one_or_none()
    if event is not None and event.case_id != case_id:
        raise Refused("idempotency_key_reused", "这个请求编号已用于别的工单。")
    return event


def _told_alike(tx: Transaction, event: sa.Row[tuple[object, ...]], said: Said) -> bool:
    if event.command == Command.SPLIT:
        made = reading.get(tx, UUID(event.payload["into"]))
        return made.question == said.text.strip() and event.payload.get("reason", "") == said.reason
    put_right = said.known.named()  # a page that is sent again leaves out what is by now as it says
    return all(event.payload.get(name) == value for name, value in put_right.items()) and all(
        event.payload.get(name, "") == str(getattr(said, name) or "") for name in _TOLD
    )


def _spoken_alike(tx: Transaction, event: sa.Row[tuple[object, ...]], said: Said) -> bool:
    """Whether its words were said by whoever gave the command. Photos that a page sends again are not asked for."""
    if event.command not in _SPEAKS:
        return True
    spoken = sa.select(case_entries.c.seq).where(
        case_entries.c.case_id == event.case_id,
        case_entries.c.author_id == event.actor_id,
        case_entries.c.at >= event.at,
        case_entries.c.text == said.text,
        case_entries.c.files.contains(list(said.files)),
    )
    return tx.execute(spoken.limit(1)).one_or_none() is not None
