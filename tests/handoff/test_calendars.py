"""Cases and the calendar: lunch, nights, weekends, holidays, make-up days, and the exact second (reference: handoff §4.8).

The arithmetic has small tests in tests/registry/test_worktime.py and test_deadlines.py; here cases live through it.
"""

from collections.abc import Callable
from datetime import date, datetime, time
from uuid import UUID

import pytest
import sqlalchemy as sa

from core import clock
from core.database import Database, Transaction
from core.outbox import outbox
from handoff import cases, machine, routing, timers
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Said
from handoff.schedule import Timer
from handoff.states import Command, State, Urgency
from handoff.tables import case_timers
from registry import roster
from registry.roster import Days
from registry.worktime import CHINA
from tests.handoff.kit import SYSTEM, expert, opened

LONG_AGO = date(2020, 1, 1)
# 2026: 中秋 25–27 September, a make-up Sunday on 20 September; 国庆 1–7 October, a make-up Saturday on 10 October.

Clock = Callable[[str], datetime]


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands at the moment that it was put to, in China."""

    def put(text: str) -> datetime:
        moment = china(text)
        monkeypatch.setattr(clock._clock, "now", lambda *, fresh=False: moment)
        return moment

    return put


def do(database: Database, case: Case, command: Command, actor: Actor, **said: object) -> Case:
    with database.transaction() as tx:
        return machine.apply(tx, case.id, command, actor, Said(**said))  # type: ignore[arg-type]


def told(database: Database, case: Case) -> list[str]:
    """What time brought about, in order."""
    with database.transaction() as tx:
        rows = tx.execute(
            sa.select(outbox.c.topic).where(outbox.c.ids["case_id"].astext == str(case.id)).order_by(outbox.c.id)
        )
        return [row.topic for row in rows if row.topic in timers.FACTS.values()]


def timer_of(database: Database, case: Case, kind: Timer) -> datetime | None:
    with database.transaction() as tx:
        found = sa.select(case_timers.c.due_at).where(case_timers.c.case_id == case.id, case_timers.c.kind == kind)
        return tx.execute(found).scalar_one_or_none()


def owner_of(database: Database, case: Case) -> tuple[State, UUID | None]:
    with database.transaction() as tx:
        now = cases.get(tx, case.id)
        return now.state, now.owner_id


# --- by when


@pytest.mark.parametrize(
    ("urgency", "asked", "due"),
    [
        (Urgency.NORMAL, "2026-09-21 11:59:59", "2026-09-22 11:59:59"),  # a second before lunch
        (Urgency.NORMAL, "2026-09-21 12:00:00", "2026-09-22 12:00:00"),  # lunch begins
        (Urgency.NORMAL, "2026-09-21 13:00:00", "2026-09-22 12:00:00"),  # at lunch nothing passes
        (Urgency.NORMAL, "2026-09-21 17:59:59", "2026-09-22 17:59:59"),  # a second before closing
        (Urgency.NORMAL, "2026-09-21 18:00:00", "2026-09-22 18:00:00"),  # and at it
        (Urgency.NORMAL, "2026-09-21 23:59:59", "2026-09-22 18:00:00"),  # midnight makes no difference
        (Urgency.NORMAL, "2026-09-22 00:00:00", "2026-09-22 18:00:00"),
        (Urgency.NORMAL, "2026-09-18 17:00:00", "2026-09-20 17:00:00"),  # the Sunday makes up for a holiday
        (Urgency.NORMAL, "2026-09-30 17:00:00", "2026-10-08 17:00:00"),  # National Day
        (Urgency.NORMAL, "2026-10-09 10:00:00", "2026-10-10 10:00:00"),  # and the Saturday that makes up for it
        (Urgency.URGENT, "2026-09-30 23:30:00", "2026-10-01 07:30:00"),  # an urgent one at night, into the holiday
        (Urgency.CRITICAL, "2026-10-03 23:30:00", "2026-10-04 01:30:00"),
    ],
)
def test_a_case_is_due_when_somebody_can_have_worked_on_it(
    tx: Transaction, at: Clock, urgency: Urgency, asked: str, due: str
) -> None:
    at(asked)
    assert opened(tx, urgency=urgency).due_at == china(due)


def test_zammad_390_a_feast_on_which_people_work_is_a_working_day(tx: Transaction, at: Clock) -> None:
    """A calendar of feasts took St Martin's day for a day off, and 48 hours became six days."""
    at("2026-03-02 10:00")  # the day before 元宵节
    assert opened(tx).due_at == china("2026-03-03 10:00")
    at("2026-09-09 10:00")  # the day before 教师节
    assert opened(tx).due_at == china("2026-09-10 10:00")


