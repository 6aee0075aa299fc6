"""From the signs of the likeliest articles to the chance that each is the answer: gradient-boosted trees (LightGBM).

The trees are in ranker.txt, as text, made by `python -m knowledge.tune`. They know signs, not articles: an article
written today is judged like any other.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).parent / "ranker.txt"
MOST = 24  # as many articles as are looked at closely
_ABSENT = -9.0

Matrix = NDArray[np.float64]


@lru_cache(maxsize=1)
def known() -> "Ranker":
    """The ranker in use."""
    return Ranker(lightgbm.Booster(model_file=str(FILE)))


class Ranker:
    """Trees that give the chance of being the answer to each of the articles that compete for a question."""

    def __init__(self, booster: lightgbm.Booster) -> None:
        self._booster = booster

    def chances(self, features: Matrix) -> list[float]:
        """One chance (0 to 1) for each row of `features`."""
        if not len(features):
            return []
        found: Any = self._booster.predict(features, num_threads=1)
        return [float(chance) for chance in found]


def features(
    names: Sequence[str], signs: Sequence[Mapping[str, float]], strengths: Sequence[float], soft: Sequence[float]
) -> Matrix:
    """A row for each competitor: its signs, how far each leads or lags the others, its strength and its share."""
    values = np.array([[sign.get(name, 0.0) for name in names] for sign in signs], dtype=np.float64)
    if not len(values):
        return np.zeros((0, 2 * len(names) + 3))
    strength = np.array(strengths, dtype=np.float64)[:, None]
    return np.hstack([values, _leads(values), strength, np.array(soft, dtype=np.float64)[:, None], _leads(strength)])


def _leads(values: Matrix) -> Matrix:
    """For the best of a column its lead over the second, for all others how far they are behind the best."""
    best = values.max(axis=0)
    second = np.sort(values, axis=0)[-2] if len(values) > 1 else np.full(values.shape[1], _ABSENT)
    lead: Matrix = np.where(values >= best, values - second, values - best)
    return lead
