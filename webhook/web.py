"""The Flask application of the farmers' door."""

from collections.abc import Callable
from uuid import UUID

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from conversations.services import Services
from core.database import DatabaseUnavailable
from core.logs import logger
from webhook import pages
from webhook.door import Door
from webhook.guard import Forbidden, Query
from webhook.health import state_of

log = logger()

MOST_BODY_BYTES = 256 * 1024  # twenty thousand characters in the compatible mode
MOST_WIRE_BYTES = 2 * 1024 * 1024  # what the server reads before it hangs up; between the two we still say why


def make_app(services: Services, door: Door | None = None) -> Flask:
    """The application; tests may pass a door of their own."""
    app = Flask("webhook", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    door = door or Door(services)
    if services.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=services.settings.trusted_proxies)  # type: ignore[method-assign]

    @app.get("/wechat")
    def handshake() -> Response:
        return Response(door.handshake(_query()), mimetype="text/plain")

    @app.post("/wechat")
    def push() -> Response:
        answer = door.take(request.get_data(cache=False), _query(), arrived=request.environ.get("nongwen.arrived"))
        response = Response(answer.body, mimetype="text/xml" if answer.is_xml else "text/plain")
        if answer.confirm is not None:
            response.call_on_close(_confirmation(door, answer.confirm, answer.arrived))
        return response

    @app.get("/healthy")
    def healthy() -> tuple[dict[str, object], int]:
        return state_of(services)

    pages.keep(app.extensions, services)
    app.register_blueprint(pages.pages)
    app.after_request(_never_guess)
    app.register_error_handler(Forbidden, _forbidden)
    app.register_error_handler(DatabaseUnavailable, _unavailable)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(Exception, _unexpected)
    return app


def _confirmation(door: Door, message_id: UUID, arrived: float) -> Callable[[], None]:
    """What to do once the reply is written; nothing when the caller hung up, so that it goes out by itself later."""
    has_hung_up: Callable[[], bool] = request.environ.get("waitress.client_disconnected", lambda: False)

    def confirm() -> None:
        if has_hung_up():
            log.warning("passive_reply_unheard", message_id=str(message_id))
        else:
            door.confirm(message_id, arrived=arrived)

    return confirm


def _never_guess(response: Response) -> Response:
    """An echo or an error is text, whatever a browser thinks it looks like."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _query() -> Query:
    def arg(name: str) -> str:
        return request.args.get(name, "")[:300]

    return Query(
        signature=arg("signature"),
        timestamp=arg("timestamp"),
        nonce=arg("nonce"),
        echostr=arg("echostr"),
        encrypt_type=arg("encrypt_type"),
        msg_signature=arg("msg_signature"),
    )


def _forbidden(error: Exception) -> Response:
    assert isinstance(error, Forbidden)
    log.warning("push_forbidden", rule=error.rule)
    return _plain("forbidden", 403)


def _unavailable(error: Exception) -> Response:
    """Not stored, so not acknowledged: the platform will say it again."""
    log.error("push_not_stored", reason=str(error))
    return _plain("try again", 503)


def _too_large(error: Exception) -> Response:
    log.warning("push_too_large", most_bytes=MOST_BODY_BYTES)
    return _plain("too large", 413)


def _unexpected(error: Exception) -> Response:
    """The edge: a bug is logged once, with its traceback; the platform will say it again."""
    if isinstance(error, HTTPException):
        return _plain(error.name.lower(), error.code or 500)
    log.exception("push_failed")
    return _plain("try again", 500)


def _plain(text: str, status: int) -> Response:
    return Response(text, status, mimetype="text/plain")
