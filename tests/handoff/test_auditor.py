"""The auditor: finds nothing where all is well, and each fault when it is planted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from core import clock
from core.database import Database, Transaction
from core.outbox import outbox
from handoff import auditor, cases, machine
from handoff.auditor import Fault
from handoff.cases import Case
from handoff.orders import FARMER, Said
from handoff.states import Command, State
from handoff.tables import case_events, case_timers
from handoff.tables import cases as table
from registry import roster
from registry.tables import experts
from tests.conftest import Later
from tests.handoff.kit import Around, case_in, expert, opened

LONG_AGO = timedelta(days=4)


def found(tx: Transaction) -> list[Fault]:
    return [finding.fault for finding in auditor.look(tx)]


def change(tx: Transaction, case: Case, **values: object) -> None:
    tx.execute(table.update().where(table.c.id == case.id).values(**values))


@pytest.mark.parametrize("state", State)
def test_where_all_is_well_nothing_is_found(tx: Transaction, later: Later, state: State) -> None:
    around = case_in(tx, state)
    assert auditor.look(tx) == []
    log = auditor.rebuilt(tx, around.case.id)
    case = cases.get(tx, around.case.id)
    assert log == auditor.Rebuilt(case.state, case.owner_id, case.level, case.epoch, case.version)


def no_timer(tx: Transaction, around: Around) -> None:
    tx.execute(case_timers.delete().where(case_timers.c.case_id == around.case.id))


def past_lease(tx: Transaction, around: Around) -> None:
    change(tx, around.case, lease_until=clock.now() - timedelta(minutes=5))


def off_duty(tx: Transaction, around: Around) -> None:
    assert around.owner.id is not None
    roster.be_absent(tx, around.owner.id, clock.now() - timedelta(days=9), clock.now() + timedelta(days=9))
    change(tx, around.case, state_at=clock.now() - LONG_AGO, acted_at=clock.now() - LONG_AGO)


def overdue(tx: Transaction, around: Around) -> None:
    change(tx, around.case, due_at=clock.now() - timedelta(minutes=5))


def stuck(tx: Transaction, around: Around) -> None:
    tx.execute(outbox.update().values(written_at=clock.now() - timedelta(minutes=5)))
    tx.execute(outbox.delete().where(outbox.c.id != sa.select(sa.func.max(outbox.c.id)).scalar_subquery()))


def other_state(tx: Transaction, around: Around) -> None:
    change(tx, around.case, state=State.WAITING_FARMER)


def gap(tx: Transaction, around: Around) -> None:
    tx.execute(case_events.delete().where(case_events.c.case_id == around.case.id, case_events.c.seq == 0))


def over_capacity(tx: Transaction, around: Around) -> None:
    machine.apply(tx, opened(tx, openid="o-2").id, Command.CLAIM, around.owner)
    tx.execute(experts.update().where(experts.c.staff_id == around.owner.id).values(capacity=1))


def two_live(tx: Transaction, around: Around) -> None:
    tx.exec_driver_sql("DROP INDEX uq_cases_one_live_question")
    change(tx, around.into, conversation_id=around.case.conversation_id)


PLANTED: list[tuple[State, Callable[[Transaction, Around], None], Fault]] = [
    (State.ACTIVE, no_timer, Fault.NO_TIMER),
    (State.OFFERED, past_lease, Fault.OFFER_PAST_LEASE),
    (State.ACTIVE, off_duty, Fault.OWNER_OFF_DUTY),
    (State.QUEUED, overdue, Fault.OVERDUE_UNTOLD),
    (State.ACTIVE, stuck, Fault.FACT_STUCK),
    (State.ACTIVE, other_state, Fault.STATE_IS_NOT_ITS_LOG),
    (State.ACTIVE, gap, Fault.STATE_IS_NOT_ITS_LOG),
    (State.ACTIVE, over_capacity, Fault.OVER_CAPACITY),
    (State.QUEUED, two_live, Fault.TWO_LIVE_QUESTIONS),
]


def test_every_fault_is_planted() -> None:
    assert {fault for _, _, fault in PLANTED} == set(Fault)


@pytest.mark.parametrize(("state", "plant", "fault"), PLANTED)
def test_a_planted_fault_is_found(
    tx: Transaction, later: Later, state: State, plant: Callable[[Transaction, Around], None], fault: Fault
) -> None:
    around = case_in(tx, state)
    plant(tx, around)
    assert found(tx) == [fault]


def test_a_log_with_a_gap_or_a_step_out_of_nowhere_rebuilds_nothing(tx: Transaction) -> None:
    around = case_in(tx, State.ANSWERED)
    tx.execute(
        case_events.update()
        .where(case_events.c.case_id == around.case.id, case_events.c.seq == 1)
        .values(from_state=State.SNOOZED)
    )
    assert auditor.rebuilt(tx, around.case.id) is None
    gap(tx, around)
    assert auditor.rebuilt(tx, around.case.id) is None


@pytest.mark.parametrize(
    ("state", "plant", "fault"), [one for one in PLANTED if one[2] in {Fault.NO_TIMER, Fault.OFFER_PAST_LEASE}]
)
def test_what_is_safe_to_mend_is_mended(
    database: Database, later: Later, state: State, plant: Callable[[Transaction, Around], None], fault: Fault
) -> None:
    with database.transaction() as tx:
        plant(tx, case_in(tx, state))
    assert [finding.fault for finding in auditor.audit(database)] == [fault]
    assert auditor.audit(database) == []


def test_a_row_that_is_not_its_log_is_left_for_people(database: Database) -> None:
    with database.transaction() as tx:
        around = case_in(tx, State.ACTIVE)
        other_state(tx, around)
    for _ in range(2):
        assert [finding.fault for finding in auditor.audit(database)] == [Fault.STATE_IS_NOT_ITS_LOG]


@pytest.mark.parametrize("state", [State.ACTIVE, State.WAITING_FARMER, State.SNOOZED])
def test_in_the_middle_of_a_long_holiday_nobody_is_blamed(
    database: Database, monkeypatch: pytest.MonkeyPatch, state: State
) -> None:
    """Nobody is there from the first to the seventh of October, and the watch outside must hear that all is well."""
    clock.put(datetime(2026, 9, 30, 9, 0, tzinfo=UTC))
    try:
        with database.transaction() as tx:
            around = case_in(tx, state)
            clock.put(datetime(2026, 10, 5, 2, 0, tzinfo=UTC))
            assert Fault.OWNER_OFF_DUTY not in found(tx)
            assert around.owner.id is not None
            roster.be_absent(tx, around.owner.id, clock.now() - timedelta(days=6), clock.now() + timedelta(days=20))
            clock.put(datetime(2026, 10, 9, 11, 0, tzinfo=UTC))
            assert (Fault.OWNER_OFF_DUTY in found(tx)) is (state is State.ACTIVE)
    finally:
        clock.follow("")


def test_a_case_that_ended_is_no_fault(tx: Transaction) -> None:
    around = case_in(tx, State.ANSWERED)
    machine.apply(tx, around.case.id, Command.CONFIRM, FARMER, Said())
    assert auditor.look(tx) == []


@pytest.mark.parametrize("way", ["answered", "snoozed", "transferred"])
def test_a_case_that_comes_back_to_somebody_who_has_others_by_now_is_no_fault(
    tx: Transaction, later: Later, way: str
) -> None:
    wang, li, case = expert(tx, capacity=1), expert(tx, "li"), opened(tx)
    leave, back, by = {
        "answered": (Command.ANSWER, Command.FARMER_REPLIES, FARMER),
        "snoozed": (Command.SNOOZE, Command.WAKE, wang),
        "transferred": (Command.TRANSFER, Command.DECLINE, li),
    }[way]
    said = Said(text="好的", reason="有事", to=li.id, until=clock.now() + timedelta(hours=1))
    machine.apply(tx, case.id, Command.CLAIM, wang)
    machine.apply(tx, case.id, leave, wang, said)
    other = opened(tx, openid="o-2")
    for _ in range(5):  # its log is longer
        machine.apply(tx, other.id, Command.ADD, FARMER, said)
    machine.apply(tx, other.id, Command.CLAIM, wang)
    machine.apply(tx, case.id, back, by, said)
    assert cases.load(tx, wang.id or uuid4()) == 2
    assert auditor.look(tx) == []
