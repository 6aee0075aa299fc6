"""The table of searches side by side, and what has to be said beneath it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.measuring import tables
from app.measuring.questions import FOLDS, Asked
from app.measuring.tables import Line, percent
from app.measuring.thresholds import MOST_WRONG, Found

_AT = f"at {MOST_WRONG:.0%} wrong".replace("%", " %")
HEAD: Line = (
    "",
    "right article first",
    "among five",
    f"answered right {_AT}",
    "answered though nothing does",
    "left out: first",
    "left out: among five",
    f"left out: answered right {_AT}",
    "questions a second, against the first line",
    "seconds to prepare",
)


@dataclass(frozen=True)
class Compared:
    """What one search found of our own questions and of the ways of asking left out, how fast, and made in how long."""

    name: str
    own: Found
    left_out: Found
    per_second: float
    seconds: float


def as_markdown(compared: Sequence[Compared], asked: Asked) -> str:
    """The table with what was asked beneath it; speed is told as a ratio to the first of the searches."""
    lines = [_line(one, one.per_second / compared[0].per_second) for one in compared]
    return f"{tables.as_markdown(lines, HEAD)}\n\n{_said_of(asked)}"


def _line(one: Compared, ratio: float) -> Line:
    return (
        one.name,
        percent(one.own.first),
        percent(one.own.among_five),
        percent(one.own.answered_right),
        percent(one.own.none_answered),
        percent(one.left_out.first),
        percent(one.left_out.among_five),
        percent(one.left_out.answered_right),
        f"{ratio:.2g}",
        f"{one.seconds:.0f}",
    )


def _said_of(asked: Asked) -> str:
    answerable = sum(one.has_answer for one in asked.own)
    return (
        f"Asked were {len(asked.own)} of our own questions ({answerable} have an answer there, "
        f"{len(asked.own) - answerable} have none anywhere) and {len(asked.left_out)} ways of asking, one of each "
        "article, that no search was told."
    )


EXPLAINED = f"""\
All know the same articles and are given the text alone, in plain Chinese, without what the bot makes of it; where a way of asking left out does not name the crop, its name stands before it.

Each answers from its own score on: the threshold that lets most right answers through while at most {MOST_WRONG * 100:g} % of all questions get a wrong one, looked for on the same questions, which flatters all alike.

The search in use has learned from these very questions. The two lines above it have not: weights and trees were learned {FOLDS} times, each time without all questions about a share of the articles, and every question was asked of those that had not seen it. Reading the signs of the questions to learn from is part of their seconds; the search in use only builds its index."""
