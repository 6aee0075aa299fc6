"""The roster: who is on duty in the next seven days, and what experts and coordinators may change in it.

After every change waiting cases are looked at again: most of them put somebody on duty, and for the rest it costs nothing.
"""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import current, pausing, refusals, roster_forms, roster_view
from console.api import status_of
from core.database import Transaction
from core.errors import NotFound, Refused
from core.logs import logger
from core.people import Role
from handoff import routing
from registry import planned, roster, swaps

log = logger()

pages = Blueprint("roster", __name__)

Change = Callable[[Transaction], str]


@pages.get("/roster")
def show() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return _page(tx)


# --- of everybody


@pages.post("/roster/absences")
def be_absent() -> ResponseReturnValue:
    def away(tx: Transaction) -> str:
        start, end = roster_forms.span(request.form)
        reason = request.form.get("reason", "").strip()
        roster.be_absent(tx, _whose(tx), start, end, reason=reason, idem_key=_key())
        return "请假已登记，这段时间不派工单。"

    return _do("absence", away)


@pages.post("/roster/absences/<uuid:absence_id>/undo")
def come_back(absence_id: UUID) -> ResponseReturnValue:
    def back(tx: Transaction) -> str:
        roster.come_back(tx, absence_id, _whose(tx))
        return "请假已取消。"

    return _do("absences", back)


# --- of experts


@pages.post("/roster/swaps")
def offer_swap() -> ResponseReturnValue:
    def offer(tx: Transaction) -> str:
        start, end = roster_forms.span(request.form)
        swaps.offer(tx, current.me().id, start, end, note=request.form.get("note", "").strip())
        return "已经挂出来找人换班。没有人接之前，还是您值班。"

    return _do("swap", offer)


@pages.post("/roster/swaps/<uuid:swap_id>/back")
def take_swap_back(swap_id: UUID) -> ResponseReturnValue:
    def back(tx: Transaction) -> str:
        swaps.take_back(tx, swap_id, current.me().id)
        return "换班已收回，还是您值班。"

    return _do("swaps", back)


@pages.post("/roster/swaps/<uuid:swap_id>/take")
def take_swap(swap_id: UUID) -> ResponseReturnValue:
    def take(tx: Transaction) -> str:
        swaps.take(tx, swap_id, current.me().id)
        return "这段值班归您了。"

    return _do("swaps", take)


@pages.post("/roster/pause")
def pause() -> ResponseReturnValue:
    return _do("pause", lambda tx: pausing.pause(tx, current.me().id, paused=_paused()), back=_back())


# --- of coordinators


@pages.post("/roster/pause/<uuid:staff_id>")
def pause_other(staff_id: UUID) -> ResponseReturnValue:
    return _do("pauses", lambda tx: pausing.pause(tx, staff_id, paused=_paused()))


@pages.post("/roster/rules")
def add_rule() -> ResponseReturnValue:
    def plan(tx: Transaction) -> str:
        form = request.form
        whose, days, spans = _whose(tx), roster_forms.days(form), roster_forms.times_of_day(form)
        first, last = roster_forms.first_and_last(form)
        for start, end in spans:
            roster.plan_rule(tx, whose, days, start, end, first_day=first, last_day=last, idem_key=_key())
        return "固定值班已排好。"

    return _do("rule", plan)


@pages.post("/roster/rules/<uuid:rule_id>/end")
def end_rule(rule_id: UUID) -> ResponseReturnValue:
    def end(tx: Transaction) -> str:
        last = roster_forms.day(request.form.get("last_day", ""))
        planned.end_rule(tx, rule_id, last)
        return "结束的日子已改。" if last else "一直有效。"

    return _do(f"rule {rule_id}", end)


@pages.post("/roster/rules/<uuid:rule_id>/drop")
def drop_rule(rule_id: UUID) -> ResponseReturnValue:
    def drop(tx: Transaction) -> str:
        roster.drop_rule(tx, rule_id)
        return "固定值班已删除。"

    return _do("rules", drop)


@pages.post("/roster/singles")
def add_single() -> ResponseReturnValue:
    def plan(tx: Transaction) -> str:
        start, end = roster_forms.span(request.form)
        roster.plan_single(tx, _whose(tx), start, end, idem_key=_key())
        return "单次值班已排好。"

    return _do("single", plan)


@pages.post("/roster/singles/<uuid:duty_id>/drop")
def drop_single(duty_id: UUID) -> ResponseReturnValue:
    def drop(tx: Transaction) -> str:
        planned.drop_single(tx, duty_id)
        return "单次值班已取消。"

    return _do("singles", drop)


# --- what they share


def _do(what: str, change: Change, *, back: str = "roster.show") -> ResponseReturnValue:
    """Change something; `what` names the form that says why not. What is gone has no form, so the page's top says it."""
    try:
        with current.services().database.transaction() as tx:
            said = change(tx)
            routing.look_again(tx)
    except Refused as refusal:
        refusals.note(refusal)
        refused = "gone" if isinstance(refusal, NotFound) else what
        with current.services().database.transaction() as tx:
            page = _page(tx, refusal=refusal.words, refused=refused, written=request.form)
        return page, status_of(refusal)
    log.info("roster_changed", what=what.partition(" ")[0], by=str(current.me().id))
    flash(said)
    return redirect(url_for(back), 303)


def _page(tx: Transaction, **more: object) -> str:
    staff = current.me()
    view = roster_view.look(tx, staff)
    if staff.has(Role.COORDINATOR):
        view |= roster_view.desk(tx)
    return render_template("roster.html", **view, **more)


def _whose(tx: Transaction) -> UUID:
    """Whose duty or absence it is: one's own, or for a coordinator anybody's who can be on duty."""
    staff = current.me()
    named = request.form.get("staff_id", "")
    if not named and staff.has(Role.EXPERT):
        return staff.id
    whose = current.as_uuid(named)
    if whose != staff.id and not staff.has(Role.COORDINATOR):
        raise Refused("wrong_person", "只能改自己的，别人的请协调员来改。")
    if whose is None or whose not in {one.id for one in roster_view.on_call(tx)}:
        raise Refused("nobody_named", "请选是谁。")
    return whose


def _paused() -> bool:
    return request.form.get("paused") == "yes"


def _key() -> str | None:
    return current.key_for(request.form.get("key", ""))


def _back() -> str:
    return "inbox.mine" if request.form.get("back") == "mine" else "roster.show"
