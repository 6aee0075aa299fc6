"""A trained model, a Valkey, an action server and the bot, started once for all tests of the bot."""

from pathlib import Path
from typing import Iterator

import pytest

from tests.bot.kit import ROOT, ActionServer, Bot, Farmer, Valkey, free_port, train_if_needed


@pytest.fixture(scope="session")
def model() -> Path:
    return train_if_needed()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(free_port(), tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def action_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ActionServer]:
    server = ActionServer(free_port(), tmp_path_factory.mktemp("actions") / "log")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def bot(
    model: Path, valkey: Valkey, action_server: ActionServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bot]:
    server = Bot(free_port(), valkey, action_server, tmp_path_factory.mktemp("bot") / "log")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def farmer(bot: Bot) -> Farmer:
    """A farmer nobody has heard of yet."""
    return Farmer(bot)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
