"""Numbered choices that the service or a case offered, picked by a farmer."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from conversations import attachments, effects, hand_over, my_status, phrases, talk
from conversations.choices import Choice, Words
from conversations.inbox import Message
from conversations.outcomes import Outcome
from conversations.services import Services
from conversations.tables import privacy_requests
from conversations.talk import Conversation
from core import clock, people
from core.database import Transaction
from core.errors import Refused
from handoff import cases, machine
from handoff.cases import Case
from handoff.orders import FARMER, Said
from handoff.states import Command, State

_DELETION_PROMISED = timedelta(days=21)  # fifteen working days


def do(tx: Transaction, services: Services, conversation: Conversation, message: Message, choice: Choice) -> Outcome:
    """Do what was picked."""
    if choice.to == "case":
        return _for_case(tx, message, choice)
    match choice.payload["do"]:
        case "article":
            article = services.shelf.article(tx, choice.payload["id"])
            if article is not None:
                return effects.tell_article(article)
            return hand_over.to_expert(
                tx, conversation, message, question=conversation.last_question, reason="no_answer"
            )
        case "hand_off":
            return hand_over.to_expert(
                tx, conversation, message, question=choice.payload["question"], reason="not_understood",
                names=conversation.context,
            )  # fmt: skip
        case "cancel_need":
            outcome = Outcome("my_status")
            outcome.say(my_status.cancel(tx, conversation.farmer.id, choice.payload["number"]))
            return outcome
        case "forget":
            return _forget(tx, conversation, yes=choice.payload["yes"])
        case unknown:
            raise ValueError(f"a choice nobody offers: {unknown}")


def _for_case(tx: Transaction, message: Message, choice: Choice) -> Outcome:
    case = cases.get(tx, UUID(choice.payload["case_id"]))
    outcome = Outcome("hand_off", case_id=case.id, case_number=case.number)
    try:
        outcome.say(_CASE_PICKS[choice.payload["do"]](tx, case, message, choice))
    except Refused:
        state = cases.get(tx, case.id).state
        outcome.say(
            phrases.CASE_HAS_ENDED.format(number=case.number) if state is State.RESOLVED else phrases.NOTHING_WAITS
        )
    return outcome


def _confirm(tx: Transaction, case: Case, message: Message, choice: Choice) -> Words:
    """Solved: the case ends, and one more digit says how content he is."""
    machine.apply(tx, case.id, Command.CONFIRM, FARMER, Said(outcome="solved"))
    picks = tuple(
        Choice(title, {"do": "rate", "case_id": str(case.id), "rating": rating}, "case")
        for rating, title in phrases.RATINGS.items()
    )
    return Words(phrases.SOLVED.format(number=case.number), picks)


def _dispute(tx: Transaction, case: Case, message: Message, choice: Choice) -> Words:
    """Not solved; where silence has ended the case meanwhile, it is opened again."""
    said = Said(text=choice.title, message_id=message.id, reason="not_solved")
    return hand_over.reopened(tx, case, said) if case.state is State.RESOLVED else hand_over.not_solved(tx, case, said)


def _rate(tx: Transaction, case: Case, message: Message, choice: Choice) -> Words:
    machine.apply(tx, case.id, Command.RATE, FARMER, Said(rating=choice.payload["rating"]))
    return Words(phrases.RATED)


_CASE_PICKS = {"confirm": _confirm, "dispute": _dispute, "rate": _rate}


def _forget(tx: Transaction, conversation: Conversation, *, yes: bool) -> Outcome:
    """删除我的信息: drafts, name, phone, place and unused photos at once; the rest by a coordinator in time.

    PIPL art. 47; 网络数据安全管理条例 art. 24. What is still being worked on keeps its case until it ends.
    """
    outcome = Outcome("privacy")
    if not yes:
        outcome.say(phrases.NOT_FORGOTTEN)
        return outcome
    attachments.forget_held(tx, conversation.id)
    people.remember(
        tx,
        conversation.farmer.id,
        called="",
        phone=None,
        place_code="",
        place_note="",
        village_scene="",
        privacy_version="",
    )
    talk.change(tx, conversation.id, draft=sa.null(), context={}, last_question="", expects=sa.null())
    at = clock.now()
    number = tx.execute(
        privacy_requests.insert()
        .values(farmer_id=conversation.farmer.id, asked_at=at, due_at=at + _DELETION_PROMISED)
        .returning(privacy_requests.c.id)
    ).scalar_one()
    outcome.say(phrases.FORGOTTEN.format(number=f"SC-{number:06d}"))
    return outcome
