"""What a report on the experts' queue is asked for: a period, and what it is narrowed to."""

from dataclasses import dataclass

from core.database import Transaction
from core.places import by_code, full_name
from handoff import history
from handoff.history import Which
from handoff.states import Kind
from knowledge import names
from reports.about_cases import KIND_NAMES
from reports.period import Period


@dataclass(frozen=True)
class Asked:
    """A period and a choice of cases. `county`: six digits; `object` and `industry` as `nlu_data/objects.tsv` names them."""

    period: Period
    county: str = ""
    kind: Kind | None = None
    object: str = ""
    industry: str = ""

    @property
    def which(self) -> Which:
        return Which(self.county, self.kind, self.objects)

    @property
    def objects(self) -> frozenset[str] | None:
        """The names that a case must be about, an object's own kinds included (果树: 柑橘); None where any will do."""
        if not self.object and not self.industry:
            return None
        things = names.known().things
        found = {name for name in {*things, self.object} if not self.object or _belongs(name, self.object)}
        if self.industry:
            found = {name for name in found if name in things and things[name].industry == self.industry}
        return frozenset(found)

    @property
    def told(self) -> str:
        """What the report is about, in words: 2026-11-01至2026-11-30，乳源瑶族自治县，提问."""
        parts = [
            f"{self.period.first}至{self.period.last}",
            full_name(self.county) if self.county else "",
            KIND_NAMES[self.kind] if self.kind else "",
            self.object,
            self.industry,
        ]
        return "，".join(part for part in parts if part)


@dataclass(frozen=True)
class Choices:
    """What the cases of a period can be narrowed to. Counties as code and name."""

    counties: tuple[tuple[str, str], ...]
    objects: tuple[str, ...]
    industries: tuple[str, ...]


def asked(period: Period, *, county: str = "", kind: str = "", object_: str = "", industry: str = "") -> Asked:
    """What typed words ask for; a word that means nothing narrows nothing, and a long period keeps its last year."""
    things = names.known().things
    place = by_code(county)
    return Asked(
        period.within_a_year,
        county if place is not None and place.kind == "county" else "",
        Kind(kind) if kind in set(Kind) else None,
        object_ if object_ in things else "",
        industry if any(thing.industry == industry for thing in things.values()) else "",
    )


def choices(tx: Transaction, period: Period) -> Choices:
    """The counties, objects and industries that occur in the cases opened in a period, in the order of their names."""
    counties, objects = history.choices(tx, period.start, period.end)
    things = names.known().things
    known = [name for name in objects if name in things]
    return Choices(
        tuple(sorted((code, full_name(code)) for code in counties if by_code(code) is not None)),
        tuple(sorted(known)),
        tuple(sorted({things[name].industry for name in known} - {""})),
    )


def _belongs(name: str, larger: str) -> bool:
    """Whether a name is this larger thing, or lies in it, however deep."""
    things, seen, waiting = names.known().things, set[str](), [name]
    while waiting:
        one = waiting.pop()
        if one == larger:
            return True
        if one not in seen:
            seen.add(one)
            waiting += things[one].part_of if one in things else ()
    return False
