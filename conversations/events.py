"""Events and messages that are no words: follows, scans, menu taps, places, links, photos and recordings."""

import re
from collections.abc import Callable

from conversations import attachments, deliveries, hand_over, inbox, phrases
from conversations.inbox import Message
from conversations.incoming import MEDIA, Kind
from conversations.outcomes import Outcome
from conversations.services import Services
from conversations.talk import Conversation
from core import clock, people, places
from core.database import Transaction
from handoff import cases

_VILLAGE_SCENE = re.compile(r"^p(\d{6,12})(?:-(.{1,40}))?$")

Handler = Callable[[Transaction, Services, Conversation, Message], Outcome]


def handle(tx: Transaction, services: Services, conversation: Conversation, message: Message) -> Outcome | None:
    """What follows from an event or from a message without words; None when it is for the bot (a menu tap, words)."""
    if message.kind in MEDIA:
        return _media(tx, conversation, message)
    handler = _HANDLERS.get(message.kind)
    return None if handler is None else handler(tx, services, conversation, message)


def _subscribe(tx: Transaction, services: Services, conversation: Conversation, message: Message) -> Outcome:
    outcome = Outcome("privacy")
    came_back = not conversation.farmer.following
    people.remember(
        tx,
        conversation.farmer.id,
        following=True,
        privacy_version=phrases.PRIVACY_VERSION,
        privacy_told_at=clock.now(),
    )
    greeting = phrases.GREETING + "\n" + phrases.PRIVACY_NOTICE
    outcome.say(f"{phrases.WELCOME_BACK}\n{greeting}" if came_back else greeting)
    noted = _note_village(tx, conversation, message.incoming.scene)
    if noted:
        outcome.say(noted)
    return outcome


def _unsubscribe(tx: Transaction, services: Services, conversation: Conversation, message: Message) -> Outcome:
    """Stop sending. The name and the number go at once, as the platform asks; open cases stay with people."""
    people.remember(tx, conversation.farmer.id, following=False, called="", phone=None)
    deliveries.withdraw_unsent(tx, conversation.id)
    return Outcome("privacy")


def _scan(tx: Transaction, services: Services, conversation: Conversation, message: Message) -> Outcome:
    outcome = Outcome("menu")
    outcome.say(_note_village(tx, conversation, message.incoming.scene) or phrases.SCANNED)
    return outcome


def _note_village(tx: Transaction, conversation: Conversation, scene: str) -> str:
    """Remember the village of a scanned code, `p<division code>-<village>`."""
    match = _VILLAGE_SCENE.match(scene)
    if match is None:
        if scene:
            people.remember(tx, conversation.farmer.id, village_scene=scene)
        return ""
    code, village = match.group(1)[:9], match.group(2) or ""
    place = places.by_code(code) or places.by_code(code[:6])
    if place is None:
        return ""
    people.remember(tx, conversation.farmer.id, place_code=place.code, place_note=village, village_scene=scene)
    return phrases.VILLAGE_NOTED.format(place=places.full_name(place.code) + village)


def _location(tx: Transaction, services: Services, conversation: Conversation, message: Message) -> Outcome:
    outcome = Outcome("menu")
    place = places.find(message.text)
    speaking = cases.speaking_in(tx, conversation.id)
    if speaking is not None:
        hand_over.add(tx, speaking, message, f"位置：{message.text}", kind="location")
    if place is None:
        outcome.say(phrases.PLACE_UNCLEAR)
        return outcome
    people.remember(tx, conversation.farmer.id, place_code=place.code, place_note="")
    if speaking is None:
        outcome.say(phrases.PLACE_NOTED.format(place=places.full_name(place.code)))
    return outcome


def _link(tx: Transaction, services: Services, conversation: Conversation, message: Message) -> Outcome:
    return _words_or_case(
        tx, conversation, message, phrases.LINK_NOT_READ, f"链接：{message.text} {message.incoming.url}"
    )


def _unsupported(tx: Transaction, services: Services, conversation: Conversation, message: Message) -> Outcome:
    return _words_or_case(tx, conversation, message, phrases.UNSUPPORTED, "（农户发了一条不支持的消息）")


def _words_or_case(tx: Transaction, conversation: Conversation, message: Message, words: str, for_case: str) -> Outcome:
    outcome = Outcome("clarify")
    speaking = cases.speaking_in(tx, conversation.id)
    if speaking is not None:
        hand_over.add(tx, speaking, message, for_case)
        outcome.case_id = speaking.id
    else:
        outcome.say(words)
    return outcome


def _media(tx: Transaction, conversation: Conversation, message: Message) -> Outcome:
    attachment_id = inbox.want_media(tx, message)
    live = cases.speaking_in(tx, conversation.id) or cases.live_question(tx, conversation.id)
    outcome = Outcome("hand_off" if live or message.kind is Kind.VOICE else "clarify")
    if live is not None:
        attachments.destine(tx, attachment_id, live.id)
        outcome.case_id, outcome.case_number = live.id, live.number
        added = phrases.VOICE_ADDED if message.kind is Kind.VOICE else phrases.PHOTO_ADDED
        outcome.say(added.format(number=live.number))
        return outcome
    if message.kind is Kind.VOICE:
        return _voice_to_expert(tx, conversation, message)
    outcome.say(phrases.PHOTO_HELD)
    return outcome


def _voice_to_expert(tx: Transaction, conversation: Conversation, message: Message) -> Outcome:
    """Nobody here can make out the words, so a person listens to the recording."""
    return hand_over.to_expert(tx, conversation, message, question="", reason="voice", form=phrases.VOICE_TO_EXPERT)


_HANDLERS: dict[Kind, Handler] = {
    Kind.SUBSCRIBE: _subscribe,
    Kind.UNSUBSCRIBE: _unsubscribe,
    Kind.SCAN: _scan,
    Kind.LOCATION: _location,
    Kind.LINK: _link,
    Kind.UNSUPPORTED: _unsupported,
}
