"""Knowledge, to be read: the articles, and one as the farmer sees it on the phone."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from console import current
from conversations import answers
from core import clock
from knowledge import articles, sources
from knowledge.articles import State
from knowledge.topics import TOPICS

pages = Blueprint("knowledge", __name__)

_PER_PAGE = 40


@pages.get("/knowledge")
def listing() -> ResponseReturnValue:
    words, topic = request.args.get("q", "").strip()[:40], request.args.get("topic", "")
    state, page = request.args.get("state", ""), request.args.get("page", 1, type=int)
    with current.services().database.transaction() as tx:
        found = articles.listed(
            tx,
            state=State(state) if state in set(State) else None,
            topic=topic if topic in TOPICS else None,
            words=words,
        )
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
        topics=TOPICS,
        today=clock.now().date(),
    )


@pages.get("/knowledge/<article_id>")
def show(article_id: str) -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        article = articles.get(tx, article_id)
        versions = articles.versions(tx, article_id)
    known = sources.known()
    return render_template(
        "article.html",
        article=article,
        versions=versions,
        as_seen=answers.as_words(article),
        sources=[(known.get(source), source) for source in article.sources],
        today=clock.now().date(),
    )
