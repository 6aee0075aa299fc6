"""How alike a question and the articles are, by the pieces that they share: characters side by side, or words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.preprocessing import normalize

_MOST_LIKE = 3  # an article that many of its ways of asking speak for is likelier than one with a single lucky one

Texts = Sequence[Sequence[str]]
Values = NDArray[np.float32]

# There are some 600,000 different pieces; two that meet in one place are taken for the same.
_PLACES_FOR_PIECES = 2**21


@dataclass(frozen=True)
class Alike:
    """For each entry the cosine (0 to 1) of the question and: its nearest way of asking, its nearest few (the mean),
    all of them taken together, and what the article says."""

    best: Values
    often: Values
    whole: Values
    told: Values


class Likeness:
    """The ways of asking of each entry and what it says, as vectors of weighed pieces.

    A piece counts for more the fewer entries hold it.
    """

    def __init__(self, asked: Texts, said: Texts, pieces_of: Callable[[str], Sequence[str]]) -> None:
        """`asked` holds the ways of asking of each entry, `said` the lines of its text; `pieces_of` takes a line apart."""
        phrases = [(phrase,) for own in asked for phrase in own]
        self._entries = len(asked)
        # Hashed, pieces need no dictionary: a changed article is on the shelf seconds sooner.
        self._counter = HashingVectorizer(
            analyzer=lambda lines: [piece for line in lines for piece in pieces_of(line)],
            n_features=_PLACES_FOR_PIECES, alternate_sign=False, norm=None, dtype=np.float32,
        )  # fmt: skip
        self._weigher = TfidfTransformer(sublinear_tf=True)
        if not phrases:
            return
        counts = self._counter.transform([*phrases, *said])
        of_phrases, of_texts = counts[: len(phrases)], counts[len(phrases) :]
        own = _membership(asked)
        self._weigher.fit(own @ of_phrases + of_texts)
        weighed = self._weigher.transform(of_phrases)
        self._phrases = weighed.T.tocsr()
        self._whole = normalize(own @ weighed).T.tocsr()
        self._texts = self._weigher.transform(of_texts).T.tocsr()
        self._places = _places(asked)

    def to(self, question: str) -> Alike:
        """How alike a question is to each entry."""
        if not self._entries:
            nothing = np.zeros(0, dtype=np.float32)
            return Alike(nothing, nothing, nothing, nothing)
        vector = self._weigher.transform(self._counter.transform([(question,)]))
        by_entry = np.append(_dense(vector @ self._phrases), np.float32(0))[self._places]
        return Alike(
            best=by_entry.max(axis=1),
            often=np.partition(by_entry, -_MOST_LIKE, axis=1)[:, -_MOST_LIKE:].mean(axis=1),
            whole=_dense(vector @ self._whole),
            told=_dense(vector @ self._texts),
        )


def _membership(asked: Texts) -> sparse.csr_matrix:
    """A row for each entry with a 1 for each of its ways of asking."""
    owners = [entry for entry, own in enumerate(asked) for _ in own]
    ones = np.ones(len(owners), dtype=np.float32)
    return sparse.csr_matrix((ones, (owners, np.arange(len(owners)))), shape=(len(asked), len(owners)))


def _places(asked: Texts) -> NDArray[np.int64]:
    """For each entry the places of its ways of asking; what is missing points behind the last, where a zero stands."""
    total = sum(map(len, asked))
    places = np.full((len(asked), max([_MOST_LIKE, *map(len, asked)])), total, dtype=np.int64)
    at = 0
    for entry, own in enumerate(asked):
        places[entry, : len(own)] = np.arange(at, at + len(own))
        at += len(own)
    return places


def _dense(row: sparse.csr_matrix) -> Values:
    dense: Values = row.toarray().ravel()
    return dense


def pieces(text: str) -> list[str]:
    """Pieces of one to three characters, without punctuation."""
    plain = "".join(character for character in text if character.isalnum())
    return [plain[at : at + length] for length in (1, 2, 3) for at in range(len(plain) - length + 1)]
