"""QR codes with a scene: one a village, permanent or for some days (wechat.md §4.6)."""

import secrets
import threading
from dataclasses import dataclass

from simulator.clock import Clock


@dataclass(frozen=True)
class Code:
    """One code; `until` is None for a permanent one."""

    ticket: str
    short: str
    """What the picture holds, behind the platform's address."""
    scene: str
    is_number: bool
    until: float | None


class Codes:
    """Codes by ticket."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._codes: dict[str, Code] = {}

    def make(self, scene: str, *, is_number: bool, lasts_s: int | None) -> Code:
        """A new code for the scene."""
        ticket = "gQ" + secrets.token_urlsafe(70)[:90]
        code = Code(
            ticket, secrets.token_hex(6), scene, is_number, None if lasts_s is None else self._clock.now() + lasts_s
        )
        with self._lock:
            self._codes[ticket] = code
        return code

    def find(self, ticket: str) -> Code | None:
        """The code of a ticket."""
        return self._codes.get(ticket)

    def by_short(self, short: str) -> Code | None:
        """The code whose picture says this."""
        with self._lock:
            return next((c for c in self._codes.values() if c.short == short), None)

    def for_scene(self, scene: str) -> Code | None:
        """The newest code with that scene, None if there is none; it may have run out."""
        with self._lock:
            return next((c for c in reversed(list(self._codes.values())) if c.scene == scene), None)

    def is_over(self, code: Code) -> bool:
        """Whether a temporary code has run out."""
        return code.until is not None and code.until <= self._clock.now()

    def scenes(self) -> list[str]:
        """Every scene that can be scanned now, oldest first."""
        with self._lock:
            return list(dict.fromkeys(c.scene for c in self._codes.values() if not self.is_over(c)))

    def reset(self) -> None:
        """Forget every code."""
        with self._lock:
            self._codes = {}
