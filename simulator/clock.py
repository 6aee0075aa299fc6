"""The one clock of the platform: windows, tokens, media and message times, movable by tests."""

import threading
import time


class Clock:
    """Real time plus an offset that only grows, so that 48 hours can pass in a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = 0.0

    @property
    def offset(self) -> float:
        """Seconds that this clock is ahead of the real one."""
        return self._offset

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        with self._lock:
            self._offset += seconds

    def reset(self) -> None:
        """Back to real time."""
        with self._lock:
            self._offset = 0.0
