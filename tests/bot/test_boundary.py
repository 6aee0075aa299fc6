"""The boundary is safe: each clause of docs/bot-contract.md against the running bot."""

import json
import subprocess
import threading
import time
import uuid
from typing import Any, Callable, Dict, Iterator, List, Tuple

import pytest

from tests.bot.kit import Bot, Farmer, fetch

NEED_DRAFT = {
    "form": "need",
    "asking": "place",
    "turns": 2,
    "fields": {
        "object": "柑橘",
        "service_type": "技术指导",
        "visit": True,
        "said": ["申请专家"],
        "asked": ["object", "place"],
    },
}
CONFIRMING = {
    "form": "need",
    "asking": "confirmed",
    "turns": 4,
    "fields": {
        "object": "柑橘",
        "service_type": "技术指导",
        "visit": True,
        "place": "大桥镇",
        "problem": "叶子黄",
        "said": ["申请专家", "柑橘", "大桥镇", "叶子黄"],
        "asked": ["object", "place", "problem", "confirmed"],
    },
}


@pytest.fixture
def no_actions(bot: Bot) -> Iterator[None]:
    """The action server is gone; it is back afterwards."""
    bot.actions.stop()
    yield
    if bot.actions.process and bot.actions.process.poll() is not None:
        bot.actions.start()


def test_a_turn_asked_twice_is_answered_once(bot: Bot) -> None:
    turn = {"message_id": uuid.uuid4().hex, "sender": "twice", "text": "叶子发黄怎么办"}
    first = bot.turn(**turn)
    tracker = bot.valkey.client().get("tracker:twice")
    assert first[0] == 200
    assert bot.turn(**turn) == first
    assert bot.turn(**{**turn, "text": "完全不同的话"}) == first
    assert bot.valkey.client().get("tracker:twice") == tracker


def test_the_reply_to_a_message_is_kept_for_an_hour(bot: Bot) -> None:
    message_id = uuid.uuid4().hex
    bot.turn(message_id=message_id, text="你好")
    assert 3500 < bot.valkey.client().ttl(f"nongwen:reply:{message_id}") <= 3600


def test_a_turn_asked_twice_at_the_same_time_runs_once(bot: Bot) -> None:
    turn = {"message_id": uuid.uuid4().hex, "sender": "both", "text": "我要申请专家下乡指导种柑橘"}
    replies: List[Tuple[int, Dict[str, Any]]] = []
    before = bot.log.read_text(encoding="utf-8").count("turn_taken")
    threads = [threading.Thread(target=lambda: replies.append(bot.turn(**turn))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _ in replies] == [200] * 4
    assert len({json.dumps(reply, sort_keys=True) for _, reply in replies}) == 1
    assert bot.log.read_text(encoding="utf-8").count("turn_taken") == before + 1


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        " /restart",
        "／restart",
        "/pick{",
        '/pick{"object": "水稻"}',
        "/file_need",
        "/::)",
        "/:rose",
        "//",
        "/",
        "\u200b/back",
        "/session_start",
        "{known}",
        "{0[known]}",
        "",
        "   ",
        "\n\n",
        "[微笑]",
        "\U0001f600\U0001f600",
        "a" * 2000,
        "水" * 2000,
        "\x00\x07\ud83d",
    ],
)
def test_whatever_a_farmer_types_is_read_as_words(bot: Bot, text: str) -> None:
    status, reply = bot.turn(text=text)
    assert status == 200, reply
    assert reply["nlu"]["intent"] not in ("restart", "back", "session_start", "pick")
    assert {effect["effect"] for effect in reply["effects"]} <= {"reply", "answer_question"}


@pytest.mark.parametrize("text", ["/restart", " /restart", "/back", "／session_start", "/pick{"])
def test_a_text_like_a_command_does_not_lose_the_draft(bot: Bot, text: str) -> None:
    status, reply = bot.turn(text=text, draft=NEED_DRAFT)
    assert status == 200
    kept = [effect for effect in reply["effects"] if effect["effect"] == "keep_draft"]
    assert kept
    assert kept[0]["fields"]["object"] == "柑橘"


def test_a_farmers_braces_are_repeated_as_words(bot: Bot) -> None:
    draft = {**NEED_DRAFT, "asking": "problem", "turns": 4, "fields": {**NEED_DRAFT["fields"], "place": "大桥镇"}}
    status, reply = bot.turn(text="叶子{黄}了 {0[problem]} {place}", draft=draft)
    assert status == 200, reply
    assert "叶子｛黄｝了" in reply["words"][-1]["text"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        json.dumps({"message_id": "m", "sender": "s"}).encode(),
        json.dumps({"message_id": "m", "sender": "s", "text": "a", "payload": {"name": "pick", "values": {}}}).encode(),
        json.dumps({"message_id": "m", "sender": "s", "payload": {"name": "restart", "values": {}}}).encode(),
        json.dumps({"message_id": "m", "sender": "s", "text": "a", "draft": {"form": "x"}}).encode(),
    ],
)
def test_a_request_of_another_shape_is_refused_with_422(bot: Bot, body: bytes) -> None:
    status, answer = fetch(f"http://127.0.0.1:{bot.port}/webhooks/nongwen/turn", body)
    assert status == 422
    assert answer["error"]


