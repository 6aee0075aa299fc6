"""Finds the weights and thresholds of the search: `python -m knowledge.tune [--write]`.

It learns from three kinds of labelled questions, none of them a guess at a number:

* our own questions in tests/knowledge/article_questions.tsv, with the articles that answer them or `none`;
* every way of asking in the articles, asked while that phrasing is left out of the index, and a few as they stand;
* the ways of asking of articles that are themselves left out: then nothing should answer.

A wrong answer costs more than two right ones earn. A choice that holds the right article earns less than half, for
many farmers will not take one more step, and less for every further title.
"""

import csv
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress, product
from operator import mul
from pathlib import Path

from knowledge import article_files, articles, names, search
from knowledge.articles import Article
from knowledge.search import SIGNS, Index, Query, Verdict, Weights

QUESTIONS = Path(__file__).parent.parent / "tests" / "knowledge" / "article_questions.tsv"
NOTHING = "none"
FOLDS = 5
_SIGNS_KEPT = 24
# Signs for an article cannot count against it, whatever chance says; only these may.
_MAY_BE_NEGATIVE = {
    "other_problem", "same_object", "mentioned_object", "larger_object", "member_object", "any_object", "unasked_object",
}  # fmt: skip
_MOST = 12.0
_PACE, _FOR_LARGE = 0.08, 2e-4
_ANSWER_AT = [at / 100 for at in range(50, 98, 3)]
_CHOOSE_AT = [at / 100 for at in range(10, 80, 6)]
_CHOOSE_EACH = [0.02, 0.03, 0.05, 0.08, 0.12, 0.16, 0.2]

Ranking = list[tuple[float, int]]


@dataclass(frozen=True)
class Labelled:
    """A question with the ids of the articles that answer it; NOTHING among them where no answer is right too."""

    query: Query
    right: frozenset[str]
    kind: str
    counts: float = 1.0


@dataclass(frozen=True)
class Case:
    """A labelled question with the articles that may answer it: their ids and their signs in the order of SIGNS."""

    labelled: Labelled
    ids: tuple[str, ...]
    signs: tuple[tuple[float, ...], ...]

    def ranked(self, by: Weights) -> Ranking:
        """Probabilities with places in `ids`, the best first."""
        values = tuple(getattr(by, name) for name in SIGNS)
        strengths = [sum(map(mul, values, signs)) for signs in self.signs]
        likely = search.probabilities(strengths)
        return sorted(((one, at) for at, one in enumerate(likely)), key=lambda pair: -pair[0])


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
    whole = Index.of(every)
    for article in every:
        yield _case(whole, Labelled(Query(article.text.question), frozenset({article.id}), "question as written", 0.5))
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

    def fate(case: Case) -> str:
        return _fate(*_decision(case, case.ranked(by), by), case.labelled)

    for kind in dict.fromkeys(case.labelled.kind for case in found):
        of_kind = [case for case in found if case.labelled.kind == kind]
        for having_answer in (True, False):
            some = [case for case in of_kind if (case.labelled.right != {NOTHING}) is having_answer]
            if some:
                fates = Counter(fate(case) for case in some)
                label = f"{kind}, {'answerable' if having_answer else 'not answerable'}"
                shares = [fates[fate] / len(some) for fate in _FATES]
                yield Result(label, len(some), *shares)


def worth(found: Sequence[Case], by: Weights) -> float:
    """What the decisions on all questions are worth, per question."""
    return _worth(found, [case.ranked(by) for case in found], by)


def fitted(found: Sequence[Case], start: Weights, *, rounds: int) -> Weights:
    """The weights under which the right articles are likeliest, found by following the gradient (Adam)."""
    values = [getattr(start, name) for name in SIGNS]
    means, squares = [0.0] * len(values), [0.0] * len(values)
    for at in range(1, rounds + 1):
        slopes = _slopes(found, values)
        for i, slope in enumerate(slopes):
            means[i] = 0.9 * means[i] + 0.1 * slope
            squares[i] = 0.999 * squares[i] + 0.001 * slope * slope
            step = means[i] / (1 - 0.9**at) / (math.sqrt(squares[i] / (1 - 0.999**at)) + 1e-8)
            values[i] = _within(i, values[i] - _PACE * step)
    return replace(start, **dict(zip(SIGNS, values, strict=True)))


def with_thresholds(found: Sequence[Case], by: Weights) -> Weights:
    """The thresholds that are worth most under these weights, of all on a grid."""
    ranked = [case.ranked(by) for case in found]
    best, best_worth = by, -math.inf
    for answer_at, choose_at, choose_each in product(_ANSWER_AT, _CHOOSE_AT, _CHOOSE_EACH):
        tried = replace(by, answer_at=answer_at, choose_at=choose_at, choose_each=choose_each)
        tried_worth = _worth(found, ranked, tried)
        if tried_worth > best_worth:
            best, best_worth = tried, tried_worth
    return replace(best, strict_at=_strict_at(found, ranked, best))


