"""删除我的信息: what farmers have asked for, and doing it in time."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from console import current, refusals
from conversations import forgetting
from core.errors import NotFound, Refused

pages = Blueprint("privacy", __name__)


@pages.get("/privacy")
def listing() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return render_template("privacy.html", requests=forgetting.asked(tx))


@pages.post("/privacy/<int:request_id>/done")
def done(request_id: int) -> ResponseReturnValue:
    try:
        with current.services().database.transaction() as tx:
            forgetting.erase(tx, request_id, by=current.me().id)
    except NotFound:
        raise
    except Refused as refusal:
        refusals.note(refusal)
        flash(refusal.words, "refused")
    else:
        flash("聊天记录已删除，申请已办结。")
    return redirect(url_for("privacy.listing"), 303)
