"""The access token: one for all processes, fetched by one of them, from `stable_token` (reference: wechat §3.1)."""

import threading
import time
from typing import Any

import redis
import requests

from core.errors import PassiveOnly, TryLater, Unsendable
from core.logs import logger

log = logger()

_KEY = "nongwen:wechat:token"
_LOCK = "nongwen:wechat:token:lock"
_LOCK_SECONDS = 10
_EARLY_SECONDS = 200
_NO_RIGHT = 48001


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

    def get(self, *, not_this: str = "") -> str:
        """A token; another one than `not_this`, which the platform has just refused. Raises TryLater, Unsendable."""
        with self._lock:
            known = self._known(not_this)
            if known:
                return known
            shared = self._take_lock()
            try:
                return self._known(not_this) or self._fetch(force=bool(not_this))
            finally:
                if shared:
                    self._drop_lock()

    def _known(self, not_this: str) -> str:
        try:
            stored: Any = self._redis.get(_KEY)
            token = stored.decode() if stored else ""
        except redis.RedisError:
            token, until = self._mine
            token = token if until > time.monotonic() else ""
        return token if token != not_this else ""

    def _take_lock(self) -> bool:
        """Wait a little for whoever fetches already; go on without the lock when Redis is away."""
        try:
            for _ in range(_LOCK_SECONDS * 5):
                if self._redis.set(_LOCK, "1", nx=True, ex=_LOCK_SECONDS):
                    return True
                time.sleep(0.2)
        except redis.RedisError:
            return False
        return False

    def _drop_lock(self) -> None:
        try:
            self._redis.delete(_LOCK)
        except redis.RedisError:
            return

    def _fetch(self, *, force: bool) -> str:
        try:
            answer = self._http.post(self._url, json={**self._body, "force_refresh": False}, timeout=self._timeout)
            answer.raise_for_status()
            data = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise TryLater(f"token: {type(error).__name__}") from error
        if "access_token" not in data:
            code = data.get("errcode")
            log.error("wechat_token_refused", errcode=code)
            if code == _NO_RIGHT:
                raise PassiveOnly("no right to a token")
            if code in {40013, 40125, 40164, 40243, 89503}:
                raise Unsendable(f"token refused: {code}")
            raise TryLater(f"token refused: {code}")
        self._keep(str(data["access_token"]), int(data.get("expires_in", 7200)), force=force)
        return str(data["access_token"])

    def _keep(self, token: str, expires_in: int, *, force: bool) -> None:
        lasting = max(expires_in - _EARLY_SECONDS, 30)
        self._mine = (token, time.monotonic() + lasting)
        log.info("wechat_token_fetched", expires_in=expires_in, after_refusal=force)
        try:
            self._redis.set(_KEY, token, ex=lasting)
        except redis.RedisError:
            return
