"""Training, starting and stopping, and what is noticed when something inside Rasa goes wrong."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot import settings
from bot.trouble import watch_rasa, watched
from tests.bot.kit import ROOT, ActionServer, Bot, Valkey, free_port


def run(module: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_without_a_model_the_bot_says_so_in_one_sentence(tmp_path: Path) -> None:
    done = run("bot.run", NONGWEN_HOME=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert "python -m bot.train" in done.stderr


def test_a_model_that_fits_is_not_trained_again(model: Path) -> None:
    done = run("bot.train")
    assert done.returncode == 0
    assert done.stdout == f"Model {model.name} is up to date, nothing to train.\n"


def test_the_model_is_named_by_what_it_is_made_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made_of = {path.relative_to(ROOT).as_posix() for path in settings.model_ingredients()}
    assert {"config.yml", "domain.yml", "nlu_data/rules.yml", "nlu_data/objects.tsv", "bot/finder.py"} <= made_of
    name = settings.model_name()
    monkeypatch.setattr(settings, "model_ingredients", lambda: [ROOT / "config.yml"])
    assert settings.model_name() != name


def test_the_parts_of_a_redis_address_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://user:p%40ss@10.0.0.7:6380/3")
    assert settings.redis_parts() == {
        "REDIS_HOST": "10.0.0.7",
        "REDIS_PORT": "6380",
        "REDIS_DB": "3",
        "REDIS_USERNAME": "user",
        "REDIS_PASSWORD": "p@ss",
    }
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:6379")
    assert settings.redis_parts()["REDIS_DB"] == "0"


def test_the_action_server_stops_cleanly(tmp_path: Path) -> None:
    server = ActionServer(free_port(), tmp_path / "log")
    server.start()
    assert server.stop() in (0, -signal.SIGTERM)


def test_the_bot_stops_cleanly(model: Path, valkey: Valkey, action_server: ActionServer, tmp_path: Path) -> None:
    server = Bot(free_port(), valkey, action_server, tmp_path / "log")
    server.start()
    assert server.turn(text="你好")[0] == 200
    assert server.stop() in (0, -signal.SIGTERM)


def test_a_failure_that_rasa_swallows_is_noticed() -> None:
    watch_rasa()
    with watched() as noticed:
        try:
            raise ValueError("in an action")
        except ValueError:
            logging.getLogger("rasa.core.processor").exception("Encountered an exception while running action")
    assert noticed == ["rasa.core.processor: ValueError"]


def test_a_runaway_dialogue_is_noticed_and_a_harmless_warning_is_not() -> None:
    watch_rasa()
    with watched() as noticed:
        logging.getLogger("rasa.core.processor").warning("Circuit breaker tripped.")
        logging.getLogger("rasa.shared.utils.io").warning("Something is deprecated.")
    assert noticed == ["rasa.core.processor: WARNING"]


def test_the_failure_of_one_turn_is_not_blamed_on_another() -> None:
    watch_rasa()

    async def turn(fails: bool) -> int:
        with watched() as noticed:
            await asyncio.sleep(0.01)
            if fails:
                logging.getLogger("rasa.core.policies").error("lost")
            await asyncio.sleep(0.01)
            return len(noticed)

    async def both() -> "list[int]":
        return list(await asyncio.gather(turn(True), turn(False)))

    assert asyncio.run(both()) == [1, 0]


def test_nothing_is_noticed_outside_a_turn() -> None:
    watch_rasa()
    logging.getLogger("rasa.core").error("before the first turn")
    with watched() as noticed:
        pass
    assert noticed == []
