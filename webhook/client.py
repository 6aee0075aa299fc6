"""Calling the platform: the `Channel` that the rest of the service sends through. All of wechatpy's traps end here.

Source: wechat reference §2 (errors), §3.2 (wechatpy: endless retries, no timeouts, no lock, no stable_token).
"""

import io
import mimetypes
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

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
_MENDED_BY_PEOPLE = frozenset({40164, 40243, 89503})  # the IP list, a frozen secret: nothing is wrong with the message
_NO_RIGHT = 48001


class _Client(WeChatClient):  # type: ignore[misc]
    """wechatpy's client for any address of the API, with our tokens, a timeout on every call and no retries of its own."""

    def __init__(self, settings: Settings, tokens: TokenStore, timeout: float) -> None:
        self.API_BASE_URL = f"{settings.wechat_api_url.rstrip('/')}/cgi-bin/"
        self._tokens = tokens
        self._used = threading.local()
        super().__init__(settings.wechat_appid, settings.wechat_secret, timeout=timeout, auto_retry=False)
        self._http.trust_env = False

    @property
    def access_token(self) -> str:
        self._used.token = self._tokens.get()
        return self.token_used()

    def token_used(self) -> str:
        """The token with which this thread called last."""
        return str(self._used.token)

    def fetch_access_token(self) -> None:
        raise NotImplementedError("tokens come from TokenStore")


class WeChatChannel:
    """The customer-service messages, media and menu of one account."""

    def __init__(self, settings: Settings, store: redis.Redis, *, timeout: float = _TIMEOUT_SECONDS) -> None:
        self._http = requests.Session()
        self._http.trust_env = False
        self._timeout = timeout
        self._tokens = TokenStore(
            store,
            self._http,
            api_url=settings.wechat_api_url,
            appid=settings.wechat_appid,
            secret=settings.wechat_secret,
            timeout=timeout,
        )
        self._client = _Client(settings, self._tokens, timeout)

    def send_text(self, openid: str, text: str) -> None:
        self._ask("send_text", lambda: self._client.message.send_text(openid, text))

    def send_image(self, openid: str, content: bytes, mime: str) -> None:
        media_id = self._upload("image", content, mime)
        self._ask("send_image", lambda: self._client.message.send_image(openid, media_id))

    def send_voice(self, openid: str, content: bytes, mime: str) -> None:
        media_id = self._upload("voice", content, mime)
        self._ask("send_voice", lambda: self._client.message.send_voice(openid, media_id))

    def send_template(self, openid: str, template_id: str, values: Mapping[str, str], link: str) -> None:
        """A template message: for staff, who need not have written within the last 48 hours."""
        data = {name: {"value": value} for name, value in values.items()}
        self._ask("send_template", lambda: self._client.message.send_template(openid, template_id, data, url=link))

    def fetch(self, media_id: str, url: str) -> bytes:
        """What a farmer attached, by its id; where the account may not ask, from the photo's own address."""
        try:
            answer = self._call("media_get", lambda: self._client.media.download(media_id))
        except (PassiveOnly, Unsendable):
            if not url:
                raise
            return self._download(url)
        if isinstance(answer, requests.Response):
            return _file(answer, answer.content)
        film = answer.get("video_url") if isinstance(answer, dict) else None
        if isinstance(film, str):
            return self._download(film)
        if isinstance(answer, dict):
            raise Unsendable("media without content")
        raise TryLater("media_get: not an answer")

    def publish_menu(self, menu: dict[str, Any]) -> None:
        """Show this menu below the conversation."""
        self._ask("menu_create", lambda: self._client.menu.create(menu))

    def _upload(self, kind: str, content: bytes, mime: str) -> str:
        name = f"{kind}{mimetypes.guess_extension(mime) or '.amr'}"
        # A new file object for each try: the second would find the first one read to its end.
        answer = self._ask("media_upload", lambda: self._client.media.upload(kind, (name, io.BytesIO(content), mime)))
        media_id = answer.get("media_id")
        if not isinstance(media_id, str):
            raise TryLater("media_upload: no media_id")
        return media_id

    def _download(self, url: str) -> bytes:
        """A file from an address that the platform gave. Read in pieces, so that nobody can fill our memory."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Unsendable("not a web address")
        content = bytearray()
        try:
            with self._http.get(url, timeout=self._timeout, stream=True) as answer:
                answer.raise_for_status()
                for piece in answer.iter_content(256 * 1024):
                    content += piece
                    if len(content) > MOST_BYTES:
                        break
                return _file(answer, bytes(content))
        except requests.RequestException as error:
            raise TryLater(f"download: {type(error).__name__}") from error

    def _ask(self, name: str, call: Callable[[], Any]) -> Mapping[str, Any]:
        """A call that is answered in JSON. wechatpy takes a page of HTML or nothing at all for a success."""
        answer = self._call(name, call)
        if not isinstance(answer, dict):
            log.info("wechat_call_failed", call=name, error="not JSON")
            raise TryLater(f"{name}: not an answer")
        return answer

    def _call(self, name: str, call: Callable[[], Any]) -> Any:
        """Call the platform once, and once more with another token if it refuses ours."""
        try:
            return self._once(name, call)
        except _TokenRefused:
            self._tokens.get(not_this=self._client.token_used())
        try:
            return self._once(name, call)
        except _TokenRefused as error:
            log.info("wechat_call_refused", call=name, errcode=error.code)
            raise TryLater(f"{name}: {error.code}") from error

    def _once(self, name: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except WeChatException as error:
            code = _code(error)
            if code in _BAD_TOKEN:
                raise _TokenRefused(code) from error
            log.info("wechat_call_refused", call=name, errcode=code)
            raise _translated(name, code) from error
        except (requests.RequestException, ValueError, TypeError) as error:  # not HTTP, or not of the agreed shape
            log.info("wechat_call_failed", call=name, error=type(error).__name__)
            raise TryLater(f"{name}: {type(error).__name__}") from error


class _TokenRefused(Exception):
    """The platform does not take the token that we used."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _code(error: WeChatException) -> int | None:
    return error.errcode if isinstance(error.errcode, int) else None


def _translated(name: str, code: int | None) -> Exception:
    """The few kinds of no that differ in what we do next."""
    if code in _CLOSED:
        return WindowClosed(f"{name}: {code}")
    if code == _NO_RIGHT:
        return PassiveOnly(f"{name}: {code}")
    if code is None or code in _BUSY or code in _MENDED_BY_PEOPLE:
        return TryLater(f"{name}: {code}")
    return Unsendable(f"{name}: {code}")


def _file(answer: requests.Response, content: bytes) -> bytes:
    """The content, if it is a file and not a page that says that there is none."""
    if len(content) > MOST_BYTES:
        raise Unsendable("file too large")
    if not content or answer.headers.get("Content-Type", "").startswith("text/html"):
        raise TryLater("download: not a file")
    return content
