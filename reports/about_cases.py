"""How many cases, in which state, how soon they were answered, and how they ended."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from core import clock
from core.database import Transaction
from handoff import cases
from handoff.cases import Case
from handoff.states import STATE_NAMES, Kind, State
from reports.period import Period
from reports.tallies import Table, plain

KIND_NAMES = {Kind.QUESTION: "提问", Kind.NEED: "需求", Kind.INCIDENT: "紧急事件"}


@dataclass(frozen=True)
class FirstAnswers:
    """How soon people answered. Times are None while nothing has been answered."""

    opened: int
    answered: int
    in_time: int
    late: int
    typical: timedelta | None
    slowest_tenth: timedelta | None

    @property
    def share_in_time(self) -> int | None:
        """Of those answered or overdue, how many hundredths were answered in time."""
        judged = self.in_time + self.late
        return round(100 * self.in_time / judged) if judged else None


def tables(found: list[Case]) -> list[Table]:
    states = Counter(case.state for case in found)
    kinds = Counter(case.kind for case in found)
    return [
        plain("按状态", [(STATE_NAMES[state], states[state]) for state in State if states[state]]),
        plain("按类别", [(KIND_NAMES[kind], kinds[kind]) for kind in Kind if kinds[kind]]),
    ]


def opened_in(tx: Transaction, period: Period) -> list[Case]:
    return cases.opened_between(tx, period.start, period.end)


def _is_late(case: Case) -> bool:
    """Answered too late, or not at all though it is due; one that ended unanswered in time was not late."""
    return (case.first_answered_at or case.ended_at or clock.now()) > case.due_at


def first_answers(found: list[Case]) -> FirstAnswers:
    """From opening to the first answer by a person; incidents and merged cases are not answered and do not count."""
    counted = [case for case in found if case.kind is not Kind.INCIDENT and case.state is not State.MERGED]
    waits = sorted(case.first_answered_at - case.opened_at for case in counted if case.first_answered_at is not None)
    in_time = sum(case.first_answered_at is not None and case.first_answered_at <= case.due_at for case in counted)
    return FirstAnswers(
        opened=len(counted),
        answered=len(waits),
        in_time=in_time,
        late=sum(_is_late(case) for case in counted),
        typical=timedelta(seconds=median(wait.total_seconds() for wait in waits)) if waits else None,
        slowest_tenth=waits[int(0.9 * (len(waits) - 1))] if waits else None,
    )
