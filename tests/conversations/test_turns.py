"""Turns: one question, one answer, one transaction, in the order of the messages, whatever fails."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from conversations import effects, hand_over, inbox, phrases, turns
from conversations.bot import BotRequest
from conversations.incoming import Incoming, Kind
from conversations.services import Services
from conversations.tables import conversations
from core import clock
from core.errors import BotUnavailable
from handoff.states import State
from tests.conftest import Later
from tests.conversations.kit import Farmer, texts
from tests.stand_ins import ScriptedBot, answer_question, reply


def smalltalk(words: str) -> dict[str, Any]:
    return reply({"effect": "reply", "about": "smalltalk"}, words=words, intent="greet")


# --- one message, one answer


def test_a_message_is_answered_with_what_the_bot_says(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["你好"] = smalltalk("您好，请说。")
    assert farmer.says("你好") == ["您好，请说。"]
    assert farmer.message.is_done
    assert farmer.message.result == {
        "outcome": "smalltalk", "article": None, "candidates": [], "chance": None, "case": None, "need": None, "intent": "greet",
        "confidence": 0.9, "entities": [],
    }  # fmt: skip


def test_the_bot_reads_plain_chinese_and_is_given_what_the_farmer_wrote(farmer: Farmer, bot: ScriptedBot) -> None:
    farmer.says("啲禾葉黃晒點算好")
    assert bot.asked[-1].text is not None
    assert "黄" in bot.asked[-1].text
    assert "怎么办" in bot.asked[-1].text
    assert bot.asked[-1].said == "啲禾葉黃晒點算好"


def test_a_turn_taken_twice_answers_once(farmer: Farmer, bot: ScriptedBot) -> None:
    before = farmer.says("没有文章的问题")
    farmer.turn()
    assert farmer.told() == before
    assert len(bot.asked) == 1
    assert len(farmer.cases()) == 1


def test_a_repeat_of_a_message_is_counted_and_changes_nothing(services: Services, farmer: Farmer) -> None:
    incoming = Incoming("o-farmer", "o-farmer:1", Kind.TEXT, clock.now(), text="你好")
    with services.database.transaction() as tx:
        first = inbox.write_down(tx, incoming)
    with services.database.transaction() as tx:
        again = inbox.write_down(tx, incoming)
    assert (first.is_new, again.is_new, again.push) == (True, False, 2)
    assert (again.message_id, again.conversation_id) == (first.message_id, first.conversation_id)


def test_a_repeat_is_told_apart_from_a_second_copy_by_the_silence_before_it(services: Services, later: Later) -> None:
    incoming = Incoming("o-farmer", "o-farmer:1", Kind.TEXT, clock.now(), text="你好")

    def push() -> bool:
        with services.database.transaction() as tx:
            return inbox.write_down(tx, incoming).follows_silence

    assert not push()
    assert not push()
    later(seconds=5)
    assert push()


def test_the_same_message_pushed_many_times_at_once_is_written_down_once(services: Services) -> None:
    incoming, together = Incoming("o-farmer", "o-farmer:1", Kind.TEXT, clock.now(), text="你好"), threading.Barrier(6)

    def push(_: int) -> inbox.Written:
        together.wait()
        with services.database.transaction() as tx:
            return inbox.write_down(tx, incoming)

    with ThreadPoolExecutor(6) as pool:
        written = list(pool.map(push, range(6)))
    assert len({one.message_id for one in written}) == 1
    assert sorted(one.push for one in written) == [1, 2, 3, 4, 5, 6]


def test_a_farmers_words_are_never_a_command(farmer: Farmer, bot: ScriptedBot) -> None:
    for text in ("/restart", "/pick{", "/::)"):
        farmer.says(text)
    assert [request.text for request in bot.asked] == ["/restart", "/pick{", "/::)"]
    assert all(request.payload is None for request in bot.asked)


def test_a_very_long_message_reaches_the_bot_shortened_and_the_inbox_whole(farmer: Farmer, bot: ScriptedBot) -> None:
    farmer.says("稻" * 3000)
    assert bot.asked[0].text == "稻" * 1000
    assert farmer.message.text == "稻" * 3000


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_a_message_without_words_is_asked_back(farmer: Farmer, bot: ScriptedBot, text: str) -> None:
    assert farmer.says(text) == [phrases.ONLY_FACES]
    assert bot.asked == []


# --- order and leases


def test_messages_are_answered_in_the_order_in_which_they_came(farmer: Farmer, bot: ScriptedBot) -> None:
    for number in range(5):
        bot.script[f"问{number}"] = smalltalk(f"答{number}")
        farmer.writes(f"问{number}")
    farmer.turn()
    assert farmer.told() == [f"答{number}" for number in range(5)]


def test_a_message_that_was_put_off_is_not_overtaken_by_the_next(
    farmer: Farmer, bot: ScriptedBot, later: Later
) -> None:
    bot.script |= {"先问": smalltalk("先答"), "后问": smalltalk("后答")}
    bot.is_away = True
    farmer.says("先问")
    bot.is_away = False
    assert farmer.says("后问") == []
    later(seconds=4)
    farmer.turn()
    assert farmer.told() == [phrases.PLEASE_WAIT, "先答", "后答"]


def test_a_conversation_has_one_turn_at_a_time(services: Services) -> None:
    asked, may_answer = threading.Event(), threading.Event()

    class SlowBot(ScriptedBot):
        def ask(self, request: BotRequest) -> Mapping[str, Any]:
            asked.set()
            may_answer.wait(10)
            return super().ask(request)

    slow = SlowBot({"你好": smalltalk("您好")})
    farmer = Farmer(replace(services, bot=slow))
    written = farmer.writes("你好")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(turns.take, farmer.services, written.conversation_id)
        assert asked.wait(10)
        assert not turns.take(services, written.conversation_id)
        may_answer.set()
        assert first.result(timeout=10)
    assert farmer.told() == ["您好"]
    assert len(slow.asked) == 1


def test_a_lease_that_was_lost_commits_nothing(services: Services, later: Later) -> None:
    """The bot thought for longer than the lease; somebody else has taken the conversation over meanwhile."""

    class TakenOver(ScriptedBot):
        def ask(self, request: BotRequest) -> Mapping[str, Any]:
            with services.database.transaction() as tx:
                tx.execute(conversations.update().values(turn_token=uuid4()))
            return super().ask(request)

    farmer = Farmer(replace(services, bot=TakenOver()))
    assert farmer.says("没有文章的问题") == []
    assert not farmer.message.is_done
    assert farmer.message.bot_reply is None
    assert farmer.cases() == []
    later(minutes=2)  # the other one died, and its lease ended
    turns.take(services, farmer.conversation.id)
    assert len(farmer.cases()) == 1


def test_a_turn_that_crashed_is_taken_up_when_its_lease_ends(farmer: Farmer, services: Services, later: Later) -> None:
    written = farmer.writes("没有文章的问题")
    assert turns._claim(services, written.conversation_id, uuid4())
    assert not turns.take(services, written.conversation_id)
    later(seconds=61)
    assert turns.take(services, written.conversation_id)
    assert farmer.message.is_done


# --- the bot is away


def test_in_one_outage_a_farmer_is_asked_to_wait_once(farmer: Farmer, bot: ScriptedBot, later: Later) -> None:
    bot.script |= {"你好": smalltalk("您好"), "在吗": smalltalk("在的")}
    bot.is_away = True
    assert farmer.says("你好") == [phrases.PLEASE_WAIT]
    assert farmer.says("在吗") == []
    bot.is_away = False
    later(seconds=10)
    farmer.turn()
    assert farmer.told() == [phrases.PLEASE_WAIT, "您好", "在的"]


def test_while_the_bot_is_away_a_message_is_put_off_and_the_farmer_told_once(
    farmer: Farmer, bot: ScriptedBot, later: Later
) -> None:
    bot.script["你好"] = smalltalk("您好")
    bot.is_away = True
    assert farmer.says("你好") == [phrases.PLEASE_WAIT]
    for _ in range(3):
        farmer.turn()  # too soon: not asked again
    assert len(bot.asked) == 1
    later(seconds=4)
    farmer.turn()
    assert len(bot.asked) == 2
    assert farmer.told() == [phrases.PLEASE_WAIT]
    bot.is_away = False
    later(seconds=4)
    farmer.turn()
    assert farmer.told() == [phrases.PLEASE_WAIT, "您好"]


def test_a_bot_that_stays_away_ends_in_a_case_with_the_question(farmer: Farmer, bot: ScriptedBot, later: Later) -> None:
    bot.is_away = True
    farmer.says("辣椒叶子卷")
    later(seconds=61)
    farmer.turn()
    case = farmer.case()
    assert (case.state, case.question, case.reason) == (State.QUEUED, "辣椒叶子卷", "bot_down")
    assert farmer.told()[-1].startswith(
        f"机器人暂时答不了，您的问题没有丢，已转给专家，编号{case.number}，前面还有0个。"
    )
    assert farmer.message.is_done


def test_a_choice_or_a_menu_tap_that_the_bot_never_heard_opens_a_case_about_the_last_question(
    farmer: Farmer, bot: ScriptedBot, later: Later
) -> None:
    choices = [{"title": "水稻", "payload": {"name": "pick", "values": {"object": "水稻"}}}]
    bot.script["叶子黄了"] = reply(
        {"effect": "ask", "about": "object"}, words={"text": "哪种作物？", "choices": choices, "asks_number": False}
    )
    bot.script["菜叶黄"] = reply(answer_question("菜叶黄", sure=False), words="我再想想")
    farmer.says("菜叶黄")
    farmer.says("叶子黄了")
    bot.is_away = True
    farmer.says("1")
    later(seconds=61)
    farmer.turn()
    assert farmer.case().question == "菜叶黄"


# --- bugs


class Stumbling:
    """Fails so often, and then does what it stands in for."""

    def __init__(self, really: Any, times: int) -> None:
        self._really, self.left = really, times

    def __call__(self, *args: Any, **options: Any) -> Any:
        if self.left > 0:
            self.left -= 1
            raise ValueError("a bug")
        return self._really(*args, **options)


def test_after_a_crash_the_kept_reply_is_acted_on_and_the_bot_not_asked_again(
    farmer: Farmer, bot: ScriptedBot, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.script["你好"] = smalltalk("您好")
    monkeypatch.setattr(effects, "carry_out", Stumbling(effects.carry_out, 1))
    assert farmer.says("你好") == []
    assert farmer.message.bot_reply is not None
    later(seconds=4)
    farmer.turn()
    assert farmer.told() == ["您好"]
    assert len(bot.asked) == 1


def test_a_turn_that_fails_keeps_neither_words_nor_deeds(
    farmer: Farmer, bot: ScriptedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_finish", Stumbling(turns._finish, 1))
    assert farmer.says("没有文章的问题") == []
    assert farmer.cases() == []


def test_a_bug_three_times_ends_in_an_apology_and_a_case(
    services: Services, farmer: Farmer, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "carry_out", Stumbling(effects.carry_out, 3))
    farmer.says("辣椒叶子卷")
    for _ in range(2):
        later(seconds=4)
        farmer.turn()
    case = farmer.case()
    (told,) = farmer.told()
    assert told.startswith(f"对不起，这条消息没处理好，已转给专家看，编号{case.number}，前面还有0个。")
    assert "前给您回话" in told, "by when"
    assert texts(services, case) == ["辣椒叶子卷"]
    assert farmer.message.is_done


def test_when_not_even_a_case_can_be_opened_there_is_an_apology_and_the_next_message_is_answered(
    farmer: Farmer, bot: ScriptedBot, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.script["你好"] = smalltalk("您好")
    monkeypatch.setattr(hand_over, "to_expert", Stumbling(hand_over.to_expert, 9))
    farmer.says("没有文章的问题")
    for _ in range(2):
        later(seconds=4)
        farmer.turn()
    assert farmer.told() == ["对不起，这条消息没处理好，请换个说法再说一次。急事请打12316。"]
    assert farmer.says("你好") == ["您好"]


def test_a_reply_of_the_wrong_shape_is_not_acted_on(services: Services, later: Later) -> None:
    class Confused(ScriptedBot):
        def ask(self, request: BotRequest) -> Mapping[str, Any]:
            raise BotUnavailable("reply not of the agreed shape")

    farmer = Farmer(replace(services, bot=Confused()))
    assert farmer.says("我要申请专家下乡") == [phrases.PLEASE_WAIT]
    later(seconds=61)
    farmer.turn()
    assert farmer.case().reason == "bot_down"


def test_the_clock_finds_messages_that_nobody_answered(services: Services, farmer: Farmer, later: Later) -> None:
    written = farmer.writes("没有文章的问题")
    grace = timedelta(seconds=2)
    with services.database.transaction() as tx:
        assert inbox.conversations_waiting(tx, older_than=grace) == []
    later(seconds=3)
    with services.database.transaction() as tx:
        assert inbox.conversations_waiting(tx, older_than=grace) == [written.conversation_id]
    farmer.turn()
    with services.database.transaction() as tx:
        assert inbox.conversations_waiting(tx, older_than=grace) == []
