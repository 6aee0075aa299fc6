"""Connections cut at every statement, deadlocks, timeouts, and a server that goes away (reference: handoff §4.6).

Nothing is ever half-written, and the same press of a button with the same key has one effect.
"""

import itertools
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from app import migrating
from app.stack.running import Ports, Stack
from conversations.tables import deliveries
from core import outbox
from core.database import Database, DatabaseUnavailable, Transaction
from handoff import auditor, cases, machine
from handoff.orders import Actor, Said
from handoff.states import Command, State
from handoff.tables import case_entries, case_events, case_timers
from handoff.tables import cases as case_table
from registry.tables import experts
from tests.handoff.kit import Around, case_in, expert, opened, until_it_waits

KEY = "pressed-once"
TABLES = (case_table, case_events, case_entries, case_timers, experts, outbox.outbox, deliveries)
Step = Callable[[Transaction], object]
# Every command here is given to a case in this state, by one of the people around it.
GIVEN: dict[Command, tuple[State, str]] = {
    Command.CLAIM: (State.QUEUED, "stranger"),
    Command.OFFER: (State.QUEUED, "coordinator"),
    Command.DECLINE: (State.OFFERED, "owner"),
    Command.ANSWER: (State.ACTIVE, "owner"),
    Command.NOTE: (State.ACTIVE, "owner"),
    Command.TRANSFER: (State.ACTIVE, "owner"),
    Command.MERGE: (State.ACTIVE, "coordinator"),
    Command.RESOLVE: (State.WAITING_FARMER, "owner"),
    Command.REOPEN: (State.RESOLVED, "coordinator"),
}


def outcome(database: Database, step: Step) -> str:
    """What came of one step in a transaction of its own: "done", or that the database was away; a refusal rises."""
    try:
        with database.transaction() as tx:
            step(tx)
    except DatabaseUnavailable:
        return "away"
    return "done"


def everything(database: Database) -> dict[str, list[str]]:
    """All rows that a command may write, as text."""
    with database.transaction() as tx:
        return {table.name: sorted(str(row) for row in tx.execute(sa.select(table))) for table in TABLES}


def press(around: Around, command: Command) -> Step:
    """The command given by whom it is for, with the same key and the same words each time."""
    actor, said = getattr(around, GIVEN[command][1]), around.said()
    return lambda tx: machine.apply(tx, around.case.id, command, actor, said, idem_key=KEY)


class Cut:
    """Whether the connection was cut."""

    happened = False


@contextmanager
def cut_before(database: Database, statement: int) -> Iterator[Cut]:
    """The server drops the connection on which the so-manyth statement is about to run; 0: the one about to commit."""
    cut, count = Cut(), itertools.count(1)

    def drop(connection: Any) -> None:
        cut.happened = True
        backend = connection.connection.dbapi_connection.info.backend_pid
        with psycopg.connect(plain_url(database), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))

    def before_statement(connection: Any, *anything: Any) -> None:
        if statement and not cut.happened and next(count) == statement:
            drop(connection)

    def before_commit(connection: Any) -> None:
        if not statement and not cut.happened:
            drop(connection)

    sa.event.listen(database.engine, "before_cursor_execute", before_statement)
    sa.event.listen(database.engine, "commit", before_commit)
    try:
        yield cut
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", before_statement)
        sa.event.remove(database.engine, "commit", before_commit)


def plain_url(database: Database) -> str:
    return database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def check_cuts(database: Database, around: Around, command: Command) -> int:
    """Cut the command at its commit, then at each of its statements in turn, until it comes through; then press once more.

    Returns how many times it was cut.
    """
    before, step = everything(database), press(around, command)
    for statement in itertools.count():
        with cut_before(database, statement) as cut:
            came = outcome(database, step)
        if not cut.happened:
            break
        assert came == "away", f"cut at statement {statement}, and nobody noticed"
        assert everything(database) == before, f"something was half-written at statement {statement}"
    after = everything(database)
    assert (came, after == before) == ("done", False)
    assert outcome(database, step) == "done"
    assert everything(database) == after, "pressed again, done again"
    return statement


@pytest.mark.parametrize("command", GIVEN)
def test_a_connection_cut_at_any_statement_leaves_nothing_and_the_same_press_then_works_once(
    database: Database, command: Command
) -> None:
    with database.transaction() as tx:
        around = case_in(tx, GIVEN[command][0])
    assert check_cuts(database, around, command) > 5


def facts_told_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """As some systems tell others what happened before they know that it has."""
    write = outbox.write

    def at_once(tx: Transaction, topic: str, **ids: Any) -> None:
        with database.transaction() as own:
            write(own, topic, **ids)

    monkeypatch.setattr(outbox, "write", at_once)


def keys_ignored(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    apply: Any = machine.apply
    monkeypatch.setattr(machine, "apply", lambda *what, idem_key=None, **more: apply(*what, **more))


@pytest.mark.parametrize(
    ("plant", "found"), [(facts_told_at_once, "half-written"), (keys_ignored, "pressed again, done again")]
)
def test_a_planted_bug_is_found(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[Database, pytest.MonkeyPatch], None],
    found: str,
) -> None:
    with database.transaction() as tx:
        around = case_in(tx, State.ACTIVE)
    plant(database, monkeypatch)
    with pytest.raises(AssertionError, match=found):
        check_cuts(database, around, Command.NOTE)


