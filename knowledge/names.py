"""The names farmers use and the one name we use: objects, problems and operations from nlu_data/*.tsv."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "nlu_data"

# Stands for a crop or an animal whose name does not matter.
MASK = "〇"

_VERBS = "养種种栽養"
_LIVING = frozenset({"crop", "animal", "aquatic", "insect", "mushroom", "herb", "flower", "tree"})
# What a question is about: a living thing before a group of them, a group before an input, a machine or a thing.
_RANKS = {"group": 1, "input": 2, "machine": 2, "thing": 2}


@dataclass(frozen=True)
class Thing:
    """A crop, an animal, a group, an input, a machine or a thing; `part_of` names the larger ones it belongs to."""

    name: str
    kind: str
    industry: str
    aliases: tuple[str, ...]
    part_of: tuple[str, ...]

    @property
    def is_living(self) -> bool:
        return self.kind in _LIVING

    @property
    def is_grown(self) -> bool:
        """A living thing or a group of them, not an input, a machine or a thing."""
        return self.is_living or self.kind == "group"


@dataclass(frozen=True)
class Problem:
    """A pest, disease, weed, deficiency, damage or symptom; `topic` is where it belongs, `objects` where it is common."""

    name: str
    topic: str
    aliases: tuple[str, ...]
    objects: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """Something that is done on a farm."""

    name: str
    topic: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class NamesFound:
    """The canonical names in a text, in the order in which they stand there.

    `about` are the objects that the text is about, the most telling kind only; `kinds` the names it has for them that
    are not ours (波尔山羊 for 羊), which may mean a certain kind. `unclear` are the meanings of words that several
    problems claim, where the object does not decide.
    """

    objects: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Hit:
    names: tuple[str, ...]
    start: int
    end: int

    def lies_in(self, other: "_Hit | tuple[int, int]") -> bool:
        start, end = (other.start, other.end) if isinstance(other, _Hit) else other
        return start <= self.start and self.end <= end and (end - start) > (self.end - self.start)


class _Words:
    """Spellings with the names they stand for, and the longest-match search for them."""

    def __init__(self, spellings: Iterable[tuple[str, str]]) -> None:
        self._names: dict[str, list[str]] = {}
        for spelling, name in spellings:
            names = self._names.setdefault(_plain(spelling), [])
            if name not in names:
                names.append(name)
        # The longest spelling that begins with a character: most characters begin none, and need no look-up.
        self._reach: dict[str, int] = {}
        for spelling in self._names:
            self._reach[spelling[0]] = max(self._reach.get(spelling[0], 0), len(spelling))

    def called(self, spelling: str) -> tuple[str, ...]:
        return tuple(self._names.get(_plain(spelling), ()))

    def hits(self, text: str) -> Iterator[_Hit]:
        at = 0
        while at < len(text):
            hit = self._longest_at(text, at)
            if hit is None:
                at += 1
                continue
            yield hit
            at = hit.end

    def _longest_at(self, text: str, at: int) -> _Hit | None:
        for end in range(min(len(text), at + self._reach.get(text[at], 0)), at, -1):
            names = self._names.get(text[at:end])
            if names is not None and _stands_alone(text, at, end):
                return _Hit(tuple(names), at, end)
        return None


class NameBook:
    """All names of a folder, ready for looking up and finding."""

    def __init__(
        self,
        things: Iterable[Thing],
        problems: Iterable[Problem],
        operations: Iterable[Operation],
        not_names: Iterable[str],
    ) -> None:
        self.things = {thing.name: thing for thing in things}
        self.problems = {problem.name: problem for problem in problems}
        self.operations = {operation.name: operation for operation in operations}
        self._thing_words = _Words(_spellings(self.things.values()))
        self._problem_words = _Words(_spellings(self.problems.values()))
        self._operation_words = _Words(_spellings(self.operations.values()))
        self._no_words = _Words((word, word) for word in not_names)

    def canonical_object(self, text: str) -> str | None:
        """Our name for a crop, animal or thing; None for what no row knows."""
        names = self._thing_words.called(text.strip())
        return names[0] if names else None

    def canonical_problem(self, text: str, objects: Iterable[str] = ()) -> str | None:
        """Our name for a pest, disease or damage; None if unknown, or if several claim the word and no object decides.

        The crop may stand before it: 柑橘溃疡病 is 溃疡病.
        """
        names = self._problem_words.called(text.strip())
        if names:
            clear = self._clear(names, tuple(objects))
            return clear[0] if len(clear) == 1 else None
        found = self.find(text, objects)
        return found.problems[0] if len(found.problems) == 1 and text.strip().endswith(self._tails(found)) else None

    def canonical_operation(self, text: str) -> str | None:
        """Our name for a job on the farm."""
        names = self._operation_words.called(text.strip())
        return names[0] if names else None

    def spellings(self) -> Iterator[str]:
        """Every name and every alias."""
        for entries in (self.things.values(), self.problems.values(), self.operations.values()):
            for spelling, _ in _spellings(entries):
                yield spelling

    def broader(self, name: str) -> frozenset[str]:
        """Everything that an object is part of, near and far: 柚子 is part of 柑橘 and 果树."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            thing = self.things.get(waiting.pop())
            for larger in thing.part_of if thing else ():
                if larger not in found:
                    found.add(larger)
                    waiting.append(larger)
        return frozenset(found)

    def find(self, text: str, objects: Iterable[str] = ()) -> NamesFound:
        """The names in a text. `objects` are known already, and decide words that several problems claim."""
        plain = _plain(text)
        hidden = [(hit.start, hit.end) for hit in self._no_words.hits(plain)]
        problem_hits = [hit for hit in self._problem_words.hits(plain) if not _hides(hidden, hit)]
        thing_hits = [hit for hit in self._thing_words.hits(plain) if not _hides(hidden, hit)]
        found = self._things_meant(thing_hits, problem_hits)
        about = self._about(found)
        sure, unclear = self._problems_meant(problem_hits, tuple(objects) or about)
        operations = _unique(hit.names[0] for hit in self._operation_words.hits(plain) if not _hides(hidden, hit))
        kinds = _unique(
            plain[hit.start : hit.end]
            for hit in thing_hits
            if hit.names[0] in about
            and plain[hit.start : hit.end] not in hit.names
            and not any(hit.lies_in(problem) for problem in problem_hits)
        )
        return NamesFound(found, about, sure, unclear, operations, kinds)

    def masked(self, text: str) -> str:
        """The text with 〇 in place of every crop, animal or group: what is said about them, whichever they are.

        A crop within the name of a problem stays: 玉米螟 is one word. The verb before an animal stays: 养羊 is 养〇.
        """
        plain = _plain(text)
        problems = list(self._problem_words.hits(plain))
        for hit in reversed(list(self._thing_words.hits(plain))):
            if self.things[hit.names[0]].is_grown and not any(hit.lies_in(problem) for problem in problems):
                verb = plain[hit.start] if plain[hit.start] in _VERBS and hit.end - hit.start > 1 else ""
                plain = f"{plain[: hit.start]}{verb}{MASK}{plain[hit.end :]}"
        return plain

    def _things_meant(self, hits: list[_Hit], problems: list[_Hit]) -> tuple[str, ...]:
        """Drop the crop inside the name of a pest (桃蛀螟 on maize), unless the pest is all that names the crop."""
        free = [hit for hit in hits if not any(hit.lies_in(problem) for problem in problems)]
        if any(self.things[hit.names[0]].is_living for hit in free):
            return _unique(hit.names[0] for hit in free)
        named_within = [hit for hit in hits if self._names_its_own(hit, problems)]
        return _unique(hit.names[0] for hit in sorted(free + named_within, key=lambda hit: hit.start))

    def _names_its_own(self, hit: _Hit, problems: list[_Hit]) -> bool:
        for problem_hit in problems:
            if hit.lies_in(problem_hit):
                problem = self.problems[problem_hit.names[0]]
                leads = hit.start == problem_hit.start and hit.end - hit.start > 1
                its_own = problem.objects if leads or problem.topic == "疫病防控" else problem.objects[:1]
                return hit.names[0] in its_own
        return False

    def _about(self, objects: tuple[str, ...]) -> tuple[str, ...]:
        known = [self.things[name] for name in objects]
        best = min((_rank(thing) for thing in known), default=0)
        names = [thing.name for thing in known if _rank(thing) == best]
        larger = {name for other in names for name in self.broader(other)}
        return tuple(name for name in names if name not in larger)

    def _problems_meant(self, hits: list[_Hit], objects: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        sure: list[str] = []
        unclear: list[str] = []
        for hit in hits:
            clear = self._clear(hit.names, objects)
            (sure if len(clear) == 1 else unclear).extend(clear)
        return _unique(sure), _unique(name for name in unclear if name not in sure)

    def _clear(self, names: tuple[str, ...], objects: tuple[str, ...]) -> tuple[str, ...]:
        if len(names) == 1 or not objects:
            return names
        wide = {*objects, *(larger for name in objects for larger in self.broader(name))}
        fitting = (
            tuple(name for name in names if wide.intersection(self.problems[name].objects[:1])),
            tuple(name for name in names if wide.intersection(self.problems[name].objects)),
        )
        return next((some for some in fitting if some), names)

    def _tails(self, found: NamesFound) -> tuple[str, ...]:
        return tuple(spelling for name in found.problems for spelling in (name, *self.problems[name].aliases)) or (
            "\0",
        )


def read(folder: Path = FOLDER) -> NameBook:
    """Read the name files of a folder."""
    return NameBook(
        things=(
            Thing(row["name"], row["kind"], row["industry"], _several(row["aliases"]), _several(row["part_of"]))
            for row in rows(folder / "objects.tsv")
        ),
        problems=(
            Problem(row["name"], row["kind"], _several(row["aliases"]), _several(row["objects"]))
            for row in rows(folder / "problems.tsv")
        ),
        operations=(
            Operation(row["name"], row["topic"], _several(row["aliases"])) for row in rows(folder / "operations.tsv")
        ),
        not_names=(row["word"] for row in rows(folder / "not_names.tsv")),
    )


def rows(file: Path) -> list[dict[str, str]]:
    """The rows of a tab-separated file with one header line and no quotes; a missing last cell is empty."""
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, restval="")
        return [{key: value.strip() for key, value in row.items()} for row in reader]


