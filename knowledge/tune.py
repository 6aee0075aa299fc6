"""Finds the weights, trees and thresholds of the search: `make tune`; `python -m knowledge.tune --help`.

It learns from four kinds of labelled questions, none of them a guess at a number:

* our own questions in tests/knowledge/article_questions.tsv, with the articles that answer them or `none`, two for
  every title in tuning_questions.tsv, and questions of farming that nothing answers in tuning_unanswered.tsv;
* every way of asking in the articles, asked while that phrasing is left out of the index, and a few as they stand;
* the ways of asking of articles that are themselves left out: then nothing should answer;
* sentences that are not ours and yet name a crop or an animal (nlu_data/out_of_scope*.yml): nothing should answer either.

What the bot makes of each question (crop, topic, problem) comes from a model that has not seen the articles
(`bot.understand`); where that is not given, the names that stand in a question are all that is known.

A wrong answer costs nearly as much as a right one earns: it names what it is about, and an expert is one digit away. A
choice that holds the right article earns a quarter, for many farmers will not take one more step, and less for every
further title. A wrong answer with the right title beneath earns about half of that: the title is as near, but
another article has to be read first. One that is akin to the right article is worth nearly as much as that. An expert's
answer comes later, and costs time.
Whatever is worth more, what is promised on our own questions (`PROMISED`) is kept. When a story is answered from its
clauses is found by the same worth, on stories that nothing else is learned from (tuning_stories.tsv).
"""

import argparse
import csv
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import lightgbm
import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import minimize

from knowledge import article_files, articles, names, ranker, reading, search, stories
from knowledge.articles import Article
from knowledge.asked import Query, read
from knowledge.index import Index
from knowledge.search import SIGNS, Verdict, Weights
from knowledge.signs import read_signs

QUESTIONS = Path(__file__).parent.parent / "tests" / "knowledge" / "article_questions.tsv"
# Two for each article, by writers who knew its title and had not read it.
TITLED = QUESTIONS.parent / "tuning_questions.tsv"
# By writers who knew all titles: near to an article, and not answered by it.
UNANSWERED = QUESTIONS.parent / "tuning_unanswered.tsv"
# Long stories, each written for an article by somebody who knew its title and what it looks at.
TOLD = QUESTIONS.parent / "tuning_stories.tsv"
NOT_OURS = Path(__file__).parent.parent / "nlu_data"
NOTHING = "none"
FOLDS = 5
_MOST_WEIGHT = 12.0
_FOR_LARGE = 2e-4
_TREES = {
    "objective": "binary", "learning_rate": 0.03, "num_leaves": 15, "min_data_in_leaf": 40, "lambda_l2": 1.0,
    "feature_fraction": 0.7, "bagging_fraction": 0.8, "bagging_freq": 1, "seed": 1, "deterministic": True,
    "force_row_wise": True, "num_threads": 2, "verbosity": -1,
}  # fmt: skip
_ROUNDS = 600
# Signs for an article cannot count against it, whatever chance says; only these may.
_MAY_BE_NEGATIVE = {
    "other_problem", "far_topic", "same_object", "mentioned_object", "larger_object", "member_object", "any_object",
    "unasked_object",
}  # fmt: skip
_OWN = "own questions"
_WEIGHTS = {_OWN: 4.0, "questions for titles": 2.0, "nothing answers": 2.0, "phrasing left out": 1.0, "question as written": 0.5,
            "article missing": 0.25, "not ours": 1.0, "stories": 1.0}  # fmt: skip
_WORTH_OF_AKIN = 0.7
_ANSWER_AT = [at / 100 for at in range(32, 88, 4)]
_LEAD_AT = [0.01, 0.05, 0.1, 0.2]
_CHOOSE_AT = [at / 100 for at in range(10, 70, 10)]
_CHOOSE_EACH = [0.12, 0.16, 0.2]
_STORY_SHARE_AT = [at / 100 for at in range(15, 60, 5)]
_STORY_MEAN_AT = [at / 100 for at in range(5, 45, 5)]

Understood = Mapping[str, Mapping[str, str]]
Ranking = list[tuple[float, int]]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """A question with the ids of the articles that answer it; NOTHING among them where no answer is right too."""

    query: Query
    right: frozenset[str]
    kind: str

    @property
    def counts(self) -> float:
        return _WEIGHTS[self.kind]


