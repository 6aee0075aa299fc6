"""Knowledge, to be read: the articles, and one as the farmer sees it on the phone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from console import current
from conversations import answers
from core import clock
from core.database import Transaction
from core.people import Role
from knowledge import articles, desk, reading, sources, telling
from knowledge.articles import State, Version
from knowledge.asked import Query
from knowledge.search import Decision
from knowledge.topics import TOPICS

pages = Blueprint("knowledge", __name__)

_PER_PAGE = 40
_SOON = timedelta(days=60)


@dataclass(frozen=True)
class Change:
    """A field that a version changed, as it was and as it is."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """A version for the page: who, when, what became of the state, and which fields changed."""

    version: int
    changed_by: str
    changed_at: datetime
    what: str
    changes: tuple[Change, ...]


@pages.get("/knowledge")
def listing() -> ResponseReturnValue:
    words, topic = request.args.get("q", "").strip()[:40], request.args.get("topic", "")
    state, show, page = request.args.get("state", ""), request.args.get("show", ""), request.args.get("page", 1, int)
    soon = clock.now().date() + _SOON
    with current.services().database.transaction() as tx:
        found = articles.listed(
            tx,
            state=State(state) if state in set(State) else None,
            topic=topic if topic in TOPICS else None,
            words=words,
            ends_before=soon if show == "ending" else None,
            is_signed=False if show == "unsigned" else None,
        )
        ending = len(articles.expiring(tx, soon))
        would = _would_answer(tx, words)
    start = (max(page, 1) - 1) * _PER_PAGE
    return render_template(
        "articles.html",
        articles=found[start : start + _PER_PAGE],
        total=len(found),
        page=max(page, 1),
        pages=max(-(-len(found) // _PER_PAGE), 1),
        q=words,
        topic=topic,
        state=state,
        show=show,
        topics=TOPICS,
        today=clock.now().date(),
        ending=ending,
        ending_days=_SOON.days,
        would=would,
        may_write=may_write(),
    )


def _would_answer(tx: Transaction, words: str) -> Decision | None:
    """What a farmer who wrote these words would get, as far as the search decides; nothing for a single word."""
    if len(words) < 4:
        return None
    return current.services().shelf.decide(tx, Query(reading.plain(words)))


@pages.get("/knowledge/<article_id>")
def show(article_id: str) -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        article = articles.get(tx, article_id)
        versions = articles.versions(tx, article_id)
        look = desk.look(article.text, current.services().shelf.articles(tx))
    known = sources.known()
    return render_template(
        "article.html",
        article=article,
        versions=_steps(versions),
        look=look,
        as_seen=answers.as_words(article),
        sources=[(known.get(source), source) for source in article.sources],
        today=clock.now().date(),
        soon=clock.now().date() + _SOON,
        may_write=may_write(),
    )


def may_write() -> bool:
    """Whether this person may change articles."""
    return current.me().has(Role.EXPERT, Role.COORDINATOR)


def _steps(versions: tuple[Version, ...]) -> list[Step]:
    """The versions, newest first, each with what it changed against the one before."""
    before = (*versions[1:], None)
    return [
        Step(new.version, new.changed_by, new.changed_at, _what(new, old), _changes(new, old))
        for new, old in zip(versions, before, strict=True)
    ]


def _what(new: Version, old: Version | None) -> str:
    if old is not None and new.state is not old.state:
        return telling.STATE_NAMES[new.state]
    if old is not None and new.text.approved_by and not old.text.approved_by:
        return "审定签名"
    return ""


def _changes(new: Version, old: Version | None) -> tuple[Change, ...]:
    if old is None:
        return ()
    one, other = old.text.model_dump(mode="json"), new.text.model_dump(mode="json")
    return tuple(
        Change(telling.FIELD_NAMES[name], _as_text(one[name]), _as_text(other[name]))
        for name in other
        if one[name] != other[name]
    )


def _as_text(value: object) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)
