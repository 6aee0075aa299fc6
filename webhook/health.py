"""Whether the farmers' door can do its own work, and how its neighbours are."""

import redis

from conversations import turns
from conversations.services import Services
from core import flags
from core.database import DatabaseUnavailable


def state_of(services: Services) -> tuple[dict[str, object], int]:
    """The state of every part; 503 only when messages cannot be stored, so that a restarting bot takes nobody offline."""
    parts: dict[str, str] = {}
    parts["database"] = "ok" if services.database.is_reachable() else "away"
    parts["bot"] = "ok" if services.bot.is_healthy() else "away"
    parts["redis"] = "ok" if _redis_answers(services.settings.redis_url) else "away"
    ready = all(state == "ok" for state in parts.values())
    if parts["database"] == "ok":
        parts["wechat"] = _wechat(services)
    return {"ready": ready, "parts": parts}, 200 if parts["database"] == "ok" else 503


def _wechat(services: Services) -> str:
    if services.settings.wechat_passive_only:
        return "passive only"
    try:
        with services.database.transaction() as tx:
            return "passive only" if flags.is_raised(tx, turns.PASSIVE_ONLY_FLAG) else "ok"
    except DatabaseUnavailable:
        return "unknown"


def _redis_answers(url: str) -> bool:
    with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