def test_a_case_has_the_number_of_the_farmers_day_not_of_greenwich(tx: Transaction, at: Clock) -> None:
    at("2026-09-21 23:59:59")
    assert opened(tx).number.startswith("ZJ-20260921-")
    at("2026-09-22 00:00:00")
    assert opened(tx).number.startswith("ZJ-20260922-")


# --- the clock stands still while the farmer owes an answer


def waiting(database: Database, at: Clock, urgency: Urgency, asked: str, paused: str) -> Case:
    """A case that was claimed and then needed a photo."""
    at(asked)
    with database.transaction() as tx:
        case, wang = opened(tx, urgency=urgency), expert(tx)
    do(database, case, Command.CLAIM, wang)
    at(paused)
    return do(database, case, Command.ASK_FARMER, wang, text="拍一张叶背")


@pytest.mark.parametrize(
    ("urgency", "replied", "due"),
    [
        # Asked on the 29th at 10:00, due on the 30th at 10:00; asked back on the 29th at 17:00: two and a half hours are left.
        (
            Urgency.NORMAL,
            "2026-10-03 22:00",
            "2026-10-08 11:00",
        ),  # in the holiday: they begin with the first working day
        (Urgency.NORMAL, "2026-10-08 09:00", "2026-10-08 11:30"),
        (Urgency.NORMAL, "2026-10-09 17:00", "2026-10-10 10:00"),  # over the night to the make-up Saturday
        # Due on the 29th at 18:00: one hour is left, at any hour.
        (Urgency.URGENT, "2026-10-03 22:00", "2026-10-03 23:00"),
    ],
)
def test_a_clock_that_stood_still_over_a_holiday_goes_on_with_what_was_left(
    database: Database, at: Clock, urgency: Urgency, replied: str, due: str
) -> None:
    case = waiting(database, at, urgency, "2026-09-29 10:00", "2026-09-29 17:00")
    at(replied)
    assert do(database, case, Command.FARMER_REPLIES, FARMER, text="拍好了").due_at == china(due)
    assert timer_of(database, case, Timer.FIRST_ANSWER) == china(due)


@pytest.mark.parametrize("urgency", [Urgency.NORMAL, Urgency.URGENT])
def test_the_end_of_a_case_is_moved_in_working_time_as_it_was_set(
    database: Database, at: Clock, urgency: Urgency
) -> None:
    case = waiting(database, at, urgency, "2026-09-18 10:00", "2026-09-18 17:00")
    before = case.resolve_by
    at("2026-09-21 08:30")  # Friday's last hour and the make-up Sunday have passed: one working day and an hour
    after = do(database, case, Command.FARMER_REPLIES, FARMER, text="拍好了").resolve_by
    days = {Urgency.NORMAL: "2026-09-24 10:00", Urgency.URGENT: "2026-09-22 10:00"}
    moved = {Urgency.NORMAL: "2026-09-28 11:00", Urgency.URGENT: "2026-09-23 11:00"}  # 中秋 lies between
    assert (before, after) == (china(days[urgency]), china(moved[urgency]))


def test_zammad_3140_nothing_is_late_while_the_farmer_owes_the_answer(database: Database, at: Clock) -> None:
    """Tickets were escalated although an agent had answered, since the farmer had not written back in time."""
    case = waiting(database, at, Urgency.NORMAL, "2026-09-29 10:00", "2026-09-30 09:00")
    for day in range(1, 7):
        at(f"2026-10-{day:02} 12:00")
        timers.fire_due(database)
    assert told(database, case) == ["farmer_silent"]
    assert owner_of(database, case)[0] is State.WAITING_FARMER


