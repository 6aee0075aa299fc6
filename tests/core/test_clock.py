"""The clock, alone and following another."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from core import clock


@pytest.fixture(autouse=True)
def system_clock(working_morning: None) -> None:
    clock.follow("")


class OutsideClock:
    """A clock over HTTP that a test can move, and that counts how often it was asked."""

    def __init__(self) -> None:
        self.answer = b'{"offset_s": 0}'
        self.asked = 0
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outside.asked += 1
                self.send_response(200)
                self.end_headers()
                self.wfile.write(outside.answer)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/control/clock"

    def moves_to(self, offset: timedelta) -> None:
        self.answer = json.dumps({"offset_s": offset.total_seconds()}).encode()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def outside() -> Iterator[OutsideClock]:
    server = OutsideClock()
    yield server
    server.stop()
    clock.follow("")


def ahead() -> timedelta:
    """How far our clock is ahead of the system's, asked afresh and rounded to minutes."""
    return timedelta(minutes=round((clock.now_exactly() - datetime.now(UTC)) / timedelta(minutes=1)))


def test_by_itself_the_clock_is_the_system_clock_in_utc() -> None:
    assert ahead() == timedelta()
    assert clock.now().utcoffset() == timedelta()


def test_an_outside_clock_moves_ours(outside: OutsideClock) -> None:
    clock.follow(outside.url)
    assert ahead() == timedelta()
    outside.moves_to(timedelta(hours=48))
    assert ahead() == timedelta(hours=48)


def test_an_outside_clock_is_not_asked_at_every_look(outside: OutsideClock) -> None:
    clock.follow(outside.url)
    for _ in range(20):
        clock.now()
    assert outside.asked < 20


def test_an_outside_clock_that_is_away_or_talks_nonsense_keeps_its_last_word(outside: OutsideClock) -> None:
    clock.follow(outside.url)
    outside.moves_to(timedelta(hours=3))
    assert ahead() == timedelta(hours=3)
    for nonsense in (b"", b"[]", b'{"offset_s": null}', b'{"offset_s": "soon"}'):
        outside.answer = nonsense
        assert ahead() == timedelta(hours=3)
    outside.stop()
    assert ahead() == timedelta(hours=3)


def test_following_nobody_is_the_system_clock_again(outside: OutsideClock) -> None:
    outside.moves_to(timedelta(days=2))
    clock.follow(outside.url)
    assert ahead() == timedelta(days=2)
    clock.follow("")
    assert ahead() == timedelta()


def test_a_proxy_of_the_machine_does_not_stand_between_the_clocks(
    outside: OutsideClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    outside.moves_to(timedelta(hours=5))
    clock.follow(outside.url)
    assert ahead() == timedelta(hours=5)
