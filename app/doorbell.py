"""The doorbell over Redis: dramatiq with one actor. No retries of its own: the rows alone decide what is done again."""

import time

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import CurrentMessage, Retries

from core.logs import logger

log = logger()

_QUIET_SECONDS = 3.0
ACTOR = "run_job"
QUEUE = "nongwen"


def make_broker(url: str) -> RedisBroker:
    """A broker that neither retries nor expires, and gives up quickly when Redis is away."""
    broker: RedisBroker = RedisBroker(url=url, socket_timeout=5, socket_connect_timeout=1)  # type: ignore[no-untyped-call]
    broker.middleware = [m for m in broker.middleware if not isinstance(m, Retries | CurrentMessage)]
    return broker


class RedisDoorbell:
    """Rings through Redis. After a failure it stays quiet for a moment, so that nobody waits for a dead Redis."""

    def __init__(self, url: str) -> None:
        self._broker = make_broker(url)
        self._broker.declare_queue(QUEUE)
        self._quiet_until = 0.0

    def ring(self, job: str, subject: str) -> bool:
        if time.monotonic() < self._quiet_until:
            return False
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=QUEUE, actor_name=ACTOR, args=(job, subject), kwargs={}, options={}
        )
        try:
            self._broker.enqueue(message)
        except (dramatiq.errors.ConnectionError, redis.RedisError) as error:
            self._quiet_until = time.monotonic() + _QUIET_SECONDS
            log.warning("doorbell_silent", error=type(error).__name__)
            return False
        return True
