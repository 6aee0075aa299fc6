"""Where each role begins, and the page with everything else."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from console import current
from core.people import Role

pages = Blueprint("home", __name__)


@pages.get("/")
def show() -> ResponseReturnValue:
    staff = current.me()
    if staff.has(Role.COORDINATOR):
        return redirect(url_for("needs.listing"))
    if staff.has(Role.EXPERT):
        return redirect(url_for("inbox.queue"))
    return redirect(url_for("staff.listing"))


@pages.get("/more")
def more() -> ResponseReturnValue:
    return render_template("more.html")
