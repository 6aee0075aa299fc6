"""Finds the weights, trees and thresholds of the search: `make tune`, or `python -m knowledge.tune [--write | --check]`.

It learns from three kinds of labelled questions, none of them a guess at a number:

* our own questions in tests/knowledge/article_questions.tsv, with the articles that answer them or `none`, and two for
  every title in tuning_questions.tsv;
* every way of asking in the articles, asked while that phrasing is left out of the index, and a few as they stand;
* the ways of asking of articles that are themselves left out: then nothing should answer.

What the bot makes of each question (crop, topic, problem) comes from a model that has not seen the articles
(`bot.understand`); without that file the names that stand in a question are all that is known.

A wrong answer costs more than a right one earns. A choice that holds the right article earns a quarter, for many
farmers will not take one more step, and less for every further title; an expert's answer comes later, and costs time.
"""

import csv
import json
import math
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from pathlib import Path

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from knowledge import article_files, articles, names, ranker, reading, search
from knowledge.articles import Article
from knowledge.search import SIGNS, Index, Query, Verdict, Weights

QUESTIONS = Path(__file__).parent.parent / "tests" / "knowledge" / "article_questions.tsv"
# Two for each article, by writers who knew its title and had not read it.
TITLED = QUESTIONS.parent / "tuning_questions.tsv"
HOME = Path(os.environ.get("NONGWEN_HOME") or Path(__file__).parent.parent / ".nongwen")
ASKED, UNDERSTOOD = HOME / "tune-asked.jsonl", HOME / "tune-understood.jsonl"
NOTHING = "none"
FOLDS = 5
_MOST_WEIGHT = 12.0
_FOR_LARGE = 2e-4
_TREES = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 40, "lambda_l2": 1.0,
    "feature_fraction": 0.7, "bagging_fraction": 0.8, "bagging_freq": 1, "seed": 1, "deterministic": True,
    "force_row_wise": True, "num_threads": 2, "verbosity": -1,
}  # fmt: skip
_ROUNDS = 250
# Signs for an article cannot count against it, whatever chance says; only these may.
_MAY_BE_NEGATIVE = {
    "other_problem", "far_topic", "same_object", "mentioned_object", "larger_object", "member_object", "any_object",
    "unasked_object",
}  # fmt: skip
_ANSWER_AT = [at / 100 for at in range(40, 90, 4)]
_LEAD_AT = [0.01, 0.05, 0.1, 0.2]
_CHOOSE_AT = [at / 100 for at in range(10, 70, 10)]
_CHOOSE_EACH = [0.05, 0.08, 0.12, 0.2]

Ranking = list[tuple[float, int]]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """A question with the ids of the articles that answer it; NOTHING among them where no answer is right too."""

    query: Query
    right: frozenset[str]
    kind: str
    counts: float = 1.0


@dataclass(frozen=True)
class Case:
    """A labelled question with the articles that may answer it: their ids, and their signs in the order of SIGNS."""

    labelled: Labelled
    ids: tuple[str, ...]
    signs: tuple[Mapping[str, float], ...]

    @property
    def is_right(self) -> list[bool]:
        return [id_ in self.labelled.right for id_ in self.ids]

    @property
    def has_answer(self) -> bool:
        return self.labelled.right != {NOTHING}

    def features(self, by: Weights) -> Array:
        """What the trees see of the competitors, in the order of `ids`."""
        strengths = [search.strength(signs, by) for signs in self.signs]
        ordered = sorted(strengths, reverse=True)
        share = dict(zip(ordered, search.probabilities(ordered), strict=True))
        return ranker.features(SIGNS, self.signs, strengths, [share[value] for value in strengths])

    def ranked(self, chances: Sequence[float]) -> Ranking:
        """Chances with places in `ids`, the best first; the very question is certain."""
        sure = search.with_certainty(chances, self.signs)
        return sorted(((chance, at) for at, chance in enumerate(sure)), key=lambda pair: -pair[0])


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


