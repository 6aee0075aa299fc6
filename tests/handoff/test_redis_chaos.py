"""Valkey killed, emptied, paused, made read-only or never there, while cases are routed, answered and sent (reference:
handoff §4.5): nothing is lost, every fact is carried up in the end, and the net works without the doorbell.

Worker and clock are real processes; the platform is a stand-in that counts what it is given.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import redis

from app.doorbell import RedisDoorbell
from app.stack.running import Stack
from conversations import deliveries
from conversations.services import Services
from core import clock, outbox
from core.errors import Refused
from core.people import Role, Staff
from handoff import cases, machine
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Said
from handoff.states import Command, State
from registry import roster
from tests.app.conftest import until
from tests.console import desk
from tests.webhook.api_side import Api

pytestmark = pytest.mark.process
ROOT = Path(__file__).parent.parent.parent
CASES = 12
TROUBLED_SECONDS = 6.0


class House:
    """Worker and clock as processes, experts who answer whatever is offered to them, and the platform's side."""

    def __init__(self, services: Services, memory: Stack, api: Api, logs: Path) -> None:
        self.services, self.memory, self.api = services, memory, api
        self.kills = 0
        self._logs = logs
        self._parts: dict[str, subprocess.Popen[bytes]] = {}
        self._over = threading.Event()
        self._bell = RedisDoorbell(memory.values["REDIS_URL"])

    def begin(self, part: str) -> None:
        environment = {**self.memory.environment, "WECHAT_API_URL": self.api.url, "dramatiq_restart_delay": "200"}
        with (self._logs / f"{part}.log").open("ab") as out:
            self._parts[part] = subprocess.Popen(
                [sys.executable, "-m", "app", part], cwd=ROOT, env=environment, stdout=out, stderr=out
            )
        until(lambda: f"{part}_started" in (self._logs / f"{part}.log").read_text(encoding="utf-8"))

    def kill(self, part: str) -> None:
        """kill -9, as if out of memory; begun again, as the process manager would."""
        self.kills += 1
        self._parts[part].kill()
        self._parts[part].wait()
        self.begin(part)

    def kill_valkey(self) -> None:
        """kill -9; the process manager starts it again."""
        self.kills += 1
        with suppress(ProcessLookupError):  # it is on its way up from the kill before
            os.kill(self.memory.pid("valkey"), signal.SIGKILL)

    @property
    def valkey(self) -> redis.Redis:
        return redis.Redis.from_url(self.memory.values["REDIS_URL"], socket_timeout=5)

    def end(self) -> None:
        self._over.set()
        for process in self._parts.values():
            process.kill()
            process.wait()

    def open_cases(self) -> list[Case]:
        """One case after the other, so that each finds the trouble at another point."""
        opened = []
        for number in range(CASES):
            opened.append(desk.ask(self.services, f"叶子发黄{number}", openid=f"o-{number:02}"))
            time.sleep(TROUBLED_SECONDS / CASES)
        return opened

    def answer_what_is_offered(self, expert: Staff) -> None:
        """Accept and answer until it is over, and ring as the console does."""
        actor = Actor.staff(expert)
        while not self._over.wait(0.1):
            for case in self._offered_to(expert.id):
                with suppress(Refused):  # the offer ended, or somebody else has it
                    self._do(case, Command.ACCEPT, actor)
                    self._do(case, Command.ANSWER, actor, text=f"答复{case.number}")

    def _offered_to(self, expert_id: UUID) -> list[Case]:
        with self.services.database.transaction() as tx:
            return cases.queue(tx, {State.OFFERED}, owner_id=expert_id)

    def _do(self, case: Case, command: Command, actor: Actor, text: str = "") -> None:
        with self.services.database.transaction() as tx:
            machine.apply(tx, case.id, command, actor, Said(text=text))
        self._bell.ring("carry_facts", "now")

    def sent(self) -> Counter[tuple[str, str]]:
        """What the platform was given, as (openid, words)."""
        calls = [call.json for call in self.api.asked("/cgi-bin/message/custom/send")]
        return Counter((call["touser"], call["text"]["content"]) for call in calls)

    def lost(self, opened: list[Case]) -> list[str]:
        """The cases whose farmer has not got the answer."""
        words = {text for _, text in self.sent()}
        return [case.number for case in opened if not any(f"答复{case.number}" in text for text in words)]

    def undone(self) -> int:
        """Facts that are not carried up, and words that are not sent."""
        with self.services.database.transaction() as tx:
            return outbox.waiting(tx) + len(deliveries.conversations_with_due(tx))

    def twice(self) -> int:
        return sum(count - 1 for count in self.sent().values())


