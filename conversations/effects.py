"""Carrying out what the bot decided, in the transaction that also promises the words."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from conversations import alarms, answers, attachments, hand_over, my_status, phrases, talk, texts
from conversations.bot import (
    Alarm,
    AnswerQuestion,
    Ask,
    BotReply,
    BotWords,
    CancelNeed,
    DropDraft,
    Effect,
    FileNeed,
    ForgetMe,
    HandOff,
    KeepDraft,
    ListNeeds,
    Reply,
)
from conversations.choices import Choice, Words
from conversations.inbox import Message
from conversations.outcomes import Outcome
from conversations.services import Services
from conversations.talk import Conversation
from conversations.triage import accidents, animals, dangers
from core import clock, people
from core.database import Transaction
from handoff import cases
from handoff.states import State
from knowledge import asking, reading
from knowledge.articles import Article
from knowledge.asked import Query
from knowledge.search import Decision, Verdict
from needs import review
from needs.filed import Need
from needs.review import Filing

_TITLE = 14
_FEW_CROPS = 5  # with more hosts, a pest is fought differently on each


def carry_out(
    tx: Transaction, services: Services, conversation: Conversation, message: Message, reply: BotReply
) -> Outcome:
    """Do what the bot decided and collect what the farmer is told: what we did first, then the bot's own words."""
    alarm = next((effect for effect in reply.effects if isinstance(effect, Alarm)), None)
    if alarm is not None:
        return alarms.answer(tx, services, conversation, message, _alarm(message, alarm), "")
    if _says_not_solved(reply) and (again := hand_over.still_not_solved(tx, conversation, message)) is not None:
        return again
    at_once = _answer_at_once(tx, services, conversation, reply)
    if at_once is not None:
        return at_once
    outcome = Outcome("menu")
    for effect in reply.effects:
        _do(tx, services, conversation, message, reply, effect, outcome)
    if _is_an_addition(tx, conversation, reply):
        return hand_over.to_expert(tx, conversation, message, question=message.text, reason="addition")
    outcome.words += [_words(spoken) for spoken in reply.words]
    if not outcome.words:
        outcome.say(phrases.NOT_OURS)
    return outcome


def _says_not_solved(reply: BotReply) -> bool:
    meant = any(isinstance(effect, HandOff) and effect.reason == "not_solved" for effect in reply.effects)
    return meant or reply.nlu.intent == "not_solved"


def _alarm(message: Message, heard: Alarm) -> dangers.Alarm:
    plain = reading.plain(message.text)
    if heard.danger == "poisoning" and accidents.is_told(plain):
        return dangers.Alarm(dangers.Danger.ACCIDENT)
    may_infect_people = heard.danger == "animal_disease" and animals.may_infect_people(plain)
    return dangers.Alarm(dangers.Danger(heard.danger), heard.about or "", may_infect_people)


def _words(spoken: BotWords) -> Words:
    choices = tuple(Choice(choice.title, choice.payload.model_dump(mode="json")) for choice in spoken.choices)
    return Words(spoken.text, choices, spoken.asks_number)


def _is_an_addition(tx: Transaction, conversation: Conversation, reply: BotReply) -> bool:
    """While a case waits, what the bot cannot answer by itself is something more about that case."""
    unanswered = all(
        isinstance(effect, Ask) or (isinstance(effect, Reply) and effect.about == "out_of_scope")
        for effect in reply.effects
    )
    if not unanswered:
        return False
    live = cases.live_question(tx, conversation.id)
    return live is not None and live.state in {State.QUEUED, State.OFFERED}


def _do(
    tx: Transaction,
    services: Services,
    conversation: Conversation,
    message: Message,
    reply: BotReply,
    effect: Effect,
    outcome: Outcome,
) -> None:
    match effect:
        case AnswerQuestion():
            _take(outcome, answer(tx, services, conversation, message, effect, understood=_understood(reply)))
        case Ask():
            is_filing = outcome.name == "file_need" or (conversation.draft or {}).get("form") == "need"
            outcome.name = "file_need" if is_filing else "clarify"
        case Reply():
            outcome.name = "smalltalk" if effect.about == "greeting" else effect.about
        case KeepDraft():
            draft = effect.model_dump(mode="json", exclude={"effect"})
            talk.change(tx, conversation.id, draft=draft)
            if effect.form == "need" and outcome.name in {"menu", "clarify"}:
                outcome.name = "file_need"
        case DropDraft():
            talk.change(tx, conversation.id, draft=sa.null())
        case FileNeed():
            _file_need(tx, services, conversation, message, effect, outcome)
        case ListNeeds():
            outcome.name = "my_status"
            outcome.say(my_status.listing(tx, conversation.farmer.id))
        case CancelNeed():
            outcome.name = "my_status"
            outcome.say(my_status.cancel(tx, conversation.farmer.id, effect.number))
        case HandOff():
            question = effect.question or hand_over.question_meant(tx, conversation, message)
            _take(
                outcome,
                hand_over.to_expert(
                    tx, conversation, message, question=question, reason=effect.reason, understood=_understood(reply),
                    names=conversation.context,
                ),
            )  # fmt: skip
            talk.change(tx, conversation.id, draft=sa.null())
        case ForgetMe():
            outcome.name = "privacy"
            outcome.say(_forget_question())