def test_an_answer_whose_commit_was_not_heard_of_is_given_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as tx:
        around = case_in(tx, State.ACTIVE)
    commit, pressed = database.engine.dialect.do_commit, press(around, Command.ANSWER)

    def unheard(connection: Any) -> None:
        commit(connection)
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as deaf:
        deaf.setattr(database.engine.dialect, "do_commit", unheard)
        assert outcome(database, pressed) == "away"
    after = everything(database)
    assert outcome(database, pressed) == "done"
    assert everything(database) == after
    with database.transaction() as tx:
        assert [event.command for event in cases.events(tx, around.case.id)].count("answer") == 1


def test_whoever_loses_a_deadlock_has_written_nothing_and_presses_again(database: Database) -> None:
    with database.transaction() as tx:
        around = case_in(tx, State.QUEUED)
    before, step = everything(database), press(around, Command.CLAIM)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as tx:
            tx.execute(sa.text("SET LOCAL deadlock_timeout = '60s'"))  # the other one notices first, and gives in
            tx.execute(sa.select(case_table.c.id).where(case_table.c.id == around.case.id).with_for_update())
            claiming = pool.submit(outcome, database, step)
            until_it_waits(database, claiming)
            tx.execute(sa.select(experts.c.staff_id).where(experts.c.staff_id == around.stranger.id).with_for_update())
        assert claiming.result(timeout=20) == "away"
    assert everything(database) == before
    assert outcome(database, step) == "done"


@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
def test_a_command_that_takes_too_long_is_given_up_whole(database: Database, limit: str) -> None:
    with database.transaction() as tx:
        around = case_in(tx, State.ACTIVE)
    before, step = everything(database), press(around, Command.ANSWER)

    def slowly(tx: Transaction) -> None:
        tx.execute(sa.text(f"SET LOCAL {limit} = '200ms'"))
        step(tx)
        time.sleep(0.5)
        tx.execute(sa.text("SELECT pg_sleep(0.1)"))

    with database.transaction() as tx:
        if not limit.startswith("idle"):
            tx.execute(sa.select(case_table.c.id).where(case_table.c.id == around.case.id).with_for_update())
        assert outcome(database, slowly) == "away"
    assert everything(database) == before
    assert outcome(database, step) == "done"


# --- the whole server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Stack]:
    """A PostgreSQL of this test's own."""
    overrides = {"CLOCK_URL": "", "DATABASE_URL": "", "REDIS_URL": ""}
    stack = Stack(tmp_path / "stack", Ports.all_free(), overrides=overrides, say=lambda text: None)
    try:
        stack.start(parts=())
        yield stack
    finally:
        stack.stop()
        stack.erase()


class Hand:
    """An expert who takes, answers and closes cases, and presses every button until somebody says what came of it."""

    def __init__(self, database: Database, actor: Actor, own: list[Any]) -> None:
        self._database, self._actor, self._own = database, actor, own
        self.away = 0

    def work(self) -> None:
        for case_id in self._own:
            for command in (Command.CLAIM, Command.ANSWER, Command.RESOLVE):
                self._press(lambda tx, case=case_id, what=command: machine.apply(
                    tx, case, what, self._actor, Said(text="先排水", outcome="remote"), idem_key=f"{case}-{what}"
                ))  # fmt: skip
                time.sleep(0.02)

    def _press(self, step: Step) -> None:
        while outcome(self._database, step) == "away":
            self.away += 1
            time.sleep(0.05)


@pytest.mark.process
def test_a_server_stopped_and_crashed_and_started_again_has_every_command_once(server: Stack) -> None:
    database = Database(server.values["DATABASE_URL"], pool_size=6)
    migrating.migrate(database)
    with database.transaction() as tx:
        people = [expert(tx, f"expert{n}") for n in range(4)]
        found = [opened(tx, openid=f"o-{n}").id for n in range(120)]
    hands = [Hand(database, one, found[n::4]) for n, one in enumerate(people)]
    threads = [threading.Thread(target=hand.work) for hand in hands]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    server.manager.end("postgres")  # as an upgrade does it
    server.manager.begin("postgres")
    await_server(database)
    time.sleep(0.5)
    os.kill(server.pid("postgres"), signal.SIGQUIT)  # as a power cut does it; the manager starts it again
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    assert any(hand.away for hand in hands), "nobody noticed"
    with database.transaction() as tx:
        for case_id in found:
            assert [event.command for event in cases.events(tx, case_id)] == ["open", "claim", "answer", "resolve"]
            assert [entry.said_by for entry in cases.entries(tx, case_id)] == ["farmer", "expert"]
        facts = Counter(row.topic for row in tx.execute(sa.select(outbox.outbox.c.topic)))
        assert {facts[f"case_{what}"] for what in ("opened", "answered", "resolved")} == {len(found)}
        assert not [one for one in auditor.look(tx) if one.fault is not auditor.Fault.FACT_STUCK]
    database.close()


def await_server(database: Database) -> None:
    until = time.monotonic() + 60
    while not database.is_reachable():
        assert time.monotonic() < until, "the server did not come back"
        time.sleep(0.1)
