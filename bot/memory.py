"""What the bot keeps in Redis: the tracker of the last turn and, for an hour, the reply to every message."""

import json
from typing import Any, Dict, Optional

import redis
import redis.asyncio
from rasa.core.tracker_store import DEFAULT_REDIS_TRACKER_STORE_KEY_PREFIX, RedisTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

TRACKER_KEY = DEFAULT_REDIS_TRACKER_STORE_KEY_PREFIX
REPLY_KEY = "nongwen:reply:"
REPLY_SECONDS = 3600
SOCKET_SECONDS = 2.0


class TurnMemory(RedisTrackerStore):
    """Rasa's tracker store, holding one turn: every turn is laid out anew from what the service sends.

    The stock store has no socket timeout, so a Redis that hangs would hang the whole server, and it merges
    every old session into the new one, so that a long acquaintance grows slow (379 ms at 400 turns).
    """

    def __init__(self, domain: Domain, host: str, **kwargs: Any) -> None:
        super().__init__(domain, host=host, **kwargs)
        self.red = redis.StrictRedis(
            host=host,
            port=int(kwargs.get("port", 6379)),
            db=int(kwargs.get("db", 0)),
            username=kwargs.get("username") or None,
            password=kwargs.get("password") or None,
            decode_responses=True,
            socket_timeout=SOCKET_SECONDS,
            socket_connect_timeout=SOCKET_SECONDS,
        )

    async def save(self, tracker: DialogueStateTracker, timeout: Optional[float] = None) -> None:
        """Write the tracker as it is, in place of the last one."""
        self.red.set(
            TRACKER_KEY + tracker.sender_id, self.serialise_tracker(tracker), ex=int(timeout or self.record_exp)
        )


class Replies:
    """The replies given so far, by message id, and the tracker as it was before a turn that failed."""

    def __init__(self, url: str) -> None:
        self._redis = redis.asyncio.Redis.from_url(
            url, decode_responses=True, socket_timeout=SOCKET_SECONDS, socket_connect_timeout=SOCKET_SECONDS
        )

    async def ping(self) -> None:
        await self._redis.ping()

    async def given(self, message_id: str) -> Optional[Dict[str, Any]]:
        kept = await self._redis.get(REPLY_KEY + message_id)
        return json.loads(kept) if kept else None

    async def keep(self, message_id: str, reply: Dict[str, Any]) -> None:
        await self._redis.set(REPLY_KEY + message_id, json.dumps(reply, ensure_ascii=False), ex=REPLY_SECONDS)

    async def tracker(self, sender: str) -> Optional[str]:
        """The sender's tracker as it lies in Redis."""
        return await self._redis.get(TRACKER_KEY + sender)

    async def put_back(self, sender: str, tracker: Optional[str]) -> None:
        """Undo what a failed turn wrote."""
        if tracker is None:
            await self._redis.delete(TRACKER_KEY + sender)
        else:
            await self._redis.set(TRACKER_KEY + sender, tracker, ex=REPLY_SECONDS)
