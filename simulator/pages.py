"""The phone in a browser."""

from flask import Blueprint, render_template

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def desk() -> str:
    """Several phones side by side."""
    return render_template("phones.html", openid="")


@blueprint.get("/phones/<openid>")
def phone(openid: str) -> str:
    """One phone."""
    return render_template("phones.html", openid=openid)
