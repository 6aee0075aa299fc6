"""The doorbell: rings through Valkey, gives up at once when nobody is there, and leaves all retries to the rows."""

import json
import socket
from collections.abc import Iterator

import pytest
import redis
from dramatiq.middleware import AgeLimit, Retries
from structlog.testing import capture_logs

from app.doorbell import ACTOR, QUEUE, RedisDoorbell, make_broker
from app.stack.running import Stack
from tests.app.conftest import SilentServer


@pytest.fixture
def url(memory: Stack) -> Iterator[str]:
    address = memory.values["REDIS_URL"]
    with redis.Redis.from_url(address) as client:
        client.flushdb()
        yield address
        client.flushdb()


def queued(url: str) -> list[dict[str, object]]:
    """The messages in the queue, oldest first."""
    with redis.Redis.from_url(url) as client:
        ids = client.lrange(f"dramatiq:{QUEUE}", 0, -1)
        return [json.loads(client.hget(f"dramatiq:{QUEUE}.msgs", str(name, "ascii")) or b"{}") for name in ids]


def test_a_ring_is_heard_as_a_job_with_its_subject(url: str) -> None:
    assert RedisDoorbell(url).ring("deliver", "42") is True
    (message,) = queued(url)
    assert (message["actor_name"], message["args"], message["kwargs"]) == (ACTOR, ["deliver", "42"], {})


def test_nothing_but_the_rows_decides_about_retries(url: str) -> None:
    broker = make_broker(url, patience=1)
    assert not [middleware for middleware in broker.middleware if isinstance(middleware, Retries)]
    assert "max_retries" not in broker.actor_options
    RedisDoorbell(url).ring("deliver", "42")
    assert queued(url)[0]["options"] == {"redis_message_id": queued(url)[0]["options"]["redis_message_id"]}  # type: ignore[index]
    assert AgeLimit in {type(middleware) for middleware in broker.middleware}


def test_a_ring_that_nobody_hears_is_false_and_one_log_line(nobody: str) -> None:
    bell = RedisDoorbell(nobody)
    with capture_logs() as logged:
        assert [bell.ring("deliver", str(number)) for number in range(5)] == [False] * 5
    assert [line["event"] for line in logged] == ["doorbell_silent"]


def test_after_a_failure_nobody_is_knocked_at_for_a_moment(silent: SilentServer) -> None:
    bell = RedisDoorbell(f"redis://127.0.0.1:{silent.port}/0", patience=0.2)
    assert [bell.ring("deliver", str(number)) for number in range(20)] == [False] * 20
    assert silent.knocked() == 1


def test_a_valkey_that_hangs_is_waited_for_no_longer_than_a_farmer_can_spare() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        client = RedisDoorbell(f"redis://127.0.0.1:{hanging.getsockname()[1]}/0").broker.client
        options = client.connection_pool.connection_kwargs
        assert options["socket_timeout"] + options["socket_connect_timeout"] <= 2


def test_when_the_moment_has_passed_it_rings_again(url: str, nobody: str) -> None:
    bell = RedisDoorbell(nobody, quiet_seconds=0)
    assert bell.ring("deliver", "1") is False
    bell.broker.client.connection_pool = redis.ConnectionPool.from_url(url)
    assert bell.ring("deliver", "2") is True


def test_a_valkey_that_takes_nothing_more_is_as_good_as_away(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.config_set("maxmemory", "1")
        try:
            assert RedisDoorbell(url).ring("deliver", "42") is False
        finally:
            client.config_set("maxmemory", "0")
