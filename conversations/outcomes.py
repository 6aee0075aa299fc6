"""What came of a turn: the words for the farmer, and the facts that measuring and staff look at."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from conversations.choices import Words


@dataclass
class Outcome:
    """What a turn leads to. `name` is one of the outcomes of the contract (answer, clarify, hand_off …).

    `chance` is how likely (0 to 1) the search held its best article to be the answer; None where it was not asked.
    """

    name: str
    words: list[Words] = field(default_factory=list)
    article: dict[str, str] | None = None
    candidates: list[dict[str, str]] = field(default_factory=list)
    chance: float | None = None
    case_id: UUID | None = None
    case_number: str | None = None
    need_number: str | None = None

    def say(self, words: str | Words) -> None:
        self.words.append(words if isinstance(words, Words) else Words(words))

    def as_result(self) -> dict[str, Any]:
        """As plain data, kept with the message."""
        return {
            "outcome": self.name,
            "article": self.article,
            "candidates": self.candidates,
            "chance": self.chance,
            "case": self.case_number,
            "need": self.need_number,
        }
