"""What helps with a case beside what was said in it: colleagues, cases that belong to it, what else the farmer asked."""

from dataclasses import dataclass, replace

from console import case_view, current
from core.database import Transaction
from handoff import cases, relations, search
from handoff.cases import Case
from handoff.search import Past
from handoff.states import Kind
from knowledge import reading
from knowledge.articles import Article
from knowledge.asked import Query

MOST = 3


@dataclass(frozen=True)
class Link:
    """A case that belongs to this one, and how."""

    how: str
    number: str


@dataclass(frozen=True)
class Help:
    """`looking`: the names of the colleagues who were asked to have a look. `history` and `past` are masked.

    `articles`: the nearest to the question, the best first; `past`: cases like it that were answered.
    """

    looking: tuple[str, ...]
    links: tuple[Link, ...]
    history: tuple[Case, ...]
    articles: tuple[Article, ...]
    past: tuple[Past, ...]


def gather(tx: Transaction, view: case_view.View) -> Help:
    """What helps with the case that is looked at."""
    around = relations.of(tx, view.case)
    asked = cases.participants(tx, view.case.id)
    return Help(
        looking=tuple(sorted(view.names[staff_id] for staff_id in asked if staff_id in view.names)),
        links=tuple(_links(around)),
        history=tuple(case_view.masked(case) for case in around.of_farmer),
        articles=_articles(tx, view.case),
        past=tuple(replace(past, case=case_view.masked(past.case)) for past in search.similar(tx, view.case, MOST)),
    )


def _articles(tx: Transaction, case: Case) -> tuple[Article, ...]:
    """Nothing for incidents, whose words are fixed, nor where the farmer has not said anything yet."""
    if not case.is_live or case.kind is Kind.INCIDENT or not case.question.strip():
        return ()
    query = Query(reading.plain(case.question), case.object, case.topic, case.problem, case.place_code)
    found = current.services().shelf.decide(tx, query).candidates
    return tuple(candidate.article for candidate in found[:MOST])


def _links(around: relations.Relations) -> list[Link]:
    named = [("前一次", around.follows), ("拆自", around.part_of)]
    links = [Link(how, case.number) for how, case in named if case is not None]
    links += [Link("后来又问", case.number) for case in around.followed_by]
    return links + [Link("拆出", case.number) for case in around.split_off]
