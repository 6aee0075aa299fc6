"""The names farmers use for crops, animals, pests, jobs and places: read from nlu_data/*.tsv, found in a text."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Set, Tuple

FILES = {"objects": "object", "problems": "problem", "operations": "operation", "places": "place"}
NAME_FILES = (*FILES, "ambiguous", "not_names")
LIVING = ("crop", "animal", "aquatic", "insect", "mushroom", "herb", "flower", "tree")
TOWN_ENDS = ("镇", "乡", "街道")
Span = Tuple[int, int]


@dataclass(frozen=True)
class Name:
    """One thing that has a name: its canonical name, its kind, its other names, and what it belongs to.

    `belongs_to` holds, for a problem, the objects it is common on; for an object, what it is part of; for a place,
    the code of the place around it.
    """

    entity: str
    name: str
    kind: str
    aliases: Tuple[str, ...] = ()
    belongs_to: Tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True)
class Found:
    """A name found in a text, or a word that several names claim."""

    names: Tuple[Name, ...]
    text: str
    start: int
    end: int

    @property
    def name(self) -> Name:
        return self.names[0]

    @property
    def sure(self) -> bool:
        return len(self.names) == 1

    def holds(self, other: "Found") -> bool:
        """Does the other lie inside this one, and is it shorter?"""
        return self.start <= other.start and other.end <= self.end and len(other.text) < len(self.text)

    def overlaps(self, other: "Found") -> bool:
        return self.start < other.end and other.start < self.end

    def as_entity(self) -> Dict[str, Any]:
        """As Rasa wants it; the value of a word that several names claim is the word itself."""
        kinds = {name.kind for name in self.names}
        return {
            "entity": self.name.entity,
            "value": self.name.name if self.sure else self.text,
            "start": self.start,
            "end": self.end,
            "kind": self.name.kind if len(kinds) == 1 else "",
            "sure": self.sure,
            "codes": [name.code for name in self.names if name.code],
            "belongs_to": list(dict.fromkeys(thing for name in self.names for thing in name.belongs_to)),
        }


class Names:
    """All names, and the search for them that nlu_data/README.md describes."""

    def __init__(
        self,
        names: Iterable[Name],
        ambiguous: Iterable[Tuple[str, str, Tuple[str, ...]]] = (),
        not_names: Iterable[str] = (),
    ) -> None:
        self.all = list(names)
        self._not_names = {word.lower() for word in not_names}
        self._claims: Dict[str, Dict[str, Tuple[Name, ...]]] = {entity: {} for entity in FILES.values()}
        self._by_name: Dict[Tuple[str, str], Name] = {}
        for name in self.all:
            self._by_name.setdefault((name.entity, name.name), name)
            for text in (name.name, *name.aliases):
                self._claims[name.entity].setdefault(text.lower(), (name,))
        for word, entity, claimants in ambiguous:
            self._claims[entity][word.lower()] = self._claimants(entity, claimants)
        self._longest = max((len(text) for claims in self._claims.values() for text in claims), default=0)

    @classmethod
    def read(cls, folder: Path) -> "Names":
        """Read the name files of a folder; a file that is not there holds no names."""
        names = [_name_from(row, FILES[file]) for file in FILES for row in read_tsv(folder / f"{file}.tsv")]
        ambiguous = [
            (row["alias"], FILES[row["file"]], several(row["names"])) for row in read_tsv(folder / "ambiguous.tsv")
        ]
        return cls(names, ambiguous, [row["word"] for row in read_tsv(folder / "not_names.tsv")])

    def named(self, entity: str, name: str) -> Optional[Name]:
        """The thing of this canonical name."""
        return self._by_name.get((entity, name))

    def called(self, entity: str, text: str) -> Optional[Name]:
        """The one thing that the whole text names, if any."""
        names = self._claims[entity].get(text.strip().lower(), ())
        return names[0] if len(names) == 1 else None

    def of(self, entity: str) -> List[Name]:
        return [name for name in self.all if name.entity == entity]

    def spellings(self, entity: str) -> List[str]:
        """Every way to write a name of this kind, the longest first."""
        return sorted(self._claims[entity], key=lambda text: (-len(text), text))

    def family(self, name: str) -> Set[str]:
        """An object and all that it is part of: 沃柑 is advised as 柑橘, 柑橘 as 果树."""
        known, waiting = set(), [name]
        while waiting:
            one = waiting.pop()
            if one not in known:
                known.add(one)
                thing = self.named("object", one)
                waiting += thing.belongs_to if thing else ()
        return known

    def find(self, text: str) -> List[Found]:
        """The names in a text from left to right."""
        found = {entity: self._longest_matches(text, entity) for entity in self._claims}
        blocked = self._blocked(text)
        others = found["object"] + found["problem"] + found["operation"]
        places = _nested(f for f in found["place"] if not any(f.overlaps(o) and not f.holds(o) for o in others))
        problems = [f for f in found["problem"] if not _inside(f, blocked)]
        objects = [
            f
            for f in found["object"]
            if not _inside(f, blocked)
            and not any(place.holds(f) for place in places)
            and all(self._names_its_object(problem, f) for problem in problems if problem.holds(f))
        ]
        operations = [f for f in found["operation"] if not _inside(f, blocked)]
        objects_named = {relative for f in objects for relative in self.family(f.name.name)}
        chosen = objects + [self._settled(f, objects_named) for f in problems] + operations + places
        return sorted(chosen, key=lambda f: (f.start, -f.end))

    def _claimants(self, entity: str, claimants: Tuple[str, ...]) -> Tuple[Name, ...]:
        """The names behind an ambiguous word; places are given by code."""
        key = "code" if entity == "place" else "name"
        wanted = {name for name in self.all if name.entity == entity and getattr(name, key) in claimants}
        return tuple(sorted(wanted, key=lambda name: claimants.index(getattr(name, key))))

    def _longest_matches(self, text: str, entity: str) -> List[Found]:
        lower, claims, found, at = text.lower(), self._claims[entity], [], 0
        while at < len(lower):
            for end in range(min(len(lower), at + self._longest), at, -1):
                names = claims.get(lower[at:end])
                if names and not _is_part_of_a_number(lower, at, end):
                    found.append(Found(names, text[at:end], at, end))
                    at = end
                    break
            else:
                at += 1
        return found

    def _blocked(self, text: str) -> List[Span]:
        """Where words stand that look like names and are none: 马上, 葡萄糖."""
        lower = text.lower()
        spans = []
        for word in self._not_names:
            at = lower.find(word)
            while at >= 0:
                spans.append((at, at + len(word)))
                at = lower.find(word, at + 1)
        return spans

    def _names_its_object(self, problem: Found, thing: Found) -> bool:
        """鸭瘟 names the duck; 蜗牛 does not name the ox."""
        family = self.family(thing.name.name)
        return any(family & set(name.belongs_to) for name in problem.names)

    def _settled(self, problem: Found, objects: Set[str]) -> Found:
        """Of the names that claim a word, the one that is common on the object in question."""
        if problem.sure:
            return problem
        fitting = tuple(name for name in problem.names if objects & set(name.belongs_to))
        return Found(fitting[:1], problem.text, problem.start, problem.end) if len(fitting) == 1 else problem


def _nested(places: Iterable[Found]) -> List[Found]:
    """Places with what stands before them taken into account: 乳源 大桥镇 is the 大桥镇 of 乳源.

    The short name of a town (云门) is too common a word to count, unless its county stands before it.
    """
    kept: List[Found] = []
    for place in places:
        around = kept[-1] if kept and kept[-1].end == place.start else None
        inside = tuple(n for n in place.names if around and around.sure and n.code.startswith(around.name.code))
        if inside:
            kept.append(Found(inside, place.text, place.start, place.end))
        elif place.name.kind != "town" or place.text.endswith(TOWN_ENDS):
            kept.append(place)
    return kept


def _is_part_of_a_number(text: str, start: int, end: int) -> bool:
    """3911 is a pesticide, 13911 is not."""
    return text[start:end].isdigit() and (text[start - 1 : start].isdigit() or text[end : end + 1].isdigit())


def _inside(found: Found, spans: Iterable[Span]) -> bool:
    return any(start <= found.start and found.end <= end and len(found.text) < end - start for start, end in spans)


def read_tsv(path: Path) -> List[Dict[str, str]]:
    """The rows of a name file; none if it is not there."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _name_from(row: Dict[str, str], entity: str) -> Name:
    belongs_to = row.get("objects") or row.get("part_of") or row.get("parent")
    return Name(
        entity,
        row["name"].strip(),
        (row.get("kind") or row.get("topic") or "").strip(),
        several(row.get("aliases")),
        several(belongs_to),
        (row.get("code") or "").strip(),
    )


def several(cell: Optional[str]) -> Tuple[str, ...]:
    return tuple(part.strip() for part in (cell or "").split("|") if part.strip())
