"""The coordinator's desk: filed needs, and one need with what can be done about it."""

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import case_view, current, need_view, once, overview_filters, refusals
from console.api import status_of
from console.case_commands import candidates
from console.need_commands import COMMANDS, Order, carry_out
from core import people
from core.database import Transaction
from core.errors import NotFound, Refused
from needs import filed
from needs.filed import Need
from needs.statuses import LIVE, Command, Status
from paging import notices

pages = Blueprint("needs", __name__)

PAGE = 100

_DONE = {
    Command.ACCEPT: "已受理，农户会收到通知。",
    Command.RETURN: "已发给农户，等他补充。",
    Command.REJECT: "已回复农户不予受理。",
    Command.MERGE: "已并单，农户会收到通知。",
    Command.DISPATCH: "已派单，工单已进入专家队列。",
    Command.NOTE: "备注已记下，农户看不到。",
    Command.CLOSE: "已办结，结果已告诉农户。",
    Command.CANCEL: "已取消，农户会收到通知。",
}


_NO_REASON = "请写查看号码的原因。"


@pages.get("/needs")
def listing() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return render_template("needs.html", **listed(tx))


def listed(tx: Transaction) -> dict[str, object]:
    """The page of needs that the address asks for (all live ones for an unknown status), with the tabs and their counts."""
    wanted, page = request.args.get("status", ""), overview_filters.page(request.args)
    status = Status(wanted) if wanted in set(Status) else None
    found = filed.listed(tx, {status} if status else None, most=PAGE, page=page)
    counts = filed.counts(tx)
    total = counts[status] if status else sum(counts[one] for one in LIVE)
    return {
        "needs": [need_view.masked(need) for need in found],
        "counts": {str(one): count for one, count in counts.items()},
        "live_count": sum(counts[one] for one in LIVE),
        "wanted": str(status or ""),
        "page": page,
        "pages": max((total + PAGE - 1) // PAGE, 1),
        "is_overdue": need_view.is_overdue,
        "statuses": [str(one) for one in Status],
    }


@pages.get("/needs/<number>")
def show(number: str) -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        need = filed.numbered(tx, number)
        notices.see_need(tx, current.me().id, need.id)
        return _page(tx, need)


@pages.post("/needs/<number>/<command>")
def do(number: str, command: str) -> ResponseReturnValue:
    if command not in set(COMMANDS):
        raise NotFound
    order = _order(Command(command))
    key = current.key_for(request.form.get("key", ""))
    try:
        with current.services().database.transaction() as tx:
            after = carry_out(tx, filed.numbered(tx, number), order, key)
    except NotFound:
        raise
    except Refused as refusal:
        return _again(number, order.command, refusal)
    current.ring()
    flash(_DONE[order.command], f"done {order.command}")
    return redirect(url_for("needs.show", number=after.number), 303)


@pages.post("/needs/<number>/phone")
def phone(number: str) -> ResponseReturnValue:
    """The farmer's number in full, for a reason that is written down."""
    reason = request.form.get("reason", "").strip()
    with current.services().database.transaction() as tx:
        need = filed.numbered(tx, number)
        if len(reason) < 2:
            return _page(tx, need, refusal=_NO_REASON, refused="phone", written=request.form), 422
        encrypted = filed.encrypted_phone(tx, need.id) or people.encrypted_phone(tx, need.farmer_id)
        reveal = partial(people.note_reveal, tx, staff_id=current.me().id, farmer_id=need.farmer_id, need_id=need.id)
        once.looked_once(tx, reason, partial(reveal, reason=reason[:200]))
        return _page(tx, need, phone=case_view.phone(encrypted))


def _page(tx: Transaction, need: Need, **more: object) -> str:
    view = need_view.look(tx, need)
    return render_template(
        "need.html",
        view=view,
        need=view.need,
        overdue=need_view.is_overdue(need),
        experts=candidates(tx, need.object) if Command.DISPATCH in view.allowed else [],
        **more,
    )


def _again(number: str, command: Command, refusal: Refused) -> ResponseReturnValue:
    refusals.note(refusal)
    with current.services().database.transaction() as tx:
        need = filed.numbered(tx, number)
        page = _page(tx, need, refusal=refusal.words, refused=str(command), written=request.form)
    return page, status_of(refusal)


def _order(command: Command) -> Order:
    form = request.form
    return Order(command, text=form.get("text", ""), into=form.get("into", ""), to=form.get("to", ""))
