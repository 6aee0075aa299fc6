"""Presence: who has the page of a case open at this moment. A courtesy between colleagues; it guards nothing.

What keeps two people from answering one farmer twice is looked at when an answer is sent: the epoch of the case, and
what its writer had seen.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

GONE_AFTER_SECONDS = 25  # as FreeScout does; a page that is open gives a sign every four


class Doing(StrEnum):
    """What somebody does on the page of a case."""

    LOOKING = "looking"
    WRITING = "writing"


@dataclass(frozen=True)
class Present:
    """A member of staff who has the page of a case open."""

    staff_id: UUID
    doing: Doing


class Presence(Protocol):
    """Remembers signs of life for GONE_AFTER_SECONDS and forgets them by itself."""

    def sign(self, case_id: UUID, staff_id: UUID, doing: Doing) -> Collection[Present]:
        """Say that somebody is here, and learn who else is. Never raises: when nothing is known nobody is here."""


class NobodySeen:
    """Knows of nobody. For whoever has no Redis."""

    def sign(self, case_id: UUID, staff_id: UUID, doing: Doing) -> Collection[Present]:
        return ()
