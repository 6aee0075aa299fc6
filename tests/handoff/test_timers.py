"""What happens to a case when time passes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.database import Database, Transaction
from core.outbox import outbox
from handoff import auditor, cases, deadlines, machine, orders, schedule, timers
from handoff.auditor import Fault
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Said
from handoff.states import Command, State, Urgency
from handoff.tables import case_timers
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
    assert timers.fire_due(database) == 0
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
    around = prepared(database, State.QUEUED)
    later(hours=25)
    assert timers.fire_due(database) >= 1
    assert timers.fire_due(database) == 0
    assert now(database, around.case).overdue_at is not None
    assert topics(database, around.case).count("case_overdue") == 1
    do(database, around.case, Command.CLAIM, around.owner)
    do(database, around.case, Command.ANSWER, around.owner, Said(text="来晚了"))
    assert now(database, around.case).overdue_at is None


def test_it_is_told_of_again_every_day_until_somebody_answers(database: Database, later: Later) -> None:
    around = prepared(database, State.QUEUED)
    later(hours=25)
    timers.fire_due(database)
    for days in (1, 2, 3):
        later(hours=24, minutes=1)
        timers.fire_due(database)
        assert topics(database, around.case).count("case_still_overdue") == days
    assert topics(database, around.case).count("case_overdue") == 1


def test_an_owner_who_does_nothing_is_reminded_and_then_loses_the_case(database: Database, later: Later) -> None:
    around = prepared(database, State.ACTIVE)
    later(hours=6)  # half a working day and lunch
    timers.fire_due(database)
    assert topics(database, around.case)[-1] == "owner_silent"
    assert now(database, around.case).state is State.ACTIVE
    later(hours=19)
    timers.fire_due(database)
    case = now(database, around.case)
    assert (case.state, case.owner_id) == (State.QUEUED, None)
    with database.transaction() as tx:
        released = cases.events(tx, case.id)[-1]
    assert (released.actor_name, released.payload["reason"]) == ("system:timer:owner_gone", "接单的专家一直没有动静")


def test_an_owner_who_does_something_keeps_the_case(database: Database, later: Later) -> None:
    around = prepared(database, State.ACTIVE)
    for _ in range(4):
        later(hours=20)
        do(database, around.case, Command.NOTE, around.owner, Said(text="在查资料"))
        timers.fire_due(database)
    assert now(database, around.case).state is State.ACTIVE


def test_a_note_of_somebody_else_keeps_it_for_nobody(database: Database, later: Later) -> None:
    around = prepared(database, State.ACTIVE)
    later(hours=20)
    do(database, around.case, Command.NOTE, around.coordinator, Said(text="请尽快"))
    later(hours=5)
    timers.fire_due(database)
    assert now(database, around.case).state is State.QUEUED


def test_a_farmer_who_owes_an_answer_is_asked_once_more_and_then_the_case_ends(
    database: Database, later: Later
) -> None:
    around = prepared(database, State.WAITING_FARMER)
    later(hours=25)
    timers.fire_due(database)
    timers.fire_due(database)
    assert topics(database, around.case).count("farmer_silent") == 1
    later(days=6)
    timers.fire_due(database)
    case = now(database, around.case)
    assert (case.state, case.outcome) == (State.RESOLVED, "no_reply")


def test_only_a_case_that_waits_for_its_farmer_ends_by_itself(database: Database, later: Later) -> None:
    found = [prepared(database, state).case for state in (State.QUEUED,)]
    later(days=60)
    for _ in range(3):
        timers.fire_due(database)
    assert [now(database, case).state for case in found] == [State.QUEUED]


def test_the_clock_stands_still_while_a_farmer_owes_an_answer(database: Database, later: Later) -> None:
    around = prepared(database, State.ACTIVE)
    before = around.case.due_at
    do(database, around.case, Command.ASK_FARMER, around.owner, Said(text="叶子背面拍一张"))
    later(hours=48)
    timers.fire_due(database)
    assert now(database, around.case).overdue_at is None
    do(database, around.case, Command.FARMER_REPLIES, FARMER, Said(text="拍好了"))
    moved = now(database, around.case).due_at - before
    assert abs(moved - timedelta(hours=48)) < timedelta(minutes=1)


def test_before_the_platform_falls_silent_somebody_is_told(database: Database, later: Later) -> None:
    around = prepared(database, State.QUEUED)
    later(hours=39)
    timers.fire_due(database)
    assert "window_closing" not in topics(database, around.case)
    later(hours=2)
    timers.fire_due(database)
    do(database, around.case, Command.CLAIM, around.owner)
    timers.fire_due(database)
    assert topics(database, around.case).count("window_closing") == 1
    do(database, around.case, Command.FARMER_REPLIES, FARMER, Said(text="还在等"))
    later(hours=41)
    timers.fire_due(database)
    assert topics(database, around.case).count("window_closing") == 2


def test_nobody_is_told_of_a_window_that_is_closed(database: Database, later: Later) -> None:
    around = prepared(database, State.QUEUED)
    later(hours=49)
    timers.fire_due(database)
    assert "window_closing" not in topics(database, around.case)


def test_a_case_that_takes_long_is_told_of(database: Database, later: Later) -> None:
    around = prepared(database, State.QUEUED)
    later(days=7, minutes=1)
    timers.fire_due(database)
    assert "case_takes_long" in topics(database, around.case)


@pytest.mark.parametrize("state", State)
def test_every_live_case_has_a_timer_and_no_other_has(tx: Transaction, state: State) -> None:
    around = case_in(tx, state)
    waiting = tx.execute(
        sa.select(sa.func.count())
        .select_from(case_timers)
        .where(case_timers.c.case_id == around.case.id, case_timers.c.fired_at.is_(None))
    ).scalar_one()
    assert (waiting > 0) == around.case.is_live == bool(schedule.due(around.case))


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


def test_a_timer_that_was_stopped_is_due_again_at_the_same_moment(database: Database, later: Later) -> None:
    around = prepared(database, State.QUEUED)
    later(hours=25)
    timers.fire_due(database)
    do(database, around.case, Command.CLAIM, around.owner)
    do(
        database, around.case, Command.ASK_FARMER, around.owner, Said(text="请拍叶背")
    )  # while the farmer owes us, nobody is late
    do(database, around.case, Command.FARMER_REPLIES, FARMER, Said(text="拍好了"))
    later(hours=25)
    timers.fire_due(database)
    assert topics(database, around.case).count("case_still_overdue") == 1


def test_a_case_that_waits_for_its_second_answer_is_not_forgotten(database: Database, later: Later) -> None:
    around = prepared(database, State.ANSWERED)
    do(database, around.case, Command.FARMER_REPLIES, FARMER, Said(text="还是卷"))
    do(database, around.case, Command.RELEASE, around.owner)
    told = []
    for _ in range(3):
        later(days=8)
        timers.fire_due(database)
        told.append(topics(database, around.case).count("case_still_overdue"))
        with database.transaction() as tx:
            assert around.case.id not in {
                finding.case_id for finding in auditor.look(tx) if finding.fault is Fault.NO_TIMER
            }
    assert told == [0, 1, 2] or told == [1, 2, 3]


def test_a_timer_that_was_put_off_a_moment_ago_does_not_fire(tx: Transaction, later: Later) -> None:
    around = case_in(tx, State.ACTIVE)
    gone = (around.case.id, schedule.Timer.OWNER_GONE, around.case.epoch)
    later(days=3)
    machine.apply(tx, around.case.id, Command.NOTE, around.owner, Said(text="在看"))
    assert not timers._ring(tx, *gone)
    later(days=3)
    assert timers._ring(tx, *gone)


def opened_now(database: Database) -> Case:
    with database.transaction() as tx:
        return opened(tx, openid="o-other")


def test_a_farmer_who_is_asked_once_more_has_his_seven_days_again(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        around = case_in(tx, State.WAITING_FARMER)
        before = cases.get(tx, around.case.id)
    later(days=6)
    with database.transaction() as tx:
        machine.apply(tx, around.case.id, Command.ASK_FARMER, around.owner, Said(text="再拍一张叶背。"))
        asked = cases.get(tx, around.case.id)
    assert asked.due_at > before.due_at, "the days before the second question were his as well"
    later(days=2)
    timers.fire_due(database)
    with database.transaction() as tx:
        assert cases.get(tx, around.case.id).state is State.WAITING_FARMER


def test_a_farmer_who_is_answered_once_more_has_his_three_days_again(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        around = case_in(tx, State.ANSWERED)
    later(hours=71)
    with database.transaction() as tx:
        machine.apply(tx, around.case.id, Command.ANSWER, around.owner, Said(text="还有一句。"))
    later(hours=2)
    timers.fire_due(database)
    with database.transaction() as tx:
        assert cases.get(tx, around.case.id).state is State.ANSWERED


@pytest.mark.parametrize("command", [Command.DISPUTE, Command.FARMER_REPLIES])
def test_a_farmer_who_comes_back_waits_for_an_answer_as_if_he_had_asked_now(
    database: Database, later: Later, command: Command
) -> None:
    with database.transaction() as tx:
        around = case_in(tx, State.ANSWERED)
    later(hours=50)
    with database.transaction() as tx:
        back = machine.apply(tx, around.case.id, command, FARMER, Said(text="还是不行"))
        assert back.answered_at is None
        assert back.first_answered_at is not None
        due = deadlines.first_answer(back.urgency, clock.now())
        assert abs(back.due_at - due) < timedelta(minutes=1)
    later(days=12)
    timers.fire_due(database)
    with database.transaction() as tx:
        assert cases.get(tx, around.case.id).overdue_at is not None


@pytest.mark.parametrize("state", [State.SNOOZED, State.ANSWERED, State.WAITING_FARMER])
def test_the_end_of_a_case_stands_still_while_it_is_put_aside_or_with_the_farmer(
    tx: Transaction, later: Later, state: State
) -> None:
    around = case_in(tx, state)
    before = cases.get(tx, around.case.id).resolve_by
    assert schedule.Timer.RESOLUTION not in schedule.due(cases.get(tx, around.case.id))
    later(days=14)
    after = machine.apply(tx, around.case.id, Command.FARMER_REPLIES, FARMER, Said(text="看过了"))
    assert after.resolve_by - before >= timedelta(days=10)


# --- a bug in one


def test_a_timer_that_fails_is_put_off_and_the_others_go_on(
    database: Database, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as tx:
        bad, good = opened(tx), opened(tx)
    later(hours=30)
    note = timers._note

    def stumbling(tx: Transaction, case: Case, timer: schedule.Timer) -> None:
        if case.id == bad.id:
            raise ValueError("a bad row")
        note(tx, case, timer)

    with monkeypatch.context() as planted:
        planted.setattr(timers, "_note", stumbling)
        assert timers.fire_due(database) < 100, "it does not go round in circles"
    assert "case_overdue" in topics(database, good)
    assert topics(database, bad).count("case_overdue") == 0
    timers.fire_due(database)
    assert topics(database, bad).count("case_overdue") == 0, "not at once"
    later(hours=1, minutes=1)
    timers.fire_due(database)
    do(database, bad, Command.ADD, FARMER, Said(text="还在卷"))
    timers.fire_due(database)
    assert topics(database, bad).count("case_overdue") == 1, "and then once"
