"""The access token: one for all processes, fetched by one of them, from `stable_token` (reference: wechat §3.1)."""

import threading
import time
from collections.abc import Callable
from typing import Any

import redis
import requests

from core.errors import PassiveOnly, TryLater
from core.logs import logger

log = logger()

_KEY = "nongwen:wechat:token"
_LOCK = "nongwen:wechat:token:lock"
_LOCK_SECONDS = 10
_EARLY_SECONDS = 200
_NO_RIGHT = 48001
_REDIS_QUIET_SECONDS = 5.0


class TokenStore:
    """Keeps the token in Redis for all processes; without Redis, in this one (stable_token gives each the same)."""

    def __init__(
        self, store: redis.Redis, http: requests.Session, *, api_url: str, appid: str, secret: str, timeout: float
    ) -> None:
        self._redis, self._http, self._timeout = store, http, timeout
        self._url = f"{api_url.rstrip('/')}/cgi-bin/stable_token"
        self._body = {"grant_type": "client_credential", "appid": appid, "secret": secret}
        self._mine: tuple[str, float] = ("", 0.0)
        self._lock = threading.Lock()
        self._failed: tuple[Exception | None, float] = (None, 0.0)
        self._redis_away_until = 0.0

    def get(self, *, not_this: str = "") -> str:
        """A token; another one than `not_this`, which the platform has just refused.

        Raises TryLater when there is none to be had, or none but the refused one: `stable_token` goes on giving the
        same token while it holds it valid, and asking again would not change that. Raises PassiveOnly without the right.
        """
        asked_at = time.monotonic()
        known = self._known(not_this)
        if known:
            return known
        with self._lock:
            known = self._known(not_this) or self._fetched(not_this, asked_at)
        if known == not_this:
            log.error("wechat_token_refused_but_valid")
            raise TryLater("the token that was refused is still valid")
        return known

    def _fetched(self, not_this: str, asked_at: float) -> str:
        """A token from the platform, or from another process that was quicker; whoever waited shares a failure."""
        failure, failed_at = self._failed
        if failure is not None and failed_at >= asked_at:
            raise type(failure)(*failure.args)
        has_lock = self._take_lock()
        try:
            return self._known(not_this) or self._fetch(after_refusal=bool(not_this))
        except (TryLater, PassiveOnly) as error:
            self._failed = (error, time.monotonic())
            raise
        finally:
            if has_lock:
                self._in_redis(lambda: self._redis.delete(_LOCK))

    def _known(self, not_this: str) -> str:
        stored: Any = self._in_redis(lambda: self._redis.get(_KEY) or b"")
        if stored is None:
            token, until = self._mine
            token = token if until > time.monotonic() else ""
        else:
            token = stored.decode()
        return token if token != not_this else ""

    def _take_lock(self) -> bool:
        """Wait a little for whoever fetches already; go on without the lock when Redis is away."""
        for _ in range(_LOCK_SECONDS * 5):
            taken = self._in_redis(lambda: bool(self._redis.set(_LOCK, "1", nx=True, ex=_LOCK_SECONDS)))
            if taken is None:
                return False
            if taken:
                return True
            time.sleep(0.2)
        return False

    def _fetch(self, *, after_refusal: bool) -> str:
        try:
            answer = self._http.post(self._url, json={**self._body, "force_refresh": False}, timeout=self._timeout)
            answer.raise_for_status()
            data: dict[str, Any] = dict(answer.json())
            token, expires_in = data.get("access_token"), int(data.get("expires_in", 7200))
        except (requests.RequestException, ValueError, TypeError) as error:
            raise TryLater(f"token: {type(error).__name__}") from error
        if not isinstance(token, str) or not token:
            raise _refusal(data.get("errcode"))
        lasting = max(expires_in - _EARLY_SECONDS, 30)
        self._mine = (token, time.monotonic() + lasting)
        self._in_redis(lambda: self._redis.set(_KEY, token, ex=lasting))
        log.info("wechat_token_fetched", expires_in=expires_in, after_refusal=after_refusal)
        return token

    def _in_redis[Found](self, ask: Callable[[], Found]) -> Found | None:
        """What Redis says; None while it is away, and then it is left alone for a moment."""
        if time.monotonic() < self._redis_away_until:
            return None
        try:
            return ask()
        except redis.RedisError:
            self._redis_away_until = time.monotonic() + _REDIS_QUIET_SECONDS
            return None


def _refusal(errcode: object) -> Exception:
    """Why there is no token. A wrong secret or a missing entry in the IP list is mended by people: nothing is lost."""
    log.error("wechat_token_refused", errcode=errcode)
    return PassiveOnly("no right to a token") if errcode == _NO_RIGHT else TryLater(f"token refused: {errcode}")
