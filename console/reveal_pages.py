"""Who looked at farmers' telephone numbers, when and why: for coordinators, and to take along."""

from uuid import UUID

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from console import current, overview_filters
from core import people, reveals
from core.logs import logger
from reports import about_reveals
from reports.about_reveals import PAGE
from reports.period import Period, chosen

log = logger()

pages = Blueprint("reveals", __name__)


@pages.get("/reveals")
def listing() -> ResponseReturnValue:
    period, staff_id, page = _period(), _who(), overview_filters.page(request.args)
    with current.services().database.transaction() as tx:
        found = reveals.count(tx, period.start, period.end, staff_id=staff_id)
        return render_template(
            "reveals.html",
            looks=about_reveals.listed(tx, period, staff_id, page=page),
            everybody=people.everyone(tx),
            period=period,
            who=staff_id,
            found=found,
            page=page,
            pages=max((found + PAGE - 1) // PAGE, 1),
            args={"first": period.first, "last": period.last, "who": staff_id},
        )


@pages.get("/reveals.csv")
def file() -> ResponseReturnValue:
    period, staff_id = _period(), _who()
    log.info("exported", what="reveals", staff_id=str(current.me().id), first=str(period.first), last=str(period.last))
    with current.services().database.transaction() as tx:
        content = about_reveals.csv(tx, period, staff_id)
    response = Response(content.encode("utf-8"), mimetype="text/csv")
    name = f"reveals-{period.first}-{period.last}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _period() -> Period:
    return chosen(request.args.get("first", ""), request.args.get("last", ""))


def _who() -> UUID | None:
    return current.as_uuid(request.args.get("who", ""))
