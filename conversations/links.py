"""Signed links to the pages that farmers open from a message (`webhook/pages.py`): made and read here.

Whoever has a link may read, so it carries only what it opens and ends by itself after ninety days.
"""

from dataclasses import dataclass
from uuid import UUID

from core.secrets import Secrets

LINK_SECONDS = 90 * 24 * 3600
_ARTICLE, _ANSWER = "article page", "answer page"


@dataclass(frozen=True)
class Links:
    """`public_url` is how farmers reach us from outside; where it is empty they cannot, and no message carries a link."""

    public_url: str
    secrets: Secrets

    @property
    def lead_somewhere(self) -> bool:
        return bool(self.public_url)

    def to_article(self, article_id: str) -> str:
        """The address of an article."""
        return f"{self.public_url.rstrip('/')}/a/{self.secrets.sign(_ARTICLE, article_id)}"

    def to_answer(self, case_id: UUID, entry: int) -> str:
        """The address of one thing that an expert said in a case."""
        return f"{self.public_url.rstrip('/')}/c/{self.secrets.sign(_ANSWER, f'{case_id}:{entry}')}"

    def article_behind(self, token: str) -> str | None:
        """The id of the article that a link opens; None when it was made up or has run out."""
        return self.secrets.read(_ARTICLE, token, max_age_s=LINK_SECONDS)

    def answer_behind(self, token: str) -> tuple[UUID, int] | None:
        """The case and the number of what was said in it; None when the link was made up or has run out."""
        value = self.secrets.read(_ANSWER, token, max_age_s=LINK_SECONDS)
        if value is None:
            return None
        case_id, _, entry = value.partition(":")
        return UUID(case_id), int(entry)
