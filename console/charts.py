"""Where the lines and bars of a picture go. Numbers only, in the units of its view box; `pieces/charts.html` draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH = 360  # of every picture: the width of a telephone
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 352, 26, 166
_BAR_LEFT, _BAR_RIGHT, _ROW = 92, 326, 36
_MOST_DOTS = 31  # more days than that are a line without dots
_MOST_BARS = 20
_LONGEST_NAME = 6


@dataclass(frozen=True)
class Line:
    """One line of a picture. `points`: x and y of each value."""

    name: str
    points: tuple[tuple[float, float], ...]

    @property
    def path(self) -> str:
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)


@dataclass(frozen=True)
class Mark:
    """Something written beside an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Lines:
    """Lines over days. `ticks` are heights, `days` places along the foot. `dots`: whether single values are marked."""

    lines: tuple[Line, ...]
    ticks: tuple[Mark, ...]
    days: tuple[Mark, ...]
    dots: bool
    most: int


@dataclass(frozen=True)
class Bar:
    """One bar: how long it is, and its number."""

    length: float
    many: int


@dataclass(frozen=True)
class Row:
    """The bars of one person, from `y` downwards. `short`: as much of the name as there is room for."""

    name: str
    short: str
    y: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Bars:
    """Bars side by side, a row a person; `left_out` have no row for want of room."""

    rows: tuple[Row, ...]
    height: float
    left: float
    left_out: int


def over_days(days: Sequence[date], series: Sequence[tuple[str, Sequence[int]]]) -> Lines:
    """Lines over at least one day, all on one scale that begins at nothing."""
    most = max((value for _, values in series for value in values), default=0)
    top = _round_up(most)
    xs = [_LEFT + (_RIGHT - _LEFT) * (at / (len(days) - 1) if len(days) > 1 else 0.5) for at in range(len(days))]

    def y(value: float) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * value / top, 1)

    named = sorted({0, len(days) // 2, len(days) - 1})
    return Lines(
        lines=tuple(
            Line(name, tuple((round(x, 1), y(value)) for x, value in zip(xs, values, strict=True)))
            for name, values in series
        ),
        ticks=tuple(Mark(y(value), f"{value:g}") for value in (0, top // 2, top)),
        days=tuple(Mark(round(xs[at], 1), f"{days[at].month}月{days[at].day}日") for at in named),
        dots=len(days) <= _MOST_DOTS,
        most=most,
    )


def by_person(people: Sequence[tuple[str, Sequence[int]]]) -> Bars:
    """A row for each of the first people, with a bar for each of their numbers, all on one scale."""
    most = max((value for _, values in people for value in values), default=0) or 1
    rows = tuple(
        Row(
            name,
            name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…",
            _TOP + at * _ROW,
            tuple(Bar(round((_BAR_RIGHT - _BAR_LEFT) * value / most, 1), value) for value in values),
        )
        for at, (name, values) in enumerate(people[:_MOST_BARS])
    )
    return Bars(rows, _TOP + len(rows) * _ROW, _BAR_LEFT, max(0, len(people) - _MOST_BARS))


def _round_up(most: int) -> int:
    """The top of a scale: a round and even number, at which nothing is cut off."""
    step = 2
    while most > 10 * step:
        step *= 5 if str(step).startswith("2") else 2
    return max(step, -(-most // step) * step)
