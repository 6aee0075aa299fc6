"""Pages that stay true: small pieces asked for every few seconds, answered with 304 while nothing has changed."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from console import case_view, current, expert_loads, inbox, need_pages, overview_pages, presence, words
from console.case_commands import MOST_TEXT, banned, find
from core.database import Transaction
from core.people import Role, Staff
from handoff import cases
from handoff.states import Kind, State
from needs import filed
from needs.statuses import Status
from paging import notices

pages = Blueprint("live", __name__)

_UNTAKEN = {State.QUEUED, State.OFFERED}


@dataclass(frozen=True)
class Bell:
    """What every page must know: how much waits for this person, the incidents that nobody has taken, and unseen notices."""

    waiting: int
    alarms: tuple[tuple[str, str], ...]
    notices: int = 0


@pages.get("/live/bell")
def bell() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        rung = listen(tx, current.me())
    alarms = [{"number": number, "words": said} for number, said in rung.alarms]
    return _unless_known(jsonify(waiting=rung.waiting, alarms=alarms, notices=rung.notices))


@pages.get("/live/inbox")
def queue() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return _piece("pieces/queue.html", **inbox.takeable(tx, current.me()))


@pages.get("/live/mine")
def mine() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return _piece("pieces/mine.html", groups=inbox.in_hand(tx, current.me().id))


@pages.get("/live/cases/<uuid:case_id>")
def thread(case_id: UUID) -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        case = find(tx, str(case_id), current.me())
        view = case_view.look(tx, case, current.me())
    beside = presence.beside_me(case.id)
    return _piece("pieces/thread.html", view=view, case=view.case, beside=beside)


@pages.post("/live/cases/<uuid:case_id>/check")
def check(case_id: UUID) -> ResponseReturnValue:
    """What is to be said about an answer while it is written: the pesticides in it that may not be used."""
    text = request.form.get("text", "")[:MOST_TEXT]
    with current.services().database.transaction() as tx:
        case = find(tx, str(case_id), current.me())
    return jsonify(words=banned(text, case.object))


@pages.get("/live/needs")
def needs() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return _piece("pieces/needs.html", **need_pages.listed(tx))


@pages.get("/live/overview")
def overview() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return _piece("pieces/overview.html", **overview_pages.live_cases(tx))


@pages.get("/live/load")
def load() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return _piece("pieces/load.html", **expert_loads.table(tx))


@pages.get("/live/incidents")
def incidents() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return _piece("pieces/incidents.html", **overview_pages.all_incidents(tx))


def listen(tx: Transaction, staff: Staff) -> Bell:
    """What this person should be told on any page."""
    unseen = notices.unseen(tx, staff.id)
    if not staff.has(Role.EXPERT, Role.COORDINATOR):
        return Bell(0, (), unseen)
    untaken = cases.queue(tx, _UNTAKEN)
    waiting = 0
    if staff.has(Role.EXPERT):
        waiting += cases.count(tx, {State.QUEUED}) + cases.count(tx, {State.OFFERED}, owner_id=staff.id)
    if staff.has(Role.COORDINATOR):
        waiting += filed.counts(tx)[Status.SUBMITTED]
    alarms = tuple((case.number, words.why(case.reason)) for case in untaken if case.kind is Kind.INCIDENT)
    return Bell(waiting, alarms, unseen)


def _piece(template: str, **values: object) -> Response:
    return _unless_known(make_response(render_template(template, **values)))


def _unless_known(response: Response) -> Response:
    """With an ETag of its content; without the content when the asker has it already."""
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.make_conditional(request)
    return response
