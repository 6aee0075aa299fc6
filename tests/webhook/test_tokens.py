"""The access token: one for all processes, fetched once, from stable_token; and what a refused one means."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
import requests
from structlog.testing import capture_logs

from core.errors import PassiveOnly, TryLater
from tests.webhook.api_side import HTML, RESET, Answer, Api, refuses, says
from webhook.tokens import TokenStore

PATH = "/cgi-bin/stable_token"
MakeStore = Callable[..., TokenStore]


@pytest.fixture
def make_store(api: Api) -> Iterator[MakeStore]:
    """Makes token stores, each as in a process of its own."""
    sessions: list[requests.Session] = []

    def make(store: redis.Redis, *, timeout: float = 5.0) -> TokenStore:
        sessions.append(requests.Session())
        sessions[-1].trust_env = False
        return TokenStore(store, sessions[-1], api_url=api.url + "/", appid="wx1", secret="s3", timeout=timeout)

    yield make
    for session in sessions:
        session.close()


def test_the_token_is_asked_of_stable_token_without_forcing_anything(
    api: Api, make_store: MakeStore, valkey: redis.Redis
) -> None:
    assert make_store(valkey).get() == "T1"
    (call,) = api.calls
    assert (call.method, call.path) == ("POST", PATH)
    body = call.json
    assert body.pop("force_refresh", False) is False
    assert body == {"grant_type": "client_credential", "appid": "wx1", "secret": "s3"}


def test_twenty_threads_fetch_one_token(api: Api, make_store: MakeStore, valkey: redis.Redis) -> None:
    store = make_store(valkey)
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(lambda _: store.get(), range(20))) == {"T1"}
    assert len(api.calls) == 1


def test_processes_share_one_token_through_valkey(api: Api, make_store: MakeStore, valkey: redis.Redis) -> None:
    stores = [make_store(valkey) for _ in range(4)]
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(lambda store: store.get(), stores * 5)) == {"T1"}
    assert len(api.calls) == 1


def test_without_valkey_each_process_keeps_its_own(api: Api, make_store: MakeStore, no_valkey: redis.Redis) -> None:
    one, other = make_store(no_valkey), make_store(no_valkey)
    assert [one.get(), one.get(), other.get(), one.get()] == ["T1", "T1", "T2", "T1"]
    assert len(api.calls) == 2


def test_a_valkey_that_hangs_is_asked_once_and_then_left_alone(api: Api, make_store: MakeStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with redis.Redis.from_url(url, socket_timeout=0.2, socket_connect_timeout=0.2) as client:
            store = make_store(client)
            assert [store.get() for _ in range(5)] == ["T1"] * 5
        silent.settimeout(0.01)
        knocked = 0
        while True:
            try:
                silent.accept()[0].close()
                knocked += 1
            except TimeoutError:
                break
    assert knocked == 1


def test_a_token_is_given_up_some_minutes_before_its_end(api: Api, make_store: MakeStore, valkey: redis.Redis) -> None:
    api.routes[PATH] = lambda call: says(access_token="T", expires_in=7200)
    make_store(valkey).get()
    (left,) = [valkey.ttl(name) for name in valkey.scan_iter("*token")]
    assert 6900 <= left <= 7000


def test_a_token_that_ends_soon_is_still_kept_a_little(api: Api, make_store: MakeStore, valkey: redis.Redis) -> None:
    api.routes[PATH] = lambda call: says(access_token="T", expires_in=60)
    store = make_store(valkey)
    assert [store.get(), store.get()] == ["T", "T"]
    assert len(api.calls) == 1


# --- a token that the platform refused


def test_for_a_refused_token_another_is_fetched_once(api: Api, make_store: MakeStore, valkey: redis.Redis) -> None:
    store = make_store(valkey)
    refused = store.get()
    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(lambda _: store.get(not_this=refused), range(10))) == {"T2"}
    assert len(api.calls) == 2
    assert store.get() == "T2"


def test_what_another_process_fetched_meanwhile_is_taken(api: Api, make_store: MakeStore, valkey: redis.Redis) -> None:
    one, other = make_store(valkey), make_store(valkey)
    refused = one.get()
    assert other.get(not_this=refused) == "T2"
    assert one.get(not_this=refused) == "T2"
    assert len(api.calls) == 2


def test_the_same_token_again_is_no_other_token_and_ends_the_matter(
    api: Api, make_store: MakeStore, valkey: redis.Redis
) -> None:
    api.routes[PATH] = lambda call: says(access_token="T", expires_in=7000)
    store = make_store(valkey)
    store.get()
    with pytest.raises(TryLater, match="still valid"):
        store.get(not_this="T")
    assert len(api.calls) == 2
    assert store.get() == "T", "for whoever was not refused it is as good as before"
    assert len(api.calls) == 2


def test_without_valkey_the_same_token_again_ends_the_matter_too(
    api: Api, make_store: MakeStore, no_valkey: redis.Redis
) -> None:
    api.routes[PATH] = lambda call: says(access_token="T", expires_in=7000)
    store = make_store(no_valkey)
    store.get()
    with pytest.raises(TryLater, match="still valid"):
        store.get(not_this="T")
    assert len(api.calls) == 2


# --- when there is no token to be had


@pytest.mark.parametrize("errcode", [40013, 40125, 40164, 40243, 89503, 40001, -1, 45009])
def test_a_refused_account_is_told_to_the_operator_and_loses_no_message(
    api: Api, make_store: MakeStore, valkey: redis.Redis, errcode: int
) -> None:
    api.routes[PATH] = lambda call: refuses(errcode)
    with capture_logs() as logged, pytest.raises(TryLater, match=str(errcode)):
        make_store(valkey).get()
    told = [(line["log_level"], line["errcode"]) for line in logged if line["event"] == "wechat_token_refused"]
    assert told == [("error", errcode)]


def test_an_account_without_the_right_may_only_answer(api: Api, make_store: MakeStore, valkey: redis.Redis) -> None:
    api.routes[PATH] = lambda call: refuses(48001)
    with pytest.raises(PassiveOnly):
        make_store(valkey).get()


@pytest.mark.parametrize(
    "answer",
    [
        HTML, RESET, Answer(b""), Answer(b"[]"), Answer(b"null"), Answer(b"{}"), Answer(b"502", status=502),
        says(access_token="T", expires_in="soon"), says(access_token=""), says(access_token=None, expires_in=7200),
    ],
)  # fmt: skip
def test_an_answer_without_a_token_means_later(
    api: Api, make_store: MakeStore, valkey: redis.Redis, answer: Answer
) -> None:
    api.routes[PATH] = lambda call: answer
    store = make_store(valkey)
    with pytest.raises(TryLater):
        store.get()
    del api.routes[PATH]
    api.routes[PATH] = lambda call: says(access_token="T9", expires_in=7200)
    assert store.get() == "T9"


def test_a_platform_that_does_not_answer_is_not_waited_for(
    api: Api, make_store: MakeStore, valkey: redis.Redis
) -> None:
    api.hangs.set()
    with pytest.raises(TryLater):
        make_store(valkey, timeout=0.2).get()


def test_whoever_waited_for_a_fetch_that_failed_does_not_try_it_again(
    api: Api, make_store: MakeStore, valkey: redis.Redis
) -> None:
    all_wait = threading.Barrier(11)
    release = threading.Event()

    def fail(call: object) -> Answer:
        release.wait(20)
        return HTML

    api.routes[PATH] = fail
    store = make_store(valkey, timeout=30)

    def get() -> str:
        all_wait.wait(20)
        try:
            return store.get()
        except TryLater as error:
            return type(error).__name__

    with ThreadPoolExecutor(10) as pool:
        waiting = [pool.submit(get) for _ in range(10)]
        all_wait.wait(20)
        assert not any(each.done() for each in waiting)
        threading.Event().wait(0.3)  # time to queue behind the one that fetches
        release.set()
        assert {each.result() for each in waiting} == {"TryLater"}
    assert len(api.calls) == 1


def test_a_lock_left_by_a_killed_process_does_not_keep_the_token_from_the_others(
    api: Api, make_store: MakeStore, valkey: redis.Redis
) -> None:
    store = make_store(valkey)
    store.get()
    (name,) = [bytes(name) for name in valkey.scan_iter("*token")]
    valkey.delete(name)
    valkey.set(name + b":lock", "of a dead process", px=600)
    assert store.get() == "T2"