@lru_cache(maxsize=1)
def known() -> NameBook:
    """The names of the project, read once."""
    return read()


def canonical_object(text: str) -> str | None:
    """Our name for a crop, animal or thing; None for what no row knows."""
    return known().canonical_object(text)


def canonical_problem(text: str, objects: Iterable[str] = ()) -> str | None:
    """Our name for a pest, disease or damage."""
    return known().canonical_problem(text, objects)


def find_names(text: str, objects: Iterable[str] = ()) -> NamesFound:
    """The objects, problems and operations that a text names, by their canonical names."""
    return known().find(text, objects)


def _spellings(entries: Iterable[Thing | Problem | Operation]) -> Iterator[tuple[str, str]]:
    """A canonical name comes before an alias of the same spelling."""
    listed = list(entries)
    yield from ((entry.name, entry.name) for entry in listed)
    yield from ((alias, entry.name) for entry in listed for alias in entry.aliases)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Digits and Latin letters are names only where no other digit or letter touches them (3911 in 13911)."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (_is_latin(text[start]) and _is_latin(before)) and not (_is_latin(text[end - 1]) and _is_latin(after))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _hides(hidden: list[tuple[int, int]], hit: _Hit) -> bool:
    return any(hit.lies_in(span) for span in hidden)


def _rank(thing: Thing) -> int:
    return 0 if thing.is_living else _RANKS.get(thing.kind, 2)


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())
