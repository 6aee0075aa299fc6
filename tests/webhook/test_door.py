"""The door: stored before it is acknowledged, answered once however often it is said, never later than the platform waits."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from conversations import deliveries, inbox, phrases, sending, turns
from conversations.services import Services
from core import clock, flags
from core.database import Database
from core.errors import PassiveOnly
from core.settings import Settings
from tests.conftest import Later
from tests.stand_ins import Reply, ScriptedBot, SpyChannel, reply
from tests.webhook.conftest import ThinkingBot
from tests.webhook.outage import Outage
from tests.webhook.platform_side import FARMER, OTHER, Knock, Wechat, event, message, payload, text
from webhook.door import Door
from webhook.web import make_app

Look = Callable[[], list[Any]]
MakeDoor = Callable[..., Door]
SMALLTALK = {"effect": "reply", "about": "smalltalk"}


def words(spoken: str) -> Reply:
    """The bot just says this."""
    return reply(SMALLTALK, words=spoken)


def until(condition: Callable[[], object]) -> None:
    """Wait for something that is bound to happen."""
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.01)


def deliver_all(services: Services) -> None:
    """What the worker does when the clock rings for what is due."""
    with services.database.transaction() as tx:
        deliveries.take_back_unconfirmed(tx)
        waiting = deliveries.conversations_with_due(tx)
    for conversation_id in waiting:
        sending.deliver(services, conversation_id)


# --- the handshake


def test_the_handshake_gives_the_echo_back(knock: Knock, wechat: Wechat) -> None:
    query = wechat.handshake()
    answer = knock.client.get("/wechat", query_string=query)
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, query["echostr"])
    assert answer.mimetype == "text/plain"


@pytest.mark.parametrize("wrong", [{"signature": "0" * 40}, {"timestamp": "1"}, {"nonce": "1"}, {"signature": ""}])
def test_a_handshake_that_the_platform_did_not_sign_is_refused(
    knock: Knock, wechat: Wechat, wrong: dict[str, str]
) -> None:
    answer = knock.client.get("/wechat", query_string=wechat.handshake() | wrong)
    assert answer.status_code == 403
    assert wechat.handshake()["echostr"] not in answer.get_data(as_text=True)


def test_an_old_handshake_is_refused(knock: Knock, wechat: Wechat) -> None:
    assert knock.client.get("/wechat", query_string=wechat.handshake(age_s=600)).status_code == 403


def test_an_echo_is_never_taken_for_a_page(knock: Knock, wechat: Wechat) -> None:
    query = wechat.handshake() | {"echostr": "<script>alert(1)</script>"}
    answer = knock.client.get("/wechat", query_string=query)
    assert answer.mimetype == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# --- one message, one turn, one answer


@pytest.mark.parametrize("mode", ["safe", "compatible", "plain"])
def test_a_question_is_answered_at_once_in_every_mode(
    knock: Knock, bot: ScriptedBot, promised: Look, mode: str
) -> None:
    bot.script["在吗"] = words("在的，请说。")
    asking = replace(knock, wechat=knock.wechat.in_mode(mode))
    assert asking.say("在吗") == "在的，请说。"
    assert [(row.state, row.via) for row in promised()] == [("sent", "passive")]


def test_the_same_push_said_again_in_sequence_is_one_turn_and_one_answer(
    knock: Knock, bot: ScriptedBot, stored: Look, promised: Look
) -> None:
    bot.script["在吗"] = words("在的，请说。")
    push = knock.wechat.push(text("在吗"))
    answers = [knock(push).get_data() for _ in range(3)]
    assert [knock.wechat.words(answer) for answer in answers] == ["在的，请说。", None, None]
    assert answers[1:] == [b"success", b"success"]
    assert len(bot.asked) == 1
    assert [row.pushes for row in stored()] == [3]
    assert len(promised()) == 1


def test_the_same_push_said_again_while_it_is_being_answered_is_one_turn_and_one_answer(
    slow: Services, thinking: ThinkingBot, make_door: MakeDoor, wechat: Wechat, stored: Look, promised: Look
) -> None:
    thinking.script["在吗"] = words("在的，请说。")
    knock = Knock(make_app(slow, make_door(slow, passive_seconds=20)).test_client(), wechat)
    push = wechat.push(text("在吗"))
    with ThreadPoolExecutor(3) as pool:
        said = [pool.submit(knock.another(), push) for _ in range(3)]
        until(lambda: [row.pushes for row in stored()] == [3])
        thinking.may_answer.set()
        answers = [answer.result().get_data() for answer in said]
    assert sorted(str(wechat.words(answer)) for answer in answers) == ["None", "None", "在的，请说。"]
    assert answers.count(b"success") == 2
    assert len(thinking.asked) == 1
    assert [(row.state, row.via) for row in promised()] == [("sent", "passive")]


def test_a_retry_with_a_new_signature_is_the_same_message(knock: Knock, bot: ScriptedBot) -> None:
    bot.script["在吗"] = words("在的，请说。")
    xml = text("在吗")
    assert [knock.wechat.words(knock.send(xml).get_data()) for _ in range(2)] == ["在的，请说。", None]
    assert len(bot.asked) == 1


def test_whoever_was_not_heard_in_time_is_told_again_on_the_retry(
    knock: Knock, bot: ScriptedBot, later: Later, promised: Look
) -> None:
    bot.script["在吗"] = words("在的，请说。")
    xml = text("在吗")
    assert knock.wechat.words(knock.send(xml).get_data()) == "在的，请说。"
    later(seconds=5)  # the platform hung up and says it again
    assert knock.wechat.words(knock.send(xml).get_data()) == "在的，请说。"
    assert (len(bot.asked), len(promised())) == (1, 1)


def test_an_event_said_twice_is_one_event(knock: Knock, promised: Look) -> None:
    xml = event("subscribe", "<EventKey></EventKey>", at=int(clock.now().timestamp()))
    assert knock.wechat.words(knock.send(xml).get_data()) is not None
    assert knock.send(xml).get_data() == b"success"
    assert len(promised()) == 1


def test_two_farmers_with_one_msgid_are_both_answered(knock: Knock, bot: ScriptedBot) -> None:
    bot.script["在吗"] = words("在的，请说。")
    both = [text("在吗", openid=openid, msg_id="24763529341053061") for openid in (FARMER, OTHER)]
    for xml in both:
        assert knock.send(xml).get_data() != b"success"
    assert len(bot.asked) == 2


def test_a_photo_is_fetched_at_once_and_only_once(services: Services, make_door: MakeDoor, wechat: Wechat) -> None:
    rung: list[tuple[str, str]] = []

    class Bell:
        def ring(self, job: str, subject: str) -> bool:
            rung.append((job, subject))
            return True

    belled = replace(services, doorbell=Bell())
    knock = Knock(make_app(belled, make_door(belled)).test_client(), wechat)
    push = wechat.push(message("image", "<PicUrl>http://x/0</PicUrl><MediaId>m1</MediaId>"))
    assert wechat.words(knock(push).get_data()) == phrases.PHOTO_HELD
    knock(push)
    assert [job for job, _ in rung].count("fetch_media") == 1


# --- what is not for the door


@pytest.mark.parametrize("name", ["view", "location_report", "template_arrived", "scancode_waitmsg"])
def test_an_event_without_meaning_is_acknowledged_and_not_stored(knock: Knock, stored: Look, name: str) -> None:
    assert knock.send(payload(name)).get_data() == b"success"
    assert stored() == []


@pytest.mark.parametrize("first", ["view", "text"])
def test_a_nonce_serves_for_one_body_whatever_that_body_meant(knock: Knock, stored: Look, first: str) -> None:
    plain = knock.wechat.in_mode("plain")
    seen = plain.push(payload(first), nonce="4711")
    assert knock(seen).status_code == 200
    before = len(stored())
    assert knock(replace(seen, body=text("我要转钱"))).status_code == 403
    assert len(stored()) == before


def test_a_nonce_of_an_unreadable_body_does_not_serve_for_another(knock: Knock, stored: Look) -> None:
    seen = knock.wechat.in_mode("plain").push(b"nonsense", nonce="4712")
    assert knock(seen).get_data() == b"success"
    assert knock(replace(seen, body=text("我要转钱"))).status_code == 403
    assert stored() == []


# --- the database is down


@pytest.fixture
def outage(settings: Settings, tmp_path: Path) -> Iterator[Outage]:
    with Outage(settings.database_url, tmp_path) as outage:
        yield outage


@pytest.fixture
def fragile(services: Services, outage: Outage) -> Iterator[Services]:
    """The service, reaching its database over a line that can be cut."""
    database = Database(outage.url, pool_size=5)
    yield replace(services, database=database)
    database.close()


@pytest.mark.parametrize("name", ["text", "image", "click", "view"])
def test_nothing_is_acknowledged_that_could_not_be_stored(
    fragile: Services, outage: Outage, make_door: MakeDoor, wechat: Wechat, stored: Look, name: str
) -> None:
    knock = Knock(make_app(fragile, make_door(fragile)).test_client(), wechat)
    outage.begin()
    answer = knock.send(payload(name))
    assert answer.status_code == 503
    assert answer.get_data(as_text=True) == "try again"
    outage.end()
    assert stored() == []
    assert knock.send(payload(name)).status_code == 200


def test_what_is_stored_is_acknowledged_though_the_database_goes_away_before_the_answer(
    fragile: Services, outage: Outage, make_door: MakeDoor, wechat: Wechat, thinking: ThinkingBot, stored: Look
) -> None:
    slow = replace(fragile, bot=thinking)
    knock = Knock(make_app(slow, make_door(slow, passive_seconds=20)).test_client(), wechat)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(knock.send, text("在吗"))
        assert thinking.is_asked.acquire(timeout=20)
        outage.begin()
        thinking.may_answer.set()
        assert (answer.result().status_code, answer.result().get_data()) == (200, b"success")
    outage.end()
    assert [row.state for row in stored()] == ["waiting"]


def test_what_is_stored_is_acknowledged_though_the_database_goes_away_while_the_bot_thinks(
    fragile: Services, outage: Outage, make_door: MakeDoor, wechat: Wechat, thinking: ThinkingBot, stored: Look
) -> None:
    slow = replace(fragile, bot=thinking)
    knock = Knock(make_app(slow, make_door(slow, passive_seconds=1.0)).test_client(), wechat)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(knock.send, text("在吗"))
        assert thinking.is_asked.acquire(timeout=20)
        outage.begin()
        assert (answer.result().status_code, answer.result().get_data()) == (200, b"success")
    outage.end()
    assert [row.state for row in stored()] == ["waiting"]


# --- late answers


def test_an_answer_that_takes_too_long_goes_out_by_itself(
    impatient: Knock, slow: Services, thinking: ThinkingBot, channel: SpyChannel, stored: Look, later: Later
) -> None:
    thinking.script["在吗"] = words("在的，请说。")
    assert impatient.send(text("在吗")).get_data() == b"success"
    thinking.may_answer.set()
    until(lambda: stored()[0].state == "done")
    deliver_all(slow)
    assert channel.sent == [], "it may still travel with a retry of the platform"
    later(seconds=6)
    deliver_all(slow)
    assert channel.sent == [(FARMER, "text", "在的，请说。")]


def test_the_door_gives_up_waiting_just_before_the_platform_does() -> None:
    assert deliveries.PASSIVE_SECONDS == 4.2


def test_a_slow_message_said_three_times_keeps_nobody_else_waiting(
    slow: Services, thinking: ThinkingBot, make_door: MakeDoor, wechat: Wechat
) -> None:
    door = make_door(slow, passive_seconds=2, threads=2)
    knock = Knock(make_app(slow, door).test_client(), wechat)
    push = wechat.push(text("在吗"))
    with ThreadPoolExecutor(3) as pool:
        said = [pool.submit(knock.another(), push) for _ in range(3)]
        assert [answer.result().get_data() for answer in said] == [b"success"] * 3
    # Another farmer, whose event needs no bot: one of the two threads is the bot's, the other must be free.
    assert knock.send(event("subscribe", openid=OTHER)).get_data() != b"success"


def test_a_second_message_waits_for_the_first_and_both_are_answered_in_order(
    impatient: Knock, slow: Services, thinking: ThinkingBot, channel: SpyChannel, stored: Look, later: Later
) -> None:
    thinking.script |= {"一": words("答一"), "二": words("答二")}
    assert impatient.send(text("一")).get_data() == b"success"
    assert impatient.send(text("二")).get_data() == b"success"
    thinking.may_answer.set()
    until(lambda: [row.state for row in stored()] == ["done", "done"])
    later(seconds=6)
    deliver_all(slow)
    assert [sent[2] for sent in channel.sent] == ["答一", "答二"]


def test_a_farmer_hears_at_once_that_the_bot_is_away(knock: Knock, bot: ScriptedBot) -> None:
    bot.is_away = True
    assert knock.say("水稻纹枯病怎么防治") == phrases.PLEASE_WAIT


# --- whether the reply arrived


def test_a_reply_written_too_late_goes_out_once_more(
    services: Services, make_door: MakeDoor, wechat: Wechat, bot: ScriptedBot, channel: SpyChannel, later: Later,
    promised: Look,
) -> None:  # fmt: skip
    bot.script["在吗"] = words("在的，请说。")
    door = make_door(services)
    client = make_app(services, door).test_client()
    push = wechat.push(text("在吗"))
    response = client.post("/wechat", query_string=push.query, data=push.body)
    assert wechat.words(response.get_data()) == "在的，请说。"
    assert [row.state for row in promised()] == ["offered"]
    message_id = promised()[0].message_id
    door.confirm(message_id, arrived=time.monotonic() - 5)
    assert [row.state for row in promised()] == ["offered"], "five seconds are too long"
    later(seconds=15)
    deliver_all(services)
    assert channel.sent == []
    later(seconds=10)
    deliver_all(services)
    assert channel.sent == [(FARMER, "text", "在的，请说。")]


def test_time_spent_waiting_for_a_thread_counts(
    services: Services, make_door: MakeDoor, wechat: Wechat, bot: ScriptedBot, promised: Look
) -> None:
    bot.script["在吗"] = words("在的，请说。")
    door = make_door(services, passive_seconds=3)
    push = wechat.push(text("在吗"))
    environ = {"nongwen.arrived": time.monotonic() - 4.7}
    client = make_app(services, door).test_client()
    answer = client.post("/wechat", query_string=push.query, data=push.body, environ_overrides=environ)
    assert answer.get_data() == b"success", "the platform is about to hang up: nothing is risked on this connection"
    until(lambda: [row.state for row in promised()] == ["pending"])


def test_a_reply_asked_for_again_is_not_taken_for_heard(
    services: Services, make_door: MakeDoor, wechat: Wechat, bot: ScriptedBot, channel: SpyChannel, later: Later,
    promised: Look,
) -> None:  # fmt: skip
    """It was written in time, as far as we knew; the platform did not hear it, three times over."""
    bot.script["在吗"] = words("在的，请说。")
    door = make_door(services)
    client = make_app(services, door).test_client()
    said, push = text("在吗"), wechat.push
    with client.post("/wechat", query_string=(first := push(said)).query, data=first.body) as answer:
        assert wechat.words(answer.get_data()) == "在的，请说。"
    assert [row.state for row in promised()] == ["sent"]
    later(seconds=5)
    again = push(said)
    response = client.post("/wechat", query_string=again.query, data=again.body)
    assert wechat.words(response.get_data()) == "在的，请说。"
    assert [row.state for row in promised()] == ["offered"], "nobody has confirmed the second one"
    later(seconds=25)
    deliver_all(services)
    assert channel.sent == [(FARMER, "text", "在的，请说。")]


def test_a_reply_written_in_time_is_not_said_again(
    services: Services, knock: Knock, bot: ScriptedBot, channel: SpyChannel, later: Later, promised: Look
) -> None:
    bot.script["在吗"] = words("在的，请说。")
    assert knock.say("在吗") == "在的，请说。"
    later(minutes=5)
    deliver_all(services)
    assert channel.sent == []
    assert [(row.state, row.via) for row in promised()] == [("sent", "passive")]


# --- an account that may only answer


@pytest.fixture(params=["by its settings", "by what the platform said"])
def passive_only(request: pytest.FixtureRequest, slow: Services, channel: SpyChannel) -> Services:
    """The service of an account without the right to send, whichever way we know."""
    if request.param == "by its settings":
        return replace(slow, settings=slow.settings.model_copy(update={"wechat_passive_only": True}))
    with slow.database.transaction() as tx:
        flags.raise_flag(tx, turns.PASSIVE_ONLY_FLAG, sending._PASSIVE_ONLY_FOR)
    channel.refusals += [PassiveOnly("48001")] * 10
    return slow


@pytest.fixture
def only_passively(passive_only: Services, make_door: MakeDoor, wechat: Wechat) -> Callable[[float], Knock]:
    """Knocks at a door of such an account that waits that long for the bot."""

    def at(seconds: float) -> Knock:
        return Knock(make_app(passive_only, make_door(passive_only, passive_seconds=seconds)).test_client(), wechat)

    return at


def test_such_an_account_says_that_the_answer_comes_with_the_next_message(
    only_passively: Callable[[float], Knock],
    passive_only: Services,
    thinking: ThinkingBot,
    channel: SpyChannel,
    stored: Look,
    later: Later,
) -> None:
    thinking.script |= {"在吗": words("在的，请说。"), "1": words("不懂")}
    assert only_passively(0.3).say("在吗") == phrases.PLACEHOLDER
    thinking.may_answer.set()
    until(lambda: stored()[0].state == "done")
    later(seconds=10)
    deliver_all(passive_only)
    assert channel.sent == []
    assert (only_passively(20).say("1") or "").startswith("在的，请说。")


def test_said_twice_while_it_waits_only_the_last_push_is_told_to_wait(
    only_passively: Callable[[float], Knock], wechat: Wechat, stored: Look
) -> None:
    knock = only_passively(2)
    push = wechat.push(text("在吗"))
    with ThreadPoolExecutor(2) as pool:
        said = [pool.submit(knock.another(), push) for _ in range(2)]
        until(lambda: [row.pushes for row in stored()] == [2])
        seen = [wechat.words(answer.result().get_data()) for answer in said]
    assert sorted(map(str, seen)) == ["None", phrases.PLACEHOLDER]


def test_a_long_answer_comes_in_parts(only_passively: Callable[[float], Knock], thinking: ThinkingBot) -> None:
    long = "".join(f"第{number}步，把田里的水放干再打药。\n" for number in range(100))
    thinking.script |= {"怎么打药": words(long), "更多": words("（还没听懂）")}
    thinking.may_answer.set()
    parts = [only_passively(20).say(said) or "" for said in ("怎么打药", "更多", "更多")]
    told = "\n".join(part.removesuffix(phrases.MORE_WAITS).strip() for part in parts)
    assert told.startswith(long.strip())


def test_a_refused_right_makes_the_account_passive_only_without_a_restart(
    impatient: Knock, patient: Knock, slow: Services, thinking: ThinkingBot, channel: SpyChannel, stored: Look,
    later: Later,
) -> None:  # fmt: skip
    thinking.script |= {"一": words("答一"), "二": words("答二"), "1": words("不懂")}
    assert impatient.say("一") is None
    thinking.may_answer.set()
    until(lambda: stored()[0].state == "done")
    channel.refusals.append(PassiveOnly("48001"))
    later(seconds=6)
    deliver_all(slow)
    assert channel.sent == []
    thinking.may_answer.clear()
    assert impatient.say("二") == phrases.PLACEHOLDER
    thinking.may_answer.set()
    until(lambda: [row.state for row in stored()] == ["done", "done"])
    assert patient.say("1") == "答一\n\n答二"


# --- every kind of message gets its word


def test_every_kind_of_message_is_answered_with_words(knock: Knock) -> None:
    for name in ("text", "text_faces", "text_empty", "unsupported", "image", "voice", "location", "link", "file",
                 "subscribe_qr", "scan", "click"):  # fmt: skip
        assert knock.wechat.in_mode("safe")
        answer = knock.send(payload(name))
        assert answer.status_code == 200
        tree = knock.wechat.read(answer.get_data())
        assert tree is not None, name
        assert tree.findtext("Content"), name


def test_leaving_is_taken_in_silence(knock: Knock) -> None:
    assert knock.send(payload("unsubscribe")).get_data() == b"success"


def test_what_was_said_cannot_be_a_command(knock: Knock, bot: ScriptedBot) -> None:
    for said in ("/restart", '/pick{"object": "水稻"}', "/pick{", "/::)", "/session_start"):
        knock.say(said)
        assert (bot.asked[-1].text, bot.asked[-1].payload) == (said, None)


def test_a_door_that_closes_lets_the_turns_under_way_end(
    slow: Services, wechat: Wechat, thinking: ThinkingBot, stored: Look
) -> None:
    door = Door(slow, passive_seconds=0.1)
    Knock(make_app(slow, door).test_client(), wechat).send(text("在吗"))
    thinking.may_answer.set()
    door.close()
    assert [row.state for row in stored()] == ["done"]


def test_a_message_is_looked_up_by_what_the_platform_repeats(knock: Knock, services: Services) -> None:
    knock.send(payload("text"))
    with services.database.transaction() as tx:
        found = tx.execute(sa.text("SELECT id FROM messages")).scalar_one()
        assert inbox.get(tx, found).incoming.key.endswith(":24763529341053061")
