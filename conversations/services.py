"""What the service is made of: one typed bundle, built once a process in `app/wiring.py`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from conversations.bot import Bot
from conversations.links import Links
from core.database import Database
from core.jobs import Doorbell
from core.presence import NobodySeen, Presence
from core.secrets import Secrets
from core.settings import Settings
from knowledge.shelf import Shelf
from paging.channels import Pagers


class Channel(Protocol):
    """The way to a farmer that we use by ourselves.

    Every method raises WindowClosed, PassiveOnly, TryLater or Unsendable, which differ in what we do next.
    """

    def send_text(self, openid: str, text: str) -> None: ...

    def send_image(self, openid: str, content: bytes, mime: str) -> None: ...

    def send_voice(self, openid: str, content: bytes, mime: str) -> None: ...

    def fetch(self, media_id: str, url: str) -> bytes:
        """What a farmer attached, by its id or, failing that, its address."""


class SpeechToText(Protocol):
    """Turns a recording into text."""

    def transcribe(self, content: bytes, mime: str) -> str | None:
        """The words, or None when they cannot be made out. Raises TryLater."""


@dataclass(frozen=True)
class Services:
    """Collaborators, passed in. `speech` is None where no recogniser is configured; `pagers` has the ways to staff that are."""

    settings: Settings
    database: Database
    secrets: Secrets
    bot: Bot
    channel: Channel
    doorbell: Doorbell
    shelf: Shelf
    speech: SpeechToText | None
    close: Callable[[], None]
    pagers: Pagers = field(default_factory=dict)
    presence: Presence = field(default_factory=NobodySeen)

    @property
    def links(self) -> Links:
        """Links to the pages that farmers open."""
        return Links(self.settings.public_url, self.secrets)
