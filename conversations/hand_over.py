"""Handing a farmer to people: opening cases with everything that belongs to them, and telling the farmer honestly."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from conversations import attachments, choices, phrases
from conversations.choices import Words
from conversations.inbox import Message
from conversations.incoming import Kind as MessageKind
from conversations.outcomes import Outcome
from conversations.tables import messages
from conversations.talk import Conversation
from core import clock
from core.database import Transaction
from handoff import cases, deadlines, machine, orders, promises, routing
from handoff.cases import Case
from handoff.orders import FARMER, Opening, Said
from handoff.states import STATE_NAMES, Command, Kind, State, Urgency
from registry import regions

_STILL_MEANT = timedelta(minutes=30)
_FOLLOWED_UP_WITHIN = timedelta(days=90)
_ABOUT_A_QUESTION = frozenset({"answer", "clarify", "out_of_scope", "smalltalk"})
_ALARMS = frozenset({"emergency", "report_duty"})
_URGENT_WORDS = ("特急", "急死", "快死完", "死光", "成片死", "大面积", "救命", "紧急", "赶紧", "今天就")


def to_expert(
    tx: Transaction,
    conversation: Conversation,
    message: Message,
    *,
    question: str,
    reason: str,
    understood: Mapping[str, Any] | None = None,
    names: Mapping[str, str | None] | None = None,
    form: str = "",
) -> Outcome:
    """Open a case with the question and the photos held with it; add to the open one if there is one.

    `form`: other words for a new case than `CASE_OPENED`, with number, before, when and phone.
    """
    outcome = Outcome("hand_off")
    live = cases.live_question(tx, conversation.id)
    if live is not None:
        return _to_open_case(tx, message, live, outcome, question=question, reason=reason)
    names = names or {}
    earlier = _about_this(tx, conversation, message, within=_FOLLOWED_UP_WITHIN) if reason == "not_solved" else None
    case = machine.open_case(
        tx,
        Opening(
            kind=Kind.QUESTION,
            conversation_id=conversation.id,
            farmer_id=conversation.farmer.id,
            question=question,
            reason=reason,
            urgency=urgency_of(question),
            object=names.get("object") or "",
            topic=names.get("topic") or "",
            problem=names.get("problem") or "",
            place_code=conversation.farmer.place_code,
            files=tuple(attachments.held_files(tx, conversation.id)),
            message_id=message.id,
            understood=dict(understood or {}) | {"tried": _tried(tx, conversation.id)},
            follow_up_of=None if earlier is None else earlier.id,
        ),
        FARMER,
    )
    attachments.give_to_case(tx, conversation.id, case.id)
    choices.close(tx, conversation.id)
    outcome.case_id, outcome.case_number = case.id, case.number
    outcome.say(_opened_words(tx, case, form or (phrases.CASE_OPENED if question else phrases.CASE_OPENED_ASK)))
    return outcome


def _to_open_case(
    tx: Transaction, message: Message, live: Case, outcome: Outcome, *, question: str, reason: str
) -> Outcome:
    """What goes to people goes to the case they have; one that was answered goes back to its expert."""
    outcome.case_id, outcome.case_number = live.id, live.number
    is_known = any(entry.text == question for entry in cases.entries(tx, live.id))
    news = "" if is_known else question
    if live.state is State.ANSWERED:
        news = news or message.text
    if news and add(tx, live, message, news):
        outcome.say(phrases.TEXT_ADDED.format(number=live.number))
    else:
        outcome.say(phrases.CASE_ALREADY.format(number=live.number, state=STATE_NAMES[live.state]))
    return outcome


def not_solved(tx: Transaction, case: Case, said: Said) -> Words:
    """Back to the expert who answered; the second time to the next level."""
    after = machine.apply(tx, case.id, Command.DISPUTE, FARMER, said)
    if after.owner_id is not None:
        return Words(phrases.NOT_SOLVED.format(number=case.number))
    goes_up = after.level > case.level and routing.is_anybody(tx, after)
    form = phrases.NOT_SOLVED_AGAIN if goes_up else phrases.NOT_SOLVED_TO_OTHERS
    return Words(form.format(number=case.number))


def still_not_solved(tx: Transaction, conversation: Conversation, message: Message) -> Outcome | None:
    """What an expert answered did not help: back to the expert, for seven days after the end as well.

    None where the farmer means something that the bot answered, or nothing at all.
    """
    said = Said(text=message.text, message_id=message.id, reason="not_solved")
    waits = _waits_for_an_opinion(tx, conversation, message)
    if waits is not None:
        outcome = Outcome("hand_off", case_id=waits.id, case_number=waits.number)
        outcome.say(not_solved(tx, waits, said))
        return outcome
    live = cases.live_question(tx, conversation.id)
    ended = None if live else _about_this(tx, conversation, message, within=deadlines.REOPENED_WITHIN)
    if ended is None:
        return None
    choices.close(tx, conversation.id)
    outcome = Outcome("hand_off", case_id=ended.id, case_number=ended.number)
    outcome.say(reopened(tx, ended, said))
    return outcome


def reopened(tx: Transaction, ended: Case, said: Said) -> Words:
    """Open a case again for its farmer. Raises Refused after seven days, or beside another live question."""
    again = machine.apply(tx, ended.id, Command.REOPEN, FARMER, said)
    first = routing.candidates(tx, again)[:1]
    who = phrases.THE_SAME_EXPERT if first and first[0].is_last_expert else ""
    return Words(phrases.REOPENED.format(number=again.number, who=who, when=first_answer_by(tx, again)))


def _waits_for_an_opinion(tx: Transaction, conversation: Conversation, message: Message) -> Case | None:
    """The case whose answer the farmer has not judged yet; beside a need's, what the bot has answered since comes first."""
    answered = cases.answered_last(tx, conversation.id)
    if answered is None or answered.kind is Kind.QUESTION or answered.answered_at is None:
        return answered
    return None if _has_bot_answered_since(tx, conversation, message, answered.answered_at) else answered


