"""Finding cases by what was said in them: an index of words beside the cases, kept in the transaction that writes them.

PostgreSQL has no Chinese dictionary, so the words are cut here and kept as a tsvector of ready lexemes. What a farmer is
called is looked up where it is kept, never copied: who wants to be forgotten is not found by name any more.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import people, places
from core.database import Transaction
from core.people import Role, Staff
from core.secrets import hide_phones
from handoff import cases as reading
from handoff.cases import Case, Entry, from_row
from handoff.search_words import Term, any_of, lexemes, terms
from handoff.states import Command, Kind, State
from handoff.tables import case_entries, case_events, case_words, cases

MOST_FOUND = 50
_PORTION = 500
_ENOUGH = 0.5  # of what a query can say must be found in a case
_ALIKE = 0.3  # of what a question says must stand in a case that is like it
_A_NUMBER = re.compile(r"(?:zj-)?\d{8}(?:-\d{1,4})?", re.IGNORECASE)
_END_OF_NUMBER = re.compile(r"\d{4}")
_BY_NUMBER, _BY_NAME = 2.0, 1.0


@dataclass(frozen=True)
class Found:
    """A case that a query finds. `score`: 2 by its number, else 0 to 1, how much of the query it holds."""

    case: Case
    score: float
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Past:
    """A resolved case like the present one, with what its expert answered; telephone numbers are masked in `answer`."""

    case: Case
    answer: str
    expert: str
    score: float


# --- the index


def note(tx: Transaction, case: Case, text: str) -> None:
    """Let a case be found by what has just been written into it. Call it with the case locked, or just opened."""
    changed = tx.execute(
        case_words.update()
        .where(case_words.c.case_id == case.id)
        .values(words=case_words.c.words.op("||")(_vector(lexemes(text))))
        .returning(case_words.c.case_id)
    ).one_or_none()
    if changed is None:
        index(tx, case)


def index(tx: Transaction, case: Case) -> None:
    """Make the words of a case anew from all there is. Call it with the case locked."""
    told = [case.question, case.object, case.topic, case.problem, *_names_of_place(case.place_code)]
    told += [entry.text for entry in reading.entries(tx, case.id)]
    vector = _vector(set().union(*(lexemes(text) for text in told)))
    tx.execute(
        pg_insert(case_words)
        .values(case_id=case.id, words=vector)
        .on_conflict_do_update(index_elements=["case_id"], set_={"words": vector})
    )


def catch_up(tx: Transaction, *, most: int = _PORTION) -> int:
    """Index cases that have no words yet, the newest first; how many. Safe in several processes and as often as one likes."""
    rows = tx.execute(
        sa.select(cases)
        .where(~sa.exists().where(case_words.c.case_id == cases.c.id))
        .order_by(cases.c.opened_at.desc())
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        index(tx, from_row(row))
    return len(rows)


# --- looking


def find(tx: Transaction, query: str, staff: Staff, *, most: int = MOST_FOUND) -> list[Found]:
    """Cases that hold at least half of what a query says, the fullest first, of equals the newest.

    A case number or its end, and what a farmer is called, count fully. Incidents are found by coordinators only.
    """
    scores = (
        _by_words(tx, terms(_without_numbers(query)), most, staff)
        | _by_name(tx, query, most)
        | _by_number(tx, query, most)
    )
    rows = tx.execute(sa.select(cases).where(cases.c.id.in_(list(scores)), *_open_to(staff)))
    found = sorted((from_row(row) for row in rows), key=lambda case: (scores[case.id], case.opened_at), reverse=True)
    said = _entries(tx, [case.id for case in found[:most]])
    return [Found(case, scores[case.id], tuple(said.get(case.id, ()))) for case in found[:most]]


def similar(tx: Transaction, case: Case, most: int = 5) -> list[Past]:
    """Resolved cases like this one that an expert has answered, the likest first, of equals the newest.

    They are about the same crop or animal, where this case has one, and share words with it beside its name. Incidents
    are never among them, nor what ended unsolved.
    """
    objects = [name for name in case.object.split("|") if name]
    asked = [term for term in terms(f"{case.question} {case.problem}") if term.name not in objects]
    if not asked or case.kind is Kind.INCIDENT:
        return []
    score = _score(asked)
    query = (
        sa.select(cases, score.label("score"))
        .join(case_words, case_words.c.case_id == cases.c.id)
        .where(
            case_words.c.words.op("@@")(_query(any_of(asked))),
            score >= _ALIKE,
            cases.c.id != case.id,
            cases.c.kind != Kind.INCIDENT,
            cases.c.state == State.RESOLVED,
            cases.c.outcome != "unsolved",
            cases.c.first_answered_at.is_not(None),
        )
        .order_by(score.desc(), cases.c.opened_at.desc())
        .limit(most)
    )
    if objects:
        query = query.where(
            sa.func.string_to_array(cases.c.object, "|").op("&&")(sa.cast(objects, ARRAY(sa.Text)))
        )  # fmt: skip
    found = [(from_row(row), float(row.score)) for row in tx.execute(query)]
    answers = _answers(tx, [one.id for one, _ in found])
    return [
        Past(one, hide_phones(answers[one.id].text), answers[one.id].author_name, how_much)
        for one, how_much in found
        if one.id in answers
    ]


def _by_words(tx: Transaction, asked: tuple[Term, ...], most: int, staff: Staff) -> dict[UUID, float]:
    if not asked:
        return {}
    score = _score(asked)
    rows = tx.execute(
        sa.select(cases.c.id, score.label("score"))
        .join(case_words, case_words.c.case_id == cases.c.id)
        .where(case_words.c.words.op("@@")(_query(any_of(asked))), score >= _ENOUGH, *_open_to(staff))
        .order_by(score.desc(), cases.c.opened_at.desc())
        .limit(most)
    )
    return {row.id: float(row.score) for row in rows}


def _by_name(tx: Transaction, query: str, most: int) -> dict[UUID, float]:
    farmers = [farmer_id for part in query.split()[:3] if len(part) > 1 for farmer_id in people.called(tx, part)]
    newest = sa.select(cases.c.id).where(cases.c.farmer_id.in_(farmers)).order_by(cases.c.opened_at.desc())
    return {row.id: _BY_NAME for row in tx.execute(newest.limit(most))} if farmers else {}


def _by_number(tx: Transaction, query: str, most: int) -> dict[UUID, float]:
    parts = query.split()[:3]
    holds = sa.or_(
        sa.false(),
        *(cases.c.number.contains(part.upper(), autoescape=True) for part in parts if _A_NUMBER.fullmatch(part)),
        *(cases.c.number.endswith(f"-{part}") for part in parts if _END_OF_NUMBER.fullmatch(part)),
    )
    rows = tx.execute(sa.select(cases.c.id).where(holds).order_by(cases.c.opened_at.desc()).limit(most))
    return {row.id: _BY_NUMBER for row in rows}


def _without_numbers(query: str) -> str:
    return " ".join(part for part in query.split() if not _A_NUMBER.fullmatch(part))


def _open_to(staff: Staff) -> list[sa.ColumnElement[bool]]:
    return [] if staff.has(Role.COORDINATOR) else [cases.c.kind != Kind.INCIDENT]


def _score(asked: Collection[Term]) -> sa.ColumnElement[float]:
    """How much of what these words can say stands in a case, 0 to 1; by another name a little less than exactly."""
    whole = sum(term.weight for term in asked)
    score: sa.ColumnElement[float] = sa.literal(0.0)
    for term in asked:
        score = score + sa.case(
            (case_words.c.words.op("@@")(_query(term.exactly)), term.weight / whole),
            (case_words.c.words.op("@@")(_query(term.either)), term.weight / whole * 0.9),
            else_=0.0,
        )
    return score


def _answers(tx: Transaction, case_ids: list[UUID]) -> dict[UUID, Entry]:
    """The last answer of each of these cases: what its expert wrote with the last command to answer."""
    last = (
        sa.select(case_events.c.case_id, sa.func.max(case_events.c.at).label("at"))
        .where(case_events.c.case_id.in_(case_ids), case_events.c.command == Command.ANSWER)
        .group_by(case_events.c.case_id)
        .subquery()
    )
    rows = tx.execute(
        sa.select(case_entries)
        .join(last, last.c.case_id == case_entries.c.case_id)
        .where(case_entries.c.said_by == "expert", case_entries.c.text != "", case_entries.c.at >= last.c.at)
        .order_by(case_entries.c.case_id, case_entries.c.seq.desc())
    )
    return {row.case_id: _entry(row) for row in rows}


def _entries(tx: Transaction, case_ids: list[UUID]) -> dict[UUID, list[Entry]]:
    rows = tx.execute(
        sa.select(case_entries)
        .where(case_entries.c.case_id.in_(case_ids), case_entries.c.text != "")
        .order_by(case_entries.c.case_id, case_entries.c.seq)
    )
    found: dict[UUID, list[Entry]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append(_entry(row))
    return found


def _entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    return Entry(row.seq, row.at, row.said_by, row.author_name, row.kind, row.text, tuple(row.files))


def _names_of_place(code: str) -> list[str]:
    """The names of a place and of those around it, short ones as well."""
    found: list[str] = []
    place = places.by_code(code) if code else None
    while place is not None:
        found += [place.name, *place.aliases]
        place = places.by_code(place.parent) if place.parent else None
    return found


def _vector(found: set[str]) -> sa.ColumnElement[object]:
    return sa.func.array_to_tsvector(sa.cast(sorted(found), ARRAY(sa.Text)))


def _query(text: str) -> sa.ColumnElement[object]:
    return sa.cast(text, TSQUERY)
