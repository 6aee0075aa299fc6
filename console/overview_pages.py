"""The coordinator's view of all cases: why each is where it is, the ones at risk first; who holds how much; the incidents."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from console import case_view, current, expert_loads, overview_filters
from console.overview_rows import as_rows
from conversations import deliveries
from core import people
from core.database import Transaction
from handoff import cases, desk
from handoff.desk import PAGE, Wanted
from needs import filed

pages = Blueprint("overview", __name__)


@pages.get("/cases")
def listing() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        found = live_cases(tx)
        return render_template("overview.html", choices=overview_filters.choices(tx), **found)


@pages.get("/cases/load")
def load() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return render_template("load.html", **expert_loads.table(tx))


@pages.get("/cases/ended")
def ended() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        names = {one.id: one.name for one in people.everyone(tx)}
        return render_template("ended.html", cases=[case_view.masked(case) for case in cases.ended(tx)], names=names)


@pages.get("/incidents")
def incidents() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return render_template("incidents.html", **all_incidents(tx))


def live_cases(tx: Transaction) -> dict[str, object]:
    """The page of live cases that the address asks for, with the figures over all of them."""
    wanted, page = overview_filters.wanted(request.args), overview_filters.page(request.args)
    counts = cases.counts(tx)
    found = desk.count(tx, wanted)
    return {
        "not_arrived": not_arrived(tx),
        "rows": as_rows(tx, desk.listed(tx, wanted, page=page)),
        "counts": {str(state): count for state, count in counts.items() if count},
        "late": desk.count(tx, Wanted(late=True)),
        "at_desk": desk.count(tx, Wanted(at_desk=True)),
        "wanted": wanted,
        "args": overview_filters.as_args(wanted),
        "found": found,
        "page": page,
        "pages": max((found + PAGE - 1) // PAGE, 1),
    }


@dataclass(frozen=True)
class Undelivered:
    """An answer that has not reached its farmer. `delivery` is a key of DELIVERY_NAMES."""

    number: str
    is_case: bool
    at: datetime
    delivery: str


def not_arrived(tx: Transaction) -> list[Undelivered]:
    """The live cases and needs of which some words have not reached the farmer: somebody may have to ring him."""
    live_cases, live_needs = cases.live(tx), filed.live(tx)
    conversations = {conversation_id for _, conversation_id in (*live_cases.values(), *live_needs.values())}
    found: dict[UUID, Undelivered] = {}
    for one in deliveries.not_arrived(tx, list(live_cases), list(live_needs), list(conversations)):
        if one.case_id in live_cases:
            found.setdefault(one.case_id, Undelivered(live_cases[one.case_id][0], True, one.at, one.state))
        elif one.need_id in live_needs:
            found.setdefault(one.need_id, Undelivered(live_needs[one.need_id][0], False, one.at, one.state))
    return list(found.values())


def all_incidents(tx: Transaction) -> dict[str, object]:
    found = cases.incidents(tx)
    return {
        "rows": as_rows(tx, [case for case in found if case.is_live]),
        "ended": [case for case in found if not case.is_live],
    }
