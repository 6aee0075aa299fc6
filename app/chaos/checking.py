"""What must not be after a run: read from the logs of the cases, what the farmers were told, and the journals of the processes."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.chaos.plan import Line, Plan, read
from conversations.tables import deliveries
from core import outbox
from core.database import Database, Transaction
from core.people import farmers
from handoff import auditor, cases
from handoff.states import LIVE, Command
from handoff.tables import case_entries, case_events
from handoff.tables import cases as case_table

_OWNERS_ALONE = frozenset({Command.ANSWER, Command.ASK_FARMER, Command.SNOOZE})
_TAKES = frozenset({Command.CLAIM, Command.ACCEPT})
_FREE = frozenset({"queued", "offered"})


@dataclass
class Findings:
    """Counts of what must not be, each zero on a sound system, with a few words about the first of each."""

    lost: int = 0
    double_owned: int = 0
    over_capacity: int = 0
    answered_twice: int = 0
    stuck: int = 0
    audit: int = 0
    errors: int = 0
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, what: str, about: object, many: int = 1) -> None:
        setattr(self, what, getattr(self, what) + many)
        self.examples.setdefault(what, str(about)[:200])

    @property
    def total(self) -> int:
        return sum(value for value in vars(self).values() if isinstance(value, int))


def look(database: Database, plan: Plan) -> Findings:
    """Everything that must not be, now that all processes have ended."""
    found = Findings()
    journals = [line for number in range(plan.processes) for line in read(plan.journal(number))]
    with database.transaction() as tx:
        events = _events(tx)
        _lost(tx, plan, journals, events, found)
        _owners(events, journals, found)
        _twice(tx, events, found)
        _stuck(tx, found)
        for finding in auditor.look(tx):
            found.add("audit", f"{finding.fault} {finding.about}")
        for case_id in events:
            if not _is_its_log(tx, case_id):
                found.add("audit", f"case {case_id} is not what its log says")
    for line in journals:
        if line["what"] == "over":
            found.add("over_capacity", line["about"])
        elif line["what"] == "error":
            found.add("errors", line["error"])
    return found


Log = dict[UUID, list[sa.Row[Any]]]


def _events(tx: Transaction) -> Log:
    found: Log = {}
    for row in tx.execute(sa.select(case_events).order_by(case_events.c.case_id, case_events.c.seq)):
        found.setdefault(row.case_id, []).append(row)
    return found


def _lost(tx: Transaction, plan: Plan, journals: list[Line], events: Log, found: Findings) -> None:
    """Farmers without a case, commands that were said to be done and are not in the log, answers that no farmer was told."""
    asked = set(
        tx.execute(sa.select(farmers.c.openid).join(case_table, case_table.c.farmer_id == farmers.c.id)).scalars()
    )
    for own in range(plan.cases):
        if f"o-chaos-{own}" not in asked:
            found.add("lost", f"farmer {own} has no case")
    keys = {event.idem_key for log in events.values() for event in log}
    for line in journals:
        if line["what"] == "done" and line["key"] not in keys:
            found.add("lost", f"{line['key']} was done and is not in the log")
    told = {(row.case_id, row.entry) for row in tx.execute(sa.select(deliveries.c.case_id, deliveries.c.entry))}
    said = sa.select(case_entries.c.case_id, case_entries.c.seq, case_entries.c.text).where(
        case_entries.c.said_by == "expert"
    )
    answers = {(event.case_id, event.idem_key) for log in events.values() for event in log if event.command == "answer"}
    for row in tx.execute(said):
        is_answer = (row.case_id, row.text.removeprefix("答复 ")) in answers
        if is_answer and (row.case_id, row.seq) not in told:
            found.add("lost", f"the farmer of {row.case_id} was not told {row.text}")


def _owners(events: Log, journals: list[Line], found: Findings) -> None:
    """Taken while somebody had it, acted on by somebody who had not, or by a page from before it changed hands."""
    meant = {line["key"]: line["epoch"] for line in journals if line["what"] == "done"}
    for case_id, log in events.items():
        owner, state, epoch = None, "", 0
        for event in log:
            if event.command in _TAKES and state not in _FREE:
                found.add("double_owned", f"{case_id} #{event.seq}: {event.command} from {state}")
            if event.command in _OWNERS_ALONE and event.actor_id != owner:
                found.add("double_owned", f"{case_id} #{event.seq}: {event.command} by another")
            if meant.get(event.idem_key, epoch) != epoch:
                found.add("double_owned", f"{case_id} #{event.seq}: {event.command} from an old page")
            owner, state, epoch = event.owner_id, event.to_state, event.epoch


def _twice(tx: Transaction, events: Log, found: Findings) -> None:
    said = sa.select(case_entries.c.text).where(case_entries.c.said_by == "expert", ~_merged())
    for text, many in Counter(tx.execute(said).scalars()).items():
        if many > 1:
            found.add("answered_twice", f"{text}: {many} times", many - 1)
    told = (
        sa.select(deliveries.c.case_id, deliveries.c.entry, sa.func.count().label("many"))
        .where(deliveries.c.entry.is_not(None), deliveries.c.kind == "text")
        .group_by(deliveries.c.case_id, deliveries.c.entry)
        .having(sa.func.count() > 1)
    )
    for row in tx.execute(told):
        found.add("answered_twice", f"told {row.many} times: {row.case_id} {row.entry}", row.many - 1)


def _merged() -> sa.ColumnElement[bool]:
    """What was said in a case that was merged stands in the other one as well."""
    return sa.exists().where(case_table.c.id == case_entries.c.case_id, case_table.c.state == "merged")


def _stuck(tx: Transaction, found: Findings) -> None:
    live = tx.execute(sa.select(case_table).where(case_table.c.state.in_(LIVE))).all()
    for row in live:
        found.add("stuck", f"{row.number} is still {row.state}")
    facts = outbox.waiting(tx)
    if facts:
        found.add("stuck", f"{facts} facts have not been carried up", facts)


def _is_its_log(tx: Transaction, case_id: UUID) -> bool:
    case, rebuilt = cases.get(tx, case_id), auditor.rebuilt(tx, case_id)
    return rebuilt is not None and (rebuilt.state, rebuilt.owner_id, rebuilt.epoch, rebuilt.version) == (
        case.state, case.owner_id, case.epoch, case.version,
    )  # fmt: skip
