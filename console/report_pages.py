"""Statistics for coordinators, and the lists to take along."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from console import current, queue_view
from core import clock
from core.logs import logger
from reports import about_cases, about_needs, about_turns, exports, queue_figures, queue_sheets
from reports.period import CHINA, Period, chosen

log = logger()

pages = Blueprint("reports", __name__)

_CSV = ("csv", "text/csv")
_XLSX = ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@pages.get("/reports")
def show() -> ResponseReturnValue:
    period = _period()
    with current.services().database.transaction() as tx:
        by_bot, to_people = about_turns.shares(tx, period)
        return render_template(
            "reports.html",
            period=period,
            is_shortened=period != _asked_for(),
            needs=about_needs.tables(tx, period),
            cases=about_cases.tables(about_cases.opened_in(tx, period)),
            turns=about_turns.table(tx, period),
            by_bot=by_bot,
            to_people=to_people,
            queue=queue_view.view(tx, queue_view.asked_for(period)),
            shown=queue_view.shown,
        )


@pages.get("/reports/needs.csv")
def needs_csv() -> ResponseReturnValue:
    period = _period()
    with current.services().database.transaction() as tx:
        return _file(exports.needs_csv(tx, period).encode("utf-8"), "needs", period, _CSV)


@pages.get("/reports/cases.csv")
def cases_csv() -> ResponseReturnValue:
    period = _period()
    with current.services().database.transaction() as tx:
        return _file(exports.cases_csv(tx, period).encode("utf-8"), "cases", period, _CSV)


@pages.get("/reports/queue.xlsx")
def queue_xlsx() -> ResponseReturnValue:
    asked = queue_view.asked_for(_period())
    with current.services().database.transaction() as tx:
        grids = queue_view.grids_of(queue_figures.gather(tx, asked))
    content = queue_sheets.write(grids, asked, clock.now().astimezone(CHINA))
    return _file(content, "queue", asked.period, _XLSX)


def _period() -> Period:
    return _asked_for().within_a_year


def _asked_for() -> Period:
    return chosen(request.args.get("first", ""), request.args.get("last", ""))


def _file(content: bytes, what: str, period: Period, kind: tuple[str, str]) -> Response:
    log.info("exported", what=what, staff_id=str(current.me().id), first=str(period.first), last=str(period.last))
    ending, mimetype = kind
    name = f"{what}-{period.first}-{period.last}.{ending}"
    return Response(content, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})