def _take(outcome: Outcome, other: Outcome) -> None:
    outcome.name, outcome.article, outcome.candidates = other.name, other.article, other.candidates
    outcome.case_id, outcome.case_number = other.case_id, other.case_number
    outcome.chance = other.chance
    outcome.words += other.words


def _understood(reply: BotReply) -> Mapping[str, Any]:
    return reply.nlu.model_dump(mode="json")


# --- answering


def answer(
    tx: Transaction,
    services: Services,
    conversation: Conversation,
    message: Message,
    effect: AnswerQuestion,
    *,
    understood: Mapping[str, Any],
) -> Outcome:
    """Answer from the approved articles; offer the likely ones; hand over what we have nothing good for."""
    _remember(tx, conversation, effect)
    query = _query(conversation, effect)
    if asking.what_this_is(query.question):
        return _show(tx, conversation, message, effect.question, understood)
    one_of_two = _answer_first(tx, services, query)
    if one_of_two is not None:
        return one_of_two
    found = services.shelf.decide(tx, query)
    outcome = _as_decided(tx, conversation, message, effect, found, understood)
    outcome.chance = found.candidates[0].score if found.candidates else 0.0
    return outcome


def _answer_at_once(tx: Transaction, services: Services, conversation: Conversation, reply: BotReply) -> Outcome | None:
    """Where the bot asks which crop, and an article on the very problem that is named is nearly certain without it: that.

    福寿螺怎么防 needs no crop, 蚜虫怎么防 does: it has many hosts. None where the farmer is to be asked.
    """
    draft = next((one for one in reply.effects if isinstance(one, KeepDraft) and one.form == "question"), None)
    if draft is None or draft.turns != 1 or not _is_of_few_crops(services, draft.fields.get("problem")):
        return None
    effect = AnswerQuestion(
        effect="answer_question",
        question=draft.fields["text"],
        object=None,
        topic=draft.fields.get("topic"),
        problem=draft.fields["problem"],
        sure=False,
    )
    query = _query(conversation, effect)
    if asking.what_this_is(query.question) or asking.two(query.question) is not None:
        return None
    found = services.shelf.decide(tx, query)
    if found.verdict is not Verdict.ANSWER or query.problem not in found.candidates[0].article.problem.split("|"):
        return None
    _remember(tx, conversation, effect)
    articles = tuple(candidate.article for candidate in found.candidates)
    outcome = tell_article(articles[0], articles[1:])
    outcome.chance = found.candidates[0].score
    return outcome


def _is_of_few_crops(services: Services, problem: str | None) -> bool:
    known = services.shelf.names.problems.get(problem or "")
    return known is not None and 0 < len(known.objects) <= _FEW_CROPS


def _query(conversation: Conversation, effect: AnswerQuestion) -> Query:
    return Query(
        reading.plain(effect.question),
        object=effect.object or "",
        topic=effect.topic or "",
        problem=effect.problem or "",
        place=conversation.farmer.place_code,
        is_sure=effect.sure,
    )


def _as_decided(
    tx: Transaction,
    conversation: Conversation,
    message: Message,
    effect: AnswerQuestion,
    found: Decision,
    understood: Mapping[str, Any],
) -> Outcome:
    articles = tuple(candidate.article for candidate in found.candidates)
    if found.verdict is Verdict.ANSWER:
        return tell_article(articles[0], articles[1:])
    if found.verdict is Verdict.CHOOSE:
        return _offer_articles(articles, effect.question)
    if not effect.sure:
        outcome = Outcome("out_of_scope")
        live = cases.live_question(tx, conversation.id)
        if live is not None and live.state in {State.QUEUED, State.OFFERED}:
            return hand_over.to_expert(tx, conversation, message, question=effect.question, reason="addition")
        outcome.say(phrases.NOT_OURS)
        return outcome
    outcome = hand_over.to_expert(
        tx, conversation, message, question=effect.question, reason="no_answer", understood=understood,
        names={"object": effect.object, "topic": effect.topic, "problem": effect.problem},
    )  # fmt: skip
    outcome.words.insert(0, Words(phrases.NO_ANSWER_TO_EXPERT))
    return outcome


