"""The coordinator's view of all cases: why each is where it is, the ones at risk first; and the incidents."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from console import case_view, current, words
from conversations import deliveries
from core import clock, people
from core.database import Transaction
from core.secrets import hide_phones
from handoff import cases
from handoff.cases import Case, Event
from handoff.states import Kind, State
from needs import filed

pages = Blueprint("overview", __name__)

_SOON = timedelta(hours=2)
_MOST = 500


@dataclass(frozen=True)
class Row:
    """A live case in the overview. `risk`: late, soon, or empty."""

    case: Case
    owner: str
    here_because: str
    risk: str


@pages.get("/cases")
def listing() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return render_template("overview.html", **live_cases(tx))


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
    """Every live case: incidents first, then the ones that are late or nearly so, then the oldest."""
    rows = as_rows(tx, cases.queue(tx, most=_MOST))
    counts = cases.counts(tx)
    return {
        "not_arrived": _not_arrived(tx),
        "rows": sorted(rows, key=_soonest_needed),
        "counts": {str(state): count for state, count in counts.items() if count},
        "late": sum(row.risk == "late" for row in rows),
    }


def _soonest_needed(row: Row) -> tuple[bool, int, datetime]:
    rank = ("late", "soon", "").index(row.risk)
    return row.case.kind is not Kind.INCIDENT, rank, row.case.due_at if row.risk else row.case.opened_at


@dataclass(frozen=True)
class Undelivered:
    """An answer that has not reached its farmer. `delivery` is a key of DELIVERY_NAMES."""

    number: str
    is_case: bool
    at: datetime
    delivery: str


def _not_arrived(tx: Transaction) -> list[Undelivered]:
    """The cases and needs whose last words have not reached the farmer: somebody may have to ring him."""
    found: dict[object, Undelivered] = {}
    for one in deliveries.not_arrived(tx):
        if one.case_id is not None:
            found.setdefault(one.case_id, Undelivered(cases.get(tx, one.case_id).number, True, one.at, one.state))
        elif one.need_id is not None:
            found.setdefault(one.need_id, Undelivered(filed.get(tx, one.need_id).number, False, one.at, one.state))
    return list(found.values())


def all_incidents(tx: Transaction) -> dict[str, object]:
    found = cases.incidents(tx)
    return {
        "rows": as_rows(tx, [case for case in found if case.is_live]),
        "ended": [case for case in found if not case.is_live],
    }


def as_rows(tx: Transaction, found: list[Case]) -> list[Row]:
    events = cases.last_events(tx, [case.id for case in found])
    names = {one.id: one.name for one in people.everyone(tx)}
    return [
        Row(
            case_view.masked(case),
            names.get(case.owner_id, "") if case.owner_id else "",
            hide_phones(_because(case, events[case.id], names)),
            _risk(case),
        )
        for case in found
    ]


def _because(case: Case, event: Event, names: dict[UUID, str]) -> str:
    """Why it is where it is, from its last step: 王农 1小时前接单，还没答复."""
    ago = f"{words.since(event.at)}前"
    owner = names.get(case.owner_id, "") if case.owner_id else ""
    match case.state:
        case State.QUEUED:
            came = {
                "open": words.why(case.reason), "add": f"农户{ago}又有补充", "decline": f"{_who(event)}{ago}谢绝", "release": f"{_who(event)}{ago}放回",
                "offer_expires": f"{ago}派出后没人接", "escalate": f"{ago}升级到{words.LEVEL_NAMES.get(case.level, '')}", "reopen": f"{ago}重新打开",
            }  # fmt: skip
            reason = event.payload.get("reason", "") if event.command in {"decline", "release", "escalate"} else ""
            return came.get(event.command, words.why(case.reason)) + (f"：{reason}" if reason else "") + "，等人接单"
        case State.OFFERED:
            return f"{ago}派给{owner}，等他接受"
        case State.ACTIVE:
            return (
                f"农户{ago}来话，等{owner}答复"
                if event.command in {"farmer_replies", "dispute"}
                else f"{owner}在处理，最后动作：{ago}"
            )
        case State.WAITING_FARMER:
            return f"{owner}{ago}请农户补充，等农户"
        case State.SNOOZED:
            return f"{owner}放到{words.clock_time(case.snoozed_until)}再看"
        case State.ANSWERED:
            return f"{owner}{ago}答复，等农户说解决没有"
        case _:
            return ""


def _who(event: Event) -> str:
    return words.actor(event.actor_name)


def _risk(case: Case) -> str:
    if case.first_answered_at is not None or case.state is State.ANSWERED:
        return ""
    left = case.due_at - clock.now()
    if left <= timedelta(0):
        return "late"
    return "soon" if left < _SOON else ""
