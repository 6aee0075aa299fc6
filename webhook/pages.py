"""Pages that a farmer opens from WeChat by a signed link: an article, one expert's answer with its photos, the privacy notice.

Whoever has the link may read: farmers pass phones and links around, and a login would keep them out. Hence a link
carries only what it opens, ends by itself, and is told to nobody (no referrer, no log, no cache).
"""

from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, current_app, make_response, render_template, send_file
from werkzeug.exceptions import HTTPException

from conversations import answers, phrases
from conversations.services import Services
from core import clock, files
from core.database import DatabaseUnavailable, Transaction
from core.errors import NotFound, Refused
from core.files import StoredFile
from core.logs import logger
from handoff import cases
from handoff.cases import Entry
from knowledge import sources

log = logger()
pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static")

_SERVICES = "nongwen_services"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, no-store",
}


class LinkOver(Exception):
    """The link was made up or has run out; which of the two is nobody's business."""


@pages.get("/privacy")
def privacy() -> str:
    return render_template("pages/privacy.html", version=phrases.PRIVACY_VERSION)


@pages.get("/a/<token>")
def article(token: str) -> str:
    article_id = _services().links.article_behind(token)
    if article_id is None:
        raise LinkOver
    with _services().database.transaction() as tx:
        found = _services().shelf.article(tx, article_id)
    if found is None:
        raise NotFound
    _, *lines = answers.as_words(found).splitlines()
    cited = [source for name in found.sources if (source := sources.known().get(name))]
    return render_template("pages/article.html", title=found.title, lines=lines, sources=cited)


@pages.get("/c/<token>")
def answer(token: str) -> str:
    with _services().database.transaction() as tx:
        case_id, said = _answer(tx, token)
        case = cases.get(tx, case_id)
        photos, recordings = (len(_of_kind(tx, said, kind)) for kind in ("image", "voice"))
    at = phrases.clock_time(said.at, clock.now())
    return render_template(
        "pages/answer.html", case=case, said=said, at=at, photos=photos, recordings=recordings, token=token
    )


@pages.get("/c/<token>/photos/<int:number>")
def photo(token: str, number: int) -> Response:
    """One photo of that answer and of nothing else; `number` counts from 1."""
    file = _nth(token, "image", number)
    return send_file(_on_disk(file), mimetype=file.mime)


@pages.get("/c/<token>/recordings/<int:number>")
def recording(token: str, number: int) -> Response:
    """One recording of that answer and of nothing else; `number` counts from 1."""
    file = _nth(token, "voice", number)
    _on_disk(file)
    path, mime = files.playable(_media_folder(), file)
    return send_file(path, mimetype=mime, conditional=True, etag=False)


def _answer(tx: Transaction, token: str) -> tuple[UUID, Entry]:
    """What an expert said to the farmer; notes among staff and what the farmer said are not for this page."""
    opened = _services().links.answer_behind(token)
    if opened is None:
        raise LinkOver
    case_id, entry = opened
    said = cases.entry(tx, case_id, entry)
    if said.said_by != "expert":
        raise NotFound
    return case_id, said


def _of_kind(tx: Transaction, said: Entry, kind: str) -> list[StoredFile]:
    return [file for file in files.several(tx, list(said.files)) if file.kind == kind]


def _nth(token: str, kind: str, number: int) -> StoredFile:
    with _services().database.transaction() as tx:
        _, said = _answer(tx, token)
        found = _of_kind(tx, said, kind)
    if not 1 <= number <= len(found):
        raise NotFound
    return found[number - 1]


def _on_disk(file: StoredFile) -> Path:
    path = _media_folder() / file.name
    if not path.is_file():
        raise NotFound
    return path


def _media_folder() -> Path:
    return _services().settings.media_folder.resolve()


# --- saying no


@pages.errorhandler(LinkOver)
def _over(error: Exception) -> Response:
    return _closed("over", 410)


@pages.errorhandler(Refused)
def _not_there(error: Exception) -> Response:
    return _closed("gone", 404)


@pages.errorhandler(DatabaseUnavailable)
def _unavailable(error: Exception) -> Response:
    log.error("page_without_database", reason=str(error))
    return _closed("later", 503)


@pages.errorhandler(Exception)
def _unexpected(error: Exception) -> Response:
    """The edge: a bug is logged once, with its traceback."""
    if isinstance(error, HTTPException):
        return _closed("gone", error.code or 500)
    log.exception("page_failed")
    return _closed("later", 500)


def _closed(why: str, status: int) -> Response:
    return make_response(render_template("pages/closed.html", why=why), status)


@pages.after_request
def _secure(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response


def _services() -> Services:
    services: Services = current_app.extensions[_SERVICES]
    return services


def keep(extensions: dict[str, object], services: Services) -> None:
    """Where the pages find what they need."""
    extensions[_SERVICES] = services