def _about_this(tx: Transaction, conversation: Conversation, message: Message, *, within: timedelta) -> Case | None:
    """The question that ended last, unless the bot has answered something else since."""
    ended = cases.last_resolved(tx, conversation.id, since=clock.now() - within)
    if ended is None or ended.ended_at is None:
        return None
    return None if _has_bot_answered_since(tx, conversation, message, ended.ended_at) else ended


def _has_bot_answered_since(tx: Transaction, conversation: Conversation, message: Message, since: datetime) -> bool:
    answered = sa.exists().where(
        messages.c.conversation_id == conversation.id,
        messages.c.seq < message.seq,
        messages.c.received_at > since,
        messages.c.result["outcome"].astext == "answer",
    )
    return tx.execute(sa.select(answered)).scalar_one()


def _opened_words(tx: Transaction, case: Case, form: str) -> Words:
    """Where the farmer stands, and by when he is answered. A `form` that names the help line itself gets it once."""
    phone = help_line_of(tx, case.place_code)
    when = first_answer_by(tx, case, with_phone="{phone}" not in form)
    before = cases.place_in_queue(tx, case) - 1
    return Words(form.format(number=case.number, before=before, when=when, phone=phone))


def first_answer_by(tx: Transaction, case: Case, *, with_phone: bool = True) -> str:
    """Promise when somebody answers: 专家最晚明天18:00前答复; where nobody is on duty, that, and whom to ring."""
    at = clock.now()
    promise = promises.first_answer(tx, case)
    by = phrases.clock_time(promise.by, at)
    if promise.is_there:
        return phrases.FIRST_ANSWER_BY.format(time=by)
    ring = phrases.RING.format(phone=help_line_of(tx, case.place_code)) if with_phone else ""
    if promise.start is None:
        return phrases.NOBODY_AT_ALL.format(time=by) + ring
    return phrases.NOBODY_NOW.format(start=phrases.clock_time(promise.start, at), time=by) + ring


