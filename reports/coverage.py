"""What farmers ask about that nobody here can answer, or nobody who is on duty in the next days.

For coordinators, who see every case anyway: small counts are not hidden here, and no farmer is named.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.database import Transaction
from handoff import demand as asked
from handoff import routing
from knowledge import names
from needs import demand as filed
from registry import roster
from registry.experts import Expert

LATELY = timedelta(days=90)
AHEAD = timedelta(days=7)
UNKNOWN_INDUSTRY = "未说明"
_COUNTY_DIGITS = 6


# An object, a county, and who is able there.
type _Where = tuple[str, str, frozenset[UUID]]


@dataclass(frozen=True)
class Demand:
    """What was asked about a crop or animal in one county. `object` and `county` (a division code) may be empty.

    `able` are the experts who take cases, know it and cover the place, on duty or not. Where somebody covers one town
    of a county and nobody the others, the county has two of these.
    """

    object: str
    county: str
    questions: int
    needs: int
    able: frozenset[UUID]

    @property
    def total(self) -> int:
        return self.questions + self.needs

    @property
    def industry(self) -> str:
        """The industry that it belongs to; UNKNOWN_INDUSTRY where no name file knows it."""
        things = names.known().things
        return next((things[name].industry for name in self.object.split("|") if name in things), UNKNOWN_INDUSTRY)


@dataclass(frozen=True)
class Coverage:
    """Where somebody is missing, the most asked for first: nobody at all, or nobody on duty in the next seven days."""

    nobody: tuple[Demand, ...]
    nobody_on_duty: tuple[Demand, ...]


def demands(tx: Transaction, at: datetime) -> list[Demand]:
    """What was asked for in the ninety days before a moment, the most asked for first."""
    experts, since = routing.taking_cases(tx), at - LATELY
    questions, needs = Counter[_Where](), Counter[_Where]()
    for counted, places in ((questions, asked.questions_since(tx, since)), (needs, filed.filed_since(tx, since))):
        for (object_, place), count in places.items():
            counted[object_, place[:_COUNTY_DIGITS], _able(experts, object_, place)] += count
    found = [Demand(where[0], where[1], questions[where], needs[where], where[2]) for where in {*questions, *needs}]
    return sorted(found, key=lambda one: (-one.total, one.object, one.county))


def report(tx: Transaction, at: datetime) -> Coverage:
    """Where somebody is missing, now and in the next seven days."""
    found = demands(tx, at)
    on_duty = {duty.staff_id for duty in roster.duties(tx, at, at + AHEAD)}
    return Coverage(
        nobody=tuple(one for one in found if not one.able),
        nobody_on_duty=tuple(one for one in found if one.able and not one.able & on_duty),
    )


def able_by_industry(tx: Transaction, at: datetime) -> dict[str, frozenset[UUID]]:
    """For every industry asked about lately, the most asked for first: who can answer something of it somewhere."""
    found: dict[str, frozenset[UUID]] = {}
    for one in demands(tx, at):
        if one.industry != UNKNOWN_INDUSTRY:
            found[one.industry] = found.get(one.industry, frozenset()) | one.able
    return found


def _able(experts: list[Expert], object_: str, place: str) -> frozenset[UUID]:
    """Who could be given a case about this there, by the rules of the routing."""
    wanted = routing.names_in(object_)
    return frozenset(one.staff_id for one in experts if (not object_ or one.knows(wanted)) and one.covers(place))
