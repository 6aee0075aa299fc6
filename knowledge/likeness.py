"""How alike a question and the ways of asking are, by the pieces of characters that they share."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

_MOST_LIKE = 3  # an article that many of its ways of asking speak for is likelier than one with a single lucky one


class Likeness:
    """Ways of asking with the entries they belong to, as vectors of weighed character pieces (one to three)."""

    def __init__(self, masked: Sequence[str], owners: Sequence[int]) -> None:
        self._owners = np.asarray(owners, dtype=np.int64)
        self._vectorizer = TfidfVectorizer(
            analyzer=pieces, sublinear_tf=True, smooth_idf=True, lowercase=False, dtype=np.float32
        )
        self._phrases = self._vectorizer.fit_transform(masked) if masked else None

    def to(self, masked: str) -> tuple[Mapping[int, float], Mapping[int, float]]:
        """For each entry: the cosine of its most similar way of asking, and the mean of its best three."""
        if self._phrases is None:
            return {}, {}
        cosines = (self._phrases @ self._vectorizer.transform([masked]).T).tocoo()
        found: dict[int, list[float]] = defaultdict(list)
        for phrase, cosine in zip(cosines.row, cosines.data, strict=True):
            found[int(self._owners[phrase])].append(float(cosine))
        best = {entry: max(some) for entry, some in found.items()}
        often = {entry: sum(sorted(some)[-_MOST_LIKE:]) / _MOST_LIKE for entry, some in found.items()}
        return best, often


def pieces(masked: str) -> list[str]:
    """Pieces of one to three characters, without punctuation."""
    text = "".join(character for character in masked if character.isalnum())
    return [text[at : at + length] for length in (1, 2, 3) for at in range(len(text) - length + 1)]
