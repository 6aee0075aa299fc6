"""By when a farmer is told that somebody answers. What was promised is kept in mind: he is apologised to once it has passed.

It may be later than `due_at`, by which staff are measured: nobody answers before they are on duty.
"""

from dataclasses import dataclass
from datetime import datetime

from core import clock
from core.database import Transaction
from handoff import cases as reading
from handoff import deadlines, routing, schedule
from handoff.cases import Case
from handoff.tables import cases


@dataclass(frozen=True)
class Promise:
    """`by`: when somebody has answered; `start`: when somebody is on duty, None where nobody will be for two weeks."""

    by: datetime
    start: datetime | None
    is_there: bool


def first_answer(tx: Transaction, case: Case) -> Promise:
    """Promise an answer to a case that was just opened, or opened again."""
    at = clock.now()
    start = routing.first_on_duty(tx, case, at=at)
    is_there, by = start is not None and start <= at, case.due_at
    if start is not None and not is_there:
        by = max(by, deadlines.first_answer(case.urgency, start))
    tx.execute(cases.update().where(cases.c.id == case.id).values(promised_by=by))
    schedule.set_timers(tx, reading.get(tx, case.id))
    return Promise(by, start, is_there)
