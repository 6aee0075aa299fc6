"""The words by which cases are found: what of a text goes into the index, and what a query asks of it.

Chinese has no spaces, and a word is cut differently in another sentence. So a text is kept twice: as the words that jieba
cuts, by our own names for them (苞谷 is found as 玉米), and as all pairs of neighbouring characters, so that whatever is
typed exactly is found however it was cut. Telephone numbers and other long numbers are left out: a case must not be found
by them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.secrets import hide_phones
from knowledge import reading, words

MOST_TERMS = 12
_NAME = "="  # before our own names, so that what was said exactly can be told from what only means the same
_LONGEST = 40
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z0-9]+")
_MASKED = re.compile(r"\d{3}\*{4}\d{4}")
_LONG_NUMBER = re.compile(r"[A-Za-z_]*\d(?:[\s\-－().（）]?\d){4,}[A-Za-z_]*")


@dataclass(frozen=True)
class Term:
    """A word of a query. `name` is our name for it; `weight` how much it can say, from 0 to 1."""

    said: str
    name: str
    weight: float

    @property
    def exactly(self) -> str:
        """A tsquery for the word as it was said."""
        if len(self.said) == 1 and _HAN.fullmatch(self.said):
            return f"{_quoted(self.said)}:*"
        return " & ".join(_quoted(piece) for piece in _pieces(self.said) or [self.said])

    @property
    def either(self) -> str:
        """A tsquery for the word as it was said, or by another name for the same."""
        return f"({self.exactly}) | {_quoted(_NAME + self.name)}"


def lexemes(text: str) -> set[str]:
    """Everything by which a text is found."""
    plain = _plain(text)
    found = {f"{_NAME}{name}" for _, name in words.said(plain) if not _is_number(name)}
    found.update(_LATIN.findall(plain))
    for run in _HAN.findall(plain):
        found.update(_pieces(run))
        found.add(run[-1])  # a single character is looked for at the beginning of the pairs; the last one begins none
    return {word[:_LONGEST] for word in found}


def terms(query: str) -> tuple[Term, ...]:
    """The words of a query, each once; for one of empty words only (怎么办) the characters that stand there."""
    plain = _plain(query)
    cut = [(said, name) for said, name in words.said(plain) if not _is_number(name)]
    found = [Term(said[:_LONGEST], name[:_LONGEST], words.weight(name)) for said, name in cut]
    told = "".join(said for said, _ in cut)
    found += [Term(word[:_LONGEST], word[:_LONGEST], 1.0) for word in _LATIN.findall(plain) if word not in told]
    found = found or [Term(run[:_LONGEST], run[:_LONGEST], 1.0) for run in _HAN.findall(plain)]
    return tuple({term.said: term for term in found}.values())[:MOST_TERMS]


def marked(text: str, query: str) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is something the query asks for, under whatever name."""
    asked = terms(query)
    names = {term.name for term in asked}
    spellings = {term.said for term in asked} | {said for said, name in words.said(_plain(text)) if name in names}
    pattern = "|".join(re.escape(one) for one in sorted(spellings, key=len, reverse=True) if one)
    if not pattern:
        return [(text, False)] if text else []
    pieces = re.split(f"({pattern})", text, flags=re.IGNORECASE)
    return [(piece, bool(at % 2)) for at, piece in enumerate(pieces) if piece]


def any_of(asked: Iterable[Term]) -> str:
    """A tsquery for any of these words."""
    return " | ".join(f"({term.either})" for term in asked)


def _plain(text: str) -> str:
    """Simplified, in common words, small letters, without the numbers that would say who it was."""
    masked = _MASKED.sub(" ", hide_phones(text.replace("\x00", " ")))
    return reading.in_common_words(_LONG_NUMBER.sub(" ", masked)).lower()


def _pieces(run: str) -> list[str]:
    """The pairs of neighbouring characters: 稻瘟病 gives 稻瘟, 瘟病."""
    if not _HAN.fullmatch(run):
        return [piece for part in re.findall(r"[\u3400-\u9fff]+|[a-z0-9]+", run) for piece in _pieces_of(part)]
    return _pieces_of(run)


def _pieces_of(part: str) -> list[str]:
    if not _HAN.fullmatch(part) or len(part) == 1:
        return [part]
    return [part[at : at + 2] for at in range(len(part) - 1)]


def _is_number(word: str) -> bool:
    return word.replace(".", "").isdecimal()


def _quoted(lexeme: str) -> str:
    """A lexeme as a tsquery writes it, whatever stands in it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
