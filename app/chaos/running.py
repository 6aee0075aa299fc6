"""A run: a server of its own, people at their desks, processes that are killed, stopped and cut off, and the end of it all."""

import contextlib
import json
import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from datetime import time as time_of_day
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.process import BaseProcess
from pathlib import Path

import sqlalchemy as sa

from app import migrating
from app.chaos import checking, worker
from app.chaos.checking import Findings
from app.chaos.plan import Plan
from app.chaos.worker import Run
from app.stack.running import Ports, Stack
from core import outbox, people
from core.database import Database, DatabaseUnavailable
from core.people import Role
from handoff.states import LIVE
from handoff.tables import cases
from registry import experts, roster
from registry.roster import Days

FASTER = 120  # minutes of the cases in a minute of ours, so that offers run out and timers ring
_CONTEXT = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Trouble:
    """How often something happens to the processes, in seconds between two; 0 for never. `kinds`: what, with weights.

    Each kind happens once before chance decides.
    """

    every: float
    kinds: tuple[tuple[str, int], ...] = (
        ("killed", 8),
        ("stopped", 3),
        ("cut off", 3),
        ("crashed", 1),
        ("silenced", 2),
    )


NONE = Trouble(0)


@dataclass(frozen=True)
class Outcome:
    """What came of a run."""

    cases: int
    commands: int
    troubles: Counter[str]
    deaths: int
    findings: Findings
    seconds: float


def run(
    folder: Path, *, cases: int, processes: int, seconds: float, seed: int, trouble: Trouble = NONE, team: int = 4,
    capacity: int = 3, as_worker: Run = worker.work, patience: float = 600,
) -> Outcome:  # fmt: skip
    """Run once. After `seconds` of trouble all is brought to an end, for at most `patience` seconds; then it is looked at."""
    began = time.monotonic()
    overrides = {"CLOCK_URL": "", "DATABASE_URL": "", "REDIS_URL": ""}
    stack = Stack(folder / "stack", Ports.all_free(), overrides=overrides, say=lambda text: None)
    with _a_fast_clock() as clock_url:
        try:
            stack.start(parts=())
            plan = Plan(
                stack.values["DATABASE_URL"], stack.values["REDIS_URL"], clock_url, folder, seed, cases, processes, seconds,
                most_live=2 * team * capacity,  # more would wait anyway: experts have few hands
            )  # fmt: skip
            database = Database(plan.database_url, pool_size=2)
            _staff(database, team, capacity)
            crowd = _Crowd(plan, as_worker)
            scene = _Scene(crowd, database, stack)
            troubles = _make_trouble(scene, trouble, seconds, seed)
            plan.finishing.touch()
            _until_all_ended(database, crowd, cases, patience)
            plan.stopping.touch()
            crowd.end()
            findings = checking.look(database, plan)
            many, commands = _counts(database)
            database.close()
        finally:
            stack.stop()
            stack.erase()
    return Outcome(many, commands, troubles, crowd.deaths, findings, time.monotonic() - began)


class _Crowd:
    """The processes of a run; whoever dies is followed by another with the same journal."""

    def __init__(self, plan: Plan, as_worker: Run) -> None:
        (plan.folder / "began").write_text(str(time.time()), encoding="ascii")
        _CONTEXT.set_forkserver_preload(["app.chaos.ready"])
        self._plan, self._as_worker = plan, as_worker
        self.deaths = 0
        self.alive: list[BaseProcess] = [self._start(number) for number in range(plan.processes)]

    def _start(self, number: int) -> BaseProcess:
        process = _CONTEXT.Process(target=self._as_worker, args=(self._plan, number), daemon=True)
        process.start()
        return process

    def bury(self) -> None:
        """Start a successor for everybody who has died."""
        for number, process in enumerate(self.alive):
            if process.exitcode is not None:
                process.join()
                self.deaths += 1
                self.alive[number] = self._start(number)

    def end(self, patience: float = 60.0) -> None:
        until = time.monotonic() + patience
        for process in self.alive:
            process.join(max(until - time.monotonic(), 0.1))
            if process.exitcode is None:
                process.kill()
                process.join()


@dataclass(frozen=True)
class _Scene:
    """What trouble can be made for. `asleep`: who will be woken."""

    crowd: _Crowd
    database: Database
    stack: Stack
    asleep: list[threading.Timer] = field(default_factory=list)


