"""Throttling of logins: per address and per name, in Redis, or in this process while Redis is away."""

import hashlib

from flask import Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from console import current
from core.settings import Settings

PER_ADDRESS = "30 per 10 minutes"
PER_NAME = "10 per 10 minutes"


def make(settings: Settings) -> Limiter:
    """A limiter that survives Redis: while it is away each process counts by itself."""
    return Limiter(
        key_func=get_remote_address,
        storage_uri=settings.redis_url,
        storage_options={"socket_connect_timeout": 1, "socket_timeout": 1},
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        key_prefix="console",
        strategy="fixed-window",
    )


def failed(response: Response) -> bool:
    """Only wrong passwords count, so that nobody who knows theirs is kept out by their own work."""
    return response.status_code in {401, 422}


def name_key() -> str:
    """The name that is being tried, as a hash: a store of counters is no list of names."""
    body = request.get_json(silent=True) if request.is_json else None
    name = str(body.get("username", "")) if isinstance(body, dict) else request.form.get("username", "")
    staff = current.known()
    if staff is not None:
        name = staff.username
    return "name:" + hashlib.sha256(name.strip().encode()).hexdigest()[:24]