def test_zammad_3140_nor_when_somebody_has_answered(database: Database, at: Clock) -> None:
    at("2026-09-29 10:00")
    with database.transaction() as tx:
        case, wang = opened(tx), expert(tx)
    do(database, case, Command.CLAIM, wang)
    do(database, case, Command.ANSWER, wang, text="先排水。")
    at("2026-10-02 09:59")
    timers.fire_due(database)
    assert told(database, case) == []
    at("2026-10-02 10:00")  # three days of silence
    timers.fire_due(database)
    assert owner_of(database, case)[0] is State.RESOLVED


def test_zammad_5177_no_other_clock_overrules_the_first_answer(database: Database, at: Clock) -> None:
    """A shorter "update time" took the place of the first answer's, and made it useless."""
    due = china("2026-09-22 10:00")
    at("2026-09-21 10:00")
    with database.transaction() as tx:
        case, wang, li = opened(tx), expert(tx), expert(tx, "li")
    steps = [
        ("10:30", Command.OFFER, SYSTEM, {"to": wang.id}),
        ("10:31", Command.ACCEPT, wang, {}),
        ("11:30", Command.NOTE, wang, {"text": "问过县里"}),
        ("14:30", Command.TRANSFER, wang, {"to": li.id, "reason": "她更懂"}),
        ("14:35", Command.ACCEPT, li, {}),
        ("16:00", Command.RELEASE, li, {"reason": "下班了"}),
        ("16:30", Command.ESCALATE, SYSTEM, {"reason": "没有人接"}),
        ("17:00", Command.CLAIM, wang, {}),
    ]
    for moment, command, actor, said in steps:
        at(f"2026-09-21 {moment}")
        timers.fire_due(database)
        do(database, case, command, actor, **said)
        assert timer_of(database, case, Timer.FIRST_ANSWER) == due, command
    at("2026-09-22 09:59:59")
    timers.fire_due(database)
    assert "case_overdue" not in told(database, case)
    at("2026-09-22 10:00:00")
    timers.fire_due(database)
    assert told(database, case).count("case_overdue") == 1


# --- the platform's window knows no holidays


def test_the_window_of_the_platform_closes_in_the_middle_of_a_holiday_and_somebody_is_told_before(
    database: Database, at: Clock
) -> None:
    at("2026-09-30 17:00")
    with database.transaction() as tx:
        case = opened(tx)
    at("2026-10-02 08:59:59")
    timers.fire_due(database)
    assert told(database, case) == []
    at("2026-10-02 09:00:00")  # forty hours, and nobody at work
    for _ in range(2):
        timers.fire_due(database)
    assert told(database, case) == ["window_closing"]
    at("2026-10-07 12:00")
    timers.fire_due(database)
    assert told(database, case) == ["window_closing"], "due on the eighth: not late in the holiday"
    at("2026-10-08 17:00")
    timers.fire_due(database)
    assert told(database, case) == ["window_closing", "case_overdue", "promise_broken"]


def test_a_window_that_the_farmer_opened_anew_in_the_holiday_is_counted_from_then(
    database: Database, at: Clock
) -> None:
    at("2026-09-30 17:00")
    with database.transaction() as tx:
        case = opened(tx)
    at("2026-10-02 08:00")
    do(database, case, Command.ADD, FARMER, text="还在黄")
    at("2026-10-03 23:59:59")
    timers.fire_due(database)
    assert told(database, case) == []
    at("2026-10-04 00:00:00")
    timers.fire_due(database)
    assert told(database, case) == ["window_closing"]


# --- who is there at that second


def shift(tx: Transaction, name: str, start: int, end: int) -> Actor:
    found = expert(tx, name)
    assert found.id is not None
    roster.plan_rule(tx, found.id, Days.EVERY, time(start), time(end), first_day=LONG_AGO)
    return found


