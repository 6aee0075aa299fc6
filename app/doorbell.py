"""The doorbell over Redis: dramatiq with one actor. No retries of its own: the rows alone decide what is done again."""

import time

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import CurrentMessage, Retries

from core.logs import logger

log = logger()

_PATIENCE_SECONDS = 1.0  # whoever rings may have a farmer waiting for five
_QUIET_SECONDS = 3.0
ACTOR = "run_job"
QUEUE = "nongwen"


def make_broker(url: str, *, patience: float) -> RedisBroker:
    """A broker that never retries and waits no longer for Redis than it is told, in seconds.

    dramatiq passes no timeouts on to a Redis that is named by its address, hence a client of our own.
    """
    client = redis.Redis.from_url(url, socket_timeout=patience, socket_connect_timeout=min(patience, 1.0))
    broker: RedisBroker = RedisBroker(client=client)  # type: ignore[no-untyped-call]
    broker.middleware = [m for m in broker.middleware if not isinstance(m, Retries | CurrentMessage)]
    broker.actor_options -= {"max_retries", "min_backoff", "max_backoff", "retry_when", "throws"}
    return broker


class RedisDoorbell:
    """Rings through Redis. After a failure it stays quiet for a moment, so that nobody waits for a dead Redis."""

    def __init__(self, url: str, *, patience: float = _PATIENCE_SECONDS, quiet_seconds: float = _QUIET_SECONDS) -> None:
        self.broker = make_broker(url, patience=patience)
        self.broker.declare_queue(QUEUE)
        self._quiet_seconds = quiet_seconds
        self._quiet_until = 0.0

    def ring(self, job: str, subject: str) -> bool:
        if time.monotonic() < self._quiet_until:
            return False
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=QUEUE, actor_name=ACTOR, args=(job, subject), kwargs={}, options={}
        )
        try:
            self.broker.enqueue(message)
        except (dramatiq.errors.BrokerConnectionError, redis.RedisError) as error:
            self._quiet_until = time.monotonic() + self._quiet_seconds
            log.warning("doorbell_silent", error=type(error).__name__)
            return False
        return True
