"""The questions that searches are compared with: our own, and one way of asking of each article that it is not told."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge import asked, reading, tune
from knowledge.articles import Article

FOLDS = 5


@dataclass(frozen=True)
class Question:
    """What is asked, the ids that answer it (tune.NOTHING where no answer is right too), and what it was learned by.

    A search that learns from questions may not have seen those of the same `fold`.
    """

    text: str
    right: frozenset[str]
    fold: int

    @property
    def has_answer(self) -> bool:
        return self.right != {tune.NOTHING}


@dataclass(frozen=True)
class Asked:
    """What searches are asked: our own questions, and the ways of asking that were left out of the articles."""

    own: Sequence[Question]
    left_out: Sequence[Question]

    @property
    def all(self) -> list[Question]:
        return [*self.own, *self.left_out]


@dataclass(frozen=True)
class Folds:
    """Parts questions so that everything about one article lies in one part; `owners` has the article of each phrase."""

    owners: Mapping[str, str]

    @classmethod
    def of(cls, every: Iterable[Article]) -> "Folds":
        return cls({reading.plain(phrase): one.id for one in every for phrase in phrases(one)})

    def fold(self, text: str, right: frozenset[str]) -> int:
        """The part of a question: that of its article, or its own where it belongs to none."""
        named = min(right - {tune.NOTHING}, default="")
        return zlib.crc32((self.owners.get(text) or named or text).encode()) % FOLDS


def own(every: Iterable[Article], folds: Folds) -> list[Question]:
    """Our own labelled questions that one of these articles answers, and those that have no answer at all."""
    known = {article.id for article in every}
    return [
        Question(one.query.question, one.right, folds.fold(one.query.question, one.right))
        for one in tune.Questions({}).own()
        if one.right & known or one.right == {tune.NOTHING}
    ]


def left_out(every: Sequence[Article], folds: Folds) -> tuple[list[Article], list[Question]]:
    """The articles without one of their ways of asking each, and those ways as questions.

    Who does not say which crop is asked back; here the name stands before the question, so that every search hears it.
    """
    shortened, asked = [], []
    for at, article in enumerate(every):
        said = article.text.asked_as
        if not said:
            shortened.append(article)
            continue
        chosen = at % len(said)
        kept = article.text.model_copy(update={"asked_as": (*said[:chosen], *said[chosen + 1 :])})
        shortened.append(replace(article, text=kept))
        text, right = reading.plain(said[chosen]), frozenset({article.id})
        asked.append(Question(_naming_the_crop(text, article), right, folds.fold(text, right)))
    return shortened, asked


def phrases(article: Article) -> tuple[str, ...]:
    """Everything that an article says it is asked as."""
    return (article.text.question, *article.text.asked_as)


def _naming_the_crop(text: str, article: Article) -> str:
    objects = article.text.objects
    return text if not objects or asked.read(asked.Query(text)).objects else f"{objects[0]}{text}"
