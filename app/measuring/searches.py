"""The searches that are compared. Each is given the same articles and the same questions, as text and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import bm25s
import jieba
import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from app.measuring.questions import Question, phrases
from app.measuring.thresholds import Ranking
from knowledge import ranker, search
from knowledge.articles import Article
from knowledge.asked import Query, read
from knowledge.index import Index
from knowledge.ranker import Ranker
from knowledge.search import Candidate, Weights
from knowledge.signs import Relation, read_signs

_KEPT = 10


class Search(Protocol):
    """Something that ranks articles for a question."""

    def rank(self, asked: Question) -> Ranking: ...


class Words:
    """BM25 over the words that jieba cuts, as every search engine begins."""

    def __init__(self, every: Sequence[Article]) -> None:
        self._ids = [article.id for article in every]
        self._index = bm25s.BM25()
        self._index.index([_cut(text_of(article)) for article in every], show_progress=False)

    def rank(self, asked: Question) -> Ranking:
        return _best(self._ids, self._index.get_scores(_cut(asked.text)))


class Pieces:
    """The cosine of weighed pieces of one to three characters, question against article."""

    def __init__(self, every: Sequence[Article]) -> None:
        self._ids = [article.id for article in every]
        self._vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
        self._rows = self._vectorizer.fit_transform([text_of(article) for article in every])

    def rank(self, asked: Question) -> Ranking:
        return _best(self._ids, (self._rows @ self._vectorizer.transform([asked.text]).T).toarray().ravel())


class BySigns:
    """Some of our signs alone, added up, among the articles about the very thing that is asked about."""

    def __init__(self, index: Index, *names: str) -> None:
        self._index, self._names = index, names

    def rank(self, asked: Question) -> Ranking:
        signs = read_signs(self._index, read(Query(asked.text)))
        about = {at: one for at, one in signs.items() if one.get(Relation.SAME)} or signs
        scores = {at: sum(one.get(name, 0.0) for name in self._names) for at, one in about.items()}
        best = sorted(scores, key=lambda at: -scores[at])[:_KEPT]
        return [(self._index.entries[at].article.id, scores[at]) for at in best]


class InUse:
    """The search as it is in use."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def rank(self, asked: Question) -> Ranking:
        return by_the_rules(asked, search.rank(self._index, Query(asked.text)))


@dataclass(frozen=True)
class Learned:
    """Weights of the signs, and trees above them or none, that were learned from some questions."""

    weights: Weights
    trees: lightgbm.Booster | None = None

    def chances(self, signs: Sequence[Mapping[str, float]]) -> Sequence[float]:
        """How likely each of these competitors is the answer."""
        strengths = [search.strength(one, self.weights) for one in signs]
        shares = search.probabilities(strengths)
        if self.trees is None:
            return shares
        found = Ranker(self.trees).chances(ranker.features(search.SIGNS, signs, strengths, shares))
        return search.with_certainty(found, signs)


class Signs:
    """Our search with what was learned without the fold of the question asked."""

    def __init__(self, index: Index, learned: Sequence[Learned]) -> None:
        """`learned` has one for every fold, in order."""
        self._index, self._learned = index, learned

    def rank(self, asked: Question) -> Ranking:
        by = self._learned[asked.fold]
        signs = read_signs(self._index, read(Query(asked.text)))
        close = sorted(signs, key=lambda at: -search.strength(signs[at], by.weights))[: ranker.MOST]
        chances = by.chances([signs[at] for at in close])
        found = [
            Candidate(self._index.entries[at].article, chance, signs[at])
            for at, chance in zip(close, chances, strict=True)
        ]
        return by_the_rules(asked, sorted(found, key=lambda one: -one.score))


class Given:
    """Rankings that were made elsewhere, by what was asked."""

    def __init__(self, rankings: Mapping[str, Ranking]) -> None:
        self._rankings = rankings

    def rank(self, asked: Question) -> Ranking:
        return self._rankings[asked.text]


def by_the_rules(asked: Question, found: Sequence[Candidate]) -> Ranking:
    """As `knowledge.deciding` has it; what may not answer counts for nothing."""
    fitting = search.fitting(asked.text, found)[:_KEPT]
    return [(one.article.id, one.score if search.is_allowed(one.reasons) else 0.0) for one in fitting]


def text_of(article: Article) -> str:
    """Everything of an article that our own search reads."""
    text = article.text
    said = (text.title, *text.objects, *phrases(article), text.problem, text.look_for, text.first)
    return "\n".join((*said, *text.steps, *text.avoid))


def _cut(text: str) -> list[str]:
    return [word for word in jieba.lcut(text) if any(map(str.isalnum, word))]


def _best(ids: Sequence[str], scores: NDArray[np.floating[Any]]) -> Ranking:
    best = np.argsort(-scores, kind="stable")[:_KEPT]
    return [(ids[at], float(scores[at])) for at in best if scores[at] > 0]