def _strict_at(found: Sequence[Case], ranked: Sequence[Ranking], by: Weights) -> float:
    """For a doubtful text: half the doubt of an answer, and above all that our questions without an answer brought."""
    empty = [
        ranking[0][0]
        for case, ranking in zip(found, ranked, strict=True)
        if case.labelled.right == {NOTHING} and case.labelled.kind == "own questions" and ranking
    ]
    return min(0.99, max((1 + by.answer_at) / 2, *(probability + 0.01 for probability in empty)))


def _slopes(found: Sequence[Case], values: Sequence[float]) -> list[float]:
    """The gradient of the loss: minus the log of the probability of what is right, and a little for large weights."""
    slopes = [_FOR_LARGE * value for value in values]
    share = 1 / sum(case.labelled.counts for case in found)
    for case in found:
        strengths = [sum(map(mul, values, signs)) for signs in case.signs]
        likely = search.probabilities(strengths)
        nothing = 1 - sum(likely)
        is_right = [id_ in case.labelled.right for id_ in case.ids]
        right = sum(compress(likely, is_right)) + (nothing if NOTHING in case.labelled.right else 0.0) + 1e-9
        weight = case.labelled.counts * share
        for probability, among_right, signs in zip(likely, is_right, case.signs, strict=True):
            pull = weight * (probability - (probability / right if among_right else 0.0))
            if abs(pull) > 1e-9:
                for i, sign in enumerate(signs):
                    if sign:
                        slopes[i] += pull * sign
    return slopes


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
    half = with_thresholds(halves[0], fitted(halves[0], start, rounds=_rounds(arguments)))
    _print("tuned on one half, measured on the other", halves[1], half)
    best = with_thresholds(found, fitted(found, half, rounds=_rounds(arguments)))
    _print("tuned on all", found, best)
    print(search.as_toml(best))
    if "--write" in arguments:
        search.WEIGHTS_FILE.write_text(search.as_toml(best), encoding="utf-8")
    return 0


_FATES = ("answered right", "answered wrong", "offered right", "offered wrong", "unknown")


def _fate(verdict: Verdict, ids: Sequence[str], labelled: Labelled) -> str:
    if verdict is Verdict.NONE:
        return "unknown"
    how = "answered" if verdict is Verdict.ANSWER else "offered"
    return f"{how} {'right' if labelled.right.intersection(ids) else 'wrong'}"


def _worth(found: Sequence[Case], ranked: Sequence[Ranking], by: Weights) -> float:
    total = weight = 0.0
    for case, ranking in zip(found, ranked, strict=True):
        verdict, ids = _decision(case, ranking, by)
        worths = {
            "answered right": 1.0,
            "answered wrong": -2.5,
            "offered right": 0.45 - 0.03 * len(ids),
            "offered wrong": -0.4,
            "unknown": 0.3 if case.labelled.right == {NOTHING} else -0.2,
        }
        total += case.labelled.counts * worths[_fate(verdict, ids, case.labelled)]
        weight += case.labelled.counts
    return total / weight


def _decision(case: Case, ranking: Ranking, by: Weights) -> tuple[Verdict, list[str]]:
    may_answer = bool(ranking) and not case.signs[ranking[0][1]][_MEMBER]
    verdict, shown = search.judge([likely for likely, _ in ranking], by, may_answer=may_answer)
    return verdict, [case.ids[at] for _, at in ranking[:shown]]


_MEMBER = SIGNS.index("member_object")


def _case(index: Index, labelled: Labelled) -> Case:
    """Keep the signs of the articles that any weights could bring to the front."""
    signs = search.read_signs(index, search.read(labelled.query))
    rough = sorted(signs, key=lambda at: -sum(max(value, 0.0) for value in signs[at].values()))
    kept = rough[:_SIGNS_KEPT]
    vectors = tuple(tuple(signs[at].get(name, 0.0) for name in search.SIGNS) for at in kept)
    return Case(labelled, tuple(index.entries[at].article.id for at in kept), vectors)


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


def _within(i: int, value: float) -> float:
    least = -_MOST if SIGNS[i] in _MAY_BE_NEGATIVE else 0.0
    return min(_MOST, max(least, value))


def _rounds(arguments: Sequence[str]) -> int:
    given = [argument for argument in arguments if argument.isdigit()]
    return int(given[0]) if given else 150


def _print(title: str, found: Sequence[Case], by: Weights) -> None:
    print(f"\n{title}: worth {worth(found, by):.3f} a question")
    print(f"{'':<36}{'asked':>6}{'answered right':>16}{'wrong':>8}{'offered right':>15}{'wrong':>8}{'unknown':>9}")
    for one in measure(found, by):
        shares = (one.answered_right, one.answered_wrong, one.offered_right, one.offered_wrong, one.unknown)
        cells = "".join(f"{share:>{width}.1%}" for share, width in zip(shares, (16, 8, 15, 8, 9), strict=True))
        print(f"{one.kind:<36}{one.asked:>6}{cells}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
