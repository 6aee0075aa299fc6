"""Who may knock: signature, freshness, and nothing said twice with another body.

Source: wechat reference §1.1–1.2, §3.2. wechatpy compares with `!=`, accepts an empty token and checks neither
freshness nor replay, so none of its checks is used.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock
from core.database import Transaction
from webhook.tables import nonces

FRESH_SECONDS = 300
_REMEMBERED = timedelta(hours=1)


class Forbidden(Exception):
    """The request is not from the platform, too old, or used for something else. `rule` says which."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True)
class Query:
    """The signed part of a request's address."""

    signature: str
    timestamp: str
    nonce: str
    echostr: str = ""
    encrypt_type: str = ""
    msg_signature: str = ""

    @property
    def is_encrypted(self) -> bool:
        return self.encrypt_type == "aes"


def sign(token: str, *parts: str) -> str:
    """SHA-1 over the sorted parts and the token, in hexadecimal, as the platform does it."""
    return hashlib.sha1("".join(sorted([token, *parts])).encode(), usedforsecurity=False).hexdigest()


def check_signature(token: str, query: Query) -> None:
    """Raises Forbidden unless the platform signed this address."""
    if not hmac.compare_digest(sign(token, query.timestamp, query.nonce).encode(), query.signature.encode()):
        raise Forbidden("signature")
    if not (query.nonce and query.nonce.isascii() and query.nonce.isprintable()):
        raise Forbidden("nonce")


def check_message_signature(token: str, query: Query, encrypted: str) -> None:
    """Raises Forbidden unless the platform signed this encrypted body."""
    expected = sign(token, query.timestamp, query.nonce, encrypted)
    if not hmac.compare_digest(expected.encode(), query.msg_signature.encode()):
        raise Forbidden("msg_signature")


def check_freshness(query: Query) -> None:
    """Raises Forbidden for a request signed more than five minutes ago, or from now."""
    if not query.timestamp.isascii() or not query.timestamp.isdigit() or len(query.timestamp) > 12:
        raise Forbidden("timestamp")
    if _age(query, exactly=False) > FRESH_SECONDS and _age(query, exactly=True) > FRESH_SECONDS:
        raise Forbidden("stale")


def _age(query: Query, *, exactly: bool) -> float:
    now = clock.now_exactly() if exactly else clock.now()
    return abs(now.timestamp() - int(query.timestamp))


def check_nonce(tx: Transaction, query: Query, body: bytes) -> None:
    """Raises Forbidden when this nonce was used for another body; the same body again is a retry."""
    digest = hashlib.sha256(body).hexdigest()
    tx.execute(
        pg_insert(nonces)
        .values(nonce=query.nonce, timestamp=int(query.timestamp), body_sha256=digest, seen_at=clock.now())
        .on_conflict_do_nothing()
    )
    first = tx.execute(
        sa.select(nonces.c.body_sha256).where(nonces.c.nonce == query.nonce, nonces.c.timestamp == int(query.timestamp))
    ).scalar_one()
    if first != digest:
        raise Forbidden("replay")


def forget_old_nonces(tx: Transaction) -> None:
    """Nonces older than any fresh request are of no use."""
    tx.execute(nonces.delete().where(nonces.c.seen_at < clock.now() - _REMEMBERED))
