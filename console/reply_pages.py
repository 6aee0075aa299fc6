"""Replies kept ready: each one's own, and for coordinators those that everybody has."""

from collections.abc import Callable
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import current, refusals
from console.case_commands import object_named
from conversations import canned, phrases
from conversations.canned import Reply
from core.database import Transaction
from core.errors import NotFound, Refused

pages = Blueprint("replies", __name__)


@pages.get("/replies")
def listing() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return _page(tx)


@pages.post("/replies")
def add() -> ResponseReturnValue:
    """Keep a new one. The key makes its id, so that the same form sent twice keeps one."""
    key = current.key_for(request.form.get("key", ""))
    reply_id = str(uuid5(NAMESPACE_URL, key) if key else uuid4())
    owner = None if request.form.get("shared") == "1" else current.me().id
    return _do("", "已存下。", lambda tx: canned.add(tx, _written(reply_id, owner), current.me()))


@pages.post("/replies/<uuid:reply_id>")
def change(reply_id: UUID) -> ResponseReturnValue:
    """Change one; sent twice it is the same change."""

    def change_it(tx: Transaction) -> None:
        before = canned.one(tx, current.me().id, str(reply_id))
        canned.change(tx, _written(str(reply_id), before.staff_id), current.me())

    return _do(str(reply_id), "已改好。", change_it)


@pages.post("/replies/<uuid:reply_id>/remove")
def remove(reply_id: UUID) -> ResponseReturnValue:
    """Remove one; what is gone already stays gone."""

    def remove_it(tx: Transaction) -> None:
        try:
            canned.remove(tx, str(reply_id), current.me())
        except NotFound:
            return

    return _do(str(reply_id), "已删除。", remove_it)


def _written(reply_id: str, owner: UUID | None) -> Reply:
    form = request.form
    return Reply(reply_id, form.get("title", ""), form.get("text", ""), object_named(form.get("object", "")), owner)


def _do(reply_id: str, done: str, act: Callable[[Transaction], None]) -> ResponseReturnValue:
    try:
        with current.services().database.transaction() as tx:
            act(tx)
    except NotFound:
        raise
    except Refused as refusal:
        refusals.note(refusal)
        with current.services().database.transaction() as tx:
            return _page(tx, refusal=refusal.words, refused=reply_id, written=request.form), 422
    flash(done)
    return redirect(url_for("replies.listing"), 303)


def _page(tx: Transaction, **more: object) -> str:
    found = canned.of(tx, current.me().id)
    return render_template(
        "replies.html",
        own=[reply for reply in found if reply.staff_id is not None],
        shared=[reply for reply in found if reply.staff_id is None],
        starters=canned.starters(),
        may_change=lambda reply: canned.may_change(reply, current.me()),
        variables=list(phrases.REPLY_VARIABLES.values()),
        most_title=canned.MOST_TITLE,
        most_text=canned.MOST_TEXT,
        **more,
    )