def test_a_choice_is_taken_from_its_own_field(bot: Bot) -> None:
    status, reply = bot.turn(
        text=None, payload={"name": "pick", "values": {"place": "乳源瑶族自治县"}}, draft=NEED_DRAFT
    )
    assert status == 200
    assert reply["effects"][-1]["fields"]["place"] == "乳源瑶族自治县"
    assert reply["nlu"] == {
        "intent": "inform",
        "confidence": 1.0,
        "entities": [{"entity": "place", "value": "乳源瑶族自治县", "text": "乳源瑶族自治县"}],
    }


def test_the_draft_wins_over_what_the_tracker_remembers(bot: Bot) -> None:
    bot.turn(sender="drafts", text="申请专家")
    status, reply = bot.turn(sender="drafts", text="乳源大桥镇", draft=NEED_DRAFT)
    assert status == 200
    kept = reply["effects"][-1]
    assert kept["effect"] == "keep_draft"
    assert kept["turns"] == 3
    assert kept["fields"]["object"] == "柑橘"
    assert kept["fields"]["place"] == "乳源瑶族自治县大桥镇"


def test_a_tracker_that_vanished_in_mid_form_loses_nothing(bot: Bot, farmer: Farmer) -> None:
    farmer.says("我要申请专家下乡指导种柑橘").says("乳源大桥镇")
    assert bot.valkey.client().delete(f"tracker:{farmer.sender}") == 1
    farmer.says("叶子一片一片黄了")
    assert farmer.draft is not None
    assert farmer.draft["fields"]["place"] == "乳源瑶族自治县大桥镇"
    assert farmer.draft["fields"]["said"] == ["我要申请专家下乡指导种柑橘", "乳源大桥镇", "叶子一片一片黄了"]


def test_the_bot_reads_the_plain_text_and_keeps_what_the_farmer_wrote(bot: Bot) -> None:
    farmer = {"sender": "in-own-words", "text": "水稻纹枯病怎么防治", "said": "禾苗紋枯病點樣防治"}
    status, reply = bot.turn(**farmer)
    assert status == 200
    effect = reply["effects"][0]
    assert (effect["effect"], effect["object"], effect["problem"]) == ("answer_question", "水稻", "纹枯病")
    assert effect["question"] == "禾苗紋枯病點樣防治"
    draft = {**NEED_DRAFT, "asking": "problem", "fields": {**NEED_DRAFT["fields"], "place": "乳源瑶族自治县大桥镇"}}
    status, reply = bot.turn(sender="in-own-words", text="叶子怎么都黄了", said="啲葉點解都黃咗", draft=draft)
    assert reply["effects"][-1]["fields"]["said"][-1] == "啲葉點解都黃咗"


def test_a_draft_that_is_gone_is_gone(bot: Bot, farmer: Farmer) -> None:
    farmer.says("我要申请专家下乡指导种柑橘")
    farmer.draft = None
    farmer.says("水稻纹枯病怎么防治")
    assert farmer.effects == ["answer_question"]


def test_a_long_acquaintance_does_not_grow_slow(bot: Bot) -> None:
    client = bot.valkey.client()
    bot.turn(sender="old friend", text="水稻纹枯病怎么防治")
    early = len(client.get("tracker:old friend"))
    for _ in range(30):
        bot.turn(sender="old friend", text="水稻纹枯病怎么防治")
    assert len(client.get("tracker:old friend")) < early * 1.2
    assert 0 < client.ttl("tracker:old friend") <= 3600


def test_with_the_action_server_down_nothing_is_filed_and_the_turn_fails(bot: Bot, no_actions: None) -> None:
    for payload in ({"name": "affirm", "values": {}}, None):
        status, reply = bot.turn(text=None if payload else "提交", payload=payload, draft=CONFIRMING)
        assert status >= 500
        assert set(reply) == {"error"}
    for text in ("水稻纹枯病怎么防治", "你好", "转人工"):
        status, reply = bot.turn(text=text)
        assert status >= 500, reply


def test_when_the_action_server_is_back_the_same_message_goes_on(bot: Bot, farmer: Farmer) -> None:
    farmer.says("我要申请专家下乡指导种柑橘").says("乳源大桥镇")
    before = bot.valkey.client().get(f"tracker:{farmer.sender}")
    message_id = uuid.uuid4().hex
    bot.actions.stop()
    try:
        assert farmer.tries("叶子一片一片黄了", message_id)[0] >= 500
        assert bot.valkey.client().get(f"tracker:{farmer.sender}") == before
        assert not bot.valkey.client().exists(f"nongwen:reply:{message_id}")
        status, health = bot.healthy()
        assert status == 503
        assert health["error"] == "actions"
    finally:
        bot.actions.start()
    farmer.says("叶子一片一片黄了", message_id)
    assert farmer.draft is not None
    assert farmer.draft["fields"]["problem"] == "叶子一片一片黄了"
    assert farmer.draft["turns"] == 3
    assert bot.healthy()[0] == 200


