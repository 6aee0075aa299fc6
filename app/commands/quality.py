"""Commands for those who build: train, check, test, evaluate, bench."""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from app.stack.programs import BOT_PYTHON, ROOT, TRAINING, UNDERSTANDING
from app.stack.running import NotReady


def register(commands: Any) -> None:
    commands.add_parser("train", help="train the bot if its data changed").set_defaults(run=_train)
    commands.add_parser("check", help="lint, format, types, layers, house rules").set_defaults(run=_check)
    for name in ("test", "test-fast"):
        test = commands.add_parser(name, help="run the tests")
        test.add_argument("rest", nargs=argparse.REMAINDER)
        test.set_defaults(run=_test if name == "test" else _test_fast)
    learn = commands.add_parser("tune", help="learn the weights, trees and thresholds of the search")
    learn.add_argument("--dry", action="store_true", help="print the figures and write nothing")
    learn.set_defaults(run=_tune)
    evaluate = commands.add_parser("evaluate", help="measure on labelled files")
    evaluate.add_argument("--dir", required=True, type=Path)
    evaluate.add_argument("--record", action="store_true", help="also write the tables into docs/measurements.md")
    evaluate.set_defaults(run=_evaluate)


def _train(chosen: argparse.Namespace) -> int:
    done = subprocess.run(TRAINING, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise NotReady("The bot could not be trained; the lines above say why.")
    return 0


def _tune(chosen: argparse.Namespace) -> int:
    """Learn the search anew: what the bot makes of every question without the articles, then weights and trees."""
    tuning = [sys.executable, "-m", "knowledge.tune"]
    with tempfile.TemporaryDirectory() as folder:
        asked, understood = f"{folder}/asked.jsonl", f"{folder}/understood.jsonl"
        for line in (
            [*tuning, "--ask", asked],
            [*UNDERSTANDING, asked, understood, "--without-articles"],
            [*tuning, "--understood", understood, *(() if chosen.dry else ("--write",))],
        ):
            if subprocess.run(line, cwd=ROOT, check=False).returncode != 0:
                raise NotReady("The search could not be tuned; the lines above say why.")
    return 0


_CHECKS = (
    ("lint", ("ruff", "check", ".")),
    ("format", ("ruff", "format", "--check", ".")),
    ("types", ("mypy",)),
    ("layers", ("importlinter",)),
    ("articles", ("knowledge.lint",)),
    ("coverage", ("knowledge.coverage", "--check")),
    ("documents", ("handoff.document", "--check")),
)


def _check(chosen: argparse.Namespace) -> int:
    failed = []
    for name, (module, *rest) in _CHECKS:
        line = (
            [str(Path(sys.executable).parent / "lint-imports")]
            if module == "importlinter"
            else [sys.executable, "-m", module, *rest]
        )
        print(f"— {name}", flush=True)
        if subprocess.run(line, cwd=ROOT, check=False).returncode != 0:
            failed.append(name)
    print("— house", flush=True)
    if _pytest("tests/house", "-q") != 0:
        failed.append("house")
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed", flush=True)
    return 1 if failed else 0


def _pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode


# Each process of the fast part has a PostgreSQL of its own; journeys and browsers want the machine to themselves.
_FAST = ("-q", "-n", "2", "-m", "not journey and not browser")
_SLOW = ("-q", "-m", "journey or browser")


def _test_fast(chosen: argparse.Namespace) -> int:
    """For while one writes: no bot, no browser, no processes to start and kill; the house is looked at by `check`."""
    most = str(min(4, os.cpu_count() or 2))
    wanted = "not journey and not browser and not process"
    return _pytest("-q", "-n", most, "-m", wanted, "--ignore=tests/house", *chosen.rest)


def _test(chosen: argparse.Namespace) -> int:
    from app.commands import browser

    _train(chosen)
    browser.bring()
    if chosen.rest:
        return _pytest("-q", *chosen.rest)
    fast = _pytest(*_FAST)
    print("— journeys and browsers", flush=True)
    slow = _pytest(*_SLOW)
    print("— the bot's own tests", flush=True)
    bot = subprocess.run([str(BOT_PYTHON), "-m", "pytest", "-q", "tests/bot"], cwd=ROOT, check=False).returncode
    return fast or slow or bot


def _evaluate(chosen: argparse.Namespace) -> int:
    from app.commands import evaluating
    from app.measurements import write_section

    return evaluating.run(chosen.dir, write_section if chosen.record else None)
