"""Which dialect somebody writes, by words that others do not use (spoken.tsv), so that an expert who speaks it can answer."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge import reading
from knowledge.names import rows

SPOKEN = Path(__file__).parent / "spoken.tsv"


@dataclass(frozen=True)
class Dialect:
    """A dialect with the other names that people have for it, and the words by which it is known."""

    name: str
    also: tuple[str, ...]
    words: tuple[str, ...]

    def is_among(self, spoken: Iterable[str]) -> bool:
        """Whether somebody who says that they speak these speaks it: 粤语, 白话, 广东话（四邑）."""
        return any(name in one for one in spoken for name in (self.name, *self.also))


def heard(text: str) -> Dialect | None:
    """The dialect that most of the tell-tale words are of; None where there are none, or as many of another.

    The longer word counts: 唔晓 is Hakka, though 唔 alone is Cantonese.
    """
    found = Counter(_of_word()[word] for word in _words().findall(reading.simplified(text))).most_common(2)
    if not found or (len(found) > 1 and found[0][1] == found[1][1]):
        return None
    return found[0][0]


@lru_cache(maxsize=1)
def everything() -> tuple[Dialect, ...]:
    return tuple(
        Dialect(row["dialect"], tuple(row["also"].split("、")), tuple(row["words"].split("、"))) for row in rows(SPOKEN)
    )


@lru_cache(maxsize=1)
def _of_word() -> dict[str, Dialect]:
    return {word: dialect for dialect in everything() for word in dialect.words}


@lru_cache(maxsize=1)
def _words() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(_of_word(), key=len, reverse=True)))
