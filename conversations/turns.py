"""Turns: one question, one answer, one transaction; one turn at a time per farmer, in the order of the messages.

A turn may be taken by any process and again after a crash: whoever takes it holds a lease with a token,
and commits only while the token is still its own; the bot answers the same message id with the same reply.
"""

import re
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
import structlog

from conversations import (
    alarms,
    attachments,
    binding,
    choices,
    deliveries,
    effects,
    events,
    hand_over,
    inbox,
    phrases,
    picks,
    quota,
    talk,
)
from conversations.bot import BotReply, BotRequest, Draft, Payload, Understanding
from conversations.choices import Words
from conversations.inbox import Message
from conversations.incoming import MEDIA, MESSAGES, TAPS, Kind
from conversations.outcomes import Outcome
from conversations.services import Services
from conversations.tables import conversations
from conversations.talk import Conversation
from core import clock, files, flags, people, places
from core.database import DatabaseUnavailable, Transaction
from core.errors import BotUnavailable, TryLater
from core.logs import logger
from handoff import cases
from knowledge import reading
from needs import filed, review
from needs.statuses import Command

log = logger()

PASSIVE_ONLY_FLAG = "wechat_passive_only"
_LEASE = timedelta(seconds=30)  # longer than the bot may take
_BOT_PAUSE = timedelta(seconds=3)
_MEDIA_MOMENT_SECONDS = 2.0
_LOOK_AGAIN_SECONDS = 0.1
_MEDIA_PAUSE = timedelta(seconds=1)
_ONE_OUTAGE = timedelta(minutes=5)
_MOST_BUGS = 3
_TEXT_FOR_BOT = 1000
_MENU_KEY = re.compile(r"[a-z_]+")


class LostLease(Exception):
    """Somebody else has taken this conversation over; what we did is not kept."""


@dataclass(frozen=True)
class _Ask:
    """The bot is to be asked this."""

    request: BotRequest


@dataclass(frozen=True)
class _Wait:
    """Not yet: try again after a pause."""

    pause: timedelta


def take(services: Services, conversation_id: UUID) -> bool:
    """Answer every due message of a conversation; False when somebody else is at it.

    Safe to call at any time, twice, or after a crash: what is done is marked done in the transaction that did it.
    """
    token = uuid4()
    if not _claim(services, conversation_id, token):
        return False
    try:
        while (message := _next(services, conversation_id)) is not None:
            _take_one(services, message, token)
            _renew(services, conversation_id, token)
    except LostLease:
        log.warning("turn_lease_lost", conversation_id=str(conversation_id))
        return True
    finally:
        _release(services, conversation_id, token)
    services.doorbell.ring("deliver", str(conversation_id))
    return True


# --- the lease


def _claim(services: Services, conversation_id: UUID, token: UUID) -> bool:
    at = clock.now()
    with services.database.transaction() as tx:
        row = tx.execute(
            conversations.update()
            .where(
                conversations.c.id == conversation_id,
                sa.or_(conversations.c.turn_token.is_(None), conversations.c.turn_until < at),
            )
            .values(turn_token=token, turn_until=at + _LEASE)
            .returning(conversations.c.id)
        ).one_or_none()
    return row is not None


def _renew(services: Services, conversation_id: UUID, token: UUID) -> None:
    with services.database.transaction() as tx:
        _hold(tx, conversation_id, token)


def _hold(tx: Transaction, conversation_id: UUID, token: UUID) -> None:
    """Lock the conversation and go on only if the lease is still ours."""
    row = tx.execute(
        conversations.update()
        .where(conversations.c.id == conversation_id, conversations.c.turn_token == token)
        .values(turn_until=clock.now() + _LEASE)
        .returning(conversations.c.id)
    ).one_or_none()
    if row is None:
        raise LostLease


def _release(services: Services, conversation_id: UUID, token: UUID) -> None:
    try:
        with services.database.transaction() as tx:
            tx.execute(
                conversations.update()
                .where(conversations.c.id == conversation_id, conversations.c.turn_token == token)
                .values(turn_token=None, turn_until=None)
            )
    except DatabaseUnavailable:
        log.warning("turn_lease_left_to_end", conversation_id=str(conversation_id))


def _next(services: Services, conversation_id: UUID) -> Message | None:
    with services.database.transaction() as tx:
        return inbox.next_waiting(tx, conversation_id)


# --- one turn


