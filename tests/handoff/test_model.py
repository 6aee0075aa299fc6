"""The machine, the timers and the router do what a plain-Python model of the specification says, in any sequence.

`NONGWEN_SEQUENCES=long` plays 500 sequences of 50 steps, as `make chaos` does; otherwise it is as many as fit into a minute.
"""

import os
from collections.abc import Callable
from typing import ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from core import clock
from core.database import Database
from handoff import guards, machine, records, schedule
from tests.core import kit as staff_kit
from tests.handoff.model import TABLE
from tests.handoff.sequences import CaseMachine

SIZES = {"short": (25, 30), "long": (500, 50)}
_ROUNDS = 4
Play = Callable[..., set[str]]


@pytest.fixture
def play(migrated: Database, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Plays random sequences and returns the commands in them; raises for the shortest that the model does not agree with.

    Another round is played where a command has not come up; with phases of its own, as long as nothing is found.
    """
    for module, name in ((clock, "_clock"), (machine, "uuid4"), (staff_kit, "uuid4")):  # put back at the end
        monkeypatch.setattr(module, name, getattr(module, name))
    examples, steps = SIZES[os.environ.get("NONGWEN_SEQUENCES", "short")]

    class Here(CaseMachine):
        database = migrated
        seen: ClassVar[set[str]] = set()

    def run(*phases: Phase) -> set[str]:
        how = settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=phases or tuple(Phase),
        )  # fmt: skip
        for number in range(_ROUNDS):
            run_state_machine_as_test(seed(number)(Here), settings=how)
            if Here.seen == set(TABLE) and not phases:
                break
        return Here.seen

    return run


@pytest.mark.timeout(3000)
def test_the_machine_does_what_the_specification_says_in_any_sequence(play: Play) -> None:
    assert play() == set(TABLE), "sequences that stay at the door prove nothing"


def no_epoch_check(monkeypatch: pytest.MonkeyPatch) -> None:
    check = guards.check
    monkeypatch.setattr(
        guards, "check", lambda tx, case, command, actor, said, epoch: check(tx, case, command, actor, said, None)
    )


def keys_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "repeats", lambda *what: False)


def no_outbox_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "write_facts", lambda *anything: None)


def an_epoch_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = machine.changes
    monkeypatch.setattr(
        machine, "changes", lambda case, *more, **there: {**changes(case, *more, **there), "epoch": case.epoch}
    )


def timers_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "due", lambda case: {})


@pytest.mark.parametrize(
    "plant",
    [no_epoch_check, keys_ignored, no_outbox_row, an_epoch_that_stands_still, timers_forgotten],
)
def test_a_planted_bug_is_found(
    play: Play, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    plant(monkeypatch)
    with pytest.raises((AssertionError, ExceptionGroup, sa.exc.IntegrityError)):
        play(Phase.generate)
