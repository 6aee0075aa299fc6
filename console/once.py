"""A form or a call of the interface that is sent twice and done once, by the key that came with it."""

import hashlib
from collections.abc import Callable

from flask import request
from werkzeug.datastructures import FileStorage

from console import current
from core import clock
from core.database import Transaction
from core.once import once

_SAYS = frozenset({"answer", "ask_farmer", "note", "consult", "split", "return"})
# Not part of what is asked for: what a page renews, and what must not be kept in any form.
_LEFT_OUT = frozenset({"csrf_token", "key", "password"})


def sent_once(tx: Transaction, act: Callable[[], str]) -> str:
    """What this form came to, now or when it was sent first. Raises Refused for the same key with another content."""
    written = sorted((name, value) for name, value in request.form.items(multi=True) if name not in _LEFT_OUT)
    return once(tx, _key(), f"{request.endpoint} {_digest(repr(written).encode())}", act)


def looked_once(tx: Transaction, reason: str, act: Callable[[], None]) -> None:
    """A look for a reason, noted once for each key; for another reason it is another look."""

    def note() -> str:
        act()
        return ""

    key = _key()
    about = _digest(f"{request.path} {reason}".encode())
    once(tx, f"{key}:{about}" if key else None, "look", note)


def stored_once(tx: Transaction, upload: FileStorage, store: Callable[[], str]) -> str:
    """The id of an upload, kept once for each key; other content with the same key is another file."""
    key = _key()
    about = _digest(upload.read())
    upload.seek(0)
    return once(tx, f"{key}:{about}" if key else None, "upload", store)


def command_key(given: str, command: str) -> str | None:
    """The key of a command of the interface. Where none was given, what would be said twice (an answer, a note) gets one of
    what was sent, which holds for ten minutes; what moves a case or a need is refused the second time in any case.
    """
    if not given and command in _SAYS:
        ten_minutes = int(clock.now().timestamp() // 600)
        given = f"{_digest(request.path.encode() + request.get_data())}:{ten_minutes}"
    return current.key_for(given)


def _key() -> str | None:
    return current.key_for(request.form.get("key", "") or request.headers.get("Idempotency-Key", ""))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
