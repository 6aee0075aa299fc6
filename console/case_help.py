"""What helps with a case beside what was said in it: colleagues, cases that belong to it, what else the farmer asked."""

from dataclasses import dataclass

from console import case_view
from core.database import Transaction
from handoff import cases, relations
from handoff.cases import Case


@dataclass(frozen=True)
class Link:
    """A case that belongs to this one, and how."""

    how: str
    number: str


@dataclass(frozen=True)
class Help:
    """`looking`: the names of the colleagues who were asked to have a look. `history` is masked."""

    looking: tuple[str, ...]
    links: tuple[Link, ...]
    history: tuple[Case, ...]


def gather(tx: Transaction, view: case_view.View) -> Help:
    """What helps with the case that is looked at."""
    around = relations.of(tx, view.case)
    asked = cases.participants(tx, view.case.id)
    return Help(
        looking=tuple(sorted(view.names[staff_id] for staff_id in asked if staff_id in view.names)),
        links=tuple(_links(around)),
        history=tuple(case_view.masked(case) for case in around.of_farmer),
    )


def _links(around: relations.Relations) -> list[Link]:
    named = [("前一次", around.follows), ("拆自", around.part_of)]
    links = [Link(how, case.number) for how, case in named if case is not None]
    links += [Link("后来又问", case.number) for case in around.followed_by]
    return links + [Link("拆出", case.number) for case in around.split_off]