def _answer_first(tx: Transaction, services: Services, query: Query) -> Outcome | None:
    """The answer to the first of two questions, with the second one digit away; None where it is not to be had."""
    parts = asking.two(query.question)
    if parts is None:
        return None
    first, second = parts
    found = services.shelf.decide(tx, replace(query, question=first))
    if found.verdict is not Verdict.ANSWER:
        return None
    best = found.candidates[0]
    outcome = tell_article(best.article)
    outcome.chance = best.score
    again = Choice(texts.shorten(second, _TITLE), {"do": "ask_again", "text": second}, "service")
    outcome.say(Words(phrases.ALSO_ASKED, (again,)))
    return outcome


def _show(
    tx: Transaction, conversation: Conversation, message: Message, question: str, understood: Mapping[str, Any]
) -> Outcome:
    """Nobody can tell from words what somebody has in front of them: an expert looks at the photo, once there is one."""
    if attachments.has_held(tx, conversation.id):
        return hand_over.to_expert(
            tx, conversation, message, question=question, reason="no_answer", understood=understood
        )
    outcome = Outcome("clarify")
    outcome.say(phrases.SHOW_ME)
    return outcome


def tell_article(article: Article, others: tuple[Article, ...] = ()) -> Outcome:
    """The article in words; beneath it others that may have been meant, one digit away."""
    outcome = Outcome("answer", article=about_article(article))
    outcome.say(answers.as_words(article))
    if others:
        outcome.candidates = [about_article(other) for other in others]
        outcome.say(Words(phrases.MEANT_ANOTHER, tuple(map(_choice_of, others))))
    return outcome


def about_article(article: Article) -> dict[str, str]:
    about = {"id": article.id, "title": article.title, "object": article.object, "topic": article.topic}
    return {**about, "also_topics": "|".join(article.text.also_topics)}


def _offer_articles(articles: tuple[Article, ...], question: str) -> Outcome:
    outcome = Outcome("clarify", candidates=[about_article(article) for article in articles])
    choices = [_choice_of(article) for article in articles[:5]]
    choices.append(Choice(phrases.NONE_OF_THESE, {"do": "hand_off", "question": question}, "service"))
    outcome.say(Words(phrases.WHICH_ONE, tuple(choices)))
    return outcome


def _choice_of(article: Article) -> Choice:
    return Choice(texts.shorten(article.title, _TITLE), {"do": "article", "id": article.id}, "service")


def _remember(tx: Transaction, conversation: Conversation, effect: AnswerQuestion) -> None:
    known = {"object": effect.object, "topic": effect.topic, "problem": effect.problem, "asked": effect.question}
    context = {name: value for name, value in known.items() if value}
    talk.change(tx, conversation.id, context=context, last_question=effect.question)


# --- filing


def _file_need(
    tx: Transaction,
    services: Services,
    conversation: Conversation,
    message: Message,
    effect: FileNeed,
    outcome: Outcome,
) -> None:
    phone = services.secrets.encrypt(effect.phone) if effect.phone else None
    need = review.file(
        tx,
        Filing(
            farmer_id=conversation.farmer.id,
            conversation_id=conversation.id,
            message_id=message.id,
            service_type=effect.service_type,
            demand_kind=effect.demand_kind,
            problem=effect.problem,
            place=effect.place,
            urgency=effect.urgency,
            object=effect.object or "",
            industry=_industry(services, effect.object),
            scale=effect.scale or "",
            visit=effect.visit,
            encrypted_phone=phone,
            said=effect.said,
            files=tuple(attachments.held_files(tx, conversation.id)),
            consent={
                "version": phrases.PRIVACY_VERSION,
                "at": clock.now().isoformat(),
                "scopes": ["store", "share_expert", *(["call"] if phone else [])],
            },
        ),
    )
    attachments.give_to_need(tx, conversation.id, need.id)
    _remember_farmer(tx, conversation, need, phone)
    talk.change(tx, conversation.id, draft=sa.null())
    outcome.name, outcome.need_number = "file_need", need.number
    when = phrases.REVIEW_BY.format(time=phrases.clock_time(need.due_at, clock.now()))
    outcome.say(phrases.NEED_FILED.format(number=need.number, when=when))


def _industry(services: Services, object_: str | None) -> str:
    thing = services.shelf.names.things.get(object_ or "")
    return thing.industry if thing else ""


def _remember_farmer(tx: Transaction, conversation: Conversation, need: Need, phone: bytes | None) -> None:
    facts: dict[str, object] = {}
    if need.place_code:
        facts["place_code"] = need.place_code
    if phone:
        facts["phone"] = phone
    if facts:
        people.remember(tx, conversation.farmer.id, **facts)


def _forget_question() -> Words:
    return Words(
        phrases.FORGET_CONFIRM,
        (
            Choice(phrases.FORGET_YES, {"do": "forget", "yes": True}, "service"),
            Choice(phrases.FORGET_NO, {"do": "forget", "yes": False}, "service"),
        ),
    )