def _make_trouble(scene: _Scene, trouble: Trouble, seconds: float, seed: int) -> Counter[str]:
    """Trouble for that long; what happened, counted."""
    chance, counted = random.Random(seed), Counter[str]()
    kinds = _kinds(trouble, chance)
    until, next_at = time.monotonic() + seconds, time.monotonic() + (trouble.every or seconds)
    while time.monotonic() < until:
        time.sleep(0.1)
        scene.crowd.bury()
        if trouble.every and time.monotonic() >= next_at:
            next_at += chance.uniform(0.5, 1.5) * trouble.every
            kind = next(kinds)
            with contextlib.suppress(ProcessLookupError, DatabaseUnavailable):
                _HAPPENS[kind](scene, chance.choice(scene.crowd.alive).pid or 0)
                counted[kind] += 1
    for timer in scene.asleep:
        timer.join()
    return counted


def _kinds(trouble: Trouble, chance: random.Random) -> Iterator[str]:
    names, weights = zip(*trouble.kinds, strict=True)
    yield from chance.sample(names, len(names))
    while True:
        yield chance.choices(names, weights)[0]


def _kill(scene: _Scene, victim: int) -> None:
    os.kill(victim, signal.SIGKILL)


def _stop(scene: _Scene, victim: int) -> None:
    """Longer than an offer lasts, as the fast clock has it; then it goes on as if nothing had been."""

    def wake() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGCONT)

    os.kill(victim, signal.SIGSTOP)
    scene.asleep.append(threading.Timer(7.0, wake))
    scene.asleep[-1].start()


def _cut_off(scene: _Scene, victim: int) -> None:
    """The database drops half of its connections, whatever they are in the middle of."""
    dropped = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND pid % 2 = 0"
    )
    with scene.database.transaction() as tx:
        tx.execute(sa.text(dropped))


def _crash(scene: _Scene, victim: int) -> None:
    """One backend is killed: PostgreSQL drops everybody and recovers from its log."""
    with scene.database.transaction() as tx:
        backend = tx.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    os.kill(backend, signal.SIGKILL)  # it waits in the pool


def _silence(scene: _Scene, victim: int) -> None:
    """Valkey is killed; the manager starts it again."""
    os.kill(scene.stack.pid("valkey"), signal.SIGKILL)


_HAPPENS = {"killed": _kill, "stopped": _stop, "cut off": _cut_off, "crashed": _crash, "silenced": _silence}


def _until_all_ended(database: Database, crowd: _Crowd, wanted: int, patience: float) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        time.sleep(0.5)
        crowd.bury()
        with contextlib.suppress(DatabaseUnavailable), database.transaction() as tx:
            farmers = tx.execute(sa.select(sa.func.count(cases.c.farmer_id.distinct()))).scalar_one()
            live = tx.execute(sa.select(sa.func.count()).where(cases.c.state.in_(LIVE))).scalar_one()
            if farmers >= wanted and live == 0 and outbox.waiting(tx) == 0:
                return


def _staff(database: Database, team: int, capacity: int) -> None:
    migrating.migrate(database)
    with database.transaction() as tx:
        people.hire(
            tx, username="chen", password="-", name="陈协调", roles={Role.COORDINATOR}, unit="县科协", demo=True
        )
        for number in range(team):
            one = people.hire(
                tx, username=f"expert{number}", password="-", name=f"专家{number}", roles={Role.EXPERT}, demo=True
            )
            experts.enrol(tx, one.id, capacity=capacity, level=1 + number % 2)
            roster.plan_rule(tx, one.id, Days.EVERY, time_of_day(), time_of_day(), first_day=date.min)


def _counts(database: Database) -> tuple[int, int]:
    with database.transaction() as tx:
        many = tx.execute(sa.select(sa.func.count()).select_from(cases)).scalar_one()
        commands = tx.execute(sa.select(sa.func.sum(cases.c.version + 1))).scalar_one()
    return many, int(commands or 0)


@contextlib.contextmanager
def _a_fast_clock() -> Iterator[str]:
    """The address of a clock that runs FASTER times as fast, which every process follows."""
    began = time.monotonic()

    class Face(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"offset_s": (time.monotonic() - began) * (FASTER - 1)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: it is asked several times a second."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Face)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
