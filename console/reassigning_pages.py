"""Passing several cases on at once: choose them, choose to whom, and read of each whether it was done or which rule said no."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4, uuid5

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from console import case_view, current, expert_loads, overview_filters, refusals
from console.case_commands import find, staff_id
from console.expert_loads import Load
from console.overview_rows import as_rows
from core.database import Transaction
from core.errors import Refused
from handoff import desk
from handoff.cases import Case
from handoff.orders import Actor
from handoff.reassigning import MOVABLE, pass_on

pages = Blueprint("reassigning", __name__)

_MOST = 200
_QUEUE = "queue"


@dataclass(frozen=True)
class Chosen:
    """A case that was ticked, and the epoch that it had on the page."""

    case_id: UUID
    epoch: int


@dataclass(frozen=True)
class Result:
    """What came of one case; `refusal` is the sentence of the rule that said no, or empty."""

    case: Case | None
    refusal: str


@pages.get("/cases/reassign")
def choose() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return render_template("reassign.html", **_page(tx, set()))


@pages.post("/cases/reassign")
def move() -> ResponseReturnValue:
    """Each case in a transaction of its own, so that what one rule refuses keeps nothing else from being done.

    The form sent again does nothing twice: the key of every case is made from the form's and from whom it is for; the
    same form for somebody else is another command, which the epochs on the page refuse.
    """
    chosen = [found for text in request.form.getlist("case")[:_MOST] if (found := _chosen(text))]
    form = request.form
    try:
        with current.services().database.transaction() as tx:
            to = _target(tx, form.get("to", ""))
        _check(chosen, to, form.get("reason", ""))
    except Refused as refusal:
        refusals.note(refusal)
        with current.services().database.transaction() as tx:
            ticked = {one.case_id for one in chosen}
            return render_template("reassign.html", refusal=refusal.words, **_page(tx, ticked)), 422
    results = [_move(one, to, form.get("reason", "").strip()[:500], form.get("key") or uuid4().hex) for one in chosen]
    current.ring()
    done = sum(not result.refusal for result in results)
    return render_template(
        "reassigned.html", results=results, done=done, to_queue=to is None, args=overview_filters.as_args(_wanted())
    )


def _move(one: Chosen, to: UUID | None, reason: str, key: str) -> Result:
    case: Case | None = None
    case_key = current.key_for(uuid5(one.case_id, f"{to}:{key}").hex)
    assert case_key is not None
    database = current.services().database
    try:
        with database.transaction() as tx:
            case = case_view.masked(find(tx, str(one.case_id), current.me()))
            actor = Actor.staff(current.me())
            pass_on(tx, one.case_id, actor, to=to, reason=reason, expected_epoch=one.epoch, key=case_key)
    except Refused as refusal:
        refusals.note(refusal)
        return Result(case, refusal.words)
    return Result(case, "")


def _page(tx: Transaction, ticked: set[UUID]) -> dict[str, Any]:
    """The cases that the address asks for and that can be passed on, and those who may take them."""
    wanted = _wanted()
    found = desk.listed(tx, wanted, most=_MOST)
    movable = [case for case in found if case.state in MOVABLE]
    if request.args.get("all") == "1" and request.method == "GET":
        ticked = {case.id for case in movable}
    return {
        "rows": as_rows(tx, movable),
        "ticked": ticked,
        "stay": len(found) - len(movable),
        "takers": _takers(tx, wanted.owners),
        "args": overview_filters.as_args(wanted),
        "form": request.form,
    }


def _takers(tx: Transaction, without: tuple[UUID, ...]) -> list[Load]:
    """Who may take cases: those on duty first, the least full first."""
    found = [
        one
        for one in expert_loads.loads(tx)
        if one.staff.active and not one.expert.paused and one.staff.id not in without
    ]
    return sorted(found, key=lambda one: (not one.is_on_duty, one.is_full, one.hand.held / one.expert.capacity))


def _wanted() -> desk.Wanted:
    return overview_filters.wanted(request.args)


def _target(tx: Transaction, to: str) -> UUID | None:
    """The expert to whom they go, None for the queue."""
    if not to:
        raise Refused("nobody_named", "请选择转给谁，或者放回队列。")
    return None if to == _QUEUE else staff_id(tx, to)


def _check(chosen: list[Chosen], to: UUID | None, reason: str) -> None:
    if not chosen:
        raise Refused("nothing_chosen", "请勾选要转派的工单。")
    if to is not None and not reason.strip():
        raise Refused("no_reason", "请写原因，接手的专家看得到。")


def _chosen(text: str) -> Chosen | None:
    """A ticked box: the case's id and the epoch that was seen."""
    ref, _, epoch = text.partition(":")
    case_id = current.as_uuid(ref)
    if case_id is None or not epoch.isdecimal() or len(epoch) > 9:
        return None
    return Chosen(case_id, int(epoch))
