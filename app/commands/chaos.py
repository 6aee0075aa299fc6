"""make chaos: 500 random sequences of 50 steps held against the specification, then many people at the queue at once, in
processes that are killed, and one table of what came of it.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from app.chaos import running
from app.chaos.running import Outcome, Trouble
from app.measurements import write_section
from app.stack.programs import ROOT

CASES, MINUTES, PROCESSES = 10_000, 10.0, 12
_TEAM, _CAPACITY = 24, 3
_EVERY_SECONDS = 4.0
_ZERO = {
    "lost": "lost",
    "double_owned": "double-owned",
    "over_capacity": "over capacity",
    "answered_twice": "answered twice",
    "stuck": "stuck",
    "audit": "the auditor's findings",
    "errors": "errors nobody expected",
}


def register(commands: Any) -> None:
    chaos = commands.add_parser(
        "chaos", help="kill processes while many people work on the queue; count what went wrong"
    )
    chaos.add_argument("--cases", type=int, default=CASES)
    chaos.add_argument(
        "--minutes", type=float, default=MINUTES, help="of trouble; then everything is brought to an end"
    )
    chaos.add_argument("--processes", type=int, default=PROCESSES)
    chaos.add_argument(
        "--seed", type=int, default=None, help="the same seed makes the same choices, not the same timing"
    )
    chaos.add_argument("--without-sequences", action="store_true", help="only the processes, not the random sequences")
    chaos.add_argument("--record", action="store_true", help="also write the table into docs/measurements.md")
    chaos.set_defaults(run=_chaos)


def _chaos(chosen: argparse.Namespace) -> int:
    if not chosen.without_sequences and _sequences() != 0:
        return 1
    seed = random.randrange(10**6) if chosen.seed is None else chosen.seed
    print(
        f"{chosen.cases:,} cases, {chosen.minutes:g} minutes of trouble, {chosen.processes} processes, seed {seed} …",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="nongwen-chaos-") as folder:
        outcome = running.run(
            Path(folder), cases=chosen.cases, processes=chosen.processes, seconds=chosen.minutes * 60, seed=seed,
            trouble=Trouble(_EVERY_SECONDS), team=_TEAM, capacity=_CAPACITY, patience=3600,
        )  # fmt: skip
    body = table(outcome)
    print(f"\n{body}\n", flush=True)
    if chosen.record:
        said = (
            f"--cases {chosen.cases} --minutes {chosen.minutes:g} --processes {chosen.processes} --seed {seed} --record"
        )
        write_section("chaos", f'make chaos ARGS="{said}"', body)
    return 1 if outcome.findings.total else 0


def _sequences() -> int:
    """The long profile of the state machine of `tests/handoff`: some ten minutes."""
    print("500 random sequences of 50 steps, each held against the specification …", flush=True)
    one_test = ["tests/handoff/test_model.py", "-k", "any_sequence"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *one_test],
        cwd=ROOT,
        env={**os.environ, "NONGWEN_SEQUENCES": "long"},
        check=False,
    ).returncode


def table(outcome: Outcome) -> str:
    """What was done, what was done to it, and what must be zero."""
    troubles = outcome.troubles
    rows: list[tuple[str, object]] = [
        ("cases", f"{outcome.cases:,}"),
        ("commands carried out", f"{outcome.commands:,}"),
        ("kills of a process", troubles["killed"]),
        ("processes stopped and let go on", troubles["stopped"]),
        ("times half of all database connections were cut", troubles["cut off"]),
        ("crashes of the database", troubles["crashed"]),
        ("kills of Valkey", troubles["silenced"]),
        *((f"**{name}**", f"**{getattr(outcome.findings, field)}**") for field, name in _ZERO.items()),
        ("minutes in all", f"{outcome.seconds / 60:.1f}"),
    ]
    lines = ["| | |", "| --- | --: |", *(f"| {name} | {value} |" for name, value in rows)]
    examples = [f"* {_ZERO[what]}: {about}" for what, about in outcome.findings.examples.items()]
    return "\n".join([*lines, *(["", *examples] if examples else [])])