def _take_one(services: Services, message: Message, token: UUID) -> None:
    ids = {"message_id": str(message.id), "conversation_id": str(message.conversation_id)}
    with structlog.contextvars.bound_contextvars(**ids):
        try:
            _answer(services, message, token)
        except (LostLease, DatabaseUnavailable):
            raise
        except Exception:  # the edge of a turn: a farmer is never left without an answer
            log.exception("turn_failed", attempts=message.attempts + 1)
            _after_a_bug(services, message, token)


def _answer(services: Services, message: Message, token: UUID) -> None:
    heard = _heard(services, message)
    if isinstance(heard, _Wait):
        with services.database.transaction() as tx:
            _hold(tx, message.conversation_id, token)
            inbox.put_off(tx, message, heard.pause)
        return
    message = replace(message, text=heard)
    if message.kind in MEDIA:
        _let_media_arrive(services, message)
    with services.database.transaction() as tx:
        _hold(tx, message.conversation_id, token)
        plan = _decide(tx, services, message)
    if isinstance(plan, _Ask):
        _ask_and_act(services, message, token, plan.request)


def _ask_and_act(services: Services, message: Message, token: UUID, request: BotRequest) -> None:
    """Nothing is locked and no transaction is open while the bot thinks."""
    kept = message.bot_reply
    if kept is None:
        try:
            kept = services.bot.ask(request)
        except BotUnavailable as error:
            log.warning("bot_unavailable", reason=str(error), attempts=message.attempts + 1)
            _bot_is_away(services, message, token)
            return
        with services.database.transaction() as tx:
            _hold(tx, message.conversation_id, token)
            inbox.keep_bot_reply(tx, message.id, kept)
    reply = BotReply.model_validate(kept)
    with services.database.transaction() as tx:
        _hold(tx, message.conversation_id, token)
        conversation = talk.get(tx, message.conversation_id)
        outcome = effects.carry_out(tx, services, conversation, message, reply)
        if request.text is not None and message.kind is Kind.VOICE:
            outcome.words.insert(0, Words(phrases.HEARD.format(text=request.text)))
        _finish(tx, message, outcome, reply.nlu)


def _heard(services: Services, message: Message) -> str | _Wait:
    """The words of a message; of a recording, what the recogniser makes of it."""
    if message.kind is not Kind.VOICE or services.speech is None:
        return message.text
    with services.database.transaction() as tx:
        attachment_id = inbox.want_media(tx, message)
        row = attachments.of_message(tx, message.id)
        stored = files.get(tx, row.file_id) if row is not None and row.state == "stored" else None
    if row is not None and row.state == "wanted":
        services.doorbell.ring("fetch_media", str(attachment_id))
        return _Wait(_MEDIA_PAUSE)
    if stored is None:
        return ""
    content = (services.settings.media_folder / stored.name).read_bytes()
    try:
        return services.speech.transcribe(content, stored.mime) or ""
    except TryLater:
        return "" if message.attempts > _MOST_BUGS else _Wait(_BOT_PAUSE)


def _let_media_arrive(services: Services, message: Message) -> None:
    """A photo is mostly here in a moment: then "received" is true when it is said, and a case opened next has it."""
    with services.database.transaction() as tx:
        inbox.want_media(tx, message)
    until = time.monotonic() + _MEDIA_MOMENT_SECONDS
    while time.monotonic() < until:
        with services.database.transaction() as tx:
            row = attachments.of_message(tx, message.id)
        if row is None or row.state != "wanted":
            return
        time.sleep(_LOOK_AGAIN_SECONDS)


def _decide(tx: Transaction, services: Services, message: Message) -> _Ask | None:
    """Answer what needs no bot at once, in this transaction; otherwise say what the bot is to be asked."""
    conversation = talk.get(tx, message.conversation_id)
    if message.kind in MESSAGES and not conversation.farmer.following:
        people.remember(tx, conversation.farmer.id, following=True)  # whoever writes wants an answer
    quota.grant(tx, conversation.id, message.incoming)
    deliveries.release_held(tx, conversation.id, not_before=_passive_until(message))
    plan = _without_bot(tx, services, conversation, message)
    if isinstance(plan, Outcome):
        _finish(tx, message, plan, None)
        return None
    return _Ask(plan)


def _without_bot(
    tx: Transaction, services: Services, conversation: Conversation, message: Message
) -> Outcome | BotRequest:
    if message.kind is Kind.CLICK:
        return _menu_tap(tx, services, conversation, message)
    if message.kind is Kind.LOCATION and _is_asking_place(conversation):
        place = places.find(message.text)
        if place is not None:
            return _request(conversation, message, text=places.full_name(place.code))
    if not (message.kind is Kind.VOICE and message.text):
        outcome = events.handle(tx, services, conversation, message)
        if outcome is not None:
            return outcome
    return _words(tx, services, conversation, message)


