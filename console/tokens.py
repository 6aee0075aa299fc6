"""Tokens with which one's own programs use the staff interface. Each is shown once."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import current
from core import people

pages = Blueprint("tokens", __name__)


@pages.get("/tokens")
def listing() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return render_template("tokens.html", tokens=people.tokens_of(tx, current.me().id))


@pages.post("/tokens")
def issue() -> ResponseReturnValue:
    label = request.form.get("label", "").strip()[:40] or "未命名"
    with current.services().database.transaction() as tx:
        token = people.issue_token(tx, current.me().id, label=label, key=request.form.get("key") or None)
        return render_template("tokens.html", tokens=people.tokens_of(tx, current.me().id), token=token)


@pages.post("/tokens/<uuid:token_id>/revoke")
def revoke(token_id: UUID) -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        people.revoke_token(tx, current.me().id, token_id)
    flash("令牌已作废。")
    return redirect(url_for("tokens.listing"), 303)
