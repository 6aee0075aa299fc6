"""Access tokens: /cgi-bin/token, /cgi-bin/stable_token and what a call with one is told (wechat.md §3.1)."""

import secrets
import threading
from dataclasses import dataclass

from simulator.clock import Clock

LIFETIME_S = 7200
OVERLAP_S = 300
FORCED_A_DAY = 20
FORCED_APART_S = 30


class TooOften(Exception):
    """A forced refresh was asked for again too soon, or too often today."""


class TooManyToday(TooOften):
    """The twenty forced refreshes of the day are used."""


@dataclass
class _Grant:
    token: str
    until: float


class Tokens:
    """Tokens in use; the two interfaces never touch each other's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._plain: _Grant | None = None
        self._stable: _Grant | None = None
        self._valid: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._forced_at = float("-inf")
        self._forced_days: dict[int, int] = {}

    def fetch(self) -> tuple[str, int]:
        """/token: always a new one; the last stays good for five minutes more."""
        with self._lock:
            now = self._clock.now()
            if self._plain:
                self._cut(self._plain.token, now + OVERLAP_S)
            self._plain = self._make(now)
            return self._plain.token, LIFETIME_S

    def fetch_stable(self) -> tuple[str, int]:
        """/stable_token: the same one until five minutes before its end, then a new one beside it."""
        with self._lock:
            now = self._clock.now()
            if not self._stable or self._stable.until - now <= OVERLAP_S:
                self._stable = self._make(now)
            return self._stable.token, int(self._stable.until - now)

    def force_stable(self) -> tuple[str, int]:
        """/stable_token with force_refresh: the last one dies at once; at most every 30 s and 20 times a day."""
        with self._lock:
            now = self._clock.now()
            day = _day(now)
            if now - self._forced_at < FORCED_APART_S:
                raise TooOften
            if self._forced_days.get(day, 0) >= FORCED_A_DAY:
                raise TooManyToday
            self._forced_at = now
            self._forced_days[day] = self._forced_days.get(day, 0) + 1
            if self._stable:
                self._cut(self._stable.token, now)
            self._stable = self._make(now)
            return self._stable.token, LIFETIME_S

    def check(self, token: str) -> int:
        """0 when good, else the errcode: 41001 none, 42001 ran out, 40001 replaced or never issued."""
        if not token:
            return 41001
        with self._lock:
            now = self._clock.now()
            if self._valid.get(token, 0.0) > now:
                return 0
            return 42001 if token in self._seen and self._seen[token] <= now else 40001

    def expire(self) -> None:
        """Kill every token in use, as when somebody else fetched one (for faults)."""
        with self._lock:
            self._plain = self._stable = None
            self._valid.clear()
            self._seen.clear()

    def reset(self) -> None:
        """Forget every token and count."""
        self.expire()
        with self._lock:
            self._forced_at = float("-inf")
            self._forced_days.clear()

    def _make(self, now: float) -> _Grant:
        grant = _Grant("SIM_" + secrets.token_urlsafe(240)[:200], now + LIFETIME_S)
        self._valid[grant.token] = self._seen[grant.token] = grant.until
        return grant

    def _cut(self, token: str, until: float) -> None:
        self._valid[token] = min(self._valid.get(token, until), until)


def _day(now: float) -> int:
    return int((now + 8 * 3600) // 86400)
