"""make bench's part on the queue: what a step of a case costs with few and with very many ended cases in the database.

Both databases are on one server and are asked in turn, so that whatever else the machine does hits both alike.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import sqlalchemy as sa

from app import migrating
from app.stack.running import Ports, Stack
from core import people
from core.database import Database, Transaction
from core.people import Role
from handoff import auditor, cases, machine, routing, tables
from handoff.orders import FARMER, Actor, Opening, Said
from handoff.states import Command, Kind
from registry import experts

FEW, MANY = 1_000, 100_000
ROUNDS = 300
EXPERTS = 20
_LIVE = 60  # cases that wait meanwhile

Seconds = dict[str, list[float]]


def measure() -> str:
    """The table: steps a second and their 99th percentile with few and with many ended cases, and the ratio of the medians."""
    with tempfile.TemporaryDirectory(prefix="nongwen-queue-") as folder:
        overrides = {"CLOCK_URL": "", "DATABASE_URL": "", "REDIS_URL": ""}
        stack = Stack(Path(folder), Ports.all_free(), overrides=overrides, say=lambda text: None)
        try:
            stack.start(parts=())
            desks = [_Desk(_database(stack, f"archive_{size}"), size) for size in (FEW, MANY)]
            taken: list[Seconds] = [{}, {}]
            for _ in range(ROUNDS):
                for desk, seconds in zip(desks, taken, strict=True):
                    desk.round(seconds)
            for desk in desks:
                desk.close()
        finally:
            stack.stop()
    return _table(*taken)


def _table(few: Seconds, many: Seconds) -> str:
    head = f"| step | a second, {FEW:,} ended | a second, {MANY:,} ended | 99th percentile, ms | 99th percentile, ms | median, ratio |"
    lines = [head, "| --- | --: | --: | --: | --: | --: |"]
    for step in few:
        one, other = few[step], many[step]
        cells = [
            *(f"{len(all_) / sum(all_):.0f}" for all_ in (one, other)),
            *(f"{statistics.quantiles(all_, n=100)[98] * 1000:.1f}" for all_ in (one, other)),
            f"{statistics.median(other) / statistics.median(one):.2f}",
        ]
        lines.append(f"| {step} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _database(stack: Stack, name: str) -> Database:
    url = sa.make_url(stack.values["DATABASE_URL"])
    first = Database(stack.values["DATABASE_URL"], pool_size=1)
    with first.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    first.close()
    database = Database(url.set(database=name).render_as_string(hide_password=False), pool_size=2)
    migrating.migrate(database)
    return database


class _Desk:
    """A database with so many ended cases, some that wait, and experts."""

    def __init__(self, database: Database, ended: int) -> None:
        self._database = database
        with database.transaction() as tx:
            self._experts = [_expert(tx, number) for number in range(EXPERTS)]
            for number in range(_LIVE):
                _open(tx, f"waiting-{number}")
            _fill(tx, ended, self._experts[0])
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))
        self._rounds = 0

    def close(self) -> None:
        self._database.close()

    def round(self, seconds: Seconds) -> None:
        """One case from its opening to its end, each step in a transaction of its own, and what runs beside it."""
        self._rounds += 1
        expert = self._experts[self._rounds % EXPERTS]
        case = self._step(seconds, "open", lambda tx: _open(tx, f"bench-{self._rounds}"))
        said = Said(text="先挖沟排水，再看叶背有没有虫。")
        self._step(seconds, "claim", lambda tx: machine.apply(tx, case, Command.CLAIM, expert).id)
        self._step(seconds, "answer", lambda tx: machine.apply(tx, case, Command.ANSWER, expert, said).id)
        self._step(seconds, "close", lambda tx: machine.apply(tx, case, Command.CONFIRM, FARMER).id)
        self._step(seconds, "the list of what waits", lambda tx: len(cases.queue(tx)))
        if self._rounds % 10 == 0:
            self._step(seconds, "the router's look at one case", lambda tx: self._look(tx))
            self._step(seconds, "the auditor's look", lambda tx: len(auditor.look(tx)))

    def _look(self, tx: Transaction) -> int:
        return len(routing.candidates(tx, cases.queue(tx, most=1)[0]))

    def _step[T](self, seconds: Seconds, name: str, act: Callable[[Transaction], T]) -> T:
        began = time.perf_counter()
        with self._database.transaction() as tx:
            done = act(tx)
        seconds.setdefault(name, []).append(time.perf_counter() - began)
        return done


def _expert(tx: Transaction, number: int) -> Actor:
    staff = people.hire(
        tx, username=f"bench{number}", password=uuid4().hex, name=f"专家{number}", roles={Role.EXPERT}, unit="农技站"
    )
    experts.enrol(tx, staff.id, capacity=50)
    return Actor.staff(staff)


def _open(tx: Transaction, openid: str) -> UUID:
    farmer = people.meet(tx, openid)
    opening = Opening(
        kind=Kind.QUESTION, conversation_id=uuid4(), farmer_id=farmer.id, question="辣椒叶子卷起来了", reason="no_answer"
    )  # fmt: skip
    return machine.open_case(tx, opening, FARMER).id


def _fill(tx: Transaction, ended: int, expert: Actor) -> None:
    """Copies of one case that was asked, taken, answered and closed, written by the database itself."""
    model = _open(tx, "archive")
    machine.apply(tx, model, Command.CLAIM, expert)
    machine.apply(tx, model, Command.ANSWER, expert, Said(text="先排水。"))
    machine.apply(tx, model, Command.CONFIRM, FARMER)
    tx.execute(sa.text("CREATE TEMPORARY TABLE copies ON COMMIT DROP AS SELECT gen_random_uuid() AS copy, number "
                       "FROM generate_series(1, :ended) AS number"), {"ended": ended})  # fmt: skip
    for table, own in (
        (
            tables.cases,
            {"id": "copy", "number": "'ARCHIVE-' || copies.number", "conversation_id": "gen_random_uuid()"},
        ),
        (tables.case_events, {"case_id": "copy", "idem_key": "NULL"}),
        (tables.case_entries, {"case_id": "copy"}),
    ):
        columns = [column.name for column in table.c]
        values = ", ".join(own.get(name, f"model.{name}") for name in columns)
        key = "id" if table is tables.cases else "case_id"
        tx.execute(
            sa.text(
                f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {values} FROM {table.name} AS model, copies "  # noqa: S608 - names of our own tables
                f"WHERE model.{key} = :model"
            ),
            {"model": model},
        )
