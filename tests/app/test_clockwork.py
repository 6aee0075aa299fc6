"""The clock: sees to whatever is due or was forgotten, rings for it, and does it itself when nobody hears."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from app import clockwork
from app.clockwork import Clock
from app.doorbell import RedisDoorbell
from conversations import deliveries, inbox, turns
from conversations.bot import BotRequest
from conversations.incoming import Incoming, Kind
from conversations.services import Services
from conversations.tables import attachments
from core import clock, once, outbox, people
from core.database import Database
from core.people import Role
from handoff import auditor, cases, machine, timers
from handoff.orders import Actor, Said
from handoff.states import Command, State
from handoff.states import Kind as CaseKind
from paging import notices
from paging.channels import Channel
from registry import experts, roster, swaps
from tests.app.conftest import until
from tests.conftest import Later
from tests.handoff.kit import opened
from tests.paging.kit import SpyPager, reach
from tests.stand_ins import ScriptedBot, SpyChannel, reply
from webhook import guard
from webhook.guard import Query

FARMER = "oNongwen_Farmer_00000000000A"


class CountingPool(ThreadPoolExecutor):
    """A pool that notes what it was given."""

    def __init__(self) -> None:
        super().__init__(4)
        self.given: list[tuple[str, str]] = []

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **more: Any) -> "Future[Any]":
        self.given.append(arguments[-2:])
        return super().submit(call, *arguments, **more)


class Bell:
    """Somebody hears."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, str]] = []

    def ring(self, job: str, subject: str) -> bool:
        self.rung.append((job, subject))
        return True


@pytest.fixture
def pool() -> Iterator[CountingPool]:
    with CountingPool() as pool:
        yield pool


@pytest.fixture
def alone(services: Services, nobody: str) -> Services:
    """The service with Valkey gone."""
    return replace(services, doorbell=RedisDoorbell(nobody))


def written(services: Services, text: str = "在吗", kind: Kind = Kind.TEXT, *, media_id: str = "") -> inbox.Written:
    """A message that was stored and then forgotten by whoever stored it."""
    with services.database.transaction() as tx:
        incoming = Incoming(FARMER, f"{FARMER}:{uuid4()}", kind, clock.now(), text=text, media_id=media_id)
        found = inbox.write_down(tx, incoming)
        if kind is Kind.IMAGE:
            inbox.want_media(tx, inbox.get(tx, found.message_id))
        return found


def said(services: Services, conversation_id: UUID) -> list[tuple[str, str]]:
    with services.database.transaction() as tx:
        return [(sent.content, sent.state) for sent in deliveries.of_conversation(tx, conversation_id)]


def is_done(services: Services, message_id: UUID) -> bool:
    with services.database.transaction() as tx:
        return inbox.get(tx, message_id).is_done


# --- doing it itself


def test_with_nobody_to_hear_the_clock_answers_and_sends_itself(
    alone: Services, bot: ScriptedBot, channel: SpyChannel, pool: CountingPool, later: Later
) -> None:
    bot.script["在吗"] = reply({"effect": "reply", "about": "greeting"}, words="在的，请说。")
    found = written(alone)
    hand = Clock(alone, pool)
    hand.tick()
    assert pool.given == [], "whoever stored it may be about to answer it"
    later(seconds=3)
    hand.tick()
    until(lambda: is_done(alone, found.message_id))
    assert channel.sent == [], "the words may still travel as the passive reply"
    later(seconds=5)
    hand.tick()
    until(lambda: channel.sent)
    assert channel.sent == [(FARMER, "text", "在的，请说。")]


def test_with_nobody_to_hear_the_clock_fetches_photos_itself(
    alone: Services, channel: SpyChannel, pool: CountingPool
) -> None:
    from PIL import Image

    picture = Path(alone.settings.media_folder)
    picture.mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(picture / "x.jpg")
    channel.media["m1"] = (picture / "x.jpg").read_bytes()
    written(alone, "", Kind.IMAGE, media_id="m1")
    Clock(alone, pool).tick()

    def state() -> str:
        with alone.database.transaction() as tx:
            return str(tx.execute(sa.select(attachments.c.state)).scalar_one())

    until(lambda: state() == "stored")


def test_a_passive_reply_that_nobody_confirmed_is_sent(
    alone: Services, bot: ScriptedBot, channel: SpyChannel, pool: CountingPool, later: Later
) -> None:
    bot.script["在吗"] = reply({"effect": "reply", "about": "greeting"}, words="在的，请说。")
    found = written(alone)
    turns.take(alone, found.conversation_id)
    with alone.database.transaction() as tx:
        assert deliveries.take_for_passive(tx, found.message_id, push=1, hint_at_more=False) == "在的，请说。"
    hand = Clock(alone, pool)
    hand.tick()
    later(seconds=30)
    hand.tick()
    until(lambda: channel.sent)
    assert channel.sent == [(FARMER, "text", "在的，请说。")]


