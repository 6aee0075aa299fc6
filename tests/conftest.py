"""Fixtures for every test: a real PostgreSQL and Valkey, started once, and services with stand-ins at the borders."""

import contextlib
import itertools
import os
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from app import migrating
from app.stack.homes import Home  # noqa: F401 - re-exported for tests that start stacks of their own
from app.stack.running import Ports, Stack
from conversations import turns
from conversations.services import Services
from core import clock, people
from core.database import Database, Transaction, metadata
from core.jobs import SilentDoorbell
from core.secrets import Secrets
from core.settings import Settings
from knowledge.shelf import Shelf
from registry import worktime
from tests.stand_ins import ScriptedBot, SpyChannel

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A PostgreSQL and a Valkey of our own, gone with the tests."""
    stack = Stack(
        tmp_path_factory.mktemp("memory"),
        Ports.all_free(),
        overrides={"CLOCK_URL": "", "DATABASE_URL": "", "REDIS_URL": ""},
        say=lambda text: None,
    )
    stack.start(parts=())
    yield stack
    stack.stop()


@pytest.fixture(scope="session")
def migrated(memory: Stack) -> Iterator[Database]:
    """The database with its tables, shared by every test of this process."""
    database = Database(memory.values["DATABASE_URL"], pool_size=10)
    migrating.migrate(database)
    yield database
    database.close()


@pytest.fixture
def database(migrated: Database) -> Iterator[Database]:
    """The database, empty. For tests that commit."""
    _empty(migrated)
    yield migrated
    _empty(migrated)


def _empty(database: Database) -> None:
    """Deleting some rows takes a fraction of truncating forty tables."""
    deletions = "; ".join(f'DELETE FROM "{table.name}"' for table in metadata.sorted_tables)
    with database.transaction() as tx:
        tx.execute(
            sa.text(f"SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off; {deletions}")
        )


@pytest.fixture
def tx(migrated: Database) -> Iterator[Transaction]:
    """A transaction that is rolled back. For tests of functions that never commit."""
    with migrated.engine.connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()


@pytest.fixture
def bot() -> ScriptedBot:
    return ScriptedBot()


@pytest.fixture
def channel() -> SpyChannel:
    return SpyChannel()


@pytest.fixture
def settings(memory: Stack, tmp_path: Path) -> Settings:
    """Settings as the parts see them, with a media folder of this test's own."""
    return Settings.from_mapping({**memory.environment, "NONGWEN_HOME": str(tmp_path)})


@pytest.fixture(autouse=True, scope="session")
def _passwords_cost_little() -> None:
    """A password is meant to take long; hundreds of demo staff need not."""
    people._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(autouse=True)
def _no_worker_fetches_media(monkeypatch: pytest.MonkeyPatch) -> None:
    """In room tests nobody fetches photos meanwhile, so that waiting for them is of no use."""
    monkeypatch.setattr(turns, "_MEDIA_MOMENT_SECONDS", 0.0)


@pytest.fixture
def services(database: Database, settings: Settings, bot: ScriptedBot, channel: SpyChannel) -> Services:
    """The service with an empty database, a scripted bot and a channel that only notes what it was given."""
    return Services(
        settings=settings,
        database=database,
        secrets=Secrets(settings.secret_key),
        bot=bot,
        channel=channel,
        doorbell=SilentDoorbell(),
        shelf=Shelf(),
        speech=None,
        close=lambda: None,
    )


@pytest.fixture(autouse=True)
def working_morning(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ten o'clock of a Monday with a week of working days ahead: who is there, and what is due when, depends on the hour.

    What has processes or a browser of its own goes by the time that it is.
    """
    ours = clock._clock  # a test may put another in its place
    if not any(request.node.get_closest_marker(name) for name in ("journey", "browser", "process")):
        ours.put(next_working_monday())
    yield
    ours._offset = 0.0


def next_working_monday() -> datetime:
    """Ten o'clock in China of the next Monday that begins five working days."""
    today = datetime.now(worktime.CHINA).date()
    mondays = (today + timedelta(days=7 * week - today.weekday()) for week in itertools.count(1))
    monday = next(day for day in mondays if all(worktime.is_working_day(day + timedelta(days=n)) for n in range(5)))
    return datetime.combine(monday, time(10), worktime.CHINA)


@pytest.fixture
def later() -> "Later":
    """A clock that a test can move."""
    return Later()


class Later:
    """`later(hours=48)` lets time pass for everything in this process."""

    def __call__(self, **time: float) -> None:
        clock._clock._offset += timedelta(**time).total_seconds()


_WITH_PROCESSES = {"test_stack", "test_settings", "test_serving", "test_worker"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys and tests with processes are marked by where they lie, browser tests by the browser that they use."""
    for item in items:
        parts = Path(str(item.fspath)).relative_to(ROOT).parts
        if "journeys" in parts:
            item.add_marker(pytest.mark.journey)
        if "chaos" in parts or (item.path.parent.name == "app" and item.path.stem in _WITH_PROCESSES):
            item.add_marker(pytest.mark.process)
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


os.environ.setdefault("NONGWEN_MODELS", str(ROOT / ".nongwen" / "models"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A failed browser test leaves pictures of its pages in test-artifacts/."""
    report = yield
    if report.when == "call" and report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if type(value).__name__ == "Page":
                folder = ROOT / "test-artifacts"
                folder.mkdir(exist_ok=True)
                with contextlib.suppress(Exception):  # a page that cannot be photographed must not hide the failure
                    value.screenshot(path=str(folder / f"{item.name}-{name}.png"), full_page=True)
    return report
