"""Tables of counts, and hiding the counts that are so small that they point at somebody."""

from collections.abc import Iterable
from dataclasses import dataclass

SMALLEST = 5  # reference: domain §5.2, statistics suppress cells below five
OTHERS = "其他"


@dataclass(frozen=True)
class Cell:
    """A line of a table: how many of what. `count` is None where it is too small to be shown."""

    name: str
    count: int | None

    @property
    def shown(self) -> str:
        return f"不足{SMALLEST}" if self.count is None else str(self.count)


@dataclass(frozen=True)
class Table:
    """A table of counts with its title, the largest first."""

    title: str
    cells: tuple[Cell, ...]

    @property
    def most(self) -> int:
        return max((cell.count or 0 for cell in self.cells), default=0) or 1


def plain(title: str, counts: Iterable[tuple[str, int]]) -> Table:
    """Counts of our own work, which point at nobody, in the order given."""
    return Table(title, tuple(Cell(name, count) for name, count in counts))


def personal(title: str, counts: Iterable[tuple[str, int]]) -> Table:
    """Counts that could point at a farmer: small ones are put together until they no longer do.

    When what was put together is itself below five, the smallest of the shown lines joins it, so that
    nobody can work out the hidden count from a total.
    """
    ordered = sorted(((name, count) for name, count in counts if count), key=lambda pair: (-pair[1], pair[0]))
    shown = [pair for pair in ordered if pair[1] >= SMALLEST]
    hidden = sum(count for _, count in ordered if count < SMALLEST)
    while 0 < hidden < SMALLEST and shown:
        hidden += shown.pop()[1]
    cells = [Cell(name, count) for name, count in shown]
    if hidden:
        cells.append(Cell(OTHERS if shown else "全部", hidden if hidden >= SMALLEST else None))
    return Table(title, tuple(cells))
