"""The names farmers use for crops, animals, pests, jobs and places: read from nlu_data/*.tsv, found in a text."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

ENTITIES = {"objects": "object", "problems": "problem", "operations": "operation", "places": "place"}
PLACE_ENDS = ("省", "市", "县", "区", "镇", "乡", "街道", "自治州", "旗", "盟")
Tokens = Callable[[str], Iterable[Tuple[int, int]]]


@dataclass(frozen=True)
class Name:
    """One thing that has a name: its canonical name, kind, other names, and what it belongs to."""

    entity: str
    name: str
    kind: str
    aliases: Tuple[str, ...] = ()
    objects: Tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True)
class Found:
    """A name found in a text."""

    name: Name
    text: str
    start: int
    end: int

    def as_entity(self) -> Dict[str, Any]:
        return {
            "entity": self.name.entity,
            "value": self.name.name,
            "start": self.start,
            "end": self.end,
            "kind": self.name.kind,
        }


class Names:
    """All names, and the longest-match search for them."""

    def __init__(self, names: Iterable[Name]) -> None:
        self.all = list(names)
        self._by_text: Dict[str, Name] = {}
        for name in self.all:
            for text in (name.name, *name.aliases):
                if findable(name, text):
                    self._by_text.setdefault(text.lower(), name)
        self._longest = max((len(text) for text in self._by_text), default=0)

    @classmethod
    def read(cls, folder: Path) -> "Names":
        """Read the name files of a folder; a file that is not there holds no names."""
        names: List[Name] = []
        for file, entity in ENTITIES.items():
            path = folder / f"{file}.tsv"
            if path.exists():
                names += [_name_from(row, entity) for row in read_tsv(path)]
        return cls(names)

    def find(self, text: str, tokens: Optional[Tokens] = None) -> List[Found]:
        """The names in a text from left to right, the longest first where they overlap.

        A name of one character (鱼, 瓜) counts only where `tokens` says that it stands alone.
        """
        lower, found, at = text.lower(), [], 0
        alone = set(tokens(text)) if tokens else None
        while at < len(lower):
            hit = self._longest_at(lower, at, alone)
            if hit is None:
                at += 1
                continue
            name, end = hit
            found.append(Found(name, text[at:end], at, end))
            if name.entity == "problem":
                found += self._object_within(text, at, end)
            at = end
        return found

    def called(self, text: str, entity: str) -> Optional[Name]:
        """The thing of this kind that the whole text names, if any."""
        name = self._by_text.get(text.strip().lower())
        return name if name is not None and name.entity == entity else None

    def of(self, entity: str) -> List[Name]:
        return [name for name in self.all if name.entity == entity]

    def texts(self) -> List[Tuple[str, Name]]:
        """Every findable spelling, the longest first."""
        return sorted(self._by_text.items(), key=lambda pair: (-len(pair[0]), pair[0]))

    def _longest_at(self, text: str, at: int, alone: Optional[set]) -> Optional[Tuple[Name, int]]:
        for end in range(min(len(text), at + self._longest), at, -1):
            name = self._by_text.get(text[at:end])
            if name is not None and (end - at > 1 or alone is None or (at, end) in alone):
                return name, end
        return None

    def _object_within(self, text: str, start: int, end: int) -> List[Found]:
        """水稻纹枯病 names the crop as well as the disease."""
        for stop in range(end - 1, start + 1, -1):
            name = self._by_text.get(text[start:stop].lower())
            if name is not None and name.entity == "object":
                return [Found(name, text[start:stop], start, stop)]
        return []


def findable(name: Name, text: str) -> bool:
    """Short names of places (和平, 资源) are words of every day; only the full ones are looked for in a text."""
    return name.entity != "place" or (len(text) > 2 and text.endswith(PLACE_ENDS))


def read_tsv(path: Path) -> List[Dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _name_from(row: Dict[str, str], entity: str) -> Name:
    return Name(
        entity,
        row["name"].strip(),
        (row.get("kind") or row.get("topic") or "").strip(),
        several(row.get("aliases")),
        several(row.get("objects") or row.get("parent")),
        (row.get("code") or "").strip(),
    )


def several(cell: Optional[str]) -> Tuple[str, ...]:
    return tuple(part.strip() for part in (cell or "").split("|") if part.strip())
