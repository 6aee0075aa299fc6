"""The phone in a browser: one, or several side by side."""

from collections.abc import Mapping

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from simulator import samples
from simulator.asked import Refused, refused
from simulator.phones import OPENID
from simulator.platform import platform

blueprint = Blueprint("pages", __name__)
blueprint.register_error_handler(Refused, refused)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'self'; img-src * data: blob:; media-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@blueprint.get("/")
def desk() -> Response:
    """Several phones side by side."""
    return _page("")


@blueprint.get("/phones/<openid>")
def phone(openid: str) -> Response:
    """One phone."""
    if not OPENID.fullmatch(openid):
        raise Refused("an openid is 1 to 64 letters, digits, - and _")
    return _page(openid)


@blueprint.get("/q/<short>")
def scanned(short: str) -> Response:
    """Where the picture of a code leads: the phones, with that code ready to be scanned."""
    code = platform().codes.by_short(short)
    if code is None or platform().codes.is_over(code):
        raise Refused("there is no such code, or it has run out", 404)
    answer = redirect(url_for(".desk", scan=code.scene))
    assert isinstance(answer, Response)
    return answer


@blueprint.get("/samples/<name>.jpg")
def sample(name: str) -> Response:
    """A picture that the photo sheet offers."""
    if name not in samples.PICTURES:
        raise Refused("there is no such sample", 404)
    return Response(
        samples.picture(name, size=240), content_type="image/jpeg", headers={"Cache-Control": "max-age=3600"}
    )


def _page(openid: str) -> Response:
    response = make_response(render_template("phones.html", openid=openid, name=platform().account.now.name))
    response.headers.update(HEADERS)
    return response