BREAKS = "import actions.talk\nactions.talk.ActionReply.run = lambda self, dispatcher, tracker, domain: 1 / 0"
FORGETS = "import actions.effects\nactions.effects.hand_off = lambda reason, question: {'effect': 'hand_off', 'reason': reason}"


@pytest.fixture
def planted(bot: Bot) -> Iterator[Callable[[str], None]]:
    """Runs the actions with a bug in them; they are well again afterwards."""

    def plant(bug: str) -> None:
        bot.actions.stop()
        bot.actions.start(bug)

    yield plant
    bot.actions.stop()
    bot.actions.start()


def test_half_a_turn_is_a_failed_turn(farmer: Farmer, planted: Callable[[str], None]) -> None:
    """One of two actions breaks; Rasa logs it and goes on, and the words and effects of the other look whole."""
    farmer.says("我要报需求")
    planted(BREAKS)
    status, reply = farmer.tries("哈哈哈")
    assert status >= 500, reply
    assert farmer.tries("1")[0] == 200


def test_an_effect_that_lacks_a_field_never_leaves_the_bot(bot: Bot, planted: Callable[[str], None]) -> None:
    planted(FORGETS)
    status, reply = bot.turn(text="转人工")
    assert status >= 500, reply
    assert bot.turn(text="菜单")[0] == 200


def test_an_action_server_that_hangs_fails_the_turn_in_time(bot: Bot) -> None:
    bot.actions.freeze()
    try:
        started = time.monotonic()
        status, reply = bot.turn(text="提交", draft=CONFIRMING)
        assert status >= 500, reply
        assert time.monotonic() - started < 25
        assert bot.healthy()[0] == 503
    finally:
        bot.actions.thaw()
    assert bot.turn(text="提交", draft=CONFIRMING)[0] == 200


def test_without_redis_turns_fail_and_with_it_they_go_on_without_a_restart(bot: Bot, farmer: Farmer) -> None:
    farmer.says("我要申请专家下乡指导种柑橘")
    bot.valkey.stop()
    try:
        status, reply = farmer.tries("乳源大桥镇")
        assert status >= 500, reply
        status, health = bot.healthy()
        assert status == 503
        assert health["error"] == "redis"
        assert health["ready"] is False
    finally:
        bot.valkey.start()
    assert bot.healthy()[0] == 200
    farmer.says("乳源大桥镇")
    assert farmer.asked_for == "problem"


def test_a_redis_that_hangs_fails_the_turn_and_not_the_server(bot: Bot, farmer: Farmer) -> None:
    bot.valkey.freeze()
    try:
        assert farmer.tries("水稻纹枯病怎么防治")[0] >= 500
        assert bot.healthy()[0] == 503
    finally:
        bot.valkey.thaw()
    assert farmer.says("水稻纹枯病怎么防治").effects == ["answer_question"]


def test_all_is_well_when_every_part_answers(bot: Bot) -> None:
    assert bot.healthy() == (200, {"ready": True, "parts": {"model": "ok", "redis": "ok", "actions": "ok"}})


def test_both_servers_listen_on_this_machine_only(bot: Bot) -> None:
    listening = subprocess.run(["cat", "/proc/net/tcp", "/proc/net/tcp6"], capture_output=True, text=True, check=False)
    everywhere = {f"{'0' * 8}:{port:04X}" for port in (bot.port, bot.actions.port)}
    everywhere |= {f"{'0' * 32}:{port:04X}" for port in (bot.port, bot.actions.port)}
    local = [line.split()[1] for line in listening.stdout.splitlines() if line.split()[3:4] == ["0A"]]
    assert f"0100007F:{bot.port:04X}" in local
    assert not everywhere & set(local)


def test_no_stock_door_is_open(bot: Bot) -> None:
    for path in ("/webhooks/rest/webhook", "/model/parse", "/conversations/x/messages", "/webhooks/nongwen/restart"):
        try:
            status, _ = fetch(f"http://127.0.0.1:{bot.port}{path}", {"sender": "x", "message": "/restart"})
        except json.JSONDecodeError:
            continue
        assert status in (404, 405)


def test_no_word_of_a_farmer_is_written_to_the_log(bot: Bot, farmer: Farmer) -> None:
    farmer.says("我叫王小明电话13812345678水稻叶子发黄怎么办")
    farmer.tries("/pick{王小明")
    for server in (bot, bot.actions):
        assert "王小明" not in server.log.read_text(encoding="utf-8")
        assert "13812345678" not in server.log.read_text(encoding="utf-8")
