"""The farmers' phones: who follows the account, and what stands on each screen."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.clock import Clock

Sender = Literal["farmer", "account", "platform"]
Via = Literal["passive", "customer_service", "template", "notice"]
OPENID = re.compile(r"[0-9A-Za-z_-]{1,64}")
LINK = re.compile(r"""<a\s[^>]*?href\s*=\s*["']?(https?://[^"'\s>]+)|(https?://[^\s<>"'，。；！？、）】》”]+)""")


@dataclass(frozen=True)
class Said:
    """One message as a screen shows it, whoever sent it and however it came."""

    type: str
    content: str = ""
    media_id: str | None = None
    url: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def text(cls, content: str) -> "Said":
        """A text; its first link is what a test would follow."""
        found = LINK.search(content)
        return cls("text", content, url=(found[1] or found[2]) if found else None)


@dataclass(frozen=True)
class Entry:
    """One line of a transcript."""

    n: int
    at: float
    sender: Sender
    said: Said
    via: Via | None = None
    msg_id: str | None = None
    in_reply_to: str | None = None
    latency_ms: float | None = None

    def as_json(self, media_url: Callable[[str], str]) -> dict[str, Any]:
        """The shape of contract §4, with more beside it."""
        return {
            "n": self.n,
            "at": self.at,
            "from": self.sender,
            "type": self.said.type,
            "content": self.said.content,
            "via": self.via,
            "msg_id": self.msg_id,
            "in_reply_to": self.in_reply_to,
            "latency_ms": self.latency_ms,
            "media_url": media_url(self.said.media_id) if self.said.media_id else None,
            "url": self.said.url,
            **self.said.extra,
        }


@dataclass
class Phone:
    """One farmer. `follows` is None until the first act: who writes without tapping 关注 followed long ago."""

    openid: str
    name: str = ""
    follows: bool | None = None
    followed_at: float = 0.0
    scene: str = ""
    remark: str = ""
    blocks_templates: bool = False
    typing_until: float = 0.0
    acted_at: float = float("-inf")
    kf_until: float = 0.0
    entries: list[Entry] = field(default_factory=list)


class Phones:
    """Every phone, with one bell that rings whenever anything on any of them changes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bell = threading.Condition()
        self._phones: dict[str, Phone] = {}
        self._version = 1
        self._closing = False

    def find(self, openid: str) -> Phone | None:
        """The phone, None if nobody has used that openid."""
        return self._phones.get(openid)

    def use(self, openid: str) -> Phone:
        """The phone, made when it is new."""
        with self._bell:
            return self._phones.setdefault(openid, Phone(openid))

    def all(self) -> list[Phone]:
        """Every phone in use, oldest first."""
        with self._bell:
            return list(self._phones.values())

    def show(
        self,
        phone: Phone,
        sender: Sender,
        said: Said,
        *,
        via: Via | None = None,
        msg_id: str | None = None,
        in_reply_to: str | None = None,
        latency_ms: float | None = None,
    ) -> Entry:
        """Put a message on the screen."""
        with self._bell:
            entry = Entry(len(phone.entries) + 1, self._clock.now(), sender, said, via, msg_id, in_reply_to, latency_ms)
            phone.entries.append(entry)
            if sender == "account":
                phone.typing_until = 0.0
            self._ring()
            return entry

    def follow(self, phone: Phone, scene: str = "") -> None:
        """The farmer follows the account, perhaps through a code."""
        with self._bell:
            phone.follows, phone.followed_at, phone.scene = True, self._clock.now(), scene
            self._ring()

    def leave(self, phone: Phone) -> None:
        """The farmer unfollows."""
        with self._bell:
            phone.follows, phone.typing_until = False, 0.0
            self._ring()

    def changed(self) -> None:
        """Something else on a screen changed (typing, menu, name)."""
        with self._bell:
            self._ring()

    def transcript(self, openid: str, after: int = 0, wait_s: float = 0.0) -> list[Entry]:
        """The entries after the first `after`, waiting at most `wait_s` for one."""

        def entries() -> list[Entry]:
            phone = self._phones.get(openid)
            return phone.entries if phone else []

        with self._bell:
            self._bell.wait_for(lambda: self._closing or len(entries()) > after, timeout=wait_s)
            return entries()[after:]

    def news(self, since: int, wait_s: float) -> int:
        """The version of all screens together, waiting at most `wait_s` for one other than `since`."""
        with self._bell:
            self._bell.wait_for(lambda: self._closing or self._version != since, timeout=wait_s)
            return self._version

    def close(self) -> None:
        """Let everybody who waits go, because the program ends."""
        with self._bell:
            self._closing = True
            self._bell.notify_all()

    def reset(self) -> None:
        """Throw the phones away; a push under way ends on a screen that nobody sees."""
        with self._bell:
            self._phones = {}
            self._ring()

    def _ring(self) -> None:
        self._version = max(self._version + 1, int(time.time() * 1000) % 2**40)
        self._bell.notify_all()
