"""A case that cannot be routed, by a bug or a bad row, keeps no other in the queue."""

import pytest
from structlog.testing import capture_logs

from core.database import Database, DatabaseUnavailable, Transaction
from handoff import cases, routing
from handoff.states import State
from handoff.tables import cases as table
from tests.conftest import Later
from tests.handoff.test_routing import asked, on_call


def test_one_bad_row_is_put_off_and_the_others_are_offered(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        on_call(tx, "wang")
        bad, good = asked(tx, "o-bad"), asked(tx, "o-good")
        tx.execute(table.update().where(table.c.id == bad.id).values(urgency="nonsense", rank=0))
    with capture_logs() as logged:
        assert routing.run(database) == 2
        assert routing.run(database) == 0
    failed = [line for line in logged if line["event"] == "router_failed"]
    assert [line["case_id"] for line in failed] == [str(bad.id)]
    with database.transaction() as tx:
        assert cases.get(tx, good.id).state is State.OFFERED
    later(minutes=5, seconds=1)
    with capture_logs() as logged:
        routing.run(database)
    assert "router_failed" in [line["event"] for line in logged]


def test_a_lost_database_is_no_fault_of_a_case(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.transaction() as tx:
        asked(tx)

    def cut_off(tx: Transaction, case: object) -> None:
        tx.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(routing, "place", cut_off)
    with capture_logs() as logged, pytest.raises(DatabaseUnavailable):
        routing.run(database)
    assert "router_failed" not in [line["event"] for line in logged]
