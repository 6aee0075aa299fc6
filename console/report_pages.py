"""Statistics for coordinators, and the lists to take along."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from console import current
from core.logs import logger
from reports import about_cases, about_needs, about_turns, exports
from reports.period import Period, chosen

log = logger()

pages = Blueprint("reports", __name__)


@pages.get("/reports")
def show() -> ResponseReturnValue:
    period = _period()
    with current.services().database.transaction() as tx:
        opened = about_cases.opened_in(tx, period)
        by_bot, to_people = about_turns.shares(tx, period)
        return render_template(
            "reports.html",
            period=period,
            needs=about_needs.tables(tx, period),
            cases=about_cases.tables(opened),
            first=about_cases.first_answers(opened),
            turns=about_turns.table(tx, period),
            by_bot=by_bot,
            to_people=to_people,
        )


@pages.get("/reports/needs.csv")
def needs_csv() -> ResponseReturnValue:
    period = _period()
    with current.services().database.transaction() as tx:
        return _file(exports.needs_csv(tx, period), "needs", period)


@pages.get("/reports/cases.csv")
def cases_csv() -> ResponseReturnValue:
    period = _period()
    with current.services().database.transaction() as tx:
        return _file(exports.cases_csv(tx, period), "cases", period)


def _period() -> Period:
    return chosen(request.args.get("first", ""), request.args.get("last", ""))


def _file(content: str, what: str, period: Period) -> Response:
    log.info("exported", what=what, staff_id=str(current.me().id), first=str(period.first), last=str(period.last))
    name = f"{what}-{period.first}-{period.last}.csv"
    response = Response(content.encode("utf-8"), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