def add(
    tx: Transaction, case: Case, message: Message, text: str, *, files: tuple[UUID, ...] = (), kind: str = "text"
) -> bool:
    """Add what a farmer says to a case, whatever state it is in; False when the case takes nothing any more."""
    said = Said(text=text, kind=kind, files=files, message_id=message.id)
    return machine.take_in(tx, case.id, said) is not None


def incident(tx: Transaction, conversation: Conversation, message: Message, *, about: str, urgency: Urgency) -> Case:
    """Open an incident for people to see at once, with as little as is needed; one live incident of a kind at a time."""
    live = [
        case
        for case in cases.of_farmer(tx, conversation.farmer.id)
        if case.kind is Kind.INCIDENT and case.is_live and case.reason == about
    ]
    if live:
        add(tx, live[0], message, message.text)
        return live[0]
    return machine.open_case(
        tx,
        Opening(
            kind=Kind.INCIDENT,
            conversation_id=conversation.id,
            farmer_id=conversation.farmer.id,
            question=message.text,
            reason=about,
            urgency=urgency,
            place_code=conversation.farmer.place_code,
            message_id=message.id,
        ),
        orders.Actor.system("triage"),
    )


def urgency_of(text: str) -> Urgency:
    """How urgent a farmer's own words make it; a coordinator may change it."""
    return Urgency.URGENT if any(word in text for word in _URGENT_WORDS) else Urgency.NORMAL


def question_meant(tx: Transaction, conversation: Conversation, message: Message) -> str:
    """What 转人工 by itself is about: the question asked just before; nothing when photos or a need came in between.

    Photos that follow an alarm are of what raised it.
    """
    alarmed = _alarm_before(tx, conversation, message)
    if alarmed:
        return alarmed
    before = tx.execute(
        sa.select(messages.c.kind, messages.c.result, messages.c.received_at)
        .where(messages.c.conversation_id == conversation.id, messages.c.seq < message.seq, messages.c.state == "done")
        .order_by(messages.c.seq.desc())
        .limit(1)
    ).one_or_none()
    if before is None or before.kind != MessageKind.TEXT or message.received_at - before.received_at > _STILL_MEANT:
        return ""
    return conversation.last_question if (before.result or {}).get("outcome") in _ABOUT_A_QUESTION else ""


def _alarm_before(tx: Transaction, conversation: Conversation, message: Message) -> str:
    """The farmer's last words, if they raised an alarm a short time ago."""
    before = tx.execute(
        sa.select(messages.c.text, messages.c.result)
        .where(
            messages.c.conversation_id == conversation.id,
            messages.c.seq < message.seq,
            messages.c.state == "done",
            messages.c.kind == MessageKind.TEXT,
            messages.c.received_at > message.received_at - _STILL_MEANT,
        )
        .order_by(messages.c.seq.desc())
        .limit(1)
    ).one_or_none()
    return str(before.text) if before and (before.result or {}).get("outcome") in _ALARMS else ""


def help_line(tx: Transaction, conversation: Conversation) -> str:
    """The local extension number of the farmer's region, or the national line for agriculture."""
    return help_line_of(tx, conversation.farmer.place_code)


def help_line_of(tx: Transaction, place_code: str) -> str:
    """The local extension number of a place, or the national line for agriculture."""
    region = regions.covering(tx, place_code)
    return region.numbers["extension"] if region else regions.NATIONAL["agriculture"]


def _tried(tx: Transaction, conversation_id: UUID) -> list[dict[str, str]]:
    """What the bot answered this farmer in the last messages, for the expert to see."""
    rows = tx.execute(
        sa.select(messages.c.text, messages.c.result)
        .where(
            messages.c.conversation_id == conversation_id, messages.c.state == "done", messages.c.result.is_not(None)
        )
        .order_by(messages.c.seq.desc())
        .limit(5)
    )
    return [
        {
            "asked": row.text,
            "outcome": row.result["outcome"],
            "article": (row.result.get("article") or {}).get("title", ""),
        }
        for row in reversed(rows.all())
    ]
