"""What farmers asked and no article answered, grouped, the most frequent first: what to write next."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import current
from conversations import unanswered
from core import anonymous, clock
from core.database import Transaction
from knowledge import grouping
from knowledge.asked import Query
from knowledge.grouping import Group
from knowledge.search import Decision, Verdict

pages = Blueprint("article_gaps", __name__)

_DAYS = (7, 30, 90)
_MOST = 60


@pages.get("/articles/gaps")
def listing() -> ResponseReturnValue:
    days = request.args.get("days", 30, type=int)
    days = days if days in _DAYS else 30
    with current.services().database.transaction() as tx:
        asked = unanswered.since(tx, clock.now() - timedelta(days=days))
        rows = _still_open(tx, grouping.groups(asked))
    return render_template("article_gaps.html", rows=rows[:_MOST], total=len(rows), days=days, choices=_DAYS)


@pages.post("/articles/gaps")
def put_aside() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        unanswered.put_aside(tx, request.form.getlist("wording"), by=current.me().name)
    flash("已移走，这个问题不再列出。", "done")
    return redirect(url_for("article_gaps.listing", days=request.form.get("days") or None), 303)


def _still_open(tx: Transaction, found: list[Group]) -> list[dict[str, object]]:
    """Groups that would still get no answer, with what would come now; what was answered since drops out by itself."""
    rows = []
    for group in found[: 4 * _MOST]:
        decision = current.services().shelf.decide(tx, Query(group.question, object="|".join(group.objects)))
        if decision.verdict is not Verdict.ANSWER:
            wordings = [anonymous.clean(wording).text for wording in group.wordings]
            rows.append({"group": group, "question": wordings[0], "wordings": wordings, "near": _near(decision)})
    return rows


def _near(decision: Decision) -> list[dict[str, str]]:
    return [{"id": one.article.id, "title": one.article.title} for one in decision.candidates[:3]]
