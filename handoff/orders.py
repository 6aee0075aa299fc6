"""What comes with a command: who gives it, what they say with it, and what a case is opened with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core.people import Role, Staff
from handoff.states import Kind, Urgency, Who


@dataclass(frozen=True)
class Actor:
    """Who gives a command. `id` is the staff id, or None for a farmer and for the system."""

    who: Who
    name: str
    id: UUID | None = None
    roles: frozenset[Role] = frozenset()

    @classmethod
    def staff(cls, staff: Staff) -> "Actor":
        return cls(Who.EXPERT, staff.signature, staff.id, staff.roles)

    @classmethod
    def system(cls, job: str) -> "Actor":
        return cls(Who.SYSTEM, f"system:{job}")


FARMER = Actor(Who.FARMER, "农户")


@dataclass(frozen=True)
class Known:
    """What a case is about, as somebody puts it right; None leaves it as it is. Object and topic by their own names."""

    urgency: Urgency | None = None
    object: str | None = None
    topic: str | None = None
    place_code: str | None = None

    def named(self) -> dict[str, str]:
        """What is put right, by the column that it stands in."""
        every = {
            "urgency": self.urgency, "object": self.object, "topic": self.topic, "place_code": self.place_code
        }  # fmt: skip
        return {name: value for name, value in every.items() if value is not None}


NOTHING_KNOWN = Known()


@dataclass(frozen=True)
class Said:
    """What comes with a command. `files` are stored files; `message_id` the farmer's message that it came from.

    `at`: when it was said, if that was not now. `rating`: 3 content, 2 so-so, 1 not content. `entries`: what a split takes along of what was said, by its
    numbers. `known`: what an amendment puts right.
    """

    text: str = ""
    kind: str = "text"
    files: tuple[UUID, ...] = ()
    message_id: UUID | None = None
    reason: str = ""
    outcome: str = ""
    to: UUID | None = None
    until: datetime | None = None
    into: UUID | None = None
    at: datetime | None = None
    rating: int | None = None
    entries: tuple[int, ...] = ()
    known: Known = NOTHING_KNOWN


NOTHING = Said()


@dataclass(frozen=True)
class Opening:
    """What a case is opened with. `follow_up_of`: an earlier one about the same; `split_of`: the one it was part of."""

    kind: Kind
    conversation_id: UUID
    farmer_id: UUID
    question: str
    reason: str
    urgency: Urgency = Urgency.NORMAL
    object: str = ""
    topic: str = ""
    problem: str = ""
    place_code: str = ""
    need_id: UUID | None = None
    files: tuple[UUID, ...] = ()
    message_id: UUID | None = None
    understood: Mapping[str, Any] = field(default_factory=dict)
    follow_up_of: UUID | None = None
    split_of: UUID | None = None
