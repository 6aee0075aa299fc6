"""Calling the platform: the `Channel` that the rest of the service sends through. All of wechatpy's traps end here.

Source: wechat reference §2 (errors), §3.2 (wechatpy: endless retries, no timeouts, no lock, no stable_token).
"""

import io
import mimetypes
from collections.abc import Callable
from typing import Any

import redis
import requests
from wechatpy.client import WeChatClient
from wechatpy.exceptions import WeChatException

from core.errors import PassiveOnly, TryLater, Unsendable, WindowClosed
from core.files import MOST_BYTES
from core.logs import logger
from core.settings import Settings
from webhook.tokens import TokenStore

log = logger()

_TIMEOUT_SECONDS = 8.0
_BAD_TOKEN = frozenset({40001, 40014, 42001})
_CLOSED = frozenset({45015, 45047, 43004, 43019, 48002})
_BUSY = frozenset({-1, 45009, 45011, 50001, 50002})
_NO_RIGHT = 48001


class _Client(WeChatClient):  # type: ignore[misc]
    """wechatpy's client for any address of the API, with our tokens, a timeout on every call and no retries of its own."""

    def __init__(self, settings: Settings, tokens: TokenStore) -> None:
        self.API_BASE_URL = f"{settings.wechat_api_url.rstrip('/')}/cgi-bin/"
        self._tokens = tokens
        super().__init__(settings.wechat_appid, settings.wechat_secret, timeout=_TIMEOUT_SECONDS, auto_retry=False)
        self._http.trust_env = False

    @property
    def access_token(self) -> str:
        return self._tokens.get()

    def fetch_access_token(self) -> None:
        raise NotImplementedError("tokens come from TokenStore")


class WeChatChannel:
    """The customer-service messages, media and menu of one account."""

    def __init__(self, settings: Settings, store: redis.Redis) -> None:
        http = requests.Session()
        http.trust_env = False
        self._tokens = TokenStore(
            store,
            http,
            api_url=settings.wechat_api_url,
            appid=settings.wechat_appid,
            secret=settings.wechat_secret,
            timeout=_TIMEOUT_SECONDS,
        )
        self._client = _Client(settings, self._tokens)
        self._http = http

    def send_text(self, openid: str, text: str) -> None:
        self._call("send_text", lambda: self._client.message.send_text(openid, text))

    def send_image(self, openid: str, content: bytes, mime: str) -> None:
        media_id = self._upload("image", content, mime)
        self._call("send_image", lambda: self._client.message.send_image(openid, media_id))

    def send_voice(self, openid: str, content: bytes, mime: str) -> None:
        media_id = self._upload("voice", content, mime)
        self._call("send_voice", lambda: self._client.message.send_voice(openid, media_id))

    def fetch(self, media_id: str, url: str) -> bytes:
        """What a farmer attached, by its id; where the account may not ask, from the photo's own address."""
        try:
            answer = self._call("media_get", lambda: self._client.media.download(media_id))
        except (PassiveOnly, Unsendable):
            if not url:
                raise
            return self._download(url)
        if isinstance(answer, dict):
            film = answer.get("video_url")
            if not isinstance(film, str):
                raise Unsendable("media without content")
            return self._download(film)
        return _at_most(answer.content)

    def publish_menu(self, menu: dict[str, Any]) -> None:
        """Show this menu below the conversation."""
        self._call("menu_create", lambda: self._client.menu.create(menu))

    def _upload(self, kind: str, content: bytes, mime: str) -> str:
        name = f"{kind}{mimetypes.guess_extension(mime) or '.amr'}"
        file = (name, io.BytesIO(content), mime)
        answer = self._call("media_upload", lambda: self._client.media.upload(kind, file))
        return str(answer["media_id"])

    def _download(self, url: str) -> bytes:
        try:
            answer = self._http.get(url, timeout=_TIMEOUT_SECONDS)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise TryLater(type(error).__name__) from error
        return _at_most(answer.content)

    def _call(self, name: str, call: Callable[[], Any]) -> Any:
        """Call the platform once, and once more with another token if it refuses ours."""
        for is_last in (False, True):
            token = self._tokens.get()
            try:
                return call()
            except WeChatException as error:
                code = _code(error)
                if code in _BAD_TOKEN and not is_last:
                    self._tokens.get(not_this=token)
                    continue
                log.info("wechat_call_refused", call=name, errcode=code)
                raise _translated(name, code) from error
            except (requests.RequestException, ValueError, KeyError) as error:
                log.info("wechat_call_failed", call=name, error=type(error).__name__)
                raise TryLater(f"{name}: {type(error).__name__}") from error
        raise AssertionError("unreachable")


def _code(error: WeChatException) -> int | None:
    return error.errcode if isinstance(error.errcode, int) else None


def _translated(name: str, code: int | None) -> Exception:
    """The few kinds of no that differ in what we do next."""
    if code in _CLOSED:
        return WindowClosed(f"{name}: {code}")
    if code == _NO_RIGHT:
        return PassiveOnly(f"{name}: {code}")
    if code is None or code in _BUSY or code in _BAD_TOKEN:
        return TryLater(f"{name}: {code}")
    return Unsendable(f"{name}: {code}")


def _at_most(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise Unsendable("file too large")
    return content
