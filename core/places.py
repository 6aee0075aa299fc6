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

    A name that several places share counts only with its county, city or province named beside it,
    or for the largest of them when that one is alone of its kind (吉林 the province, not the city).
    """
    said = _names_in(text)
    named = {place.code for name in said for place in _by_name()[name]}
    meant = [place for name in said if (place := _which(_by_name()[name], named))]
    return max(meant, key=_rank, default=None)


def full_name(code: str) -> str:
    """广东省韶关市乳源瑶族自治县大桥镇, as far as the code goes."""
    names: list[str] = []
    place = by_code(code)
    while place is not None:
        if place.name not in {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}:
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


def _which(candidates: tuple[Place, ...], named: set[str]) -> Place | None:
    supported = [place for place in candidates if named.intersection(_ancestors(place))]
    pool = supported or list(candidates)
    largest = min(_rank(place) for place in pool)
    of_that_kind = [place for place in pool if _rank(place) == largest]
    return of_that_kind[0] if len(of_that_kind) == 1 else None


def _ancestors(place: Place) -> list[str]:
    codes: list[str] = []
    parent = by_code(place.parent) if place.parent else None
    while parent is not None:
        codes.append(parent.code)
        parent = by_code(parent.parent) if parent.parent else None
    return codes
