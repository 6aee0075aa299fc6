"""Several people at one case, or one expert at several, in threads of their own; and the bugs that these tests would see."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.database import Database, Transaction
from core.errors import Refused
from handoff import cases, guards, machine
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Said
from handoff.states import Command, Kind, State, Who
from registry import experts
from tests.handoff.kit import coordinator, expert, opened, until_it_waits

Step = Callable[[Transaction], object]


def outcome(database: Database, step: Step) -> str:
    """What came of one step in a transaction of its own: "done", or the rule that refused it, or the error."""
    try:
        with database.transaction() as tx:
            step(tx)
    except Refused as refused:
        return refused.rule
    except Exception as error:
        return type(error).__name__
    return "done"


def overlapping(database: Database, first: Step, second: Step) -> str:
    """What comes of the second step when it begins before the first is committed."""
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as tx:
            first(tx)
            other = pool.submit(outcome, database, second)
            until_it_waits(database, other)
        return other.result(timeout=10)


def at_once(database: Database, *steps: Step) -> Counter[str]:
    """What comes of steps that begin together."""
    together = threading.Barrier(len(steps))

    def begin(step: Step) -> str:
        together.wait()
        return outcome(database, step)

    with ThreadPoolExecutor(len(steps)) as pool:
        return Counter(pool.map(begin, steps))


def apply(case: Case, command: Command, actor: Actor, **said: Any) -> Step:
    return lambda tx: machine.apply(tx, case.id, command, actor, Said(**said))


@pytest.fixture
def around(database: Database) -> tuple[Case, Case, Actor, Actor, Actor]:
    """Two cases, two experts of whom the first takes one case only, and a coordinator."""
    with database.transaction() as tx:
        return opened(tx), opened(tx), expert(tx, capacity=1), expert(tx, "li"), coordinator(tx)


Around = tuple[Case, Case, Actor, Actor, Actor]


# --- one case, two experts


def two_claim_one(database: Database, around: Around) -> str:
    case, _, wang, li, _ = around
    return overlapping(database, apply(case, Command.CLAIM, wang), apply(case, Command.CLAIM, li))


def test_two_experts_who_claim_one_case_at_once_make_one_owner(database: Database, around: Around) -> None:
    assert two_claim_one(database, around) == "wrong_state"
    with database.transaction() as tx:
        assert cases.get(tx, around[0].id).owner_id == around[2].id


def test_without_the_lock_on_the_case_that_would_not_hold(
    database: Database, around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_lock_cases", lambda tx, case_id, other: cases.get(tx, case_id))
    assert two_claim_one(database, around) != "wrong_state"


def test_without_the_look_at_the_state_it_would_not_hold_either(
    database: Database, around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "check", lambda *anything: Who.EXPERT)
    assert two_claim_one(database, around) == "done"


def test_a_crowd_of_experts_shares_the_cases_out_without_a_quarrel(database: Database) -> None:
    with database.transaction() as tx:
        crowd = [expert(tx, f"expert{n}", capacity=9) for n in range(6)]
        found = [opened(tx) for _ in range(5)]
    for case in found:
        came = at_once(database, *(apply(case, Command.CLAIM, one) for one in crowd))
        assert came == {"done": 1, "wrong_state": 5}
    with database.transaction() as tx:
        assert all(len(cases.events(tx, case.id)) == 2 for case in found)


# --- one expert, two cases


def one_claims_two(database: Database, around: Around) -> str:
    first, second, wang, _, _ = around
    return overlapping(database, apply(first, Command.CLAIM, wang), apply(second, Command.CLAIM, wang))


def test_an_expert_who_claims_two_cases_at_once_stays_within_the_limit(database: Database, around: Around) -> None:
    assert one_claims_two(database, around) == "over_capacity"


def test_without_the_lock_on_the_expert_the_limit_would_not_hold(
    database: Database, around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experts, "locked", experts.of)
    assert one_claims_two(database, around) == "done"


def test_a_case_claimed_and_one_offered_at_once_stay_within_the_limit(database: Database, around: Around) -> None:
    first, second, wang, _, chen = around
    offer = apply(second, Command.OFFER, chen, to=wang.id)
    assert overlapping(database, apply(first, Command.CLAIM, wang), offer) == "over_capacity"


# --- others


def test_of_an_answer_and_a_withdrawal_at_once_the_first_counts(database: Database, around: Around) -> None:
    case, _, wang, _, chen = around
    assert outcome(database, apply(case, Command.CLAIM, wang)) == "done"
    answer = apply(case, Command.ANSWER, wang, text="好的")
    assert overlapping(database, apply(case, Command.RELEASE, chen), answer) in {"wrong_state", "wrong_person"}


def test_the_same_key_sent_twice_at_once_is_done_once(database: Database, around: Around) -> None:
    case, _, wang, _, _ = around
    claim: Step = lambda tx: machine.apply(tx, case.id, Command.CLAIM, wang, idem_key="k1")  # noqa: E731
    assert at_once(database, claim, claim) == {"done": 2}
    with database.transaction() as tx:
        assert [event.command for event in cases.events(tx, case.id)] == ["open", "claim"]


def test_the_same_split_sent_twice_at_once_makes_one_case(database: Database, around: Around) -> None:
    case, _, wang, _, _ = around
    assert outcome(database, apply(case, Command.CLAIM, wang)) == "done"
    split: Step = lambda tx: machine.split(tx, case.id, wang, Said(text="鸡不下蛋"), idem_key="k1")  # noqa: E731
    assert overlapping(database, split, split) == "done"
    with database.transaction() as tx:
        assert len(cases.split_off(tx, case.id)) == 1


def test_two_questions_of_one_conversation_at_once_make_one_case(database: Database, around: Around) -> None:
    with database.transaction() as tx:
        machine.apply(tx, around[0].id, Command.CANCEL, FARMER, Said(reason="不用了"))
    ask: Step = lambda tx: opened(tx, conversation_id=around[0].conversation_id)  # noqa: E731
    assert at_once(database, ask, ask, ask) == {"done": 1, "one_live_question": 2}


def test_two_cases_merged_into_each_other_at_once_leave_one_and_nobody_waits_for_ever(database: Database) -> None:
    with database.transaction() as tx:
        pairs = [(opened(tx, Kind.NEED), opened(tx, Kind.NEED)) for _ in range(5)]
        chen = coordinator(tx)
    for one, other in pairs:
        came = at_once(
            database,
            apply(one, Command.MERGE, chen, into=other.id),
            apply(other, Command.MERGE, chen, into=one.id),
        )
        assert came["done"] == 1
        assert came["merge_target"] + came["wrong_state"] == 1


def test_numbers_of_cases_opened_at_once_are_all_different(database: Database) -> None:
    with database.transaction() as tx:
        opened(tx)
    assert at_once(database, *([opened] * 8)) == {"done": 8}
    with database.transaction() as tx:
        numbers = [case.number for case in cases.queue(tx, {State.QUEUED})]
    assert len(set(numbers)) == 9
    assert sorted(int(number[-4:]) for number in numbers) == list(range(1, 10))
