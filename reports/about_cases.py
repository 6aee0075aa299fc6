"""How many cases, in which state and of which kind. How soon they were answered: `reports/queue_figures.py`."""

from collections import Counter

from core.database import Transaction
from handoff import cases
from handoff.cases import Case
from handoff.states import STATE_NAMES, Kind, State
from reports.period import Period
from reports.tallies import Table, plain

KIND_NAMES = {Kind.QUESTION: "提问", Kind.NEED: "需求", Kind.INCIDENT: "紧急事件"}


def tables(found: list[Case]) -> list[Table]:
    states = Counter(case.state for case in found)
    kinds = Counter(case.kind for case in found)
    return [
        plain("按状态", [(STATE_NAMES[state], states[state]) for state in State if states[state]]),
        plain("按类别", [(KIND_NAMES[kind], kinds[kind]) for kind in Kind if kinds[kind]]),
    ]


def opened_in(tx: Transaction, period: Period) -> list[Case]:
    return cases.opened_between(tx, period.start, period.end)
