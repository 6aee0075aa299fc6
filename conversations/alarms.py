"""Answering danger: the fixed words for an alarm, and an incident for people to see at once."""

from conversations import hand_over
from conversations.choices import Choice, Words
from conversations.inbox import Message
from conversations.outcomes import Outcome
from conversations.services import Services
from conversations.talk import Conversation
from conversations.triage import animals, first_aid, pesticides, rules, words
from conversations.triage.dangers import Alarm, Danger
from core.database import Transaction
from handoff import cases
from handoff.states import Urgency
from knowledge import reading
from knowledge.asked import Query
from knowledge.safety import Status
from knowledge.search import Verdict
from registry import regions

_OUTCOMES = {
    Danger.POISONING: "emergency",
    Danger.ACCIDENT: "emergency",
    Danger.SELF_HARM: "emergency",
    Danger.ANIMAL_DISEASE: "report_duty",
    Danger.QUARANTINE_PEST: "report_duty",
    Danger.HARMFUL: "refuse",
    Danger.BANNED_PESTICIDE: "refuse",
}
_URGENCY = {
    Danger.POISONING: Urgency.CRITICAL,
    Danger.ACCIDENT: Urgency.CRITICAL,
    Danger.SELF_HARM: Urgency.CRITICAL,
    Danger.ANIMAL_DISEASE: Urgency.URGENT,
    Danger.QUARANTINE_PEST: Urgency.NORMAL,
}


def recognise(text: str, crop: str) -> Alarm | None:
    """The danger in a farmer's words: by the rules, or by the list of banned pesticides (for `crop`, if known)."""
    alarm = rules.recognise(text)
    if alarm is not None:
        return alarm
    banned = pesticides.banned_in(text, crop)
    return Alarm(Danger.BANNED_PESTICIDE, banned.name) if banned else None


def answer(
    tx: Transaction, services: Services, conversation: Conversation, message: Message, alarm: Alarm, crop: str
) -> Outcome:
    """The fixed words, with the numbers of the farmer's region, and the incident where people must know."""
    outcome = Outcome(_OUTCOMES[alarm.danger])
    outcome.say(_words(tx, conversation, message, alarm, crop))
    if alarm.danger is Danger.QUARANTINE_PEST and alarm.about:
        outcome.words += _how_to_control(tx, services, conversation, message)
    speaking = cases.speaking_in(tx, conversation.id)
    if speaking is not None:
        hand_over.add(tx, speaking, message, message.text)
    if alarm.danger in _URGENCY:
        about = f"{alarm.danger}:{alarm.about}" if alarm.about else str(alarm.danger)
        case = hand_over.incident(tx, conversation, message, about=about, urgency=_URGENCY[alarm.danger])
        outcome.case_id, outcome.case_number = case.id, case.number
    return outcome


def _how_to_control(
    tx: Transaction, services: Services, conversation: Conversation, message: Message
) -> tuple[Words, ...]:
    """The article about the pest, if there is one, one digit away; the duty to report comes first."""
    query = Query(reading.plain(message.text), place=conversation.farmer.place_code)
    found = services.shelf.decide(tx, query)
    if found.verdict is not Verdict.ANSWER:
        return ()
    pick = {"do": "article", "id": found.candidates[0].article.id}
    return (Words(words.HOW_TO_CONTROL, (Choice(words.HOW_TO_CONTROL_TITLE, pick, "service"),)),)


def _words(tx: Transaction, conversation: Conversation, message: Message, alarm: Alarm, crop: str) -> str:
    plain = reading.plain(message.text)
    match alarm.danger:
        case Danger.POISONING:
            return first_aid.for_poisoning(plain) + _animals_too(tx, conversation, message)
        case Danger.ACCIDENT:
            return first_aid.for_accident(plain) + _animals_too(tx, conversation, message)
        case Danger.SELF_HARM:
            return first_aid.for_self_harm(plain)
        case Danger.ANIMAL_DISEASE:
            human = words.ZOONOSIS if alarm.may_infect_people else ""
            return words.ANIMAL_DISEASE.format(
                authority=words.AUTHORITY_ANIMAL.format(phone=_number(tx, conversation, "animal_disease")), human=human
            )
        case Danger.QUARANTINE_PEST:
            authority = words.AUTHORITY_PLANT.format(phone=_number(tx, conversation, "plant_protection"))
            if not alarm.about:
                return words.QUARANTINE_SUSPECTED.format(authority=authority)
            more = words.ABOUT_PEST.get(alarm.about, "")
            return words.QUARANTINE_PEST.format(name=alarm.about, authority=authority, more=more)
        case Danger.HARMFUL:
            return words.HARMFUL.format(why=words.WHY_HARMFUL[alarm.about])
        case Danger.BANNED_PESTICIDE:
            return _about_pesticide(message.text, crop)


def _animals_too(tx: Transaction, conversation: Conversation, message: Message) -> str:
    """Who fell ill beside sick or dead animals may have caught it from them."""
    if not animals.may_be_contagious(reading.plain(message.text)):
        return ""
    authority = words.AUTHORITY_ANIMAL.format(phone=_number(tx, conversation, "animal_disease"))
    return words.ANIMALS_TOO.format(authority=authority)


def _about_pesticide(text: str, crop: str) -> str:
    found = pesticides.banned_in(text, crop)
    assert found is not None
    if found.status is Status.BANNED:
        return words.BANNED_PESTICIDE.format(name=found.name, notice=found.notice)
    return words.RESTRICTED_PESTICIDE.format(name=found.name, scope="、".join(found.scope_crops), notice=found.notice)


def _number(tx: Transaction, conversation: Conversation, key: str) -> str:
    region = regions.covering(tx, conversation.farmer.place_code)
    return region.numbers[key] if region else regions.NATIONAL["government"]