def test_facts_become_words_and_timers_fire(
    services: Services, bot: ScriptedBot, pool: CountingPool, later: Later
) -> None:
    bot.script["橘子树叶子发黄"] = reply({"effect": "hand_off", "reason": "asked", "question": "橘子树叶子发黄"})
    found = written(services, "橘子树叶子发黄")
    turns.take(services, found.conversation_id)
    with services.database.transaction() as tx:
        (case,) = cases.queue(tx)
        staff = people.hire(tx, username="wang", password="a-long-password", name="王农", roles={Role.EXPERT})
        experts.enrol(tx, staff.id, capacity=5)
        machine.apply(tx, case.id, Command.CLAIM, Actor.staff(staff))
        machine.apply(tx, case.id, Command.ANSWER, Actor.staff(staff), Said(text="先别砍树。"))
    hand = Clock(services, pool)
    hand.tick()
    assert any("先别砍树。" in words for words, _ in said(services, found.conversation_id))
    later(days=30)
    hand.tick()
    with services.database.transaction() as tx:
        assert cases.get(tx, case.id).state is State.RESOLVED, "nobody said that it was not solved"


# --- ringing


def test_when_somebody_hears_the_clock_only_rings(services: Services, pool: CountingPool, later: Later) -> None:
    bell = Bell()
    heard = replace(services, doorbell=bell)
    found = written(heard)
    later(seconds=3)
    Clock(heard, pool).tick()
    assert bell.rung == [("take_turns", str(found.conversation_id))]
    assert pool.given == []
    assert not is_done(heard, found.message_id)


def test_a_ring_is_not_repeated_at_every_tick(services: Services, pool: CountingPool, later: Later) -> None:
    bell = Bell()
    heard = replace(services, doorbell=bell)
    written(heard)
    later(seconds=3)
    hand = Clock(heard, pool)
    for _ in range(5):
        hand.tick()
    assert len(bell.rung) == 1
    soon = Clock(heard, pool, ring_again_seconds=0)
    for _ in range(3):
        soon.tick()
    assert len(bell.rung) == 4, "a ring that was lost is rung again"


def test_what_it_is_doing_already_is_not_begun_again(alone: Services, pool: CountingPool, later: Later) -> None:
    may_answer = threading.Event()

    class Thinking(ScriptedBot):
        def ask(self, request: BotRequest) -> Mapping[str, Any]:
            may_answer.wait(30)
            return super().ask(request)

    slow = replace(alone, bot=Thinking({"在吗": reply({"effect": "reply", "about": "greeting"}, words="在的。")}))
    found = written(slow)
    later(seconds=3)
    hand = Clock(slow, pool, ring_again_seconds=0)
    for _ in range(10):
        hand.tick()
    assert pool.given == [("take_turns", str(found.conversation_id))]
    may_answer.set()
    until(lambda: is_done(slow, found.message_id))


# --- when things go wrong


def test_a_job_that_fails_is_logged_and_tried_again(
    alone: Services, channel: SpyChannel, pool: CountingPool, later: Later, bot: ScriptedBot
) -> None:
    bot.script["在吗"] = reply({"effect": "reply", "about": "greeting"}, words="在的，请说。")
    found = written(alone)
    turns.take(alone, found.conversation_id)
    later(seconds=6)
    channel.refusals.append(RuntimeError("a bug"))
    hand = Clock(alone, pool, ring_again_seconds=0)
    with capture_logs() as logged:
        hand.tick()
        until(lambda: [line for line in logged if line["event"] == "job_failed"])
    later(minutes=1)
    hand.tick()
    until(lambda: channel.sent)