def _words(tx: Transaction, services: Services, conversation: Conversation, message: Message) -> Outcome | BotRequest:
    heard = message.text
    crop = "|".join(services.shelf.names.find(reading.plain(heard)).about) or conversation.context.get("object", "")
    alarm = alarms.recognise(heard, crop)
    if alarm is not None:
        return alarms.answer(tx, services, conversation, message, alarm, crop)
    bound = binding.take(tx, conversation.farmer.openid, heard)
    if bound is not None:
        return bound
    if (
        heard.strip() in phrases.FETCH_WORDS
        and flags.is_raised(tx, PASSIVE_ONLY_FLAG)
        and _something_waits(tx, conversation.id)
    ):
        return Outcome("menu")
    offered = choices.offered(tx, conversation.id)
    picked = choices.picked(offered, heard)
    speaking = cases.speaking_in(tx, conversation.id)
    if speaking is not None and (picked is None or picked.to != "case"):
        return _to_person(tx, message, speaking.id)
    if picked is not None:
        if picked.payload.get("do") == "ask_again":
            return _request(conversation, message, text=picked.payload["text"])
        if picked.to == "bot":
            return _request(conversation, message, payload=Payload.model_validate(picked.payload))
        return picks.do(tx, services, conversation, message, picked)
    if not offered.asks_number and choices.digit_in(heard) == choices.PERSON:
        talk.change(tx, conversation.id, draft=sa.null())
        question = hand_over.question_meant(tx, conversation, message)
        return hand_over.to_expert(tx, conversation, message, question=question, reason="asked")
    if not heard.strip():
        outcome = Outcome("clarify")
        outcome.say(phrases.ONLY_FACES)
        return outcome
    if conversation.expects is not None:
        replied = _reply_to_need(tx, conversation, message)
        if replied is not None:
            return replied
    if not offered.asks_number and choices.digit_in(heard) == choices.BACK:
        return _request(conversation, message, payload=Payload(name="go_back"))
    return _request(conversation, message, text=heard)


def _menu_tap(
    tx: Transaction, services: Services, conversation: Conversation, message: Message
) -> Outcome | BotRequest:
    key = message.text
    if key == "hand_off":
        return hand_over.to_expert(tx, conversation, message, question="", reason="asked")
    if key == "my_answers":
        outcome = Outcome("my_status")
        if not _something_waits(tx, conversation.id):
            outcome.say(phrases.NOTHING_WAITS)
        return outcome
    if not _MENU_KEY.fullmatch(key):
        return _request(conversation, message, payload=Payload(name="menu"))
    return _request(conversation, message, payload=Payload(name=key))


def _to_person(tx: Transaction, message: Message, case_id: UUID) -> Outcome:
    """A person has the conversation: the case gets the message and the bot is silent."""
    case = cases.get(tx, case_id)
    outcome = Outcome("hand_off", case_id=case.id, case_number=case.number)
    hand_over.add(tx, case, message, message.text)
    return outcome


def _reply_to_need(tx: Transaction, conversation: Conversation, message: Message) -> Outcome | None:
    """The answer to what a coordinator asked about a need. It may be another question: one digit says so."""
    need = filed.returned_to(tx, conversation.farmer.id)
    talk.change(tx, conversation.id, expects=sa.null())
    if need is None:
        return None
    held = tuple(attachments.held_files(tx, conversation.id))
    review.apply(tx, need.id, Command.REPLY, review.FARMER, review.Said(message.text, held, message.id))
    attachments.give_to_need(tx, conversation.id, need.id)
    outcome = Outcome("file_need", need_number=need.number)
    outcome.say(
        Words(
            phrases.NEED_REPLY_ADDED.format(number=need.number),
            (choices.Choice(phrases.ANOTHER_QUESTION, {"do": "ask_again", "text": message.text}, "service"),),
        )
    )
    another = filed.returned_to(tx, conversation.farmer.id)
    if another is not None:
        talk.change(tx, conversation.id, expects={"need": str(another.id)})
        outcome.say(phrases.NEED_RETURNED.format(number=another.number, question=another.question))
    return outcome


