"""The ledger of customer-service messages: what a farmer's act allows the account to send (wechat.md §2)."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simulator.clock import Clock
from simulator.switches import Switchboard


class Trigger(StrEnum):
    """What the farmer did."""

    MESSAGE = "message"
    MENU = "menu"
    SUBSCRIBE = "subscribe"
    SCAN = "scan"


class NoWindow(Exception):
    """45015: too long ago, or nothing was ever done."""


class Spent(Exception):
    """45047: a window is open, but its messages are used up."""


@dataclass
class Window:
    """What is left of one grant."""

    until: float
    left: int


class Ledger:
    """Windows by farmer and trigger; the combination rule is a switch because it is not documented."""

    def __init__(self, clock: Clock, switches: Switchboard) -> None:
        self._clock = clock
        self._switches = switches
        self._lock = threading.Lock()
        self._windows: dict[str, dict[Trigger, Window]] = {}

    def grant(self, openid: str, trigger: Trigger) -> None:
        """The farmer did something that opens a window, or opens it anew."""
        rules, now = self._switches.now, self._clock.now()
        if trigger is Trigger.MESSAGE:
            fresh = Window(now + rules.message_window_s, rules.message_quota)
        else:
            fresh = Window(now + rules.short_window_s, rules.short_quota)
        with self._lock:
            windows = self._windows.setdefault(openid, {})
            if rules.quota_rule == "merged":
                live = self._live(openid)
                fresh = Window(
                    max([fresh.until, *(w.until for w in live.values())]),
                    max([fresh.left, *(w.left for w in live.values())]),
                )
                windows.clear()
            windows[trigger] = fresh

    def spend(self, openid: str) -> None:
        """Charge one message, or raise NoWindow or Spent."""
        with self._lock:
            live = self._live(openid)
            if not live:
                raise NoWindow
            usable = sorted((w for w in live.values() if w.left), key=lambda w: w.until)
            if not usable:
                raise Spent
            for window in usable[:1] if self._switches.now.quota_rule == "summed" else usable:
                window.left -= 1

    def close(self, openid: str) -> None:
        """The farmer left: nothing more may be sent."""
        with self._lock:
            self._windows.pop(openid, None)

    def left(self, openid: str) -> dict[str, Any]:
        """What may still be sent, for people and for assertions."""
        with self._lock:
            live = self._live(openid)
            combine: Callable[[list[int]], int] = sum if self._switches.now.quota_rule == "summed" else max
            return {
                "left": combine([w.left for w in live.values()]) if live else 0,
                "until": max((w.until for w in live.values() if w.left), default=None),
                "windows": {t.value: {"left": w.left, "until": w.until} for t, w in live.items()},
            }

    def reset(self) -> None:
        """Forget every window."""
        with self._lock:
            self._windows.clear()

    def _live(self, openid: str) -> dict[Trigger, Window]:
        now = self._clock.now()
        return {t: w for t, w in self._windows.get(openid, {}).items() if w.until > now}
