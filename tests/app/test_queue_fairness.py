"""Some days of a county through the real router: nobody waits for ever, the work is spread, and farmers see whom they know.

The bounds are wide, since which of two equals is asked first is no matter of the seed; a router that is unfair by
construction is far beyond them.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.commands import queue_fairness
from app.commands.queue_fairness import Fairness
from core import clock
from core.database import Database, Transaction
from handoff import routing
from handoff.cases import Case
from tests.conftest import Later

CASES, DAYS, SEED = 70, 3, 7
pytestmark = pytest.mark.process  # it starts none, but takes as long as those that do


def faults(found: Fairness) -> set[str]:
    """What is unfair in it."""
    looks = {
        "unanswered": found.unanswered > 0,
        "starved": found.working_longest > timedelta(hours=15),  # two working days
        "slow": found.working_95 > timedelta(hours=7.5),  # one
        "uneven": found.gini_alike > 0.2 or found.gini > 0.5,
        "strangers": found.known < 0.75,
        "too many offers": found.offers_per_case > 1.8,
    }
    return {name for name, is_so in looks.items() if is_so}


def simulated(database: Database) -> Fairness:
    return queue_fairness.simulate(database, many=CASES, days=DAYS, seed=SEED)


def test_a_county_is_served_fairly(database: Database, later: Later) -> None:
    found = simulated(database)
    assert (found.cases, sum(found.taken.values()) >= CASES) == (CASES, True)
    assert faults(found) == set(), found
    assert queue_fairness.table(found).count("\n") == 11


def the_same_one_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two who know the same, always the same one is asked."""
    monkeypatch.setattr(routing, "_rank", lambda one: (-one.named, str(one.expert.staff_id)))


def nobody_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "_last_expert", lambda *anything: None)


def looked_at_when_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in help desks that assign a case when it comes, and never again when somebody is free."""
    following: Any = routing._next

    def only_new(tx: Transaction, seen: list[UUID]) -> Case | None:
        while (case := following(tx, seen)) is not None and case.opened_at < clock.now() - timedelta(hours=1):
            seen.append(case.id)
        return case

    monkeypatch.setattr(routing, "_next", only_new)


@pytest.mark.parametrize(
    ("plant", "fault"),
    [(the_same_one_first, "uneven"), (nobody_known, "strangers"), (looked_at_when_opened, "unanswered")],
)
def test_an_unfair_router_is_found(
    database: Database,
    later: Later,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
    fault: str,
) -> None:
    plant(monkeypatch)
    found = simulated(database)
    assert fault in faults(found), found
