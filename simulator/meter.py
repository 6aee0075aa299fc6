"""How often each interface was called today, for the daily limits and clear_quota."""

import threading

from simulator.clock import Clock

CLEARS_A_MONTH = 10


class Meter:
    """Counts by interface and Beijing day."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[tuple[int, str], int] = {}
        self._clears: dict[int, int] = {}

    def count(self, path: str, most: int) -> bool:
        """Count one call; False when the day's limit is already reached."""
        key = (self._day(), path)
        with self._lock:
            if self._counts.get(key, 0) >= most:
                return False
            self._counts[key] = self._counts.get(key, 0) + 1
            return True

    def set(self, path: str, used: int) -> None:
        """Pretend that so many calls were made today."""
        with self._lock:
            self._counts[(self._day(), path)] = used

    def clear(self) -> bool:
        """Set every count of today to nothing; False when that was done ten times this month (30 days)."""
        month = self._day() // 30
        with self._lock:
            if self._clears.get(month, 0) >= CLEARS_A_MONTH:
                return False
            self._clears[month] = self._clears.get(month, 0) + 1
            self._counts.clear()
            return True

    def reset(self) -> None:
        """Forget every count."""
        with self._lock:
            self._counts.clear()
            self._clears.clear()

    def _day(self) -> int:
        return int((self._clock.now() + 8 * 3600) // 86400)
