"""What our search learns from all labelled questions but those of one fold, as `make tune` learns from all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.measuring.questions import FOLDS, Folds
from app.measuring.searches import Learned
from knowledge import search, tune
from knowledge.articles import Article
from knowledge.search import SIGNS, Weights
from knowledge.tune import Case


@dataclass(frozen=True)
class Lesson:
    """A labelled question with its signs, and the fold that it belongs to."""

    fold: int
    case: Case


def lessons(every: Sequence[Article], folds: Folds) -> list[Lesson]:
    """All the questions that `make tune` learns from, without what the bot makes of them."""
    cases = tune.Questions({}).cases(every)
    return [Lesson(folds.fold(case.labelled.query.question, case.labelled.right), case) for case in cases]


def weights_by_fold(all_lessons: Sequence[Lesson]) -> list[Learned]:
    """For every fold the weights that its questions had no part in."""
    return [Learned(tune.fitted(_without(all_lessons, fold), _neutral())) for fold in range(FOLDS)]


def trees_by_fold(all_lessons: Sequence[Lesson], learned: Sequence[Learned]) -> list[Learned]:
    """The same weights, with trees above them."""
    return [
        replace(one, trees=tune.grown(_without(all_lessons, fold), one.weights)) for fold, one in enumerate(learned)
    ]


def _without(all_lessons: Sequence[Lesson], fold: int) -> list[Case]:
    return [one.case for one in all_lessons if one.fold != fold]


def _neutral() -> Weights:
    """Where learning begins: not at the weights in use, which have seen every question."""
    return replace(search.weights(), **dict.fromkeys(SIGNS, 1.0))