@pytest.mark.parametrize(
    ("moment", "who"),
    [
        ("2026-09-21 11:59:59.999999", "early"),
        ("2026-09-21 12:00:00", "late"),
        ("2026-09-21 23:59:59.999999", "late"),
        ("2026-09-22 00:00:00", "early"),
    ],
)
def test_a_case_is_offered_to_whoever_is_on_duty_at_that_very_second(
    database: Database, at: Clock, moment: str, who: str
) -> None:
    at(moment)
    with database.transaction() as tx:
        there = {"early": shift(tx, "early", 0, 12), "late": shift(tx, "late", 12, 0)}
        case = opened(tx)
    routing.run(database)
    assert owner_of(database, case) == (State.OFFERED, there[who].id)


def test_an_offer_made_a_second_before_closing_ends_and_goes_on_when_the_office_opens(
    database: Database, at: Clock
) -> None:
    at("2026-09-30 17:59:59")
    with database.transaction() as tx:
        wang, case = expert(tx), opened(tx)
    routing.run(database)
    assert owner_of(database, case) == (State.OFFERED, wang.id)
    at("2026-09-30 18:09:59")
    timers.fire_due(database)
    routing.run(database)
    assert owner_of(database, case) == (State.QUEUED, None)
    for moment in ("2026-10-01 09:00", "2026-10-08 08:29:59"):
        at(moment)
        routing.run(database)
        assert owner_of(database, case) == (State.QUEUED, None), moment
    at("2026-10-08 08:30:30")
    routing.run(database)
    assert owner_of(database, case) == (State.OFFERED, wang.id)


@pytest.mark.parametrize("urgency", [Urgency.URGENT, Urgency.CRITICAL])
def test_an_urgent_case_at_night_is_the_coordinators_at_once_and_late_before_the_office_opens(
    database: Database, at: Clock, urgency: Urgency
) -> None:
    at("2026-09-21 23:30")
    with database.transaction() as tx:
        expert(tx)
        case = opened(tx, urgency=urgency)
    routing.run(database)
    with database.transaction() as tx:
        assert cases.get(tx, case.id).desk_at == china("2026-09-21 23:30")
    at("2026-09-22 08:00")
    timers.fire_due(database)
    assert told(database, case) == ["case_overdue", "promise_broken"]


@pytest.mark.parametrize(
    ("asked", "there_again"),
    [
        ("2026-09-21 12:00", "2026-09-21 14:00"),
        ("2026-09-30 18:00", "2026-10-08 08:30"),  # the eve of National Day: seven days off, and a night
        ("2026-02-14 18:00", "2026-02-24 08:30"),  # Spring Festival: nine days
    ],
)
def test_the_next_expert_is_known_across_the_longest_holiday(
    tx: Transaction, at: Clock, asked: str, there_again: str
) -> None:
    now = at(asked)
    expert(tx)
    assert routing.first_on_duty(tx, opened(tx), at=now) == china(there_again)


def test_an_owner_is_not_counted_silent_in_a_holiday(database: Database, at: Clock) -> None:
    at("2026-09-30 17:00")
    with database.transaction() as tx:
        case, wang = opened(tx), expert(tx)
    do(database, case, Command.CLAIM, wang)
    at("2026-10-07 23:00")
    timers.fire_due(database)
    assert told(database, case) == []
    assert owner_of(database, case) == (State.ACTIVE, wang.id)
    at("2026-10-08 11:15")  # half a working day since
    timers.fire_due(database)
    assert "owner_silent" in told(database, case)
    assert owner_of(database, case) == (State.ACTIVE, wang.id)
    at("2026-10-08 17:00")
    timers.fire_due(database)
    assert owner_of(database, case) == (State.QUEUED, None)


def test_a_case_that_was_put_aside_until_a_free_day_comes_back_on_it(database: Database, at: Clock) -> None:
    at("2026-09-29 10:00")
    with database.transaction() as tx:
        case, wang = opened(tx), expert(tx)
    do(database, case, Command.CLAIM, wang)
    do(database, case, Command.SNOOZE, wang, until=china("2026-10-03 08:00"))
    at("2026-10-03 07:59:59")
    timers.fire_due(database)
    assert owner_of(database, case)[0] is State.SNOOZED
    at("2026-10-03 08:00:00")
    timers.fire_due(database)
    assert owner_of(database, case) == (State.ACTIVE, wang.id)
