"""What happens to a case when time passes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.database import Database
from core.outbox import outbox
from handoff import cases, machine, orders, timers
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Said
from handoff.states import Command, State, Urgency
from tests.conftest import Later
from tests.handoff.kit import SYSTEM, Around, case_in, expert, opened, until_it_waits


def prepared(database: Database, state: State) -> Around:
    with database.transaction() as tx:
        return case_in(tx, state)


def do(database: Database, case: Case, command: Command, actor: Actor, said: Said = orders.NOTHING) -> Case:
    with database.transaction() as tx:
        return machine.apply(tx, case.id, command, actor, said)


def now(database: Database, case: Case) -> Case:
    with database.transaction() as tx:
        return cases.get(tx, case.id)


def topics(database: Database, case: Case) -> list[str]:
    with database.transaction() as tx:
        rows = tx.execute(
            sa.select(outbox.c.topic).where(outbox.c.ids["case_id"].astext == str(case.id)).order_by(outbox.c.id)
        )
        return [row.topic for row in rows]


def test_an_offer_that_nobody_takes_ends_by_itself_and_sooner_when_it_is_critical(
    database: Database, later: Later
) -> None:
    with database.transaction() as tx:
        wang = expert(tx)
        found = [opened(tx, urgency=urgency) for urgency in (Urgency.CRITICAL, Urgency.NORMAL)]
        for case in found:
            machine.apply(tx, case.id, Command.OFFER, SYSTEM, Said(to=wang.id))
    states = []
    for minutes in (2, 2, 7):
        later(minutes=minutes)
        timers.fire_due(database)
        states.append([now(database, case).state for case in found])
    waiting, back = State.OFFERED, State.QUEUED
    assert states == [[waiting, waiting], [back, waiting], [back, back]]


def test_an_offer_that_was_taken_does_not_end(database: Database, later: Later) -> None:
    around = prepared(database, State.OFFERED)
    do(database, around.case, Command.ACCEPT, around.owner)
    later(hours=1)
    timers.fire_due(database)
    assert now(database, around.case).state is State.ACTIVE


def test_a_timer_of_an_earlier_epoch_does_nothing(database: Database, later: Later) -> None:
    """Offered, declined and offered again: the first offer's timer must not end the second."""
    around = prepared(database, State.QUEUED)
    do(database, around.case, Command.OFFER, SYSTEM, Said(to=around.owner.id))
    later(minutes=9)
    do(database, around.case, Command.ESCALATE, around.coordinator)
    do(database, around.case, Command.OFFER, SYSTEM, Said(to=around.stranger.id))
    later(minutes=2)
    assert timers.fire_due(database) == 1
    case = now(database, around.case)
    assert (case.state, case.owner_id) == (State.OFFERED, around.stranger.id)
    later(minutes=9)
    timers.fire_due(database)
    assert now(database, around.case).state is State.QUEUED


def test_a_case_put_aside_wakes_at_its_time(database: Database, later: Later) -> None:
    around = prepared(database, State.SNOOZED)
    later(minutes=59)
    timers.fire_due(database)
    assert now(database, around.case).state is State.SNOOZED
    later(minutes=2)
    timers.fire_due(database)
    assert now(database, around.case).state is State.ACTIVE


def test_a_case_put_aside_that_the_farmer_woke_stays_awake_and_can_be_put_aside_again(
    database: Database, later: Later
) -> None:
    around = prepared(database, State.SNOOZED)
    do(database, around.case, Command.FARMER_REPLIES, FARMER, Said(text="雨停了"))
    do(
        database,
        around.case,
        Command.SNOOZE,
        around.owner,
        Said(until=clock.now() + timedelta(hours=3)),
    )
    later(hours=2)
    timers.fire_due(database)
    assert now(database, around.case).state is State.SNOOZED
    later(hours=2)
    timers.fire_due(database)
    assert now(database, around.case).state is State.ACTIVE


def test_silence_for_three_days_after_an_answer_ends_the_case(database: Database, later: Later) -> None:
    around = prepared(database, State.ANSWERED)
    later(hours=71)
    timers.fire_due(database)
    assert now(database, around.case).state is State.ANSWERED
    later(hours=2)
    timers.fire_due(database)
    case = now(database, around.case)
    assert (case.state, topics(database, case)[-1]) == (State.RESOLVED, "case_confirmed")


@pytest.mark.parametrize("command", [Command.DISPUTE, Command.FARMER_REPLIES])
def test_the_three_days_begin_again_with_the_next_answer(database: Database, later: Later, command: Command) -> None:
    around = prepared(database, State.ANSWERED)
    later(hours=70)
    do(database, around.case, command, FARMER, Said(text="还没有好"))
    later(hours=1)
    do(database, around.case, Command.ANSWER, around.owner, Said(text="再看看"))
    later(hours=5)
    timers.fire_due(database)
    assert now(database, around.case).state is State.ANSWERED
    later(hours=70)
    timers.fire_due(database)
    assert now(database, around.case).state is State.RESOLVED


def test_a_case_nobody_answers_in_time_is_overdue_once(database: Database, later: Later) -> None:
    around = prepared(database, State.ACTIVE)
    later(hours=25)
    assert timers.fire_due(database) >= 1
    assert timers.fire_due(database) == 0
    assert now(database, around.case).overdue_at is not None
    assert topics(database, around.case).count("case_overdue") == 1
    do(database, around.case, Command.ANSWER, around.owner, Said(text="来晚了"))
    assert now(database, around.case).overdue_at is None


def test_an_answered_case_is_never_overdue_and_a_reopened_one_can_be(database: Database, later: Later) -> None:
    around = prepared(database, State.RESOLVED)
    later(hours=25)
    timers.fire_due(database)
    assert now(database, around.case).overdue_at is None
    do(database, around.case, Command.REOPEN, around.coordinator)
    later(hours=25)
    timers.fire_due(database)
    assert now(database, around.case).overdue_at is not None


def test_several_clocks_fire_each_timer_once(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        found = [opened(tx) for _ in range(12)]
    later(hours=25)
    with ThreadPoolExecutor(4) as pool:
        fired = [doing.result() for doing in [pool.submit(timers.fire_due, database) for _ in range(4)]]
    assert sum(fired) >= len(found)
    assert [topics(database, case).count("case_overdue") for case in found] == [1] * len(found)


def test_a_clock_does_not_wait_for_a_case_that_somebody_is_moving_nor_block_them(
    database: Database, later: Later
) -> None:
    busy, other = prepared(database, State.ACTIVE), opened_now(database)
    later(hours=25)
    with ThreadPoolExecutor(1) as pool, database.transaction() as tx:
        machine.apply(tx, busy.case.id, Command.NOTE, busy.owner, Said(text="在看"))
        clock_work = pool.submit(timers.fire_due, database)
        until_it_waits(database, clock_work)
        machine.apply(tx, busy.case.id, Command.ANSWER, busy.owner, Said(text="好的"))
        clock_work.result(timeout=10)
    assert now(database, other).overdue_at is not None
    timers.fire_due(database)
    assert "case_overdue" not in topics(database, busy.case)


def opened_now(database: Database) -> Case:
    with database.transaction() as tx:
        return opened(tx, openid="o-other")
