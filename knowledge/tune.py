"""Finds the weights and thresholds of the search: `python -m knowledge.tune [--write]`.

It learns from three kinds of labelled questions, none of them a guess at a number:

* our own questions in tests/knowledge/article_questions.tsv, with the articles that answer them or `none`;
* every way of asking in the articles, asked while that phrasing is left out of the index;
* the ways of asking of articles that are themselves left out: then nothing should answer.

A wrong answer costs more than two right ones earn; a choice that holds the right article earns half, less for every
further title that the farmer has to read.
"""

import csv
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from knowledge import article_files, articles, names, search
from knowledge.articles import Article
from knowledge.search import Decision, Index, Query, Verdict, Weights

QUESTIONS = Path(__file__).parent.parent / "tests" / "knowledge" / "article_questions.tsv"
NOTHING = "none"
FOLDS = 5
_SIGNS_KEPT = 16
# Signs for an article cannot count against it, whatever chance says; only these may.
_MAY_BE_NEGATIVE = {"other_problem", "larger_object", "member_object", "any_object", "unasked_object"}
_LEAST, _MOST = -2.0, 4.0


@dataclass(frozen=True)
class Labelled:
    """A question with the ids of the articles that answer it; NOTHING among them where no answer is right too."""

    query: Query
    right: frozenset[str]
    kind: str
    counts: float = 1.0


@dataclass(frozen=True)
class Case:
    """A labelled question with the signs of every article that may answer it, in the index it is asked of."""

    labelled: Labelled
    index: Index
    signs: dict[int, dict[str, float]]


@dataclass(frozen=True)
class Result:
    """How a kind of questions fared, in shares of the questions that have an answer, and of those that have none."""

    kind: str
    asked: int
    answered_right: float
    answered_wrong: float
    offered_right: float
    offered_wrong: float
    unknown: float


def own_questions(file: Path = QUESTIONS) -> Iterator[Labelled]:
    """Our own labelled questions."""
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield Labelled(Query(row["question"]), frozenset(row["expect"].split("|")), "own questions", 2.0)


def cases(every: Sequence[Article], own: Sequence[Labelled]) -> Iterator[Case]:
    """All labelled questions, read against the index they are asked of."""
    yield from own_cases(every, own)
    for fold in range(FOLDS):
        shortened, asked = _without_a_phrasing(every, fold)
        index = Index.of(shortened)
        yield from (_case(index, labelled) for labelled in asked)
    for fold in range(FOLDS):
        kept = [article for at, article in enumerate(every) if at % FOLDS != fold]
        index = Index.of(kept)
        for article in (article for at, article in enumerate(every) if at % FOLDS == fold):
            for phrase in (article.text.question, article.text.asked_as[fold % len(article.text.asked_as)]):
                yield _case(index, Labelled(Query(phrase), frozenset({NOTHING}), "article missing", 0.5))


def own_cases(every: Sequence[Article], own: Sequence[Labelled] | None = None) -> list[Case]:
    """Our own questions, read against all articles."""
    whole = Index.of(every)
    return [_case(whole, labelled) for labelled in (own if own is not None else list(own_questions()))]


def measure(found: Sequence[Case], by: Weights) -> Iterator[Result]:
    """How each kind of questions fares under these weights."""
    for kind in dict.fromkeys(case.labelled.kind for case in found):
        of_kind = [case for case in found if case.labelled.kind == kind]
        for having_answer in (True, False):
            some = [case for case in of_kind if (case.labelled.right != {NOTHING}) is having_answer]
            if some:
                fates = Counter(_fate(case, by) for case in some)
                label = f"{kind}, {'answerable' if having_answer else 'not answerable'}"
                shares = [fates[fate] / len(some) for fate in _FATES]
                yield Result(label, len(some), *shares)


def worth(found: Sequence[Case], by: Weights) -> float:
    """What the decisions on all questions are worth, per question."""
    total = sum(case.labelled.counts * _worth(case, by) for case in found)
    return total / sum(case.labelled.counts for case in found)


def tune(found: Sequence[Case], start: Weights, *, rounds: int, seed: int = 7) -> Weights:
    """Better weights by trying one small change after another and keeping what helps."""
    dice = random.Random(seed)  # noqa: S311 - a search, not a secret
    best, best_worth = start, worth(found, start)
    for at in range(rounds):
        step = 0.4 * (1 - at / rounds) + 0.03
        tried = _changed(best, dice, step)
        tried_worth = worth(found, tried)
        if tried_worth > best_worth:
            best, best_worth = tried, tried_worth
    return best


def with_strictness(found: Sequence[Case], by: Weights) -> Weights:
    """Set the score needed for a doubtful text: above everything that wrongly answered one of our own questions."""
    wrong = [0.0]
    for case in found:
        if case.labelled.kind == "own questions":
            ranked = search.order(case.index, case.signs, by)
            if ranked and ranked[0].article.id not in case.labelled.right:
                wrong.append(ranked[0].score)
    return replace(by, strict_at=max(by.answer_at + 0.1, *(score + 0.05 for score in wrong)))


