"""Facts are carried up exactly once, whoever carries them and whatever fails."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from core import clock, flags, outbox
from core.database import Database, Transaction
from core.outbox import Fact
from tests.conftest import Later
from tests.core.kit import A_WHILE


def write(database: Database, topic: str, **ids: object) -> None:
    with database.transaction() as tx:
        outbox.write(tx, topic, **ids)


class Carried:
    """Notes the facts that it was given; `first` is done before a fact is noted."""

    def __init__(self, first: Callable[[Transaction, Fact], None] = lambda tx, fact: None) -> None:
        self.facts: list[Fact] = []
        self._first = first

    def __call__(self, tx: Transaction, fact: Fact) -> None:
        self._first(tx, fact)
        self.facts.append(fact)


def test_a_fact_is_carried_once_to_every_handler_of_its_topic(database: Database) -> None:
    words, steps, others = Carried(), Carried(), Carried()
    handlers = {"case_answered": [steps, words], "case_opened": [others]}
    write(database, "case_answered", case_id="a", entry=3)
    assert outbox.carry_up(database, handlers) == 1
    assert outbox.carry_up(database, handlers) == 0
    assert words.facts == steps.facts == [Fact("case_answered", {"case_id": "a", "entry": 3})]
    assert others.facts == []


def test_a_fact_that_nobody_waits_for_is_done(database: Database) -> None:
    write(database, "nobody_cares")
    assert outbox.carry_up(database, {}) == 1
    with database.transaction() as tx:
        assert outbox.waiting(tx) == 0


def test_a_fact_of_a_transaction_that_failed_never_happened(database: Database) -> None:
    def fail_after_writing() -> None:
        with database.transaction() as tx:
            outbox.write(tx, "case_answered")
            raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        fail_after_writing()
    assert outbox.carry_up(database, {}) == 0


def test_facts_are_carried_in_the_order_in_which_they_were_written(database: Database) -> None:
    carried = Carried()
    for number in range(10):
        write(database, "counted", number=number)
    outbox.carry_up(database, {"counted": [carried]})
    assert [fact.ids["number"] for fact in carried.facts] == list(range(10))


def test_many_carriers_at_once_carry_every_fact_once(database: Database) -> None:
    carried, together = Carried(), threading.Barrier(4)
    for number in range(40):
        write(database, "counted", number=number)

    def carry() -> None:
        together.wait()
        outbox.carry_up(database, {"counted": [carried]})

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(carry) for _ in range(4)]:
            done.result()
    assert sorted(fact.ids["number"] for fact in carried.facts) == list(range(40))


def test_a_handler_that_fails_leaves_its_fact_for_later_and_does_not_stop_others(
    database: Database, later: Later
) -> None:
    trouble = [ValueError("a bug")]

    def stumble(tx: Transaction, fact: Fact) -> None:
        flags.raise_flag(tx, "half done", A_WHILE)
        if trouble:
            raise trouble[0]

    stumbling, steady = Carried(stumble), Carried()
    handlers = {"difficult": [stumbling], "easy": [steady]}
    write(database, "difficult")
    write(database, "easy")
    outbox.carry_up(database, handlers)
    assert len(steady.facts) == 1
    with database.transaction() as tx:
        assert not flags.is_raised(tx, "half done")
        assert outbox.waiting(tx) == 1
    trouble.clear()
    assert outbox.carry_up(database, handlers) == 0
    later(seconds=3)
    assert outbox.carry_up(database, handlers) == 1
    assert len(stumbling.facts) == 1
    with database.transaction() as tx:
        assert flags.is_raised(tx, "half done")


def test_one_failing_handler_undoes_what_the_others_did_for_the_same_fact(database: Database, later: Later) -> None:
    trouble = [ValueError("a bug")]

    def stumble(tx: Transaction, fact: Fact) -> None:
        if trouble:
            raise trouble.pop()

    steady = Carried(lambda tx, fact: flags.raise_flag(tx, fact.topic, A_WHILE))
    handlers = {"difficult": [steady, Carried(stumble)]}
    write(database, "difficult")
    outbox.carry_up(database, handlers)
    with database.transaction() as tx:
        assert not flags.is_raised(tx, "difficult")
    later(seconds=3)
    outbox.carry_up(database, handlers)
    with database.transaction() as tx:
        assert flags.is_raised(tx, "difficult")


def test_a_fact_that_keeps_failing_is_tried_with_growing_pauses_and_never_given_up(
    database: Database, later: Later
) -> None:
    def fail(tx: Transaction, fact: Fact) -> None:
        raise ValueError("a bug")

    write(database, "hopeless")
    pauses = []
    for _ in range(12):
        assert outbox.carry_up(database, {"hopeless": [fail]}) == 1
        with database.transaction() as tx:
            row = tx.execute(sa.select(outbox.outbox)).one()
        pause = (row.next_try_at - clock.now()).total_seconds()
        pauses.append(pause)
        later(seconds=pause + 1)
    assert pauses[0] < pauses[1] < pauses[2] < pauses[3]
    assert max(pauses) <= 5 * 60
    assert row.last_error == "ValueError('a bug')"


def test_two_carriers_do_not_overtake_each_other_with_facts_of_one_case(database: Database) -> None:
    """An answer must not be told before the acceptance: the clock and a worker both carry."""
    started, may_end = threading.Event(), threading.Event()

    def slowly(tx: Transaction, fact: Fact) -> None:
        started.set()
        may_end.wait(10)

    accepted, answered = Carried(slowly), Carried()
    handlers = {"case_accepted": [accepted], "case_answered": [answered]}
    write(database, "case_accepted", case_id="a")
    write(database, "case_answered", case_id="a")
    write(database, "case_answered", case_id="b")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(outbox.carry_up, database, handlers, most=1)
        assert started.wait(10)
        outbox.carry_up(database, handlers)
        assert [fact.ids["case_id"] for fact in answered.facts] == ["b"]
        may_end.set()
        first.result()
    outbox.carry_up(database, handlers)
    assert [fact.ids["case_id"] for fact in answered.facts] == ["b", "a"]


def test_a_fact_that_failed_does_not_hold_up_the_next_of_its_case(database: Database) -> None:
    def fail(tx: Transaction, fact: Fact) -> None:
        raise ValueError("a bug")

    answered = Carried()
    write(database, "case_accepted", case_id="a")
    write(database, "case_answered", case_id="a")
    outbox.carry_up(database, {"case_accepted": [fail], "case_answered": [answered]})
    assert len(answered.facts) == 1