@lru_cache(maxsize=1)
def _understood() -> Mapping[str, Mapping[str, str]]:
    """What the bot made of each text, if it has been asked."""
    if not UNDERSTOOD.exists():
        return {}
    with UNDERSTOOD.open(encoding="utf-8") as lines:
        return {row["text"]: row for row in map(json.loads, lines)}


def _query(text: str, asked_back: str = "") -> Query:
    """A question as the bot passes it on; `asked_back` is the crop that the farmer named when asked."""
    plain = reading.plain(text)
    heard = _understood().get(plain, {})
    return Query(
        plain,
        object=heard.get("object") or asked_back,
        topic=heard.get("topic") or "",
        problem=heard.get("problem") or "",
    )


def own_questions(file: Path = QUESTIONS, kind: str = "own questions") -> Iterator[Labelled]:
    """Our own labelled questions."""
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield Labelled(_query(row["question"]), frozenset(row["expect"].split("|")), kind, 2.0)


def titled() -> Iterator[Labelled]:
    """The questions written for titles."""
    return own_questions(TITLED, "questions for titles")


def cases(every: Sequence[Article], own: Sequence[Labelled]) -> Iterator[Case]:
    """All labelled questions, read against the index they are asked of."""
    yield from own_cases(every, own)
    for fold in range(FOLDS):
        shortened, asked = _without_a_phrasing(every, fold)
        index = Index.of(shortened)
        yield from (_case(index, labelled) for labelled in asked)
    whole = Index.of(every)
    for article in every:
        labelled = Labelled(_query(article.text.question), frozenset({article.id}), "question as written", 0.5)
        yield _case(whole, labelled)
    for fold in range(FOLDS):
        kept = [article for at, article in enumerate(every) if at % FOLDS != fold]
        index = Index.of(kept)
        for article in (article for at, article in enumerate(every) if at % FOLDS == fold):
            for phrase in (article.text.question, article.text.asked_as[fold % len(article.text.asked_as)]):
                yield _case(index, Labelled(_query(phrase), frozenset({NOTHING}), "article missing", 0.25))


def own_cases(every: Sequence[Article], own: Sequence[Labelled] | None = None) -> list[Case]:
    """Our own questions, read against all articles."""
    whole = Index.of(every)
    return [_case(whole, labelled) for labelled in (own if own is not None else list(own_questions()))]


def chances_of(found: Sequence[Case], by: Weights, trees: lightgbm.Booster | None = None) -> list[Ranking]:
    """The ranking of every question, by the trees in use or by these."""
    judge = ranker.Ranker(trees) if trees is not None else ranker.known()
    return [case.ranked(judge.chances(case.features(by))) for case in found]


def measure(found: Sequence[Case], by: Weights, ranked: Sequence[Ranking] | None = None) -> Iterator[Result]:
    """How each kind of questions fares under these weights."""
    ranked = ranked if ranked is not None else chances_of(found, by)
    fates = [_fate(*_decision(case, one, by), case.labelled) for case, one in zip(found, ranked, strict=True)]
    for kind in dict.fromkeys(case.labelled.kind for case in found):
        for having_answer in (True, False):
            some = [
                fate
                for case, fate in zip(found, fates, strict=True)
                if case.labelled.kind == kind and case.has_answer is having_answer
            ]
            if some:
                counts = Counter(some)
                label = f"{kind}, {'answerable' if having_answer else 'not answerable'}"
                yield Result(label, len(some), *(counts[fate] / len(some) for fate in _FATES))


# --- learning


