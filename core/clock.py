"""The one clock. Everything that asks for the time asks here."""

import threading
import time
from datetime import UTC, datetime, timedelta

import httpx

_REFRESH_SECONDS = 0.2
_TIMEOUT_SECONDS = 1.0


class _Clock:
    """The system clock, or the system clock moved by what an outside clock says (tests and the demo)."""

    def __init__(self) -> None:
        self._url = ""
        self._offset = 0.0
        self._asked_at = float("-inf")
        self._lock = threading.Lock()
        self._http: httpx.Client | None = None

    def follow(self, url: str) -> None:
        with self._lock:
            self._url = url
            # One connection for all questions: a client made for each costs more than everything else that a process does.
            self._http = httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) if url else None
            self._asked_at = float("-inf")
            if not url:
                self._offset = 0.0

    def put(self, at: datetime) -> None:
        with self._lock:
            self._offset = (at - datetime.now(UTC)).total_seconds()

    def now(self, *, fresh: bool = False) -> datetime:
        if self._http is not None and (fresh or time.monotonic() - self._asked_at > _REFRESH_SECONDS):
            self._refresh(self._http)
        return datetime.now(UTC) + timedelta(seconds=self._offset)

    def _refresh(self, http: httpx.Client) -> None:
        self._asked_at = time.monotonic()
        try:
            answer = http.get(self._url)
            self._offset = float(answer.json()["offset_s"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return  # an outside clock that is away keeps its last word


_clock = _Clock()


def follow(url: str) -> None:
    """Take the offset from `url` (`GET` → `{"offset_s": …}`); an empty one means the system clock."""
    _clock.follow(url)


def put(at: datetime) -> None:
    """Let it be this moment now in this process, for what is simulated; following "" makes it the system clock again."""
    _clock.put(at)


def now() -> datetime:
    """The time, aware, in UTC."""
    return _clock.now()


def now_exactly() -> datetime:
    """The time, asking an outside clock even if it was asked a moment ago."""
    return _clock.now(fresh=True)
