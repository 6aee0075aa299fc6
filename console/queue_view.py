"""The report on the experts' queue as its page shows it: tables, pictures, and values in words."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import request

from console import charts, words
from core.database import Transaction
from handoff.states import Kind
from reports import asked as asking
from reports import queue_figures, queue_grids
from reports.about_cases import KIND_NAMES
from reports.asked import Asked, Choices
from reports.grids import Column, Value
from reports.period import Period
from reports.queue_figures import Figures
from reports.queue_grids import QueueGrids

_NARROWING = ("county", "kind", "object", "industry")
_DAY_SERIES = ("新开", "答复", "办结", "等我们")
_MINUTE = timedelta(minutes=1)
_PERSON_SERIES = ("接单", "答复")


@dataclass(frozen=True)
class QueueView:
    """What the page needs. `narrowed` are the words that the addresses of the page and of the file carry."""

    figures: Figures
    grids: QueueGrids
    choices: Choices
    kinds: tuple[tuple[str, str], ...]
    narrowed: dict[str, str]
    days: charts.Lines | None
    people: charts.Bars | None
    day_names: tuple[str, ...] = _DAY_SERIES
    person_names: tuple[str, ...] = _PERSON_SERIES


def asked_for(period: Period) -> Asked:
    """What the address of the page asks for."""
    args = request.args
    return asking.asked(
        period,
        county=args.get("county", ""),
        kind=args.get("kind", ""),
        object_=args.get("object", ""),
        industry=args.get("industry", ""),
    )


def view(tx: Transaction, asked: Asked) -> QueueView:
    figures = queue_figures.gather(tx, asked)
    return QueueView(
        figures=figures,
        grids=grids_of(figures),
        choices=asking.choices(tx, asked.period),
        kinds=tuple((str(kind), KIND_NAMES[kind]) for kind in Kind),
        narrowed=narrowed(asked),
        days=_days(figures),
        people=_people(figures),
    )


def grids_of(figures: Figures) -> QueueGrids:
    return queue_grids.as_grids(figures, words.outcome)


def narrowed(asked: Asked) -> dict[str, str]:
    values = (asked.county, str(asked.kind or ""), asked.object, asked.industry)
    return {name: value for name, value in zip(_NARROWING, values, strict=True) if value}


def shown(value: Value, column: Column) -> str:
    """A value of a table in words: 2小时10分, to the nearest minute; 33%; 11月2日; — for a figure that does not exist."""
    match value:
        case None:
            return "—"
        case timedelta():
            return words.length(_MINUTE * round(value / _MINUTE)) if value else "0"
        case datetime():
            return f"{value.month}月{value.day}日{value:%H:%M}"
        case date():
            return f"{value.month}月{value.day}日"
        case _:
            return f"{value}%" if column.unit == "%" else str(value)


def _days(figures: Figures) -> charts.Lines | None:
    days = figures.days
    if not days:
        return None
    values = (
        [day.opened for day in days],
        [day.answered for day in days],
        [day.resolved for day in days],
        [day.waiting for day in days],
    )
    return charts.over_days([day.day for day in days], list(zip(_DAY_SERIES, values, strict=True)))


def _people(figures: Figures) -> charts.Bars | None:
    works = figures.experts
    return charts.by_person([(work.name, (work.taken, work.answered)) for work in works]) if works else None
