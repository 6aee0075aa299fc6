"""Whether a chance that the search gives is what it says: of the answers it holds 80 % likely, 80 % should be right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from matplotlib.figure import Figure

from app.measuring.judging import Fit, first_fit
from app.measuring.scores import Judged

_BINS = 8
_FEWEST = 40


@dataclass(frozen=True)
class Bin:
    """Questions of about the same chance: the mean of the chances, and how many of the best articles were right."""

    questions: int
    chance: float
    right: float


def bins_of(judged: Sequence[Judged], bins: int = _BINS) -> list[Bin]:
    """The questions whose best article was answered or offered first, by chance, in bins of about equal size.

    Left out are rows whose label does not say what an answer has to be about. Empty below 40 questions, where a curve
    would be chance itself.
    """
    points = sorted(
        (one.reply.chance, fit is Fit.RIGHT)
        for one in judged
        if one.reply.chance is not None and (fit := first_fit(one.label, one.reply)) is not None
    )
    if len(points) < _FEWEST:
        return []
    edges = [round(at * len(points) / bins) for at in range(bins + 1)]
    return [_bin(points[start:end]) for start, end in pairwise(edges)]


def _bin(points: Sequence[tuple[float, bool]]) -> Bin:
    return Bin(
        len(points),
        sum(chance for chance, _ in points) / len(points),
        sum(is_right for _, is_right in points) / len(points),
    )


def error(bins: Sequence[Bin]) -> float:
    """How far chances and shares are apart, weighed by questions (expected calibration error, 0 to 1)."""
    return sum(one.questions * abs(one.chance - one.right) for one in bins) / sum(one.questions for one in bins)


def draw(curves: Mapping[str, Sequence[Bin]], path: Path) -> None:
    """A picture of the curves: chance given against share right; the diagonal is what is meant."""
    figure = Figure(figsize=(6, 6), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="as it should be")
    for name, bins in curves.items():
        axes.plot([one.chance for one in bins], [one.right for one in bins], marker="o", label=name)
    axes.set(
        xlabel="chance that the search gives its best article",
        ylabel="share that is right",
        xlim=(0, 1),
        ylim=(0, 1.02),
    )
    axes.grid(alpha=0.3)
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
