"""Finding cases by what was said in them, for experts as well: similar ones show what helped."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from console import case_view, current, words
from core.database import Transaction
from core.secrets import hide_phones
from handoff import search, search_words
from handoff.cases import Case
from handoff.search import Found

pages = Blueprint("search", __name__)

_MOST_ASKED = 100
_MOST_SHOWN = 3
_BEFORE, _LONGEST = 24, 110

# A text in pieces, each with whether it is something that was asked for.
Pieces = list[tuple[str, bool]]


@dataclass(frozen=True)
class Quote:
    """What somebody said in a case, cut to what matters."""

    who: str
    pieces: Pieces


@dataclass(frozen=True)
class Hit:
    """A case that was found, with the lines that hold what was asked for."""

    case: Case
    quotes: list[Quote]


@pages.get("/cases/search")
def show() -> ResponseReturnValue:
    asked = " ".join(request.args.get("q", "").replace("\x00", " ").split())[:_MOST_ASKED]
    with current.services().database.transaction() as tx:
        hits = hits_for(tx, asked) if asked else []
        return render_template("search.html", asked=asked, hits=hits, most=search.MOST_FOUND)


def hits_for(tx: Transaction, asked: str) -> list[Hit]:
    return [
        Hit(case_view.masked(found.case), _quotes(found, asked)) for found in search.find(tx, asked, current.me())
    ]  # fmt: skip


def _quotes(found: Found, asked: str) -> list[Quote]:
    """The lines that hold most of what was asked for, as they follow each other; else the first."""
    said = [
        (words.BY_NAMES.get(entry.said_by, ""), search_words.marked(hide_phones(entry.text), asked))
        for entry in found.entries
    ]
    holding = [at for at, (_, pieces) in enumerate(said) if _marks(pieces)] or list(range(len(said)))[:1]
    best = sorted(sorted(holding, key=lambda at: -_marks(said[at][1]))[:_MOST_SHOWN])
    return [Quote(said[at][0], _cut(said[at][1])) for at in best]


def _marks(pieces: Pieces) -> int:
    """How many different things that were asked for stand in a text."""
    return len({text for text, is_asked in pieces if is_asked})


def _cut(pieces: Pieces) -> Pieces:
    """From a little before the first mark on, no longer than a card can show."""
    first = next((at for at, (_, is_asked) in enumerate(pieces) if is_asked), 0)
    shown: Pieces = []
    if first and pieces[first - 1][0]:
        before = pieces[first - 1][0]
        shown.append((before if len(before) <= _BEFORE and first == 1 else f"…{before[-_BEFORE:]}", False))
    left = _LONGEST
    for text, is_asked in pieces[first:]:
        shown.append((text[:left] + ("…" if len(text) > left else ""), is_asked))
        left -= len(text)
        if left <= 0:
            break
    return shown
