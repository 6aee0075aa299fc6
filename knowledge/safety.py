"""The lists that keep farmers safe: banned and restricted pesticides, notifiable animal diseases, quarantine pests."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache
from pathlib import Path

from knowledge import names
from knowledge.names import rows

FOLDER = Path(__file__).parent


class Status(StrEnum):
    """What the law says of an active: banned everywhere, banned on some crops, or sold under restrictions."""

    BANNED = "banned"
    PARTIAL = "partial"
    RESTRICTED = "restricted"


@dataclass(frozen=True)
class Pesticide:
    """One row of pesticides.tsv. `effective_from` is a date, a year, or empty where no copy of the notice gave it.

    `checked_by` stays empty until a person has compared the row with 中国农药信息网 and signed.
    """

    name: str
    aliases: tuple[str, ...]
    status: Status
    scope_crops: tuple[str, ...]
    effective_from: str
    announcement: str
    source_url: str
    checked_by: str
    checked_on: str

    @property
    def notice(self) -> str:
        """The rule behind it, for the reader: 农业农村部公告第736号，2026-06-01起."""
        since = f"{self.effective_from}起" if self.effective_from else ""
        return "，".join(part for part in (self.announcement or "国家禁限用农药名录", since) if part)


@dataclass(frozen=True)
class Ban:
    """A pesticide in a text that may not be used. `said` are the writer's own words.

    `is_certain` is false where the ban holds for some crops only and the crop is not known.
    """

    pesticide: Pesticide
    said: str
    is_certain: bool


class DiseaseClass(IntEnum):
    """The classes of announcement 573 (2022): I must be stamped out, II controlled, III monitored."""

    ONE = 1
    TWO = 2
    THREE = 3


@dataclass(frozen=True)
class AnimalDisease:
    """One row of announcement 573. `signs` (class I only) are what a keeper sees from outside, not a diagnosis."""

    name: str
    disease_class: DiseaseClass
    group: str
    aliases: tuple[str, ...]
    signs: tuple[str, ...]
    infects_people: bool
    announcement: str
    source_url: str


@dataclass(frozen=True)
class QuarantinePest:
    """One row of announcement 351. `is_confirmed` is false where no copy of the announcement was read for this row."""

    number: int
    name: str
    group: str
    aliases: tuple[str, ...]
    hosts: tuple[str, ...]
    announcement: str
    is_confirmed: bool
    checked_by: str


@lru_cache(maxsize=1)
def pesticides() -> tuple[Pesticide, ...]:
    """Every banned, partly banned and restricted active."""
    return tuple(
        Pesticide(
            row["name"], _several(row["aliases"]), Status(row["status"]), _several(row["scope_crops"]),
            row["effective_from"], row["announcement"], row["source_url"], row["checked_by"], row["checked_on"],
        )
        for row in rows(FOLDER / "pesticides.tsv")
    )  # fmt: skip


@lru_cache(maxsize=1)
def animal_diseases() -> tuple[AnimalDisease, ...]:
    """All 174 diseases of announcement 573."""
    return tuple(
        AnimalDisease(
            row["name"], DiseaseClass(int(row["class"])), row["group"], _several(row["aliases"]), _several(row["signs"]),
            row["infects_people"] == "yes", row["announcement"], row["source_url"],
        )
        for row in rows(FOLDER / "animal_diseases.tsv")
    )  # fmt: skip


@lru_cache(maxsize=1)
def quarantine_pests() -> tuple[QuarantinePest, ...]:
    """All pests of announcement 351."""
    return tuple(
        QuarantinePest(
            int(row["number"]), row["name"], row["group"], _several(row["aliases"]), _several(row["hosts"]),
            row["announcement"], row["basis"] == "read_in_copy", row["checked_by"],
        )
        for row in rows(FOLDER / "quarantine_pests.tsv")
    )  # fmt: skip


def banned_in(text: str, crop: str | None = None) -> tuple[Ban, ...]:
    """The pesticides of a text that may not be used on that crop (any crop, where none is given).

    `crop` is a canonical object, or several joined by `|`. A ban that is announced but not yet in force counts:
    the stricter reading protects the farmer who stores the bottle.
    """
    found = []
    for said, pesticide in _named(text):
        if pesticide.status is Status.BANNED:
            found.append(Ban(pesticide, said, is_certain=True))
        elif pesticide.status is Status.PARTIAL and (not crop or _covers(pesticide.scope_crops, crop)):
            found.append(Ban(pesticide, said, is_certain=bool(crop)))
    return tuple(found)


def restricted_in(text: str) -> tuple[Pesticide, ...]:
    """Pesticides of a text that are sold under restrictions only, or are banned on some crops."""
    return tuple(pesticide for _, pesticide in _named(text) if pesticide.status is not Status.BANNED)


def animal_diseases_in(text: str) -> tuple[AnimalDisease, ...]:
    """The diseases of announcement 573 that a text names, the gravest first.

    Words that name plant diseases too (炭疽, 白斑病) count only where the text is not about plants.
    """
    about_plants = _is_about_plants(text)
    about_animals = _is_about_animals(text)
    found = []
    for said, disease in _search(text, _disease_words()):
        doubtful = said in _ALSO_OF_PLANTS and not about_animals
        if not doubtful and not (about_plants and not about_animals and said != disease.name):
            found.append(disease)
    return tuple(sorted(dict.fromkeys(found), key=lambda disease: disease.disease_class))


def quarantine_pests_in(text: str) -> tuple[QuarantinePest, ...]:
    """The pests of announcement 351 that a text names."""
    return tuple(dict.fromkeys(pest for _, pest in _search(text, _quarantine_words())))


_SPELLED_OUT = re.compile(r"(?<!\d)\d(?: \d){2,}(?!\d)")
# 1605株 is a number of plants, 万灵药 a cure for everything.
_NO_PESTICIDE = re.compile(r"\d+(?:株|棵|亩|斤|公斤|元|块|头|只|个|尾|米|年|户|人|号)|万灵(?:药(?!水|粉)|丹)")
_ALSO_OF_PLANTS = {"炭疽", "白斑病", "口疮", "脓病"}
# 林丹 is a famous player's name before it is a pesticide.
_NEEDS_A_PESTICIDE_WORD = {"林丹"}
_PESTICIDE_WORDS = ("药", "杀虫", "治虫", "打虫", "防治", "喷", "拌种", "残留", "六六六", "硫丹")
_PLANT_KINDS = {"crop", "mushroom", "herb", "flower", "tree"}
_ANIMAL_KINDS = {"animal", "aquatic", "insect"}
_ANIMAL_GROUPS = {"牲畜", "家禽", "水产"}
_PLANT_GROUPS = {"农作物", "蔬菜", "果树", "花卉", "中药材", "树木", "粮食", "油料", "食用菌"}


def _named(text: str) -> Iterator[tuple[str, Pesticide]]:
    seen: set[str] = set()
    for said, pesticide in _search(_NO_PESTICIDE.sub("〇", text), _pesticide_words()):
        lonely = said in _NEEDS_A_PESTICIDE_WORD and not any(word in text for word in _PESTICIDE_WORDS)
        if pesticide.name not in seen and not lonely:
            seen.add(pesticide.name)
            yield said, pesticide


def _covers(scope: tuple[str, ...], crops: str) -> bool:
    book = names.known()
    for crop in crops.split("|"):
        canonical = book.canonical_object(crop) or crop
        # A question about a group (蔬菜) is covered by a ban on one of its members as well: the stricter reading.
        members = {name for name in scope if canonical in book.broader(name)}
        if members or {canonical, *book.broader(canonical)}.intersection(scope):
            return True
    return False


def _is_about_plants(text: str) -> bool:
    return any(_kind_in(name, _PLANT_KINDS, _PLANT_GROUPS) for name in names.find_names(text).objects)


def _is_about_animals(text: str) -> bool:
    return any(_kind_in(name, _ANIMAL_KINDS, _ANIMAL_GROUPS) for name in names.find_names(text).objects)


def _kind_in(name: str, kinds: set[str], groups: set[str]) -> bool:
    return name in groups or names.known().things[name].kind in kinds


def _search[Entry](text: str, words: dict[str, Entry]) -> Iterator[tuple[str, Entry]]:
    """The entries named in a text, the longest word first at every place: 甲基对硫磷 is not 对硫磷."""
    plain = _plain(text)
    longest = max((len(word) for word in words), default=0)
    at = 0
    while at < len(plain):
        end = next(
            (end for end in range(min(len(plain), at + longest), at, -1) if _is_word(plain, at, end, words)), None
        )
        if end is None:
            at += 1
            continue
        yield plain[at:end], words[plain[at:end]]
        at = end


def _is_word(text: str, start: int, end: int, words: Iterable[str]) -> bool:
    """Digits and letters count only where no other touches them: 1605 is a pesticide, 13816051234 a telephone."""
    if text[start:end] not in words:
        return False
    return not (_is_latin(text[start]) and _is_latin(text[start - 1 : start])) and not (
        _is_latin(text[end - 1]) and _is_latin(text[end : end + 1])
    )


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


@lru_cache(maxsize=1)
def _pesticide_words() -> dict[str, Pesticide]:
    return {_plain(word): entry for entry in pesticides() for word in (entry.name, *entry.aliases)}


@lru_cache(maxsize=1)
def _disease_words() -> dict[str, AnimalDisease]:
    words: dict[str, AnimalDisease] = {}
    for entry in animal_diseases():
        for word in (entry.name, *entry.aliases):
            words.setdefault(_plain(word), entry)
    return words


@lru_cache(maxsize=1)
def _quarantine_words() -> dict[str, QuarantinePest]:
    return {_plain(word): entry for entry in quarantine_pests() for word in (entry.name, *entry.aliases)}


def _plain(text: str) -> str:
    """Full-width forms made plain, and the blanks and signs that writers put inside a name taken out: 3 9 1 1, 百.草.枯."""
    normal = _SPELLED_OUT.sub(lambda match: match.group().replace(" ", ""), unicodedata.normalize("NFKC", text).lower())
    return "".join(character for at, character in enumerate(normal) if not _is_filler(normal, at))


def _is_filler(text: str, at: int) -> bool:
    if text[at] not in " .·*_~":
        return False
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    # A blank between numbers separates them (10 3911): only signs inside Chinese names are filler.
    return not (before.isdigit() and after.isdigit()) or text[at] in "*_~"


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)
