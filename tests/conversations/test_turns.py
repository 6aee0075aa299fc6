"""Turns through the inbox: what a farmer sends, what is promised."""

from uuid import uuid4

from conversations import deliveries, inbox, turns
from conversations.incoming import Incoming, Kind
from conversations.services import Services
from core import clock
from handoff import cases
from knowledge import articles
from tests.stand_ins import ScriptedBot, answer_question, reply


def send(
    services: Services, text: str, *, openid: str = "o-farmer", kind: Kind = Kind.TEXT, **more: str
) -> inbox.Written:
    """A farmer sends something and the turn is taken."""
    with services.database.transaction() as tx:
        incoming = Incoming(openid, f"{openid}:{uuid4()}", kind, clock.now(), text=text, **more)
        written = inbox.write_down(tx, incoming)
    turns.take(services, written.conversation_id)
    return written


def said(services: Services, written: inbox.Written) -> list[str]:
    """What was promised to the farmer so far."""
    with services.database.transaction() as tx:
        return [sent.content for sent in deliveries.of_conversation(tx, written.conversation_id)]


def test_a_question_with_an_article_is_answered_from_it(services: Services, bot: ScriptedBot) -> None:
    with services.database.transaction() as tx:
        articles.load_starter(tx)
    bot.script["水稻纹枯病怎么防治"] = reply(
        answer_question("水稻纹枯病怎么防治", object="水稻", topic="病害", problem="纹枯病")
    )
    written = send(services, "水稻纹枯病怎么防治")
    assert said(services, written)[0].startswith("【水稻纹枯病】")


def test_a_turn_taken_twice_answers_once(services: Services) -> None:
    written = send(services, "没有文章的问题")
    before = said(services, written)
    turns.take(services, written.conversation_id)
    assert said(services, written) == before
    with services.database.transaction() as tx:
        assert cases.live_question(tx, written.conversation_id) is not None


def test_danger_is_answered_before_the_bot_is_asked(services: Services, bot: ScriptedBot) -> None:
    written = send(services, "我爸打药中毒了")
    assert said(services, written)[0].startswith("马上打120")
    assert bot.asked == []


def test_a_person_asked_for_after_a_photo_is_not_about_the_question_before_it(services: Services, bot: ScriptedBot) -> None:
    bot.script["转人工"] = reply({"effect": "hand_off", "reason": "asked", "question": None})
    bot.script["鸡拉稀"] = reply({"effect": "reply", "about": "out_of_scope"}, words="答不了。")
    send(services, "鸡拉稀")
    send(services, "", kind=Kind.IMAGE, media_id="m1")
    written = send(services, "转人工")
    with services.database.transaction() as tx:
        case = cases.live_question(tx, written.conversation_id)
    assert case is not None
    assert case.question == ""
