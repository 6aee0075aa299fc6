"""Presence over Redis: for each case two sorted sets, who looks and who writes, by the time of the last sign."""

import time
from collections.abc import Collection
from uuid import UUID

import redis

from core import clock
from core.logs import logger
from core.presence import GONE_AFTER_SECONDS, Doing, Present

log = logger()

_PATIENCE_SECONDS = 0.3  # every open page asks every four seconds
_QUIET_SECONDS = 30.0


class RedisPresence:
    """Signs of life in Redis, which drops them by itself. After a failure it is left alone for a while.

    One line is logged for each failure, not for each page that asks meanwhile; until Redis is back nobody is seen.
    """

    def __init__(self, url: str, *, quiet_seconds: float = _QUIET_SECONDS) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS, decode_responses=True
        )
        self._quiet_seconds = quiet_seconds
        self._quiet_until = 0.0

    def sign(self, case_id: UUID, staff_id: UUID, doing: Doing) -> Collection[Present]:
        """Who else has the page open. Whoever writes looks as well; writing ends when its own signs end."""
        if time.monotonic() < self._quiet_until:
            return ()
        try:
            found = self._ask(case_id, staff_id, doing)
        except redis.RedisError as error:
            self._quiet_until = time.monotonic() + self._quiet_seconds
            log.warning("presence_unknown", error=type(error).__name__)
            return ()
        return [Present(UUID(one), found[one]) for one in found if one != str(staff_id)]

    def _ask(self, case_id: UUID, staff_id: UUID, doing: Doing) -> dict[str, Doing]:
        """Everybody at this case, by staff id, in one round trip."""
        now = clock.now().timestamp()
        names = {kind: f"presence:{case_id}:{kind}" for kind in Doing}
        given = {Doing.LOOKING, doing}
        with self._redis.pipeline() as pipe:
            for kind, name in names.items():
                if kind in given:
                    pipe.zadd(name, {str(staff_id): now})
                    pipe.expire(name, GONE_AFTER_SECONDS)
            for name in names.values():
                pipe.zremrangebyscore(name, "-inf", now - GONE_AFTER_SECONDS)
                pipe.zrange(name, 0, -1)
            looking, _, writing = pipe.execute()[-3:]
        return dict.fromkeys(looking, Doing.LOOKING) | dict.fromkeys(writing, Doing.WRITING)

    def close(self) -> None:
        self._redis.close()