@dataclass(frozen=True)
class Case:
    """A labelled question with the articles that may answer it, and the signs for and against each."""

    labelled: Labelled
    articles: tuple[Article, ...]
    signs: tuple[Mapping[str, float], ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(article.id for article in self.articles)

    @property
    def is_right(self) -> list[bool]:
        return [id_ in self.labelled.right for id_ in self.ids]

    @property
    def has_answer(self) -> bool:
        return self.labelled.right != {NOTHING}

    def is_akin(self, id_: str) -> bool:
        """Whether an article of this case speaks for a right one: as good an answer, or nearly (`search.are_akin`)."""
        (one,) = (article for article in self.articles if article.id == id_)
        return any(search.are_akin(one, article) for article in self.articles if article.id in self.labelled.right)

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
    """How a kind of questions fared, in shares of the questions that have an answer, and of those that have none.

    Beside the answer is a right article that is only offered under a wrong one.
    """

    kind: str
    asked: int
    answered_right: float
    answered_beside: float
    answered_wrong: float
    offered_right: float
    offered_wrong: float
    unknown: float


@dataclass(frozen=True)
class Promise:
    """What holds for our own questions: the least share answered or offered right, and answered right; the most answered
    wrong, and answered wrong or with the right article beneath; the most answered of those that nothing answers."""

    useful: float
    right: float
    wrong: float
    not_right: float
    wrong_without_article: float

    def is_kept(self, results: Mapping[str, Result]) -> bool:
        """Whether results by kind keep it."""
        found, missing = results[f"{_OWN}, answerable"], results[f"{_OWN}, not answerable"]
        return (
            found.answered_right + found.offered_right >= self.useful
            and found.answered_right >= self.right
            and found.answered_wrong <= self.wrong
            and found.answered_beside + found.answered_wrong <= self.not_right
            and missing.answered_wrong <= self.wrong_without_article
        )


PROMISED = Promise(useful=0.94, right=0.9, wrong=0.02, not_right=0.03, wrong_without_article=0.03)


def read_understood(file: Path) -> Understood:
    """What the bot made of each text, as `bot.understand` wrote it."""
    with file.open(encoding="utf-8") as lines:
        return {row["text"]: row for row in map(json.loads, lines)}


@dataclass(frozen=True)
class Questions:
    """The labelled questions, with what the bot made of them where that is known."""

    understood: Understood

    def query(self, text: str, asked_back: str = "") -> Query:
        """A question as the bot passes it on; `asked_back` is the crop that the farmer named when asked."""
        plain = reading.plain(text)
        heard = self.understood.get(plain, {})
        return Query(
            plain,
            object=heard.get("object") or asked_back,
            topic=heard.get("topic") or "",
            problem=heard.get("problem") or "",
        )

    def own(self) -> Iterator[Labelled]:
        """Our own labelled questions."""
        yield from self._of_file(QUESTIONS, _OWN)

    def for_titles(self) -> Iterator[Labelled]:
        """The questions written for titles."""
        yield from self._of_file(TITLED, "questions for titles")

    def unanswered(self) -> Iterator[Labelled]:
        """The questions that no article answers."""
        yield from self._of_file(UNANSWERED, "nothing answers")

    def stories(self) -> Iterator[Labelled]:
        """The long stories."""
        yield from self._of_file(TOLD, "stories")

    def _written(self) -> Iterator[Labelled]:
        yield from (*self.own(), *self.for_titles(), *self.unanswered())

    def _of_file(self, file: Path, kind: str) -> Iterator[Labelled]:
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                yield Labelled(self.query(row["question"]), frozenset(row["expect"].split("|")), kind)

    def not_ours(self) -> Iterator[Labelled]:
        """What is not for this service and yet names something that articles are about; every second one will do."""
        book = names.known()
        naming = [text for text in map(reading.plain, _sentences_not_ours()) if book.find(text).objects]
        for text in naming[::2]:
            yield Labelled(Query(text), frozenset({NOTHING}), "not ours")

    def cases(self, every: Sequence[Article]) -> Iterator[Case]:
        """All labelled questions, read against the index they are asked of."""
        whole = Index.of(every)
        yield from (_case(whole, labelled) for labelled in self._written())
        yield from (_case(whole, labelled) for labelled in self.not_ours())
        for article in every:
            query = self.query(article.text.question)
            yield _case(whole, Labelled(query, frozenset({article.id}), "question as written"))
        for fold in range(FOLDS):
            shortened, asked = self._without_a_phrasing(every, fold)
            index = Index.of(shortened)
            yield from (_case(index, labelled) for labelled in asked)
        for fold in range(FOLDS):
            yield from self._without_articles(every, fold)

    def _without_a_phrasing(self, every: Sequence[Article], fold: int) -> tuple[list[Article], list[Labelled]]:
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
            is_asked_back = not read(Query(phrases[fold])).objects and _is_living(article)
            query = self.query(phrases[fold], article.object if is_asked_back else "")
            asked.append(Labelled(query, frozenset({article.id}), "phrasing left out"))
        return shortened, asked

    def _without_articles(self, every: Sequence[Article], fold: int) -> Iterator[Case]:
        """Two ways of asking of every article of a fold, while the articles of that fold are left out."""
        index = Index.of([article for at, article in enumerate(every) if at % FOLDS != fold])
        for article in (article for at, article in enumerate(every) if at % FOLDS == fold):
            for phrase in (article.text.question, article.text.asked_as[fold % len(article.text.asked_as)]):
                yield _case(index, Labelled(self.query(phrase), frozenset({NOTHING}), "article missing"))

    def texts(self, every: Sequence[Article]) -> list[str]:
        """Everything that the bot is to be asked, in plain Chinese, once."""
        phrases = [phrase for article in every for phrase in (article.text.question, *article.text.asked_as)]
        written = [labelled.query.question for labelled in (*self._written(), *self.stories())]
        return list(dict.fromkeys(reading.plain(text) for text in (*phrases, *written)))


def _sentences_not_ours() -> Iterator[str]:
    for file in sorted(NOT_OURS.glob("out_of_scope*.yml")):
        for part in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            if part.get("intent") == "out_of_scope":
                yield from (line.strip().removeprefix("-").strip() for line in part["examples"].splitlines())


def own_cases(every: Sequence[Article]) -> list[Case]:
    """Our own questions as they stand, read against all articles, without the bot."""
    whole = Index.of(every)
    return [_case(whole, labelled) for labelled in Questions({}).own()]


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


def with_thresholds(
    found: Sequence[Case], ranked: Sequence[Ranking], by: Weights, may_be: Callable[[Weights], bool]
) -> Weights:
    """The thresholds that are worth most on these questions, of all on a grid that may be.

    Raises LookupError when none may be.
    """
    best, best_worth = None, -math.inf
    for answer_at, lead_at, choose_at, choose_each in product(_ANSWER_AT, _LEAD_AT, _CHOOSE_AT, _CHOOSE_EACH):
        tried = replace(
            by, answer_at=answer_at, lead_at=lead_at, choose_at=choose_at, choose_each=choose_each,
            strict_at=(1 + answer_at) / 2,
        )  # fmt: skip
        if choose_at >= answer_at or not may_be(tried):
            continue
        tried_worth = worth(found, ranked, tried)
        if tried_worth > best_worth:
            best, best_worth = tried, tried_worth
    if best is None:
        raise LookupError("no thresholds keep what is promised")
    return best


def worth(found: Sequence[Case], ranked: Sequence[Ranking], by: Weights) -> float:
    """What the decisions on all questions are worth, per question."""
    total = weight = 0.0
    for case, ranking in zip(found, ranked, strict=True):
        verdict, ids = _decision(case, ranking, by)
        value = _worth_of(case.labelled, verdict, ids)
        is_akin = verdict is Verdict.ANSWER and case.is_akin(ids[0])
        total += case.labelled.counts * (max(value, _WORTH_OF_AKIN) if is_akin else value)
        weight += case.labelled.counts
    return total / weight


def _worth_of(labelled: Labelled, verdict: Verdict, ids: Sequence[str]) -> float:
    worths = {
        "answered right": 1.0,
        "answered beside": 0.1,
        "answered wrong": -0.8,
        "offered right": 0.25 - 0.02 * len(ids),
        "offered wrong": -0.3,
        "unknown": 0.25 if labelled.right == {NOTHING} else 0.1,
    }
    return worths[_fate(verdict, ids, labelled)]


def with_story_thresholds(told: Sequence[Labelled], index: Index, by: Weights, judge: ranker.Ranker) -> Weights:
    """The thresholds for stories that are worth most on these, of all on a grid."""
    heard = []
    for story in told:
        whole = search.fitting(story.query.question, search.rank(index, story.query, by, judge))
        if search.choose(whole, by).verdict is not Verdict.ANSWER:
            heard.append((story, stories.listen(index, story.query, whole, by, judge)))
    tried = [
        replace(by, story_share_at=share, story_mean_at=mean)
        for share, mean in product(_STORY_SHARE_AT, _STORY_MEAN_AT)
    ]
    best = max(tried, key=lambda one: sum(_worth_of(story, *_retold(said, one)) for story, said in heard))
    fates = Counter(_fate(*_retold(said, best), story) for story, said in heard)
    print(f"\n{len(told)} stories, of these taken clause by clause {len(heard)}: {dict(fates.most_common())}")
    return best


def _retold(heard: Sequence[stories.Heard], by: Weights) -> tuple[Verdict, list[str]]:
    found = stories.choose(heard, by)
    return found.verdict, [candidate.article.id for candidate in found.candidates]


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
    """Tune, and print what it brings on questions that were not learned from; --write keeps it."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.tune", description="Learn the search.")
    parser.add_argument("--ask", type=Path, metavar="FILE", help="only write down what the bot is to be asked")
    parser.add_argument("--understood", type=Path, metavar="FILE", help="what the bot made of it")
    parser.add_argument(
        "--check", action="store_true", help="only print how our own questions fare with what is in use"
    )
    parser.add_argument("--write", action="store_true", help="write search.toml and ranker.txt")
    chosen = parser.parse_args(arguments)
    files, _ = article_files.read_folder()
    every = [articles.from_file(file) for file in files]
    if chosen.ask:
        texts = Questions({}).texts(every)
        chosen.ask.write_text("".join(json.dumps(text, ensure_ascii=False) + "\n" for text in texts), encoding="utf-8")
    elif chosen.check:
        own = own_cases(every)
        _print("weights in use", own, search.weights(), chances_of(own, search.weights()))
    else:
        questions = Questions(read_understood(chosen.understood) if chosen.understood else {})
        weights, trees = learned(list(questions.cases(every)), own_cases(every))
        weights = with_story_thresholds(list(questions.stories()), Index.of(every), weights, ranker.Ranker(trees))
        print(search.as_toml(weights))
        if chosen.write:
            search.WEIGHTS_FILE.write_text(search.as_toml(weights), encoding="utf-8")
            trees.save_model(str(ranker.FILE))
    return 0


def learned(found: Sequence[Case], own: Sequence[Case]) -> tuple[Weights, lightgbm.Booster]:
    """Weights and trees from all questions; thresholds from the half that a first learning had not seen.

    Of the thresholds only those that keep, with the final trees, what is promised on our own questions.
    """
    one, other = found[::2], found[1::2]
    half = fitted(one, search.weights())
    unseen = chances_of(other, half, grown(one, half))
    best = fitted(found, half)
    trees = grown(found, best)
    ours = chances_of(own, best, trees)

    def keeps_promise(tried: Weights) -> bool:
        return PROMISED.is_kept({result.kind: result for result in measure(own, tried, ours)})

    thresholds = with_thresholds(other, unseen, best, keeps_promise)
    _print("learned on one half, thresholds and figures from the other", other, thresholds, unseen)
    _print("our own questions, without the bot, with what was learned from all", own, thresholds, ours)
    return thresholds, trees


_FATES = ("answered right", "answered beside", "answered wrong", "offered right", "offered wrong", "unknown")


def _fate(verdict: Verdict, ids: Sequence[str], labelled: Labelled) -> str:
    if verdict is Verdict.NONE:
        return "unknown"
    is_among = bool(labelled.right.intersection(ids))
    if verdict is Verdict.CHOOSE:
        return "offered right" if is_among else "offered wrong"
    if ids[0] in labelled.right:
        return "answered right"
    return "answered beside" if is_among else "answered wrong"


def _decision(case: Case, ranking: Ranking, by: Weights) -> tuple[Verdict, list[str]]:
    best = [(case.articles[at], case.signs[at]) for _, at in ranking[: search.MOST_CANDIDATES]]
    verdict, shown = search.judge(
        [chance for chance, _ in ranking],
        by,
        may_answer=bool(best) and search.is_allowed(best[0][1]),
        akin=search.akin(best),
        are_both_named=search.are_both_named(best),
    )
    return verdict, [case.ids[at] for _, at in ranking[:shown]]


def _case(index: Index, labelled: Labelled) -> Case:
    """Keep the signs of the articles that any weights could bring to the front."""
    signs = read_signs(index, read(labelled.query))
    rough = sorted(signs, key=lambda at: -sum(max(value, 0.0) for value in signs[at].values()))
    kept = rough[: ranker.MOST]
    return Case(labelled, tuple(index.entries[at].article for at in kept), tuple(signs[at] for at in kept))


def _is_living(article: Article) -> bool:
    known = names.known().things
    return any(name in known and known[name].is_living for name in article.text.objects)


def _print(title: str, found: Sequence[Case], by: Weights, ranked: Sequence[Ranking]) -> None:
    print(f"\n{title}: worth {worth(found, ranked, by):.3f} a question")
    print(
        f"{'':<36}{'asked':>6}{'answered right':>16}{'beside':>8}{'wrong':>8}{'offered right':>15}{'wrong':>8}{'unknown':>9}"
    )
    for one in measure(found, by, ranked):
        answered = (one.answered_right, one.answered_beside, one.answered_wrong)
        shares = (*answered, one.offered_right, one.offered_wrong, one.unknown)
        cells = "".join(f"{share:>{width}.1%}" for share, width in zip(shares, (16, 8, 8, 15, 8, 9), strict=True))
        print(f"{one.kind:<36}{one.asked:>6}{cells}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
