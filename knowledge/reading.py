"""What a farmer wrote in plain written Chinese: simplified characters, dialect words put into common ones, names put right.

Everything that understands words (danger, search, bot) reads this; what the farmer wrote is kept as it is elsewhere.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jieba
from opencc import OpenCC
from pypinyin import lazy_pinyin

from knowledge import names, safety
from knowledge.names import rows

DIALECT = Path(__file__).parent / "dialect.tsv"
MISSPELT = Path(__file__).parent / "misspelt.tsv"
SPELLED_RIGHT = Path(__file__).parent / "spelled_right.tsv"
# A name of two characters sounds like too many other words.
_SHORTEST_NAME = 3
_LONGEST_NAME = 8
# The longer first: a misspelling of three characters may hold one of two.
_MISSPELT_LENGTHS = (3, 2)
# Wide letters and digits; wide punctuation is how Chinese is written, and stays.
_NARROW = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
# These are meant as they stand: 早熟和晚熟 is no 早熟禾.
_SMALL_WORDS = frozenset("是要会还和都也从到只先在了有的就又没")
# What many people of the south do not tell apart.
_SAME_SOUNDS = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_SAME_ENDINGS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


@dataclass(frozen=True)
class _Word:
    start: int
    end: int


def plain(text: str) -> str:
    """A message as it is understood: 雞有禽流感點算 gives 鸡有禽流感怎么办, 口啼疫 gives 口蹄疫."""
    return put_right(in_common_words(text.translate(_NARROW)))


def in_common_words(text: str) -> str:
    """Simplified characters, and the words of dialects as everybody writes them."""
    return _dialect_words().sub(lambda match: _dialect()[match.group()], simplified(text))


def simplified(text: str) -> str:
    """The text in simplified characters."""
    return str(_simplifier().convert(text))


def put_right(text: str) -> str:
    """The text with names that only sound right spelled as they are: 飞洲猪瘟 gives 非洲猪瘟.

    A stretch is replaced if it sounds like a name of three characters or more (without tones, zh as z, ang as an),
    shares half of its characters with it, is no ordinary word and cuts through none; what is listed in spelled_right.tsv
    is meant as it stands. Names and words of two characters sound like too much else: of those only the known
    misspellings in misspelt.tsv are put right.
    """
    for match in reversed(list(_CHINESE.finditer(text))):
        text = text[: match.start()] + _right(_spelled(match.group())) + text[match.end() :]
    return text


def _right(stretch: str) -> str:
    sounds = [_sound(syllable) for syllable in lazy_pinyin(stretch)]
    if len(sounds) != len(stretch):
        return stretch
    words = _ordinary_words(stretch)
    at = 0
    while at < len(stretch):
        name = _name_at(stretch, sounds, at, words)
        if name:
            stretch = stretch[:at] + name + stretch[at + len(name) :]
        at += len(name) or 1
    return stretch


def _name_at(stretch: str, sounds: list[str], at: int, words: list[_Word]) -> str:
    """The longest name that sounds like what begins here; empty if none does or it is spelled right already."""
    for length in range(min(_LONGEST_NAME, len(stretch) - at), _SHORTEST_NAME - 1, -1):
        said = stretch[at : at + length]
        candidates = _by_sound().get("".join(sounds[at : at + length]), ())
        if said in candidates:
            return said
        likely = [name for name in candidates if _may_be_meant(said, name)]
        if not likely or said in _spelled_right() or any(_crosses(word, at, at + length) for word in words):
            continue
        for name in likely:
            if not _holds_its_like(said, name):
                return name
    return ""


def _may_be_meant(said: str, name: str) -> bool:
    """Whether few enough characters differ, and none of them is a small word."""
    others = [mine for mine, theirs in zip(said, name, strict=True) if mine != theirs]
    return 2 * len(others) <= len(name) and _SMALL_WORDS.isdisjoint(others)


def _spelled(stretch: str) -> str:
    """The stretch with known misspellings put right, where they cut through no word."""
    words = _ordinary_words(stretch)
    for length in _MISSPELT_LENGTHS:
        for at in range(len(stretch) - length + 1):
            means = _misspelt().get(stretch[at : at + length])
            if means and not any(_cuts_through(word, at, at + length) for word in words):
                stretch = stretch[:at] + means + stretch[at + length :]
    return stretch


def _holds_its_like(said: str, name: str) -> bool:
    """Whether a crop stands there already: 打白菜 is not 大白菜."""
    book = names.known()
    return book.canonical_object(name) is not None and bool(book.find(said).objects)


def _crosses(word: _Word, start: int, end: int) -> bool:
    """Whether a word reaches over an edge of a stretch, or is the stretch."""
    return _cuts_through(word, start, end) or (word.start, word.end) == (start, end)


def _cuts_through(word: _Word, start: int, end: int) -> bool:
    return word.start < start < word.end or word.start < end < word.end


def _ordinary_words(stretch: str) -> list[_Word]:
    return [_Word(start, end) for _, start, end in jieba.tokenize(stretch, HMM=False) if end - start > 1]


@lru_cache(maxsize=1)
def _by_sound() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(_names()):
        if _SHORTEST_NAME <= len(name) <= _LONGEST_NAME and _CHINESE.fullmatch(name):
            found.setdefault("".join(_sound(syllable) for syllable in lazy_pinyin(name)), []).append(name)
    return {sound: tuple(spelled) for sound, spelled in found.items()}


def _names() -> Iterator[str]:
    book = names.known()
    for thing in book.things.values():
        yield from (thing.name, *thing.aliases)
    for problem in book.problems.values():
        yield from (problem.name, *problem.aliases)
    lists: tuple[Iterable[safety.Pesticide | safety.AnimalDisease | safety.QuarantinePest], ...] = (
        safety.pesticides(), safety.animal_diseases(), safety.quarantine_pests(),
    )  # fmt: skip
    for entries in lists:
        for entry in entries:
            yield from (entry.name, *entry.aliases)


def _sound(syllable: str) -> str:
    for written, same in _SAME_SOUNDS:
        syllable = same + syllable.removeprefix(written) if syllable.startswith(written) else syllable
    for written, same in _SAME_ENDINGS:
        syllable = syllable.removesuffix(written) + same if syllable.endswith(written) else syllable
    return f"{syllable} "


@lru_cache(maxsize=1)
def _dialect() -> dict[str, str]:
    return {row["said"]: row["means"] for row in rows(DIALECT)}


@lru_cache(maxsize=1)
def _misspelt() -> dict[str, str]:
    return {row["said"]: row["means"] for row in rows(MISSPELT)}


@lru_cache(maxsize=1)
def _spelled_right() -> frozenset[str]:
    return frozenset(row["said"] for row in rows(SPELLED_RIGHT))


@lru_cache(maxsize=1)
def _dialect_words() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(said) for said in sorted(_dialect(), key=len, reverse=True)))


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")
