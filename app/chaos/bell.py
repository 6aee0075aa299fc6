"""The doorbell of a run: everybody rings after a command, and whoever listens carries facts; a dead Valkey is heard by nobody."""

from typing import Any

import dramatiq
import redis

from app.doorbell import QUEUE, RedisDoorbell

_WAIT_MS = 100


class Bell:
    """One process' rope and ear. Nothing is lost with a ring: the facts are carried now and then in any case."""

    def __init__(self, url: str) -> None:
        self._bell = RedisDoorbell(url)
        self._ear: Any = None

    def ring(self) -> None:
        """Say that there is something to carry."""
        self._bell.ring("carry_facts", "now")

    def has_rung(self) -> bool:
        """Whether somebody has rung, for whoever is first to ask; False as well while Valkey is away."""
        try:
            if self._ear is None:
                self._ear = self._bell.broker.consume(QUEUE, prefetch=1, timeout=_WAIT_MS)
            message = next(self._ear)
            if message is not None:
                self._ear.ack(message)
        except (dramatiq.errors.ConnectionError, redis.RedisError):
            self._ear = None
            return False
        return message is not None
