"""Who may open what: roles for every endpoint, or for the blueprint it is in. What is not named here is closed."""

from flask import Flask, Response, abort, g, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from console import current
from core import people
from core.people import Role, Staff

EVERYONE = frozenset(Role)
_CASES = frozenset({Role.EXPERT, Role.COORDINATOR})
_EXPERTS = frozenset({Role.EXPERT})
_DESK = frozenset({Role.COORDINATOR})
_ADMIN = frozenset({Role.ADMIN})

# Open to strangers: how to come in, whether we are well, and the description of the interface.
OPEN = frozenset({"static", "login.show", "login.enter", "health.healthy", "api_tokens.issue", "api_document.show"})

MAY: dict[str, frozenset[Role]] = {
    "home": EVERYONE,
    "login": EVERYONE,
    "live.bell": EVERYONE,
    "live.queue": _CASES,
    "live.mine": _CASES,
    "live.thread": _CASES,
    "live.check": _CASES,
    "live.needs": _DESK,
    "live.overview": _DESK,
    "live.load": _DESK,
    "live.incidents": _DESK,
    "tokens": EVERYONE,
    "notices": EVERYONE,
    "knowledge": EVERYONE,
    "article_editing": _CASES,
    "article_gaps": _CASES,
    "article_sheets": _CASES,
    "inbox": _CASES,
    "cases": _CASES,
    "replies": _CASES,
    "files": _CASES,
    "needs": _DESK,
    "overview": _DESK,
    "reassigning": _DESK,
    "search": _CASES,
    "privacy": _DESK,
    "reveals": _DESK,
    "reports": _DESK,
    "coverage": _DESK,
    "roster": _CASES,
    "roster.pause": _EXPERTS,
    "roster.offer_swap": _EXPERTS,
    "roster.take_swap_back": _EXPERTS,
    "roster.take_swap": _EXPERTS,
    "roster.pause_other": _DESK,
    "roster.add_rule": _DESK,
    "roster.end_rule": _DESK,
    "roster.drop_rule": _DESK,
    "roster.add_single": _DESK,
    "roster.drop_single": _DESK,
    "staff": _ADMIN,
    "regions": _ADMIN,
    "api_me": EVERYONE,
    "api_articles": EVERYONE,
    "api_cases": _CASES,
    "api_files": _CASES,
    "api_needs": _DESK,
    "api_roster": _CASES,
}

API = "/api/"
LIVE = "/live/"


def guard(app: Flask) -> None:
    """Look at every request before anything else does."""
    app.before_request(_check)


def _check() -> ResponseReturnValue | None:
    if request.endpoint in OPEN:
        return None
    if request.path.startswith(API):
        return _check_bearer()
    if not current_user.is_authenticated:
        return _send_to_login()
    _check_role(current.me())
    return None


def _check_role(staff: Staff) -> None:
    if request.endpoint is not None and not staff.has(*roles_for(request.endpoint)):
        abort(403)


def roles_for(endpoint: str) -> frozenset[Role]:
    """Who may use an endpoint; nobody, if it was forgotten."""
    return MAY.get(endpoint) or MAY.get(endpoint.partition(".")[0]) or frozenset()


def _check_bearer() -> Response | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        with current.services().database.transaction() as tx:
            g.staff = people.bearer(tx, token.strip())
    if g.get("staff") is None:
        return _unauthorised("请带上有效的令牌：Authorization: Bearer …")
    _check_role(current.me())
    return None


def _send_to_login() -> ResponseReturnValue:
    if request.path.startswith(LIVE):
        return _unauthorised("登录已过期，请重新登录。")
    here = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("login.show", next=here or None))


def _unauthorised(words: str) -> Response:
    response = jsonify(rule="not_logged_in", message=words)
    response.status_code = 401
    response.headers["WWW-Authenticate"] = "Bearer"
    return response
