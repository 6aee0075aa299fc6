"""The worker as a process: does what is rung for, outlives what fails, and stops when it is told."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import redis
import sqlalchemy as sa

from app.doorbell import RedisDoorbell
from app.stack.running import Stack
from app.wiring import JOBS, fact_handlers
from conversations import facts, inbox
from conversations.incoming import Incoming, Kind
from conversations.links import Links
from conversations.tables import messages
from core import clock
from core.database import Database
from core.secrets import Secrets
from needs import facts as need_facts
from paging import facts as paging_facts
from tests.app.conftest import until

ROOT = Path(__file__).parent.parent.parent


class Worker:
    """A worker of its own, with its log."""

    def __init__(self, memory: Stack, log: Path) -> None:
        self._log = log
        environment = {**memory.environment, "dramatiq_restart_delay": "200", "LOG_JSON": "true"}
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "worker"], cwd=ROOT, env=environment, stdout=out, stderr=out
            )

    def has_said(self, *parts: str) -> bool:
        return any(all(part in line for part in parts) for line in self.said().splitlines())

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")


@pytest.fixture
def worker(memory: Stack, database: Database, tmp_path: Path) -> Iterator[Worker]:
    with redis.Redis.from_url(memory.values["REDIS_URL"]) as client:
        client.flushdb()
    worker = Worker(memory, tmp_path / "worker.log")
    until(lambda: worker.has_said("worker_started"))
    yield worker
    worker.process.kill()
    worker.process.wait()


def stored(database: Database) -> inbox.Written:
    """A message that waits for its turn."""
    openid = f"o-{uuid4()}"
    with database.transaction() as tx:
        return inbox.write_down(tx, Incoming(openid, f"{openid}:1", Kind.LINK, clock.now(), text="一篇文章"))


def is_done(database: Database, written: inbox.Written) -> bool:
    with database.transaction() as tx:
        return bool(
            tx.execute(sa.select(messages.c.state == "done").where(messages.c.id == written.message_id)).scalar_one()
        )


def test_a_worker_does_what_is_rung_for_outlives_what_fails_and_stops_when_told(
    worker: Worker, memory: Stack, database: Database
) -> None:
    bell = RedisDoorbell(memory.values["REDIS_URL"])
    written = stored(database)
    assert bell.ring("take_turns", str(written.conversation_id))
    until(lambda: is_done(database, written))

    assert bell.ring("deliver", "no id at all")
    assert bell.ring("a job nobody knows", str(uuid4()))
    until(lambda: worker.has_said("job_failed", "ValueError") and worker.has_said("job_failed", "KeyError"))
    again = stored(database)
    assert bell.ring("take_turns", str(again.conversation_id))
    until(lambda: is_done(database, again))
    assert worker.said().count("job_failed") == 2, "a job that failed is not tried again by itself"

    memory.manager.end("valkey")
    assert bell.ring("deliver", str(uuid4())) is False
    memory.manager.begin("valkey")
    later = stored(database)
    back = RedisDoorbell(memory.values["REDIS_URL"], quiet_seconds=0)
    until(lambda: back.ring("take_turns", str(later.conversation_id)))
    until(lambda: is_done(database, later))

    os.kill(worker.process.pid, signal.SIGTERM)
    assert worker.process.wait(30) == 0
    assert worker.has_said("worker_stopped")


def test_every_job_that_is_rung_for_leads_to_a_function() -> None:
    rung = set()
    for room in ("conversations", "webhook", "console", "app", "handoff", "needs"):
        for file in (ROOT / room).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            rung |= {part.split('"')[1] for part in text.split("doorbell.ring(")[1:] if part.startswith('"')}
    assert rung >= {"deliver", "fetch_media"}
    assert rung <= set(JOBS)
    assert all(callable(job) for job in JOBS.values())


def test_every_fact_that_a_room_speaks_about_has_its_handler() -> None:
    handlers = fact_handlers(Links("", Secrets("a secret of at least thirty-two characters")))
    assert set(handlers) >= {*facts.CASE_TOPICS, *facts.NEED_TOPICS, *need_facts.TOPICS}
    assert set(handlers) >= {*paging_facts.CASE_TOPICS, *paging_facts.NEED_TOPICS}
    for topic in set(need_facts.TOPICS) & set(facts.CASE_TOPICS):
        assert handlers[topic][0] is need_facts.move_need, "the need moves before it is spoken about"
