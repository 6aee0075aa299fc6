"""Telling staff through WeChat: template messages of the official account, and messages of an application of WeCom.

Source: wechat reference §4.2 (templates) and developer.work.weixin.qq.com/document/path/90236 (application messages).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from wechatpy.enterprise import WeChatClient
from wechatpy.exceptions import WeChatException

from core.errors import PassiveOnly, TryLater, Unsendable, WindowClosed
from core.logs import logger
from core.settings import Settings
from paging.channels import Channel, Pager, Pagers
from webhook.client import WeChatChannel

log = logger()

_TIMEOUT_SECONDS = 8.0
_LONGEST_FIELD = 20  # characters of a template's field
_LONGEST_TITLE, _LONGEST_TEXT = 128, 512  # bytes of a card
_BAD_TOKEN = frozenset({40001, 40014, 42001})
# No such member, one whom the application may not see, or one who has left: trying again would not change that.
_FOR_GOOD = frozenset({40003, 40031, 60111, 81013, 82001})


@dataclass(frozen=True)
class TemplatePager:
    """Template messages of the official account; an address is the openid of a member of staff who follows it."""

    channel: WeChatChannel
    template_id: str
    fields: tuple[str, ...]

    def send(self, address: str, title: str, text: str, link: str) -> None:
        """Send it; a field takes twenty characters, the page behind the link the rest. Raises TryLater, Unsendable."""
        values = {name: said[:_LONGEST_FIELD] for name, said in zip(self.fields, (title, text), strict=True)}
        try:
            self.channel.send_template(address, self.template_id, values, link)
        except (WindowClosed, PassiveOnly) as error:
            raise Unsendable(str(error)) from error


class WeComPager:
    """Messages of one application of WeCom; an address is a user id of the enterprise."""

    def __init__(
        self, corp_id: str, agent_id: int, secret: str, *, api_url: str, timeout: float = _TIMEOUT_SECONDS
    ) -> None:
        self._agent_id = agent_id
        self._client = _Client(corp_id, secret, api_url=api_url, timeout=timeout)

    def send(self, address: str, title: str, text: str, link: str) -> None:
        """Send it as a card that leads to the link. Raises TryLater, Unsendable."""
        answer = self._ask(
            lambda: self._client.message.send_text_card(
                self._agent_id, address, _cut(title, _LONGEST_TITLE), _cut(text, _LONGEST_TEXT), link
            )
        )
        if address.lower() in str(answer.get("invaliduser") or "").lower().split("|"):
            raise Unsendable("wecom: no such user")

    def _ask(self, call: Callable[[], Any]) -> dict[str, Any]:
        """Call once, and once more with another token if ours is refused."""
        for is_last in (False, True):
            try:
                answer = call()
            except WeChatException as error:
                code = error.errcode if isinstance(error.errcode, int) else None
                if code in _BAD_TOKEN and not is_last:
                    self._client.forget_token()
                    continue
                log.info("wecom_call_refused", errcode=code)
                raise (Unsendable if code in _FOR_GOOD else TryLater)(f"wecom: {code}") from error
            except (requests.RequestException, ValueError, TypeError, KeyError) as error:
                raise TryLater(f"wecom: {type(error).__name__}") from error
            if not isinstance(answer, dict):
                raise TryLater("wecom: not an answer")
            return answer
        raise AssertionError("the second try returns or raises")


class _Client(WeChatClient):  # type: ignore[misc]
    """wechatpy's client for any address of the API, with a timeout on every call and no retries of its own.

    `gettoken` gives every process the same token while it holds, so each may keep its own copy.
    """

    def __init__(self, corp_id: str, secret: str, *, api_url: str, timeout: float) -> None:
        self.API_BASE_URL = f"{api_url.rstrip('/')}/cgi-bin/"
        self._fetching = threading.Lock()
        super().__init__(corp_id, secret, timeout=timeout, auto_retry=False)
        self._http.trust_env = False

    @property
    def access_token(self) -> str:
        with self._fetching:
            return str(super().access_token)

    def fetch_access_token(self) -> dict[str, Any]:
        """A token; wechatpy's own has a fixed address and no timeout."""
        asked = {"corpid": self.corp_id, "corpsecret": self.secret}
        answer = self._http.get(f"{self.API_BASE_URL}gettoken", params=asked, timeout=self.timeout)
        answer.raise_for_status()
        result: dict[str, Any] = dict(self._handle_result(answer))
        lasting = int(result["expires_in"])
        self.session.set(self.access_token_key, result["access_token"], lasting)
        self.expires_at = int(time.time()) + lasting
        return result

    def forget_token(self) -> None:
        with self._fetching:
            self.session.delete(self.access_token_key)


def from_settings(settings: Settings, channel: WeChatChannel) -> Pagers:
    """The pagers that the settings describe; none for what is not set."""
    found: dict[Channel, Pager] = {}
    if settings.wechat_staff_template_id and not settings.wechat_passive_only:
        found[Channel.WECHAT] = TemplatePager(
            channel, settings.wechat_staff_template_id, settings.wechat_staff_template_fields
        )
    if settings.wecom_corp_id:
        found[Channel.WECOM] = WeComPager(
            settings.wecom_corp_id, settings.wecom_agent_id, settings.wecom_secret, api_url=settings.wecom_api_url
        )
    return found


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")
