"""Tables with named columns, for a page and for a spreadsheet: the same figures in both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

Head = str | tuple[str, str]
Value = str | int | float | timedelta | date | datetime | None

_LENGTHS = {"小时": timedelta(hours=1), "分钟": timedelta(minutes=1)}


@dataclass(frozen=True)
class Column:
    """A column and the unit of what stands in it; a column of lengths names hours or minutes."""

    name: str
    unit: str = ""

    @property
    def head(self) -> str:
        """The name with the unit: 用时中位（小时）."""
        return f"{self.name}（{self.unit}）" if self.unit else self.name

    def number(self, value: Value) -> str | int | float | date | datetime | None:
        """A value as a cell of a spreadsheet has it: lengths as numbers in the unit of the column, two digits."""
        return round(value / _LENGTHS[self.unit], 2) if isinstance(value, timedelta) else value


@dataclass(frozen=True)
class Grid:
    """A table. Every row has as many values as there are columns; None is a figure that does not exist."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]


def grid(title: str, heads: Sequence[Head], rows: Sequence[Sequence[Value]]) -> Grid:
    """A table from names of columns, those with a unit as (name, unit). Raises ValueError for a row of another width."""
    columns = tuple(Column(head) if isinstance(head, str) else Column(*head) for head in heads)
    if any(len(row) != len(columns) for row in rows):
        raise ValueError(f"a row of {title} is not {len(columns)} wide")
    return Grid(title, columns, tuple(tuple(row) for row in rows))
