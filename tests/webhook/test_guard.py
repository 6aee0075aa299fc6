"""Who may knock: the official signature, freshness, and no nonce used twice for different things."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace

import pytest

from core import clock
from core.database import Transaction
from core.settings import Settings, SettingsError
from tests.conftest import Later
from webhook import guard
from webhook.guard import Forbidden, Query

# developers.weixin.qq.com/doc/subscription/guide/dev/push/encryption (reference: wechat §1.1)
OFFICIAL = Query(signature="899cf89e464efb63f54ddac96b0a0a235f53aa78", timestamp="1714037059", nonce="486452656")
TOKEN = "AAAAA"


def query(*, age_s: float = 0, nonce: str = "42") -> Query:
    """A request signed with TOKEN `age_s` seconds ago."""
    timestamp = str(int(clock.now().timestamp() - age_s))
    return Query(signature=guard.sign(TOKEN, timestamp, nonce), timestamp=timestamp, nonce=nonce)


def test_the_official_example_is_accepted() -> None:
    guard.check_signature(TOKEN, OFFICIAL)


@pytest.mark.parametrize("wrong", [{"nonce": "486452657"}, {"timestamp": "1714037060"}, {"signature": "8" * 40}])
def test_whatever_is_changed_in_the_official_example_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Forbidden, match="signature"):
        guard.check_signature(TOKEN, replace(OFFICIAL, **wrong))


def test_another_token_does_not_fit_the_official_example() -> None:
    with pytest.raises(Forbidden, match="signature"):
        guard.check_signature("AAAAB", OFFICIAL)


@pytest.mark.parametrize("signature", ["", "é" * 40, OFFICIAL.signature.upper(), OFFICIAL.signature[:-1]])
def test_odd_signatures_are_refused_and_nothing_else(signature: str) -> None:
    with pytest.raises(Forbidden, match="signature"):
        guard.check_signature(TOKEN, replace(OFFICIAL, signature=signature))


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def watch(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", watch)
    guard.check_signature(TOKEN, OFFICIAL)
    body_mark = hashlib.sha1("".join(sorted([TOKEN, "1714037059", "486452656", "sealed"])).encode()).hexdigest()
    guard.check_message_signature(TOKEN, replace(OFFICIAL, msg_signature=body_mark), "sealed")
    assert [one for one, _ in compared] == [OFFICIAL.signature.encode(), body_mark.encode()]


def test_a_message_signature_covers_the_encrypted_body() -> None:
    mark = guard.sign(TOKEN, OFFICIAL.timestamp, OFFICIAL.nonce, "sealed")
    with pytest.raises(Forbidden, match="msg_signature"):
        guard.check_message_signature(TOKEN, replace(OFFICIAL, msg_signature=mark), "sealed otherwise")


@pytest.mark.parametrize("token", ["", "  ", "\t"])
def test_an_empty_token_is_impossible(settings: Settings, token: str) -> None:
    good = settings.model_dump(mode="json", exclude={"wechat_modes", "wechat_token"})
    environment = {name.upper(): str(value) for name, value in good.items()} | {"WECHAT_TOKEN": token}
    with pytest.raises(SettingsError, match="WECHAT_TOKEN"):
        Settings.from_mapping(environment)


@pytest.mark.parametrize("nonce", ["", "a\0b", "é", "a b\n"])
def test_a_nonce_that_the_platform_would_not_use_is_refused(nonce: str) -> None:
    with pytest.raises(Forbidden, match="nonce"):
        guard.check_signature(TOKEN, query(nonce=nonce))


@pytest.mark.parametrize("age_s", [0, 290, -290])
def test_a_request_of_the_last_minutes_is_fresh(age_s: float) -> None:
    guard.check_freshness(query(age_s=age_s))


@pytest.mark.parametrize("age_s", [310, -310, 86_400])
def test_a_request_from_long_ago_or_from_the_future_is_stale(age_s: float) -> None:
    with pytest.raises(Forbidden, match="stale"):
        guard.check_freshness(query(age_s=age_s))


@pytest.mark.parametrize("timestamp", ["", "now", "-5", "1e9", "１７１４", "9" * 13, "9" * 4000])
def test_a_timestamp_that_is_no_number_of_seconds_is_refused(timestamp: str) -> None:
    with pytest.raises(Forbidden, match="timestamp"):
        guard.check_freshness(replace(OFFICIAL, timestamp=timestamp))


def test_a_nonce_serves_for_one_body_only(tx: Transaction) -> None:
    asked = query()
    guard.check_nonce(tx, asked, b"one")
    guard.check_nonce(tx, asked, b"one")
    with pytest.raises(Forbidden, match="replay"):
        guard.check_nonce(tx, asked, b"another")


def test_a_nonce_may_come_again_with_another_time(tx: Transaction) -> None:
    guard.check_nonce(tx, query(), b"one")
    guard.check_nonce(tx, query(age_s=60), b"another")


def test_nonces_are_forgotten_once_no_request_with_them_could_be_fresh(
    tx: Transaction, later: Callable[..., None]
) -> None:
    assert isinstance(later, Later)
    asked = query()
    guard.check_nonce(tx, asked, b"one")
    later(seconds=2 * guard.FRESH_SECONDS)
    guard.forget_old_nonces(tx)
    with pytest.raises(Forbidden, match="replay"):
        guard.check_nonce(tx, asked, b"another")
    later(hours=1)
    guard.forget_old_nonces(tx)
    guard.check_nonce(tx, asked, b"another")