@pytest.fixture
def house(services: Services, memory: Stack, tmp_path: Path) -> Iterator[House]:
    """The house with experts on duty; nothing runs yet."""
    api = Api()
    house = House(services, memory, api, tmp_path)
    with ExitStack() as after:
        after.callback(api.stop)
        after.callback(_restore, memory)
        after.callback(house.end)
        house.valkey.flushall()
        now = clock.now()
        for name in ("wang", "li", "zhao"):
            expert = desk.hire(services, name, Role.EXPERT, capacity=20)
            with services.database.transaction() as tx:
                roster.plan_single(tx, expert.id, now - timedelta(hours=1), now + timedelta(days=1))
            threading.Thread(target=house.answer_what_is_offered, args=(expert,), daemon=True).start()
        yield house


def _restore(memory: Stack) -> None:
    """Valkey as the other tests know it: there, empty and writable."""
    with suppress(ProcessLookupError):
        os.kill(memory.pid("valkey"), signal.SIGCONT)
    memory.manager.begin("valkey")
    with redis.Redis.from_url(memory.values["REDIS_URL"]) as client:
        until(lambda: _is_there(client))
        client.replicaof("NO", "ONE")
        client.flushall()


def _is_there(client: redis.Redis) -> bool:
    with suppress(redis.RedisError):
        return bool(client.ping())
    return False


# --- the troubles: each goes on until it is told that it is enough


def killed(house: House) -> None:
    """Valkey and the worker in turn, each -9."""
    house.kill_valkey()
    time.sleep(1)
    house.kill("worker")


def emptied(house: House) -> None:
    """Every ring, every token, every sign of life is gone."""
    for _ in range(20):
        house.valkey.flushall()
        time.sleep(0.05)


def paused(house: House) -> None:
    """It takes connections and answers nothing, longer than anybody's patience."""
    pid = house.memory.pid("valkey")
    os.kill(pid, signal.SIGSTOP)
    time.sleep(2.5)
    os.kill(pid, signal.SIGCONT)
    time.sleep(0.5)


def read_only(house: House) -> None:
    """A replica of a dead host: it answers, and takes nothing."""
    house.valkey.replicaof("127.0.0.1", "1")
    time.sleep(2.5)
    house.valkey.replicaof("NO", "ONE")
    time.sleep(0.5)


@contextmanager
def going_on(trouble: Callable[[House], None], house: House) -> Iterator[None]:
    """The trouble again and again beside what is done meanwhile."""
    until_then = time.monotonic() + TROUBLED_SECONDS

    def again() -> None:
        while time.monotonic() < until_then:
            with suppress(redis.RedisError):  # the trouble before has not passed
                trouble(house)

    thread = threading.Thread(target=again)
    thread.start()
    yield
    thread.join()


def all_is_well(house: House, opened: list[Case]) -> None:
    until(lambda: not house.lost(opened) and house.undone() == 0, seconds=90)
    assert house.twice() <= house.kills


@pytest.mark.parametrize("trouble", [killed, emptied, paused, read_only])
def test_whatever_befalls_valkey_every_farmer_gets_his_answer_once(
    house: House, trouble: Callable[[House], None]
) -> None:
    house.begin("worker")
    house.begin("clock")
    with going_on(trouble, house):
        opened = house.open_cases()
    all_is_well(house, opened)


def test_with_no_valkey_from_the_start_the_net_does_it_all(house: House) -> None:
    house.memory.manager.end("valkey")
    house.begin("worker")
    house.begin("clock")
    all_is_well(house, house.open_cases())
    house.memory.manager.begin("valkey")


def test_rings_alone_would_not_do(house: House) -> None:
    """The bug that these tests would see: with nobody who looks at the rows, a ring that is lost is a fact that is lost."""
    house.begin("worker")
    house.memory.manager.end("valkey")
    case = desk.ask(house.services, "叶子发黄")
    with house.services.database.transaction() as tx:
        machine.apply(tx, case.id, Command.CANCEL, FARMER, Said(reason="不用了"))
    house.memory.manager.begin("valkey")
    time.sleep(3)
    assert house.undone() > 0
    house.begin("clock")
    until(lambda: house.undone() == 0)
