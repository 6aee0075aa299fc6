"""Presence in Valkey: signs of life by case, gone by themselves, and nothing that fails where Valkey is away."""

import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
import redis
from structlog.testing import capture_logs

from app.presence import RedisPresence
from app.stack.running import Stack
from core.presence import GONE_AFTER_SECONDS, Doing, NobodySeen, Presence, Present
from tests.app.conftest import SilentServer
from tests.conftest import Later

CASE, WANG, LI = uuid4(), uuid4(), uuid4()


@pytest.fixture
def url(memory: Stack) -> Iterator[str]:
    address = memory.values["REDIS_URL"]
    with redis.Redis.from_url(address) as client:
        client.flushdb()
        yield address
        client.flushdb()


@pytest.fixture
def presence(url: str) -> Iterator[RedisPresence]:
    made = RedisPresence(url, quiet_seconds=0.2)
    yield made
    made.close()


def seen(presence: Presence, by: UUID, *, case_id: UUID = CASE) -> set[Present]:
    return set(presence.sign(case_id, by, Doing.LOOKING))


def test_two_at_one_case_see_each_other_and_nobody_sees_himself(presence: RedisPresence) -> None:
    assert seen(presence, WANG) == set()
    assert seen(presence, LI) == {Present(WANG, Doing.LOOKING)}
    assert seen(presence, WANG) == {Present(LI, Doing.LOOKING)}
    assert seen(presence, WANG, case_id=uuid4()) == set()


def test_whoever_writes_is_seen_writing_and_only_that(presence: RedisPresence) -> None:
    presence.sign(CASE, WANG, Doing.WRITING)
    assert seen(presence, LI) == {Present(WANG, Doing.WRITING)}


@pytest.mark.parametrize("doing", Doing)
def test_twenty_five_seconds_after_the_last_sign_they_are_gone(
    presence: RedisPresence, later: Later, doing: Doing
) -> None:
    presence.sign(CASE, WANG, doing)
    later(seconds=GONE_AFTER_SECONDS - 2)
    assert seen(presence, LI) == {Present(WANG, doing)}
    later(seconds=3)
    assert seen(presence, LI) == set()
    assert seen(presence, WANG) == {Present(LI, Doing.LOOKING)}


def test_who_stops_writing_is_seen_looking_on(presence: RedisPresence, later: Later) -> None:
    presence.sign(CASE, WANG, Doing.WRITING)
    later(seconds=GONE_AFTER_SECONDS - 5)
    presence.sign(CASE, WANG, Doing.LOOKING)
    assert seen(presence, LI) == {Present(WANG, Doing.WRITING)}
    later(seconds=10)
    assert seen(presence, LI) == {Present(WANG, Doing.LOOKING)}


def test_what_nobody_asks_for_any_more_is_dropped_by_valkey_itself(presence: RedisPresence, url: str) -> None:
    presence.sign(CASE, WANG, Doing.WRITING)
    with redis.Redis.from_url(url) as client:
        left = [client.ttl(name) for name in client.keys("presence:*")]
    assert len(left) == len(Doing)
    assert all(0 < seconds <= GONE_AFTER_SECONDS for seconds in left)


def test_without_a_valkey_nobody_is_seen_and_one_line_says_so(nobody: str) -> None:
    presence = RedisPresence(nobody)
    with capture_logs() as logged:
        assert [seen(presence, WANG) for _ in range(5)] == [set()] * 5
    assert [line["event"] for line in logged] == ["presence_unknown"]
    assert set(NobodySeen().sign(CASE, WANG, Doing.WRITING)) == set()


def test_a_valkey_that_never_answers_holds_one_page_up_and_only_for_a_moment(silent: SilentServer) -> None:
    presence = RedisPresence(f"redis://127.0.0.1:{silent.port}/0")
    began = time.monotonic()
    assert [seen(presence, WANG) for _ in range(20)] == [set()] * 20
    assert time.monotonic() - began < 2
    assert silent.knocked() == 1


def test_a_valkey_that_only_reads_is_as_good_as_away(presence: RedisPresence, url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.replicaof("127.0.0.1", "1")
        try:
            assert seen(presence, WANG) == set()
        finally:
            client.replicaof("NO", "ONE")


def test_when_valkey_is_back_they_see_each_other_again(presence: RedisPresence, memory: Stack) -> None:
    presence.sign(CASE, WANG, Doing.LOOKING)
    memory.manager.end("valkey")
    assert seen(presence, LI) == set()
    memory.manager.begin("valkey")
    time.sleep(0.3)
    seen(presence, WANG)
    assert seen(presence, LI) == {Present(WANG, Doing.LOOKING)}
