"""A request is done once for each key, by however many at once, and its outcome is kept."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
import sqlalchemy as sa

from core.database import Database, Transaction
from core.errors import Refused
from core.once import forget_old, once, requests_done
from tests.conftest import Later


def test_the_same_request_is_done_once_and_comes_to_the_same(tx: Transaction) -> None:
    done: list[int] = []

    def act() -> str:
        done.append(1)
        return f"number {len(done)}"

    assert [once(tx, "k", "add", act) for _ in range(3)] == ["number 1"] * 3
    assert once(tx, "another", "add", act) == "number 2"
    assert [once(tx, None, "add", act) for _ in range(2)] == ["number 3", "number 4"]


def test_a_key_that_did_something_else_is_refused(tx: Transaction) -> None:
    once(tx, "k", "add", lambda: "1")
    with pytest.raises(Refused, match="idempotency_key_reused"):
        once(tx, "k", "remove", lambda: "2")


def test_what_was_refused_may_be_sent_again_with_its_key(tx: Transaction) -> None:
    def refuse() -> str:
        raise Refused("no", "不行。")

    with pytest.raises(Refused, match="no"):
        once(tx, "k", "add", refuse)
    assert tx.execute(sa.select(requests_done)).all() == []
    assert once(tx, "k", "add", lambda: "1") == "1"


def test_keys_are_kept_for_a_month(tx: Transaction, later: Later) -> None:
    once(tx, "k", "add", lambda: "1")
    later(days=29)
    forget_old(tx)
    assert once(tx, "k", "add", lambda: "2") == "1"
    later(days=2)
    forget_old(tx)
    assert tx.execute(sa.select(requests_done)).all() == []


def test_of_two_at_the_same_time_one_does_it_and_both_hear_what_it_came_to(database: Database) -> None:
    start, done = Barrier(2), []

    def send(number: int) -> str:
        def act() -> str:
            sleep(0.1)
            done.append(number)
            return f"by {number}"

        start.wait()
        with database.transaction() as tx:
            return once(tx, "k", "add", act)

    with ThreadPoolExecutor(2) as two:
        heard = list(two.map(send, (1, 2)))
    assert len(done) == 1
    assert heard == [f"by {done[0]}"] * 2
