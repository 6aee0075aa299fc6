"""The coordinator's page of what farmers ask about and nobody can answer, or nobody on duty in the next days."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from console import current
from core import clock, people
from reports import coverage

pages = Blueprint("coverage", __name__)


@pages.get("/coverage")
def show() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        found = coverage.report(tx, clock.now())
        names = {one.id: one.name for one in people.everyone(tx)}
        return render_template("coverage.html", found=found, names=names)
