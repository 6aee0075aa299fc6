"""A text in plain width, common words and on one line, as Rasa sees it: farmers' messages and training sentences alike."""

import re
import unicodedata
from functools import lru_cache
from typing import Dict, Pattern

from opencc import OpenCC

from bot import settings
from bot.names import read_tsv


def plain_text(text: str) -> str:
    """The words as Rasa may see them: one line, plain width, and never a command.

    Rasa reads a text that begins with a slash as a command (`/restart` wipes the dialogue), so the slash is widened.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in plain)
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))
    plain = " ".join(in_common_words(plain).split())
    slashes = len(plain) - len(plain.lstrip("/"))
    return "／" * slashes + plain[slashes:] or "…"


def in_common_words(text: str) -> str:
    """Simplified characters, and the words of dialects as everybody writes them (knowledge/dialect.tsv).

    The service reads messages so before it passes them on; what is learned from has to be read in the same way.
    """
    return _dialect_words().sub(lambda match: _dialect()[match.group()], _simplifier().convert(text))


@lru_cache(maxsize=1)
def _dialect() -> Dict[str, str]:
    return {row["said"]: row["means"] for row in read_tsv(settings.DIALECT)}


@lru_cache(maxsize=1)
def _dialect_words() -> Pattern[str]:
    return re.compile("|".join(re.escape(said) for said in sorted(_dialect(), key=len, reverse=True)))


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")
