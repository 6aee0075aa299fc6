"""Places: the administrative divisions of China by code and by the names people use. Read from `nlu_data/places.tsv`."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).parent.parent / "nlu_data" / "places.tsv"
UNKNOWN_COUNTY = "000000"


@dataclass(frozen=True)
class Place:
    """A province, city, county or town. `code` is GB/T 2260, nine digits for towns."""

    code: str
    name: str
    kind: str
    parent: str
    aliases: tuple[str, ...]

    @property
    def county(self) -> str:
        """The six-digit county code; UNKNOWN_COUNTY for a province or a city."""
        return self.code[:6] if self.kind in {"county", "town"} else UNKNOWN_COUNTY


@lru_cache(maxsize=1)
def _places() -> tuple[Place, ...]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(
            Place(row["code"], row["name"], row["kind"], row["parent"] or "", _split(row["aliases"])) for row in rows
        )


def _split(cell: str | None) -> tuple[str, ...]:
    return tuple(value for value in (cell or "").split("|") if value)


@lru_cache(maxsize=1)
def _by_code() -> dict[str, Place]:
    return {place.code: place for place in _places()}


@lru_cache(maxsize=1)
def _by_name() -> dict[str, tuple[Place, ...]]:
    names: dict[str, list[Place]] = {}
    for place in _places():
        for name in {place.name, *place.aliases}:
            names.setdefault(name, []).append(place)
    return {name: tuple(places) for name, places in names.items()}


def by_code(code: str) -> Place | None:
    """The place with this code."""
    return _by_code().get(code)


def find(text: str) -> Place | None:
    """The smallest place that a farmer's words name, or None when they name none or leave it open.

    A name that several places share counts for those that lie in the other places named, the smallest of these first,
    and else for the largest of them when that one is alone of its kind (吉林 the province, not the city).
    Of places that cannot lie in each other (在广东打工，家在桂阳) the larger one counts.
    """
    said = list(dict.fromkeys(_names_in(text)))
    meant = [place for name in said if (place := _which(name, said)) is not None]
    return max((place for place in meant if _fits(place, meant)), key=_rank, default=None)


# What the list of divisions calls a level that nobody names.
_NOT_SAID = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}


def named_in(text: str) -> tuple[str, ...]:
    """The full names of counties and towns that stand in a text, the longest first; short names are left out.

    大桥镇 is a place wherever it stands; 大桥 may be a bridge.
    """
    full = {place.name for place in _places() if place.kind in {"county", "town"} and len(place.name) > 2}
    return tuple(sorted((name for name in _names_in(text) if name in full), key=len, reverse=True))


def full_name(code: str) -> str:
    """广东省韶关市乳源瑶族自治县大桥镇, as far as the code goes."""
    names: list[str] = []
    place = by_code(code)
    while place is not None:
        if place.name not in _NOT_SAID and place.name not in names:
            names.append(place.name)
        place = by_code(place.parent) if place.parent else None
    return "".join(reversed(names))


_RANKS = {"province": 0, "city": 1, "county": 2, "town": 3}


def _rank(place: Place) -> int:
    return _RANKS[place.kind]


def _names_in(text: str) -> list[str]:
    names = _by_name()
    found: list[str] = []
    at = 0
    while at < len(text):
        for length in range(min(15, len(text) - at), 1, -1):
            piece = text[at : at + length]
            if piece in names:
                found.append(piece)
                at += length - 1
                break
        at += 1
    return found


def _which(name: str, said: list[str]) -> Place | None:
    """The place that a name means, beside the other names that were said; None when that is open."""
    others = {place.code for other in said if other != name for place in _by_name()[other]}
    beside = {place: _depth_of_support(place, others) for place in _by_name()[name]}
    best = max(beside.values())
    pool = [place for place, depth in beside.items() if depth == best]
    largest = min(_rank(place) for place in pool)
    of_that_kind = [place for place in pool if _rank(place) == largest]
    return _as_small_as_it_is(of_that_kind[0], pool) if len(of_that_kind) == 1 else None


def _depth_of_support(place: Place, named: set[str]) -> int:
    """How small the smallest of the named places is in which this one lies; -1 for none."""
    return max((_rank(around) for around in _around(place) if around.code in named), default=-1)


def _as_small_as_it_is(place: Place, pool: list[Place]) -> Place:
    """东莞 is a city without counties: the list has it once more as its own county, and that says more."""
    return next((other for other in pool if other.parent == place.code and other.name == place.name), place)


def _fits(place: Place, meant: list[Place]) -> bool:
    larger = {other.code for other in meant if _rank(other) < _rank(place)}
    return not larger or any(around.code in larger for around in _around(place))


def _around(place: Place) -> list[Place]:
    """The places that a place lies in, the smallest first."""
    found: list[Place] = []
    parent = by_code(place.parent) if place.parent else None
    while parent is not None:
        found.append(parent)
        parent = by_code(parent.parent) if parent.parent else None
    return found
