"""One HTTP request with a hard wall-clock cut, as the platform's callers make it."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit


class Cut(Exception):
    """The answer was not complete in time; the connection has been closed and the rest is lost."""


class NoAnswer(Exception):
    """Refused, reset, or not HTTP."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    ms: float


def ask(
    method: str,
    url: str,
    query: Mapping[str, str],
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    cut_s: float,
    max_bytes: int = 1_048_576,
) -> Answer:
    """Send and read it all within `cut_s`, or raise Cut or NoAnswer. Redirects are not followed."""
    parts = urlsplit(url)
    target = parts.path or "/"
    joined = "&".join(text for text in (parts.query, urlencode(query)) if text)
    if joined:
        target += "?" + joined
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    started = time.monotonic()
    connection = kind(parts.hostname or "", parts.port, timeout=max(cut_s, 0.001))
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        if connection.sock is not None:
            with contextlib.suppress(OSError):  # already closed by the other side
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(cut_s, hang_up)
    timer.daemon = True
    timer.start()
    try:
        connection.request(method, target, body=body, headers=dict(headers))
        response = connection.getresponse()
        content = response.read(max_bytes + 1)
        if late.is_set():
            raise Cut
        if len(content) > max_bytes:
            raise NoAnswer(f"more than {max_bytes} bytes")
        elapsed = (time.monotonic() - started) * 1000
        return Answer(response.status, content, dict(response.getheaders()), round(elapsed, 1))
    except (OSError, http.client.HTTPException) as problem:
        if late.is_set() or isinstance(problem, TimeoutError):
            raise Cut from None
        raise NoAnswer(str(problem) or type(problem).__name__) from None
    finally:
        timer.cancel()
        connection.close()
