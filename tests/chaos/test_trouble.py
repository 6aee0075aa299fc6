"""Many processes at the queue at once, killed, stopped and cut off: no case lost, none owned twice, nobody answered twice.

Four runs have a bug planted in their processes and must be found out: a check that cannot fail shows nothing.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.chaos import running
from app.chaos.checking import Findings
from app.chaos.running import Outcome, Trouble
from app.chaos.worker import Run, work
from app.commands.chaos import table
from tests.chaos import planted

pytestmark = pytest.mark.timeout(1800)

SEED = 20261123
Try = Callable[..., Outcome]


@pytest.fixture
def attempt(tmp_path: Path) -> Try:
    """A run in a folder of its own."""

    def go(
        cases: int, *, as_worker: Run = work, seconds: float = 1, trouble: Trouble = running.NONE, patience: float = 900,
        capacity: int = 3,
    ) -> Outcome:  # fmt: skip
        return running.run(
            tmp_path, cases=cases, processes=12, seconds=seconds, seed=SEED, trouble=trouble, as_worker=as_worker,
            patience=patience, capacity=capacity,
        )  # fmt: skip

    return go


def test_a_thousand_cases_among_twelve_processes_and_four_experts(attempt: Try) -> None:
    outcome = attempt(1000, seconds=20)
    assert outcome.cases >= 1000
    assert outcome.findings == Findings()


def test_killed_stopped_cut_off_and_crashed_nothing_is_lost(attempt: Try) -> None:
    outcome = attempt(300, seconds=45, trouble=Trouble(every=2))
    assert set(outcome.troubles) == {"killed", "stopped", "cut off", "crashed", "silenced"}
    assert outcome.findings == Findings(), table(outcome)


@pytest.mark.parametrize("dying", [planted.dies_before_commit, planted.dies_after_commit, planted.dies_while_carrying])
def test_killed_where_it_hurts_most_everything_ends_well(attempt: Try, dying: Run) -> None:
    outcome = attempt(60, seconds=20, as_worker=dying)
    assert outcome.deaths > 0
    assert outcome.findings == Findings(), table(outcome)


def test_slow_hands_stay_within_the_limit_as_well(attempt: Try) -> None:
    """The same as with the first planted bug below, but for the bug."""
    outcome = attempt(150, seconds=5, as_worker=planted.slow_to_write, capacity=1)
    assert outcome.findings == Findings(), table(outcome)


def test_a_race_for_the_last_place_is_found_where_nobody_locks_the_expert(attempt: Try) -> None:
    """Experts with one place each: every taking is a race for the last one."""
    outcome = attempt(150, seconds=5, as_worker=planted.without_expert_lock, capacity=1, patience=120)
    assert outcome.findings.over_capacity > 0, table(outcome)


@pytest.mark.parametrize(
    ("bug", "found"),
    [
        (planted.without_epoch, "double_owned"),
        (planted.without_outbox, "lost"),
        (planted.without_idempotency, "answered_twice"),
    ],
)
def test_a_planted_bug_is_found(attempt: Try, bug: Run, found: str) -> None:
    outcome = attempt(150, seconds=5, as_worker=bug, patience=120)
    assert getattr(outcome.findings, found) > 0, table(outcome)
