"""The door as a web server: limits, errors that tell strangers nothing, and a caller who hangs up."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from flask import Flask
from structlog.testing import capture_logs

from app.serving import listen
from conversations.services import Services
from tests.conftest import Later
from tests.stand_ins import ScriptedBot, SpyChannel, reply
from tests.webhook.conftest import ThinkingBot
from tests.webhook.platform_side import FARMER, HEADERS, Knock, Push, Wechat, message, text
from tests.webhook.test_door import deliver_all, until
from webhook.door import Door
from webhook.web import MOST_BODY_BYTES, MOST_WIRE_BYTES, make_app

Look = Callable[[], list[Any]]
MakeDoor = Callable[..., Door]


class Served:
    """An application behind a real waitress on a free port."""

    def __init__(self, app: Flask) -> None:
        self.server = listen(app, host="127.0.0.1", port=0, threads=8, most_body_bytes=MOST_WIRE_BYTES)
        self.port = int(self.server.effective_port)
        self._thread = threading.Thread(target=self.server.run, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/wechat"

    def is_idle(self) -> bool:
        """Nobody is connected and nothing is under way."""
        return not self.server.active_channels and self.server.task_dispatcher.active_count == 0

    def stop(self) -> None:
        self.server.task_dispatcher.shutdown()
        self.server.trigger.pull_trigger(self.server.close)
        self._thread.join(10)


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], Served]]:
    """Puts applications behind a real server."""
    served: list[Served] = []

    def start(app: Flask) -> Served:
        served.append(Served(app))
        return served[-1]

    yield start
    for each in served:
        each.stop()


def post(served: Served, push: Push) -> httpx.Response:
    return httpx.post(served.url, params=push.query, content=push.body, headers=HEADERS, timeout=30)


# --- over a real server


def test_a_question_is_answered_over_a_real_server(
    app: Flask, serve: Callable[[Flask], Served], wechat: Wechat, bot: ScriptedBot, promised: Look
) -> None:
    bot.script["在吗"] = reply({"effect": "reply", "about": "greeting"}, words="在的，请说。")
    served, push = serve(app), wechat.push(text("在吗"))
    # Who hangs up at once may be taken for one who did not hear, and then it is said once more: better than never.
    with httpx.Client() as caller:
        answer = caller.post(served.url, params=push.query, content=push.body, headers=HEADERS, timeout=30)
        assert answer.headers["Content-Type"].startswith("text/xml")
        assert wechat.words(answer.content) == "在的，请说。"
        assert "server" not in answer.headers
        until(lambda: [(row.state, row.via) for row in promised()] == [("sent", "passive")])


def test_three_copies_at_once_over_a_real_server_are_answered_once(
    slow: Services, make_door: MakeDoor, serve: Callable[[Flask], Served], wechat: Wechat, thinking: ThinkingBot,
    stored: Look,
) -> None:  # fmt: skip
    thinking.script["在吗"] = reply({"effect": "reply", "about": "greeting"}, words="在的，请说。")
    served = serve(make_app(slow, make_door(slow, passive_seconds=20)))
    push = wechat.push(text("在吗"))
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(post, served, push) for _ in range(3)]
        until(lambda: [row.pushes for row in stored()] == [3])
        thinking.may_answer.set()
        seen = sorted(str(wechat.words(answer.result().content)) for answer in answers)
    assert seen == ["None", "None", "在的，请说。"]


def test_what_a_caller_who_hung_up_did_not_hear_goes_out_by_itself(
    slow: Services, make_door: MakeDoor, serve: Callable[[Flask], Served], wechat: Wechat, thinking: ThinkingBot,
    channel: SpyChannel, stored: Look, promised: Look, later: Later,
) -> None:  # fmt: skip
    thinking.script["在吗"] = reply({"effect": "reply", "about": "greeting"}, words="在的，请说。")
    served = serve(make_app(slow, make_door(slow, passive_seconds=20)))
    push = wechat.push(text("在吗"))
    with socket.create_connection(("127.0.0.1", served.port)) as line:
        head = f"POST /wechat?{urlencode(push.query)} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(push.body)}\r\n\r\n"
        line.sendall(head.encode() + push.body)
        assert thinking.is_asked.acquire(timeout=20)
    thinking.may_answer.set()
    until(lambda: [row.state for row in stored()] == ["done"] and served.is_idle())
    assert [row.state for row in promised()] == ["offered"]
    later(seconds=30)
    deliver_all(slow)
    assert channel.sent == [(FARMER, "text", "在的，请说。")]


@pytest.mark.parametrize("size", [MOST_BODY_BYTES + 1, 1024 * 1024, MOST_WIRE_BYTES + 1])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(
    app: Flask, serve: Callable[[Flask], Served], wechat: Wechat, stored: Look, size: int
) -> None:
    push = wechat.in_mode("plain").push(b"x" * size)
    assert post(serve(app), push).status_code == 413
    assert stored() == []


def test_a_body_of_the_largest_size_is_taken(knock: Knock, stored: Look) -> None:
    xml = message("text", "<Content></Content>")
    padded = xml.replace(b"<Content>", b"<Content>" + b"x" * (MOST_BODY_BYTES - len(xml)))
    assert len(padded) == MOST_BODY_BYTES
    assert replace(knock, wechat=knock.wechat.in_mode("plain")).send(padded).status_code == 200
    assert len(stored()) == 1


# --- errors


def test_a_bug_is_one_log_line_and_nothing_for_the_caller(
    services: Services, make_door: MakeDoor, wechat: Wechat, caplog: pytest.LogCaptureFixture
) -> None:
    class BrokenBell:
        def ring(self, job: str, subject: str) -> bool:
            raise RuntimeError("the inside of the service")

    broken = replace(services, doorbell=BrokenBell())
    knock = Knock(make_app(broken, make_door(broken)).test_client(), wechat)
    with capture_logs() as logged, caplog.at_level(logging.DEBUG):
        answer = knock.send(message("image", "<PicUrl></PicUrl><MediaId>m1</MediaId>"))
    assert (answer.status_code, answer.get_data(as_text=True)) == (500, "try again")
    errors = [line for line in logged if line["log_level"] == "error"]
    assert [(line["event"], line["exc_info"]) for line in errors] == [("push_failed", True)]
    assert "inside" not in answer.get_data(as_text=True)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_a_refusal_names_its_rule_in_the_log_only(knock: Knock) -> None:
    push = knock.wechat.push(text("在吗"))
    with capture_logs() as logged:
        answer = knock(replace(push, query=push.query | {"signature": "0" * 40}))
    assert (answer.status_code, answer.get_data(as_text=True)) == (403, "forbidden")
    assert [(line["event"], line["rule"]) for line in logged] == [("push_forbidden", "signature")]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("PUT", "/wechat", 405), ("GET", "/", 404), ("GET", "/.env", 404), ("GET", "/wechat", 403)],
)
def test_strangers_get_a_plain_word(knock: Knock, method: str, path: str, status: int) -> None:
    answer = knock.client.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_no_log_line_holds_words_openids_or_keys(knock: Knock, bot: ScriptedBot) -> None:
    bot.script["我家住大桥镇"] = reply({"effect": "reply", "about": "greeting"}, words="知道了，您在大桥镇。")
    with capture_logs() as logged:
        knock.say("我家住大桥镇")
        knock.send(message("text", "<Content>13812345678</Content>", msg_id="x" * 300))
    written = str(logged)
    settings = knock.wechat.who
    for secret in ("大桥镇", "13812345678", FARMER, settings.token, settings.aes_key):
        assert secret not in written
    assert {line["event"] for line in logged} >= {"push_stored", "turn_taken", "push_unreadable"}


# --- health


def test_the_door_says_how_its_neighbours_are(knock: Knock, bot: ScriptedBot) -> None:
    answer = knock.client.get("/healthy")
    assert answer.status_code == 200
    assert answer.json == {
        "ready": True, "parts": {"database": "ok", "bot": "ok", "redis": "ok", "wechat": "ok"},
    }  # fmt: skip
    bot.is_away = True
    answer = knock.client.get("/healthy")
    assert answer.status_code == 200, "a restarting bot must not take the door offline"
    assert answer.json is not None
    assert (answer.json["ready"], answer.json["parts"]["bot"]) == (False, "away")


def test_the_door_tells_when_the_account_may_only_answer(services: Services, make_door: MakeDoor) -> None:
    told = replace(services, settings=services.settings.model_copy(update={"wechat_passive_only": True}))
    answer = make_app(told, make_door(told)).test_client().get("/healthy")
    assert answer.json is not None
    assert answer.json["parts"]["wechat"] == "passive only"


def test_without_redis_the_door_can_still_do_its_work(services: Services, make_door: MakeDoor) -> None:
    alone = replace(services, settings=services.settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    answer = make_app(alone, make_door(alone)).test_client().get("/healthy")
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["ready"], answer.json["parts"]["redis"]) == (False, "away")


def test_a_door_that_cannot_store_says_so(services: Services, make_door: MakeDoor, tmp_path: Any) -> None:
    from core.database import Database

    lost = replace(services, database=Database(f"postgresql://nongwen@/nongwen?host={tmp_path}"))
    answer = make_app(lost, make_door(lost)).test_client().get("/healthy")
    assert answer.status_code == 503
    assert answer.json is not None
    assert (answer.json["ready"], answer.json["parts"]["database"]) == (False, "away")
    lost.database.close()