def main(arguments: Sequence[str]) -> int:
    """Tune, print what it brought on questions that were tuned on and on others, write search.toml when asked to."""
    files, _ = article_files.read_folder()
    every = [articles.from_file(file) for file in files]
    found = list(cases(every, list(own_questions())))
    halves = [[case for at, case in enumerate(found) if at % 2 == half] for half in (0, 1)]
    start = search.weights()
    print(f"{len(every)} articles, {len(found)} questions")
    _print("weights in use", found, start)
    if "--check" in arguments:
        return 0
    half = tune(halves[0], start, rounds=_rounds(arguments))
    _print("tuned on one half, measured on the other", halves[1], half)
    best = with_strictness(found, tune(found, half, rounds=_rounds(arguments)))
    _print("tuned on all", found, best)
    print(search.as_toml(best))
    if "--write" in arguments:
        search.WEIGHTS_FILE.write_text(search.as_toml(best), encoding="utf-8")
    return 0


_FATES = ("answered right", "answered wrong", "offered right", "offered wrong", "unknown")


def _fate(case: Case, by: Weights) -> str:
    return _fate_of(_decision(case, by), case.labelled)


def _fate_of(decision: Decision, labelled: Labelled) -> str:
    right = any(candidate.article.id in labelled.right for candidate in decision.candidates)
    if decision.verdict is Verdict.NONE:
        return "unknown"
    how = "answered" if decision.verdict is Verdict.ANSWER else "offered"
    return f"{how} {'right' if right else 'wrong'}"


def _worth(case: Case, by: Weights) -> float:
    has_answer = case.labelled.right != {NOTHING}
    decision = _decision(case, by)
    worths = {
        "answered right": 1.0,
        "answered wrong": -2.5,
        "offered right": 0.56 - 0.03 * len(decision.candidates),
        "offered wrong": -0.5,
        "unknown": -0.2 if has_answer else 0.3,
    }
    return worths[_fate_of(decision, case.labelled)]


def _decision(case: Case, by: Weights) -> Decision:
    return search.choose(search.order(case.index, case.signs, by), by)


def _case(index: Index, labelled: Labelled) -> Case:
    """Keep the signs of the articles that any weights could bring to the front."""
    signs = search.read_signs(index, search.read(labelled.query))
    rough = sorted(signs, key=lambda at: -sum(max(value, 0.0) for value in signs[at].values()))
    return Case(labelled, index, {at: signs[at] for at in rough[:_SIGNS_KEPT]})


def _without_a_phrasing(every: Sequence[Article], fold: int) -> tuple[list[Article], list[Labelled]]:
    """The articles with one way of asking taken out of each, and those ways as questions.

    Where the phrase does not name the object, the bot has asked for it, as it does in life.
    """
    shortened, asked = [], []
    for article in every:
        phrases = article.text.asked_as
        if fold >= len(phrases):
            shortened.append(article)
            continue
        left = article.text.model_copy(update={"asked_as": (*phrases[:fold], *phrases[fold + 1 :])})
        shortened.append(replace(article, text=left))
        is_asked_back = not search.read(Query(phrases[fold])).objects and _is_living(article)
        query = Query(phrases[fold], object=article.object if is_asked_back else "")
        asked.append(Labelled(query, frozenset({article.id}), "phrasing left out"))
    return shortened, asked


def _is_living(article: Article) -> bool:
    known = names.known().things
    return any(name in known and known[name].is_living for name in article.text.objects)


def _changed(by: Weights, dice: random.Random, step: float) -> Weights:
    names = [one.name for one in fields(by) if one.name != "strict_at"]
    chosen = dice.sample(names, dice.choice((1, 1, 2, 3)))
    return replace(by, **{name: _within(name, getattr(by, name) + dice.gauss(0.0, step)) for name in chosen})


def _within(name: str, value: float) -> float:
    return min(_MOST, max(_LEAST if name in _MAY_BE_NEGATIVE else 0.0, value))


def _rounds(arguments: Sequence[str]) -> int:
    given = [argument for argument in arguments if argument.isdigit()]
    return int(given[0]) if given else 400


def _print(title: str, found: Sequence[Case], by: Weights) -> None:
    print(f"\n{title}: worth {worth(found, by):.3f} a question")
    print(f"{'':<36}{'asked':>6}{'answered right':>16}{'wrong':>8}{'offered right':>15}{'wrong':>8}{'unknown':>9}")
    for one in measure(found, by):
        shares = (one.answered_right, one.answered_wrong, one.offered_right, one.offered_wrong, one.unknown)
        cells = "".join(f"{share:>{width}.1%}" for share, width in zip(shares, (16, 8, 15, 8, 9), strict=True))
        print(f"{one.kind:<36}{one.asked:>6}{cells}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
