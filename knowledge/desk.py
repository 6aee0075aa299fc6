"""What the knowledge desk may do with articles: look a text over, save it, let it answer.

A text that breaks a rule may be kept as a draft, but never answers a farmer.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from pypinyin import lazy_pinyin

from core.database import Transaction
from core.errors import Refused
from knowledge import articles, lint, rules, telling
from knowledge.article_files import ArticleText
from knowledge.articles import Article, State
from knowledge.tables import articles as table

# Worth a second look, and no reason to keep an answer from farmers.
_DOUBTS = {"look_alikes", "enough", "near_copy", "repeated"}
_LONGEST_ID = 60


@dataclass(frozen=True)
class Look:
    """What the rules say of a text, in sentences: `wrong` keeps it from answering, `doubts` are for a second look."""

    wrong: tuple[str, ...]
    doubts: tuple[str, ...]


def look(text: ArticleText, others: Iterable[Article]) -> Look:
    """Look a text over, by itself and beside the articles that answer now."""
    found = (*rules.findings(text), *lint.beside(text, [one.text for one in others if one.id != text.id]))
    return Look(wrong_with(text), tuple(telling.of_finding(one) for one in found if one.rule in _DOUBTS))


def wrong_with(text: ArticleText) -> tuple[str, ...]:
    """What keeps a text from answering, in sentences."""
    return tuple(telling.of_finding(one) for one in rules.findings(text) if one.rule not in _DOUBTS)


def add(tx: Transaction, text: ArticleText, *, by: str, publish: bool) -> Article:
    """Enter a new article. Raises Refused if it is to answer and breaks a rule."""
    if publish:
        _may_answer(text)
    return articles.add(tx, text, by=by, state=State.PUBLISHED if publish else State.DRAFT)


def save(tx: Transaction, text: ArticleText, *, seen: int, by: str, publish: bool) -> Article:
    """Save a new version. An article that answers goes on answering, with the new words from the next question on.

    Raises Refused if somebody saved meanwhile, or if it answers and breaks a rule.
    """
    before = articles.get(tx, text.id)
    if publish or before.state is State.PUBLISHED:
        _may_answer(text)
    saved = articles.save(tx, text, seen=seen, by=by)
    return _published(tx, saved, by=by) if publish else saved


def publish(tx: Transaction, article_id: str, *, seen: int, by: str) -> Article:
    """Let a draft or a retired article answer. Raises Refused if it breaks a rule."""
    _may_answer(articles.get(tx, article_id).text)
    return articles.change_state(tx, article_id, State.PUBLISHED, seen=seen, by=by)


def sign(tx: Transaction, article_id: str, *, seen: int, by: str) -> Article:
    """Vouch for an article that answers. Raises Refused for a draft: nobody signs what may still change."""
    if articles.get(tx, article_id).state is not State.PUBLISHED:
        raise Refused("article_not_published", "先发布，再审定签名。")
    return articles.sign(tx, article_id, seen=seen, by=by)


def new_id(tx: Transaction, title: str) -> str:
    """An id that nobody has, from the sounds of a title: 水稻纹枯病 gives shui-dao-wen-ku-bing."""
    stem = (
        re.sub(r"[^a-z0-9]+", "-", " ".join(lazy_pinyin(title)).lower()).strip("-")[:_LONGEST_ID].strip("-")
        or "article"
    )
    taken = set(tx.execute(sa.select(table.c.id).where(table.c.id.startswith(stem))).scalars())
    return next(one for number in range(1, len(taken) + 2) if (one := _numbered(stem, number)) not in taken)


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}-{number}"


def _published(tx: Transaction, article: Article, *, by: str) -> Article:
    if article.state is State.PUBLISHED:
        return article
    return articles.change_state(tx, article.id, State.PUBLISHED, seen=article.version, by=by)


def _may_answer(text: ArticleText) -> None:
    wrong = wrong_with(text)
    if wrong:
        raise Refused("article_breaks_rule", "还不能用来回答农户。" + "；".join(wrong) + "。")
