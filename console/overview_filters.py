"""What a coordinator wants to see of the live cases: from the address of the page, and back into one."""

from collections.abc import Mapping
from typing import TypedDict

from werkzeug.datastructures import MultiDict

from console import current, words
from core import people, places
from core.database import Transaction
from handoff import desk
from handoff.desk import Wanted
from handoff.states import LIVE, STATE_NAMES, Kind, State, Urgency
from registry import experts

_MOST_PAGES = 1000
Choices = list[tuple[str, str]]


class Filters(TypedDict):
    """Names and values to choose from, by the name of the parameter."""

    state: Choices
    expert: Choices
    county: Choices
    kind: Choices
    urgency: Choices
    level: Choices


def wanted(args: "MultiDict[str, str]") -> Wanted:
    """What the parameters of an address ask for; what means nothing is not asked for."""
    state, kind, urgency = args.get("state", ""), args.get("kind", ""), args.get("urgency", "")
    level, county = args.get("level", ""), args.get("county", "")
    return Wanted(
        state=State(state) if state in set(LIVE) else None,
        owners=tuple(found for text in args.getlist("expert") if (found := current.as_uuid(text))),
        county=county if county.isdecimal() and len(county) == 6 else "",
        kind=Kind(kind) if kind in set(Kind) else None,
        urgency=Urgency(urgency) if urgency in set(Urgency) else None,
        level=int(level) if level in {str(one) for one in words.LEVEL_NAMES} else None,
        at_desk=args.get("desk") == "1",
        late=args.get("late") == "1",
    )


def page(args: "MultiDict[str, str]") -> int:
    """Which page is asked for, the first where that is nonsense."""
    text = args.get("page", "")
    return min(max(int(text), 1), _MOST_PAGES) if text.isdecimal() and len(text) < 6 else 1


def as_args(wanted: Wanted) -> dict[str, object]:
    """The parameters that ask for this, for links that keep what was chosen."""
    args: Mapping[str, object] = {
        "state": wanted.state, "expert": [str(one) for one in wanted.owners], "county": wanted.county, "kind": wanted.kind,
        "urgency": wanted.urgency, "level": wanted.level, "desk": 1 if wanted.at_desk else None,
        "late": 1 if wanted.late else None,
    }  # fmt: skip
    return {name: value for name, value in args.items() if value}


def choices(tx: Transaction) -> Filters:
    """What can be chosen now: states, who takes cases, the counties that have live cases, and so on."""
    enrolled = {one.staff_id for one in experts.everyone(tx)}
    return {
        "state": [(str(state), STATE_NAMES[state]) for state in State if state in LIVE],
        "expert": [(str(one.id), one.name) for one in people.everyone(tx) if one.id in enrolled],
        "county": [(code, places.full_name(code) or code) for code in desk.counties(tx)],
        "kind": [(str(kind), words.KIND_NAMES[kind]) for kind in Kind],
        "urgency": [(str(one), str(one)) for one in Urgency],
        "level": [(str(level), name) for level, name in words.LEVEL_NAMES.items()],
    }