@pytest.mark.parametrize("broken", ["fire_due", "carry_up"])
def test_a_step_that_fails_does_not_stop_the_others(
    services: Services, pool: CountingPool, later: Later, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError("a planted bug")

    monkeypatch.setattr(timers if broken == "fire_due" else outbox, broken, fail)
    bell = Bell()
    heard = replace(services, doorbell=bell)
    written(heard)
    later(seconds=3)
    with capture_logs() as logged:
        Clock(heard, pool).tick()
    assert [line["event"] for line in logged] == ["tick_failed"]
    assert [job for job, _ in bell.rung] == ["take_turns"]


def test_without_a_database_a_tick_is_one_warning(services: Services, pool: CountingPool, tmp_path: Path) -> None:
    lost = replace(services, database=Database(f"postgresql://nongwen@/nongwen?host={tmp_path}"))
    with capture_logs() as logged:
        Clock(lost, pool).tick()
    assert [line["event"] for line in logged] == ["clock_without_database"]
    lost.database.close()


def test_old_nonces_are_cleaned_up(services: Services, later: Later) -> None:
    asked = Query(signature="", timestamp=str(int(clock.now().timestamp())), nonce="1")
    with services.database.transaction() as tx:
        guard.check_nonce(tx, asked, b"x")
    later(hours=2)
    clockwork.clean(services)
    with services.database.transaction() as tx:
        assert tx.execute(sa.text("SELECT count(*) FROM webhook_nonces")).scalar_one() == 0


def told_of_an_incident(services: Services) -> SpyPager:
    """A coordinator who can be reached by e-mail, and an incident that nobody has been told of yet."""
    with services.database.transaction() as tx:
        staff = people.hire(tx, username="chen", password="a-long-password", name="陈", roles={Role.COORDINATOR})
        reach(tx, staff.id)
        opened(tx, CaseKind.INCIDENT)
    return SpyPager()


def test_with_nobody_to_hear_the_clock_tells_staff_itself(alone: Services, pool: CountingPool, later: Later) -> None:
    pager = told_of_an_incident(alone)
    hand = Clock(replace(alone, pagers={Channel.EMAIL: pager}), pool)
    hand.tick()
    until(lambda: len(pager.sent) == 1)
    assert pager.sent[0][3].startswith(alone.settings.console_url)


def test_when_somebody_hears_the_clock_rings_for_the_notices(
    services: Services, pool: CountingPool, later: Later
) -> None:
    told_of_an_incident(services)
    bell = Bell()
    Clock(replace(services, doorbell=bell), pool).tick()
    assert ("page_staff", "now") in bell.rung


def test_the_clock_announces_a_duty(services: Services, pool: CountingPool, later: Later) -> None:
    with services.database.transaction() as tx:
        staff = people.hire(tx, username="wang", password="a-long-password", name="王农", roles={Role.EXPERT})
        roster.plan_single(tx, staff.id, clock.now() + timedelta(minutes=30), clock.now() + timedelta(hours=2))
    Clock(services, pool).look_at_duties()
    with services.database.transaction() as tx:
        assert [notice.topic for notice in notices.of(tx, staff.id)] == ["duty_soon"]


def test_the_clock_tells_of_a_duty_that_is_to_be_swapped(services: Services, pool: CountingPool) -> None:
    with services.database.transaction() as tx:
        wang, li = (
            people.hire(tx, username=name, password="a-long-password", name=name, roles={Role.EXPERT})
            for name in ("wang", "li")
        )
        experts.enrol(tx, li.id)
        start = clock.now() + timedelta(days=2)
        roster.plan_single(tx, wang.id, start, start + timedelta(hours=2))
        swaps.offer(tx, wang.id, start, start + timedelta(hours=2))
    Clock(services, pool).look_at_duties()
    with services.database.transaction() as tx:
        assert [notice.topic for notice in notices.of(tx, li.id)] == ["swap_wanted"]


def test_old_keys_of_requests_are_cleaned_up(services: Services, later: Later) -> None:
    with services.database.transaction() as tx:
        once.once(tx, "k", "add", lambda: "1")
    later(days=31)
    clockwork.clean(services)
    with services.database.transaction() as tx:
        assert tx.execute(sa.select(once.requests_done)).all() == []


def test_nothing_due_is_nothing_done(services: Services, pool: CountingPool) -> None:
    bell = Bell()
    with capture_logs() as logged:
        Clock(replace(services, doorbell=bell), pool).tick()
    assert (bell.rung, pool.given, logged) == ([], [], [])


class Watch(BaseHTTPRequestHandler):
    """A watch outside that counts how often it is called."""

    calls = 0

    def do_GET(self) -> None:
        Watch.calls += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test does not need it."""


def test_the_watch_outside_is_called_only_when_all_is_well(services: Services) -> None:
    server = HTTPServer(("127.0.0.1", 0), Watch)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    watched = replace(
        services,
        settings=services.settings.model_copy(update={"heartbeat_url": f"http://127.0.0.1:{server.server_port}/"}),
    )
    clockwork.audit(watched)
    assert Watch.calls == 1
    with services.database.transaction() as tx:
        outbox.write(tx, "case_opened", case_id=uuid4())
        tx.execute(outbox.outbox.update().values(written_at=clock.now() - timedelta(minutes=5)))
    clockwork.audit(watched)
    assert Watch.calls == 1
    server.shutdown()
    with services.database.transaction() as tx:
        tx.execute(outbox.outbox.delete())
    server.server_close()
    clockwork.audit(watched)  # nobody there: a warning, nothing else


def test_an_audit_that_fails_does_not_stop_the_clock(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(database: object) -> None:
        raise ValueError("a query that is wrong")

    monkeypatch.setattr(auditor, "audit", fail)
    clockwork.audit(services)
