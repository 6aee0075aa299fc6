"""Ordinary notices are collected: one message every half hour at most, and only on duty."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest

from core import clock
from core.database import Database
from core.errors import TryLater
from handoff import machine, routing
from handoff.orders import Said
from handoff.states import Command, Urgency
from paging import digests, duties, notices
from paging.channels import Channel
from registry import roster
from registry.roster import Days
from registry.worktime import CHINA
from tests.conftest import Later
from tests.handoff.kit import SYSTEM, expert, opened
from tests.needs import kit as needs_kit
from tests.paging.kit import SpyPager, carry, coordinator, do, reach, results, run, told, topics


def file_needs(database: Database, count: int) -> None:
    with database.transaction() as tx:
        for _ in range(count):
            needs_kit.filed_need(tx)
    carry(database)


def hired(database: Database) -> UUID:
    with database.transaction() as tx:
        return coordinator(tx)


def test_the_first_goes_out_at_once_and_what_follows_is_collected(database: Database, later: Later) -> None:
    hired(database)
    pager = SpyPager()
    file_needs(database, 1)
    run(database, pager)
    assert pager.titles == ["有新需求待受理"]
    assert "/needs/XQ-" in pager.sent[0][3]
    for _ in range(5):
        later(minutes=5)
        file_needs(database, 1)
        run(database, pager)
    assert len(pager.sent) == 1
    later(minutes=6)
    run(database, pager)
    assert pager.titles[1:] == ["您有5条新通知"]
    assert pager.sent[1][2] == "有新需求待受理（5条）"
    assert pager.sent[1][3] == "https://desk.example.org/notices"
    assert {result for _, result in results(database)} == {"sent"}


def test_what_is_filed_at_night_goes_out_as_one_message_when_the_duty_begins(database: Database, later: Later) -> None:
    hired(database)
    later(hours=10)
    pager = SpyPager()
    file_needs(database, 7)
    run(database, pager)
    later(hours=11)  # seven in the morning
    run(database, pager)
    assert pager.sent == []
    later(hours=1, minutes=31)
    assert run(database, pager) == 1
    assert pager.titles == ["您有7条新通知"]


def test_who_is_absent_is_sent_nothing(database: Database, later: Later) -> None:
    chen = hired(database)
    with database.transaction() as tx:
        roster.be_absent(tx, chen, clock.now(), clock.now() + timedelta(hours=1))
    pager = SpyPager()
    file_needs(database, 1)
    run(database, pager)
    assert pager.sent == []
    later(minutes=61)
    run(database, pager)
    assert len(pager.sent) == 1


def test_what_was_seen_or_settled_meanwhile_is_left_out(database: Database, later: Later) -> None:
    chen = hired(database)
    pager = SpyPager()
    file_needs(database, 3)
    with database.transaction() as tx:
        notices.see(tx, chen, notices.of(tx, chen)[0].id)
    run(database, pager)
    assert pager.titles == ["您有2条新通知"]
    assert sorted(result for _, result in results(database)) == ["dropped", "sent", "sent"]


def test_a_digest_that_could_not_be_sent_is_tried_again(database: Database, later: Later) -> None:
    hired(database)
    pager = SpyPager(refusals=[TryLater("busy")])
    file_needs(database, 3)
    run(database, pager)
    assert pager.sent == []
    later(seconds=16)
    run(database, pager)
    assert pager.titles == ["您有3条新通知"]


def test_each_channel_has_its_own_digest(database: Database, later: Later) -> None:
    chen = hired(database)
    with database.transaction() as tx:
        reach(tx, chen, Channel.WECOM, "ChenXieTiao")
    pager = SpyPager()
    file_needs(database, 2)
    assert run(database, pager, Channel.EMAIL, Channel.WECOM) == 2
    assert sorted(address for address, *_ in pager.sent) == ["ChenXieTiao", "chen@example.org"]


def test_several_processes_send_one_digest(database: Database, later: Later) -> None:
    hired(database)
    file_needs(database, 5)
    url = database.engine.url.render_as_string(hide_password=False)
    together, pager = threading.Barrier(4), SpyPager()

    def process() -> int:
        own = Database(url, pool_size=2)
        try:
            together.wait(10)
            return run(own, pager)
        finally:
            own.close()

    with ThreadPoolExecutor(4) as pool:
        counts = [done.result() for done in [pool.submit(process) for _ in range(4)]]
    assert sum(counts) == 1
    assert pager.titles == ["您有5条新通知"]


def test_what_comes_while_a_digest_is_gathered_waits_for_the_next(database: Database, later: Later) -> None:
    """The address is the lock: without it a second process would send what the first could not see yet."""
    chen, pagers = hired(database), {Channel.EMAIL: SpyPager()}
    file_needs(database, 2)
    with database.transaction() as one:
        first = digests.gather(one, chen, Channel.EMAIL, pagers)
        file_needs(database, 1)
        with database.transaction() as other:
            assert digests.gather(other, chen, Channel.EMAIL, pagers) is None
    assert first is not None
    assert len(first.keys) == 2


# --- duties


def tonight(hour: int, minute: int = 0) -> datetime:
    return datetime.combine(clock.now().astimezone(CHINA).date(), time(hour, minute), CHINA)


def on_nights(database: Database) -> UUID:
    """An expert with a duty from eight in the evening until eight in the morning: two rules."""
    with database.transaction() as tx:
        wang = expert(tx).id
        assert wang is not None
        reach(tx, wang, address="wang@example.org")
        first = clock.now().astimezone(CHINA).date()
        roster.plan_rule(tx, wang, Days.EVERY, time(20), time(0), first_day=first)
        roster.plan_rule(tx, wang, Days.EVERY, time(0), time(8), first_day=first + timedelta(days=1))
    return wang


def test_a_planned_duty_is_announced_an_hour_before_once(database: Database, later: Later) -> None:
    wang = on_nights(database)
    later(hours=8, minutes=59)
    assert duties.look(database) == 0
    later(minutes=2)
    assert duties.look(database) == 1
    assert duties.look(database) == 0
    later(minutes=30)
    assert duties.look(database) == 0
    pager = SpyPager()
    run(database, pager)
    (page,) = pager.sent
    assert page[1] == "您11月30日20:00开始值班"
    assert page[2].startswith("11月30日20:00到12月1日0:00")
    assert topics(database, wang) == ["duty_soon"]


def test_a_duty_that_goes_on_at_midnight_does_not_begin_again(database: Database, later: Later) -> None:
    wang = on_nights(database)
    later(hours=13, minutes=30)
    assert duties.look(database) == 0
    assert topics(database, wang) == []


def test_office_hours_that_nobody_planned_are_not_announced(database: Database, later: Later) -> None:
    chen = hired(database)
    later(hours=3, minutes=30)  # half past one, before the afternoon
    assert duties.look(database) == 0
    assert topics(database, chen) == []


def test_at_the_start_of_a_duty_one_message_says_how_much_waits(database: Database, later: Later) -> None:
    wang = on_nights(database)
    with database.transaction() as tx:
        for urgency in (Urgency.NORMAL, Urgency.URGENT, Urgency.NORMAL):
            case = opened(tx, urgency=urgency)
            machine.apply(tx, case.id, Command.OFFER, SYSTEM, Said(to=wang))
            if urgency is Urgency.URGENT:
                urgent = case.number
    later(hours=10, seconds=1)
    assert duties.look(database) == 1
    assert duties.look(database) == 0
    (notice,) = told(database, wang)
    assert notice.text.startswith(f"您有3个工单在等，最急的是工单{urgent}")
    pager = SpyPager()
    assert run(database, pager) == 1


def test_the_desk_is_told_what_lies_on_it(database: Database, later: Later) -> None:
    chen = hired(database)
    with database.transaction() as tx:
        for _ in range(2):
            routing.place(tx, opened(tx))
    later(hours=4, minutes=1)
    assert duties.look(database) == 1
    (notice,) = told(database, chen)
    assert notice.text.startswith("您有2个工单在等")


def test_the_summary_stands_above_what_was_collected(database: Database, later: Later) -> None:
    chen = hired(database)
    later(hours=2, minutes=10)  # the break at noon
    file_needs(database, 2)
    with database.transaction() as tx:
        routing.place(tx, opened(tx))
    carry(database)
    later(hours=1, minutes=51)
    duties.look(database)
    pager = SpyPager()
    run(database, pager)
    (page,) = pager.sent
    assert page[1] == "您有4条新通知"
    assert page[2].splitlines()[0].startswith("您有1个工单在等")
    assert topics(database, chen)[-1] == "duty_begins"


def test_nobody_is_told_that_nothing_waits(database: Database, later: Later) -> None:
    hired(database)
    later(hours=4, minutes=1)
    assert duties.look(database) == 0


@pytest.mark.parametrize("hours", [0, 5])
def test_an_offer_in_ordinary_time_reaches_who_is_on_duty(database: Database, later: Later, hours: int) -> None:
    """At ten and at three, both within office hours."""
    later(hours=hours)
    with database.transaction() as tx:
        wang, case = expert(tx).id, opened(tx)
        assert wang is not None
        reach(tx, wang)
    do(database, case, Command.OFFER, SYSTEM, Said(to=wang))
    pager = SpyPager()
    assert run(database, pager) == 1