def _request(
    conversation: Conversation, message: Message, *, text: str | None = None, payload: Payload | None = None
) -> BotRequest:
    context = dict(conversation.context)
    if "asked" in context:
        context["asked"] = reading.plain(context["asked"])
    if conversation.farmer.place_code:
        context["place"] = places.full_name(conversation.farmer.place_code)
    return BotRequest(
        message_id=message.id,
        sender=conversation.id,
        text=None if text is None else reading.plain(text)[:_TEXT_FOR_BOT],
        said=None if text is None else text[:_TEXT_FOR_BOT],
        payload=payload,
        draft=Draft.model_validate(conversation.draft) if conversation.draft else None,
        context=context,
    )


def _is_asking_place(conversation: Conversation) -> bool:
    return conversation.draft is not None and conversation.draft.get("asking") == "place"


def _something_waits(tx: Transaction, conversation_id: UUID) -> bool:
    return any(sent.state in {"pending", "held"} for sent in deliveries.of_conversation(tx, conversation_id, most=20))


def _passive_until(message: Message) -> datetime:
    """Until then words wait for the passive reply; afterwards they are sent as customer-service messages."""
    return message.received_at + timedelta(seconds=deliveries.PASSIVE_SECONDS + 0.5)


def _finish(tx: Transaction, message: Message, outcome: Outcome, nlu: Understanding | None) -> None:
    """Promise the words and mark the message answered, in the transaction of the deeds."""
    about = deliveries.About(message_id=message.id, case_id=outcome.case_id)
    for words in outcome.words:
        deliveries.promise(
            tx, message.conversation_id, choices.numbered(words), about, not_before=_passive_until(message)
        )
    if outcome.words:
        choices.offer(tx, message.conversation_id, _last_with_choices(outcome.words))
    understanding = nlu.model_dump(mode="json") if nlu else {"intent": None, "confidence": None, "entities": None}
    inbox.finish(tx, message.id, outcome.as_result() | understanding, case_id=outcome.case_id)
    log.info("turn_taken", outcome=outcome.name)


def _last_with_choices(words: list[Words]) -> Words:
    return next((spoken for spoken in reversed(words) if spoken.choices or spoken.asks_number), Words(""))


# --- when things go wrong


def _bot_is_away(services: Services, message: Message, token: UUID) -> None:
    """Ask again for a while (a restart takes 20–45 s); then tell the farmer and open a case."""
    patience = timedelta(seconds=services.settings.bot_patience_seconds)
    with services.database.transaction() as tx:
        _hold(tx, message.conversation_id, token)
        if clock.now() - message.received_at < patience:
            if message.attempts == 0 and not _was_asked_to_wait(tx, message):
                about = deliveries.About(message_id=message.id)
                deliveries.promise(
                    tx, message.conversation_id, phrases.PLEASE_WAIT, about, not_before=_passive_until(message)
                )
            inbox.put_off(tx, message, _BOT_PAUSE)
            return
        _to_people(tx, message, reason="bot_down", form=phrases.BOT_IS_DOWN)


def _was_asked_to_wait(tx: Transaction, message: Message) -> bool:
    """Once in an outage is enough: each message beside the replies costs one of the few that may be sent."""
    since = clock.now() - _ONE_OUTAGE
    return deliveries.was_promised(tx, message.conversation_id, phrases.PLEASE_WAIT, since=since)


def _after_a_bug(services: Services, message: Message, token: UUID) -> None:
    """Try again; the third time apologise and open a case; if that cannot be done either, apologise at least."""
    if message.attempts + 1 < _MOST_BUGS:
        with services.database.transaction() as tx:
            _hold(tx, message.conversation_id, token)
            inbox.put_off(tx, message, _BOT_PAUSE)
        return
    try:
        with services.database.transaction() as tx:
            _hold(tx, message.conversation_id, token)
            _to_people(tx, message, reason="last_resort", form=phrases.LAST_RESORT)
    except (LostLease, DatabaseUnavailable):
        raise
    except Exception:  # the edge behind the edge
        log.exception("last_resort_failed")
        with services.database.transaction() as tx:
            _hold(tx, message.conversation_id, token)
            outcome = Outcome("error")
            conversation = talk.get(tx, message.conversation_id)
            outcome.say(phrases.SORRY.format(phone=hand_over.help_line(tx, conversation)))
            _finish(tx, message, outcome, None)


def _to_people(tx: Transaction, message: Message, *, reason: str, form: str) -> None:
    conversation = talk.get(tx, message.conversation_id)
    is_no_question = message.kind in TAPS or choices.digit_in(message.text) is not None
    question = hand_over.question_meant(tx, conversation, message) if is_no_question else message.text
    outcome = hand_over.to_expert(tx, conversation, message, question=question, reason=reason, form=form)
    _finish(tx, message, outcome, None)
