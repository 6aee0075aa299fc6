"""How well a search finds, and how much it answers when only so many of its answers may be wrong."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.measuring.questions import Question

MOST_WRONG = 0.02  # of all questions
AMONG = 5

# Ids with the search's own scores, the best first.
Ranking = Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Found:
    """Shares of the questions that have an answer; `none_answered` is one of those that have none, if there are any.

    `answered_right` and `none_answered` hold at the threshold of the search's own score that lets most right answers
    through while at most MOST_WRONG of all questions get a wrong one.
    """

    first: float
    among_five: float
    answered_right: float
    none_answered: float | None


def score(asked: Sequence[Question], ranked: Sequence[Ranking]) -> Found:
    """Hold rankings against the questions, in the same order."""
    pairs = list(zip(asked, ranked, strict=True))
    answerable = [(one, ranking) for one, ranking in pairs if one.has_answer]
    none = [(one, ranking) for one, ranking in pairs if not one.has_answer]
    threshold = best_threshold(asked, ranked)
    return Found(
        first=_share(_is_right(one, ranking) for one, ranking in answerable),
        among_five=_share(any(id_ in one.right for id_, _ in ranking[:AMONG]) for one, ranking in answerable),
        answered_right=_share(_is_right(one, ranking) and ranking[0][1] >= threshold for one, ranking in answerable),
        none_answered=_share(bool(ranking) and ranking[0][1] >= threshold for _, ranking in none) if none else None,
    )


def best_threshold(asked: Sequence[Question], ranked: Sequence[Ranking]) -> float:
    """The score from which on answers go out; infinity where even the surest answers are wrong too often."""
    first = [(ranking[0][1], _is_right(one, ranking)) for one, ranking in zip(asked, ranked, strict=True) if ranking]
    best, most, right, wrong = math.inf, 0, 0, 0
    for value, equal in groupby(sorted(first, key=lambda pair: -pair[0]), key=lambda pair: pair[0]):
        verdicts = [is_right for _, is_right in equal]
        right, wrong = right + sum(verdicts), wrong + len(verdicts) - sum(verdicts)
        if wrong <= MOST_WRONG * len(asked) and right > most:
            best, most = value, right
    return best


def _is_right(asked: Question, ranking: Ranking) -> bool:
    return bool(ranking) and ranking[0][0] in asked.right


def _share(verdicts: Iterable[bool]) -> float:
    counted = list(verdicts)
    return sum(counted) / len(counted) if counted else 0.0
