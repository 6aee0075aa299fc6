"""How alike a question and the ways of asking are, by the pieces of characters that they share."""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

_MOST_LIKE = 3  # an article that many of its ways of asking speak for is likelier than one with a single lucky one


class Likeness:
    """The ways of asking of each entry, as vectors of weighed character pieces (one to three)."""

    def __init__(self, masked: Sequence[Sequence[str]]) -> None:
        """`masked` holds, for each entry, its ways of asking with the names of things masked."""
        phrases = [phrase for own in masked for phrase in own]
        self._vectorizer = TfidfVectorizer(analyzer=pieces, sublinear_tf=True, lowercase=False, dtype=np.float32)
        self._phrases = self._vectorizer.fit_transform(phrases) if phrases else None
        widest = max([_MOST_LIKE, *(len(own) for own in masked)])
        # For each entry the places of its phrases; what is missing points behind the last one, where a zero stands.
        self._places = np.full((len(masked), widest), len(phrases), dtype=np.int64)
        at = 0
        for entry, own in enumerate(masked):
            self._places[entry, : len(own)] = np.arange(at, at + len(own))
            at += len(own)

    def to(self, masked: str) -> tuple[Mapping[int, float], Mapping[int, float]]:
        """For each entry: the cosine of its most similar way of asking, and the mean of its best three."""
        if self._phrases is None:
            return {}, {}
        cosines = (self._phrases @ self._vectorizer.transform([masked]).T).toarray().ravel()
        by_entry = np.append(cosines, np.float32(0))[self._places]
        best = by_entry.max(axis=1)
        often = np.partition(by_entry, -_MOST_LIKE, axis=1)[:, -_MOST_LIKE:].mean(axis=1)
        alike = np.flatnonzero(best > 0)
        return (
            dict(zip(alike.tolist(), best[alike].tolist(), strict=True)),
            dict(zip(alike.tolist(), often[alike].tolist(), strict=True)),
        )


def pieces(masked: str) -> list[str]:
    """Pieces of one to three characters, without punctuation."""
    text = "".join(character for character in masked if character.isalnum())
    return [text[at : at + length] for length in (1, 2, 3) for at in range(len(text) - length + 1)]
