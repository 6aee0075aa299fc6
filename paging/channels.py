"""The ways to a member of staff, and what we want of each: the protocol `Pager`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol


class Channel(StrEnum):
    """How somebody is told. The console needs no address and always works: the notice itself is what it shows."""

    CONSOLE = "console"
    EMAIL = "email"
    WECOM = "wecom"
    WECHAT = "wechat"


CHANNEL_NAMES = {
    Channel.CONSOLE: "工作台",
    Channel.EMAIL: "电子邮件",
    Channel.WECOM: "企业微信",
    Channel.WECHAT: "微信公众号",
}


class Pager(Protocol):
    """Sends one short text to one member of staff."""

    def send(self, address: str, title: str, text: str, link: str) -> None:
        """Send it. Raises TryLater, or Unsendable when this address will never take it."""


# What is configured; a channel that is not in it is offered to nobody.
Pagers = Mapping[Channel, Pager]
