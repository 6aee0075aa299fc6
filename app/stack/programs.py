"""The parts of a stack: how each is started, in which order, and how it is asked whether it is ready."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BOT_PYTHON = ROOT / ".venv" / "bot" / "bin" / "python"
# Rasa's libraries warn of each other at every start; nobody here can mend them.
_BOT = [str(BOT_PYTHON), "-W", "ignore", "-m"]
TRAINING = [*_BOT, "bot.train"]
UNDERSTANDING = [*_BOT, "bot.understand"]
COMPARING = [*_BOT, "bot.compare"]
SELECTING = [*_BOT, "bot.selector"]


@dataclass(frozen=True)
class Program:
    """A child of the process manager. Lower `order` starts first and stops last."""

    name: str
    command: list[str]
    order: int
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str = "as-is"
    stop_signal: str = "TERM"
    stop_seconds: int = 15


def service(name: str, order: int) -> Program:
    """A part of the service: `python -m app NAME`. A number behind the name is a second process of the same part."""
    return Program(name, [sys.executable, "-m", "app", name.partition("-")[0]], order)


def simulator() -> Program:
    return Program("simulator", [sys.executable, "-m", "simulator"], 50)


def actions() -> Program:
    return Program("actions", [*_BOT, "bot.actions_server"], 20)


def bot() -> Program:
    return Program("bot", [*_BOT, "bot.run"], 30, stop_seconds=20)
