"""The Flask application of the staff door."""

import hashlib
from datetime import timedelta
from typing import Any

from flask import Flask, Response, jsonify, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_limiter.errors import RateLimitExceeded
from flask_login import LoginManager
from flask_openapi3.openapi import OpenAPI
from flask_talisman import DENY, Talisman
from flask_wtf import CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from console import (
    access,
    api,
    api_cases,
    api_files,
    api_knowledge,
    api_needs,
    api_roster,
    api_tokens,
    article_editing,
    article_gaps,
    article_sheets,
    case_pages,
    coverage_pages,
    current,
    files,
    health,
    home,
    inbox,
    knowledge_pages,
    live,
    login,
    need_pages,
    notices_pages,
    overview_pages,
    privacy_pages,
    reassigning_pages,
    refusals,
    region_pages,
    reply_pages,
    report_pages,
    reveal_pages,
    roster_pages,
    search_pages,
    showing,
    staff_pages,
    throttle,
    tokens,
)
from conversations.services import Services
from core.database import DatabaseUnavailable
from core.errors import Refused
from core.logs import logger
from core.settings import Settings

log = logger()

IDLE_LIMIT = timedelta(hours=12)
MOST_BODY_BYTES = 64 * 1024 * 1024
MOST_FORM_BYTES = 16 * 1024 * 1024  # a spreadsheet of all articles comes back in a form
_UNSEEN = frozenset({"live", "files", "health", None})

_PAGES = (
    home, login, live, inbox, case_pages, reply_pages, need_pages, notices_pages, overview_pages, reassigning_pages, search_pages,
    roster_pages, coverage_pages, privacy_pages, reveal_pages, report_pages, knowledge_pages, article_editing, article_gaps,
    article_sheets, staff_pages, region_pages, tokens, files, health,
)  # fmt: skip
_INTERFACES = (
    api_tokens.pages, api_tokens.about_me, api_cases.pages, api_needs.pages, api_knowledge.pages, api_files.pages,
    api_roster.pages,
)  # fmt: skip
_PERMISSIONS = {"microphone": "(self)", "camera": "()", "geolocation": "()", "browsing-topics": "()"}
_CSP = {
    "default-src": "'none'",
    "img-src": "'self' blob:",
    "media-src": "'self' blob:",
    "style-src": "'self'",
    "script-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def make_app(services: Services) -> Flask:
    """The application. It keeps nothing of its own: everything is in the database."""
    settings = services.settings
    app = OpenAPI("console", info=api.INFO, security_schemes=api.SECURITY, doc_ui=False)
    app.validation_error_callback = api.not_valid
    app.config.update(
        SECRET_KEY=hashlib.sha256(b"console session" + settings.secret_key.encode()).hexdigest(),
        SESSION_COOKIE_NAME="nongwen_console",
        PERMANENT_SESSION_LIFETIME=IDLE_LIMIT,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=MOST_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_FORM_BYTES,
        WTF_CSRF_TIME_LIMIT=int(IDLE_LIMIT.total_seconds()),
    )
    current.keep(app.extensions, services)
    showing.teach(app)
    access.guard(app)
    app.before_request(_stay_logged_in)
    csrf = CSRFProtect(app)
    for room in _PAGES:
        app.register_blueprint(room.pages)
    for interface in _INTERFACES:
        app.register_api(interface)
        csrf.exempt(interface)
    app.add_url_rule("/api/v1/openapi.json", "api_document.show", lambda: jsonify(app.api_doc))
    manager = LoginManager(app, add_context_processor=False)  # it would ask the database even to say sorry
    manager.session_protection = None
    login.load(manager)
    _throttle(app, settings)
    _secure(app, settings)
    _say_no(app)
    return app


def _stay_logged_in() -> None:
    """Whoever opens pages stays logged in; a tab that only polls does not."""
    if request.blueprint not in _UNSEEN and session.get("_user_id"):
        session.modified = True


def _throttle(app: Flask, settings: Settings) -> None:
    limiter = throttle.make(settings)
    limiter.init_app(app)
    per_address = limiter.limit(throttle.PER_ADDRESS, deduct_when=throttle.failed)
    per_name = limiter.limit(throttle.PER_NAME, key_func=throttle.name_key, deduct_when=throttle.failed)
    for endpoint in ("login.enter", "login.change_password", "api_tokens.issue"):
        view: Any = per_name(per_address(app.view_functions[endpoint]))
        app.view_functions[endpoint] = view


def _secure(app: Flask, settings: Settings) -> None:
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    Talisman(
        app,
        force_https=False,
        content_security_policy=_CSP,
        permissions_policy=_PERMISSIONS,
        frame_options=DENY,
        referrer_policy="same-origin",
        session_cookie_secure=settings.cookies_need_https,
        session_cookie_http_only=True,
        session_cookie_samesite="Lax",
        strict_transport_security_include_subdomains=False,
    )
    app.after_request(_not_kept)


def _not_kept(response: Response) -> Response:
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


# --- saying no


def _say_no(app: Flask) -> None:
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(RateLimitExceeded, _too_often)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DatabaseUnavailable, _without_database)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: Exception) -> ResponseReturnValue:
    assert isinstance(error, Refused)
    refusals.note(error)
    return _answer(api.status_of(error), error.rule, error.words)


def _too_often(error: Exception) -> ResponseReturnValue:
    log.warning("login_throttled")
    return _answer(429, "too_often", "试的次数太多了，请过十分钟再试。忘了密码请找管理员重置。")


_SENTENCES = {
    400: "请求不完整，或者页面打开太久了。请返回上一页刷新后再试。",
    403: "您没有权限打开这个页面。",
    404: "没有这个页面，或者您无权查看。",
    405: "不能这样打开这个页面。",
    413: "文件太大了，请压缩后再传。",
}


def _http(error: Exception) -> ResponseReturnValue:
    assert isinstance(error, HTTPException)
    if error.response is not None:
        return error
    status = error.code or 500
    rule = error.name.lower().replace(" ", "_")
    if status != 404:  # addresses that do not exist are knocked at all day
        refusals.note_rule(rule)
    return _answer(status, rule, _SENTENCES.get(status, "出错了，请稍后再试。"))


def _without_database(error: Exception) -> ResponseReturnValue:
    log.error("console_without_database", reason=str(error))
    return _answer(503, "database_away", "数据库暂时连不上，正在恢复。写好的内容没有丢，请稍后再试。")


def _unexpected(error: Exception) -> ResponseReturnValue:
    """The edge: a bug is logged once, with its traceback."""
    log.exception("console_failed", endpoint=request.endpoint)
    return _answer(500, "bug", "出错了，已经记录下来。请稍后再试。")


def _answer(status: int, rule: str, words: str) -> ResponseReturnValue:
    if request.path.startswith((access.API, access.LIVE)):
        return jsonify(rule=rule, message=words), status
    return render_template("sorry.html", status=status, words=words), status
