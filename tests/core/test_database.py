"""Transactions: all or nothing, and one error for every way in which the database can be away."""

import contextlib

import pytest
import sqlalchemy as sa

from core.database import Database, DatabaseUnavailable
from core.flags import flags, raise_flag
from core.outbox import waiting, write
from tests.core.kit import A_WHILE


def test_a_transaction_that_fails_keeps_nothing(database: Database) -> None:
    def work() -> None:
        with database.transaction() as tx:
            raise_flag(tx, "kept", A_WHILE)
            write(tx, "something_happened")
            raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        work()
    with database.transaction() as tx:
        assert tx.execute(sa.select(flags)).all() == []
        assert waiting(tx) == 0


def test_a_transaction_that_ends_well_is_kept(database: Database) -> None:
    with database.transaction() as tx:
        raise_flag(tx, "kept", A_WHILE)
    with database.transaction() as tx:
        assert [row.name for row in tx.execute(sa.select(flags))] == ["kept"]


def test_a_database_that_cannot_be_reached_is_unavailable() -> None:
    nobody = Database("postgresql://nongwen@127.0.0.1:1/nongwen")
    with pytest.raises(DatabaseUnavailable), nobody.transaction():
        pass
    assert not nobody.is_reachable()


def test_a_connection_that_is_lost_on_the_way_is_unavailable_and_the_next_one_works(database: Database) -> None:
    def work() -> None:
        with database.transaction() as tx:
            raise_flag(tx, "kept", A_WHILE)
            ours = tx.scalar(sa.select(sa.func.pg_backend_pid()))
            with database.transaction() as other:
                other.execute(sa.select(sa.func.pg_terminate_backend(ours)))
            tx.execute(sa.select(1))

    with pytest.raises(DatabaseUnavailable):
        work()
    assert database.is_reachable()
    with database.transaction() as tx:
        assert tx.execute(sa.select(flags)).all() == []


def test_a_loss_that_was_taken_for_something_else_is_unavailable_all_the_same(database: Database) -> None:
    """Somebody catches whatever goes wrong in a step of theirs and goes on; there is nothing to go on with."""

    def work() -> None:
        with database.transaction() as tx:
            me = tx.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
            with database.transaction() as other:
                other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": me})
            with contextlib.suppress(sa.exc.OperationalError), tx.begin_nested():
                tx.execute(sa.select(1))
            tx.execute(sa.select(1))

    with pytest.raises(DatabaseUnavailable):
        work()


def test_a_broken_promise_to_the_database_is_a_bug_and_not_its_absence(database: Database) -> None:
    twice = flags.insert().values([{"name": "twice", "until": sa.func.now()}] * 2)
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as tx:
        tx.execute(twice)
