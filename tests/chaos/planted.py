"""Processes of a run with a bug planted in them, by which the checks show that they would see it; and ones that kill themselves.

Each is a whole process' work, since a run starts its processes anew and knows nothing of what a test has changed.
"""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from app.chaos import worker
from app.chaos.plan import Plan
from core import outbox
from core.database import Database, Transaction
from handoff import guards, machine, records
from registry import experts

_DIES_ONCE_IN = 60


def slow_to_write(plan: Plan, number: int) -> None:
    """Whoever takes a case is a little slow between looking at the load and writing the case down. No bug by itself."""
    check: Any = guards.check_taker

    def slowly(*what: Any) -> None:
        check(*what)
        time.sleep(0.1)

    guards.check_taker = slowly
    worker.work(plan, number)


def without_expert_lock(plan: Plan, number: int) -> None:
    """The same, and nobody locks the expert's row."""
    experts.locked = experts.of
    slow_to_write(plan, number)


def without_epoch(plan: Plan, number: int) -> None:
    """An old page is as good as a new one."""
    check: Any = guards.check
    guards.check = lambda tx, case, command, actor, said, expected: check(tx, case, command, actor, said, None)
    worker.work(plan, number)


def without_outbox(plan: Plan, number: int) -> None:
    """What happened to a case is told after the commit, in the memory of the process, and so sometimes not at all."""
    write = records.write_facts

    def sometimes(*what: Any) -> None:
        if random.random() < 0.9:
            write(*what)

    records.write_facts = sometimes
    worker.work(plan, number)


def without_idempotency(plan: Plan, number: int) -> None:
    """A button pressed twice is two commands."""
    apply: Any = machine.apply
    machine.apply = lambda *what, idem_key=None, **more: apply(*what, **more)
    worker.work(plan, number)


def dies_before_commit(plan: Plan, number: int) -> None:
    """Now and then the process is killed when all is written and nothing committed."""
    _dies(lambda tx: _perhaps_die(), lambda: None)
    worker.work(plan, number)


def dies_after_commit(plan: Plan, number: int) -> None:
    """Now and then the process is killed after a commit, before it could tell anybody."""
    _dies(lambda tx: None, _perhaps_die)
    worker.work(plan, number)


def dies_while_carrying(plan: Plan, number: int) -> None:
    """Now and then whoever carries facts is killed when the words to the farmer are written and the fact is not marked done."""
    carry: Any = outbox._carry_one

    def dying(database: Database, handlers: Any) -> bool:
        last: Callable[..., None] = lambda tx, fact: _perhaps_die()  # noqa: E731
        return bool(carry(database, {topic: [*found, last] for topic, found in handlers.items()}))

    outbox._carry_one = dying
    worker.work(plan, number)


def _dies(before: Callable[[Transaction], None], after: Callable[[], None]) -> None:
    whole = Database.transaction

    @contextmanager
    def transaction(self: Database) -> Iterator[Transaction]:
        with whole(self) as tx:
            yield tx
            before(tx)
        after()

    Database.transaction = transaction  # type: ignore[method-assign]


def _perhaps_die() -> None:
    if random.random() < 1 / _DIES_ONCE_IN:
        os.kill(os.getpid(), signal.SIGKILL)