def fitted(found: Sequence[Case], start: Weights) -> Weights:
    """The weights under which the right articles have the largest share (softmax with "nothing" at 0), by L-BFGS."""
    values, present, right, nothing, counts = _packed(found)
    counts = counts / counts.sum()

    def loss(weights: Array) -> tuple[float, Array]:
        strengths = np.where(present, values @ weights, -1e9)
        highest = np.maximum(strengths.max(axis=1), 0.0)
        powers, empty = np.exp(strengths - highest[:, None]), np.exp(-highest)
        whole = powers.sum(axis=1) + empty
        shares = powers / whole[:, None]
        good = (shares * right).sum(axis=1) + nothing * empty / whole + 1e-9
        pull = counts[:, None] * shares * (1 - right / good[:, None])
        slope = np.einsum("qc,qcs->s", pull, values) + _FOR_LARGE * weights
        return float(-(counts * np.log(good)).sum() + _FOR_LARGE / 2 * weights @ weights), slope

    bounds = [(-_MOST_WEIGHT if name in _MAY_BE_NEGATIVE else 0.0, _MOST_WEIGHT) for name in SIGNS]
    begin = np.array([getattr(start, name) for name in SIGNS])
    found_weights = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 300}).x
    return replace(start, **dict(zip(SIGNS, map(float, found_weights), strict=True)))


def grown(found: Sequence[Case], by: Weights) -> lightgbm.Booster:
    """Trees that tell right articles from others."""
    rows = [case.features(by) for case in found]
    right = [flag for case in found for flag in case.is_right]
    weights = [case.labelled.counts for case in found for _ in case.ids]
    data = lightgbm.Dataset(np.vstack(rows), np.array(right, dtype=np.float64), weight=np.array(weights))
    return lightgbm.train(_TREES, data, _ROUNDS)


def with_thresholds(found: Sequence[Case], ranked: Sequence[Ranking], by: Weights) -> Weights:
    """The thresholds that are worth most under these weights, of all on a grid."""
    best, best_worth = by, -math.inf
    for answer_at, lead_at, choose_at, choose_each in product(_ANSWER_AT, _LEAD_AT, _CHOOSE_AT, _CHOOSE_EACH):
        tried = replace(by, answer_at=answer_at, lead_at=lead_at, choose_at=choose_at, choose_each=choose_each)
        tried_worth = worth(found, ranked, tried)
        if tried_worth > best_worth:
            best, best_worth = tried, tried_worth
    return replace(best, strict_at=(1 + best.answer_at) / 2)


def worth(found: Sequence[Case], ranked: Sequence[Ranking], by: Weights) -> float:
    """What the decisions on all questions are worth, per question."""
    total = weight = 0.0
    for case, ranking in zip(found, ranked, strict=True):
        verdict, ids = _decision(case, ranking, by)
        worths = {
            "answered right": 1.0,
            "answered wrong": -1.2,
            "offered right": 0.25 - 0.02 * len(ids),
            "offered wrong": -0.4,
            "unknown": 0.15 if case.has_answer else 0.3,
        }
        total += case.labelled.counts * worths[_fate(verdict, ids, case.labelled)]
        weight += case.labelled.counts
    return total / weight


def _packed(found: Sequence[Case]) -> tuple[Array, NDArray[np.bool_], Array, Array, Array]:
    values = np.zeros((len(found), ranker.MOST, len(SIGNS)))
    present = np.zeros((len(found), ranker.MOST), dtype=bool)
    right = np.zeros((len(found), ranker.MOST))
    for at, case in enumerate(found):
        for place, (signs, is_right) in enumerate(zip(case.signs, case.is_right, strict=True)):
            values[at, place] = [signs.get(name, 0.0) for name in SIGNS]
            present[at, place], right[at, place] = True, is_right
    nothing = np.array([float(NOTHING in case.labelled.right) for case in found])
    return values, present, right, nothing, np.array([case.labelled.counts for case in found])


# --- the command


