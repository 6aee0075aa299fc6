"""Articles, for programs, to be read."""

from flask import Response, jsonify

from console import current
from console.api import interface
from console.api_models import ArticleDetail, ArticleList, ArticleOut, ArticlePath, ArticleQuery
from conversations import answers
from knowledge import articles, telling
from knowledge.articles import Article, State

pages = interface("api_articles", "articles", "The answers of the bot")


@pages.get("/articles", responses={"200": ArticleList}, summary="List articles, the newest change first")
def listing(query: ArticleQuery) -> Response:
    state = State(query.state) if query.state in set(State) else None
    with current.services().database.transaction() as tx:
        found = articles.listed(tx, state=state, object_=query.object or None, topic=query.topic or None, words=query.q)
    return jsonify(ArticleList(articles=[summary(article) for article in found]).model_dump(mode="json"))


@pages.get("/articles/<string:id>", responses={"200": ArticleDetail}, summary="One article, and how a farmer sees it")
def show(path: ArticlePath) -> Response:
    with current.services().database.transaction() as tx:
        article = articles.get(tx, path.id)
    return jsonify(
        ArticleDetail(
            **summary(article).model_dump(),
            problem=article.problem,
            question=article.text.question,
            first=article.first,
            look_for=article.look_for,
            steps=list(article.steps),
            avoid=list(article.avoid),
            look_alikes=list(article.look_alikes),
            call_expert=article.call_expert,
            safety=list(article.safety),
            sources=list(article.sources),
            reviewed_by=article.text.reviewed_by,
            as_seen=answers.as_words(article),
        ).model_dump(mode="json")
    )


def summary(article: Article) -> ArticleOut:
    return ArticleOut(
        id=article.id,
        title=article.title,
        object=article.object,
        topic=article.topic,
        also_topics=list(article.text.also_topics),
        state=article.state,
        state_name=telling.STATE_NAMES[article.state],
        version=article.version,
        approved_by=article.approved_by,
        valid_until=article.valid_until.isoformat(),
    )