def main(arguments: Sequence[str]) -> int:
    """Tune, print what it brought on questions that were tuned on and on others, write the files when asked to.

    With --ask only write down what the bot is to be asked.
    """
    files, _ = article_files.read_folder()
    every = [articles.from_file(file) for file in files]
    if "--ask" in arguments:
        _write_down_questions(every)
        return 0
    found = own_cases(every) if "--check" in arguments else list(cases(every, [*own_questions(), *titled()]))
    print(f"{len(every)} articles, {len(found)} questions, {len(_understood())} understood by the bot")
    start = search.weights()
    if "--check" in arguments:
        _print("weights in use", found, start, chances_of(found, start))
        return 0
    one, other = found[::2], found[1::2]
    half = fitted(one, start)
    trees = grown(one, half)
    unseen = chances_of(other, half, trees)
    half = with_thresholds(other, unseen, half)
    _print("learned on one half, thresholds and figures from the other", other, half, unseen)
    best = replace(fitted(found, half), **{name: getattr(half, name) for name in search.THRESHOLDS})
    print(search.as_toml(best))
    if "--write" in arguments:
        search.WEIGHTS_FILE.write_text(search.as_toml(best), encoding="utf-8")
        grown(found, best).save_model(str(ranker.FILE))
    return 0


def _write_down_questions(every: Sequence[Article]) -> None:
    phrases = [phrase for article in every for phrase in (article.text.question, *article.text.asked_as)]
    texts = [*phrases, *(labelled.query.question for labelled in (*own_questions(), *titled()))]
    plain = dict.fromkeys(reading.plain(text) for text in texts)
    ASKED.parent.mkdir(parents=True, exist_ok=True)
    ASKED.write_text("".join(json.dumps(text, ensure_ascii=False) + "\n" for text in plain), encoding="utf-8")
    print(f"{len(plain)} questions in {ASKED}")


_FATES = ("answered right", "answered wrong", "offered right", "offered wrong", "unknown")


def _fate(verdict: Verdict, ids: Sequence[str], labelled: Labelled) -> str:
    if verdict is Verdict.NONE:
        return "unknown"
    how = "answered" if verdict is Verdict.ANSWER else "offered"
    return f"{how} {'right' if labelled.right.intersection(ids) else 'wrong'}"


def _decision(case: Case, ranking: Ranking, by: Weights) -> tuple[Verdict, list[str]]:
    may_answer = bool(ranking) and search.is_allowed(case.signs[ranking[0][1]])
    verdict, shown = search.judge([chance for chance, _ in ranking], by, may_answer=may_answer)
    return verdict, [case.ids[at] for _, at in ranking[:shown]]


def _case(index: Index, labelled: Labelled) -> Case:
    """Keep the signs of the articles that any weights could bring to the front."""
    signs = search.read_signs(index, search.read(labelled.query))
    rough = sorted(signs, key=lambda at: -sum(max(value, 0.0) for value in signs[at].values()))
    kept = rough[: ranker.MOST]
    return Case(labelled, tuple(index.entries[at].article.id for at in kept), tuple(signs[at] for at in kept))


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
        query = _query(phrases[fold], article.object if is_asked_back else "")
        asked.append(Labelled(query, frozenset({article.id}), "phrasing left out"))
    return shortened, asked


def _is_living(article: Article) -> bool:
    known = names.known().things
    return any(name in known and known[name].is_living for name in article.text.objects)


def _print(title: str, found: Sequence[Case], by: Weights, ranked: Sequence[Ranking]) -> None:
    print(f"\n{title}: worth {worth(found, ranked, by):.3f} a question")
    print(f"{'':<36}{'asked':>6}{'answered right':>16}{'wrong':>8}{'offered right':>15}{'wrong':>8}{'unknown':>9}")
    for one in measure(found, by, ranked):
        shares = (one.answered_right, one.answered_wrong, one.offered_right, one.offered_wrong, one.unknown)
        cells = "".join(f"{share:>{width}.1%}" for share, width in zip(shares, (16, 8, 15, 8, 9), strict=True))
        print(f"{one.kind:<36}{one.asked:>6}{cells}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
