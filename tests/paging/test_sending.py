"""How what cannot wait is sent: at once, again until it is seen, never to those it does not concern any more."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
import sqlalchemy as sa

from core import clock, outbox, people
from core.database import Database, Transaction
from core.errors import TryLater, Unsendable
from handoff import machine
from handoff.cases import Case
from handoff.orders import Said
from handoff.states import Command, Kind, Urgency
from paging import claims, notices, rules, sending
from paging.channels import Channel
from paging.rules import Chain
from paging.tables import notice_sends
from tests.conftest import Later
from tests.handoff.kit import SYSTEM, expert, opened
from tests.paging.kit import SpyPager, carry, coordinator, do, reach, results, run, told


def pressing(
    database: Database, urgency: Urgency = Urgency.URGENT, *, waits: dict[Channel, int] | None = None
) -> tuple[Case, UUID]:
    """A case offered to an expert who can be reached by e-mail."""
    with database.transaction() as tx:
        wang, case = expert(tx), opened(tx, urgency=urgency)
        assert wang.id is not None
        reach(tx, wang.id, address="wang@example.org")
        if waits is not None:
            rules.set_chain(tx, wang.id, Chain.IMPORTANT, waits)
    return do(database, case, Command.OFFER, SYSTEM, Said(to=wang.id)), wang.id


def incident(database: Database) -> Case:
    with database.transaction() as tx:
        case = opened(tx, Kind.INCIDENT)
    carry(database)
    return case


def test_what_is_important_is_sent_at_once_with_a_link_to_the_case(database: Database, later: Later) -> None:
    case, _ = pressing(database)
    pager = SpyPager()
    assert run(database, pager) == 1
    ((address, title, text, link),) = pager.sent
    assert address == "wang@example.org"
    assert title == "【急】有工单派给您"
    assert case.number in text
    assert link == f"https://desk.example.org/cases/{case.number}"
    assert run(database, pager) == 0


def test_it_is_sent_again_after_five_minutes_until_it_is_seen(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        chen = coordinator(tx)
    case, pager = incident(database), SpyPager()
    counts = []
    for minutes in (0, 4, 2, 5):
        later(minutes=minutes)
        run(database, pager)
        counts.append(len(pager.sent))
    assert counts == [1, 1, 2, 3]
    with database.transaction() as tx:
        notices.see_case(tx, chen, case.id)
    later(minutes=6)
    run(database, pager)
    assert len(pager.sent) == 3
    assert results(database)[-1] == (4, "dropped")


def test_it_is_not_sent_for_ever_to_somebody_who_never_looks(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        coordinator(tx)
    incident(database)
    pager = SpyPager()
    for _ in range(12):
        run(database, pager)
        later(minutes=6)
    assert len(pager.sent) == sending.MOST_ATTEMPTS


def test_after_an_outage_one_page_goes_out_and_not_all_that_were_missed(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        coordinator(tx)
    incident(database)
    later(hours=3)
    pager = SpyPager()
    assert run(database, pager) == 1


def test_what_is_settled_before_it_is_sent_is_not_sent(database: Database, later: Later) -> None:
    case, _ = pressing(database, waits={Channel.EMAIL: 5})
    pager = SpyPager()
    assert run(database, pager) == 0
    with database.transaction() as tx:
        li = expert(tx, "li")
    do(database, case, Command.ESCALATE, SYSTEM)
    do(database, case, Command.CLAIM, li)
    later(minutes=6)
    assert run(database, pager) == 0
    assert results(database) == [(1, "dropped")]


def test_a_reason_that_went_without_a_fact_is_noticed_before_sending(database: Database, later: Later) -> None:
    """Nobody carries the fact; the case is looked at all the same."""
    case, wang = pressing(database)
    with database.transaction() as tx:
        machine.apply(tx, case.id, Command.OFFER_EXPIRES, SYSTEM)
    pager = SpyPager()
    assert run(database, pager) == 0
    assert pager.sent == []
    assert told(database, wang)[0].settled_at is not None


def test_rules_of_ones_own_decide_by_which_channel_and_when(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        wang = expert(tx).id
        assert wang is not None
        reach(tx, wang)
        reach(tx, wang, Channel.WECOM, "WangNong")
        rules.set_chain(tx, wang, Chain.IMPORTANT, {Channel.WECOM: 0, Channel.EMAIL: 5})
        case = opened(tx, urgency=Urgency.URGENT)
    do(database, case, Command.OFFER, SYSTEM, Said(to=wang))
    pager = SpyPager()
    run(database, pager, Channel.EMAIL, Channel.WECOM)
    assert [address for address, *_ in pager.sent] == ["WangNong"]
    pager.sent.clear()
    later(minutes=5, seconds=1)
    run(database, pager, Channel.EMAIL, Channel.WECOM)
    assert len(pager.sent) == 2


def test_who_wants_nothing_but_the_console_gets_nothing_else(database: Database, later: Later) -> None:
    _, wang = pressing(database, waits={})
    pager = SpyPager()
    assert run(database, pager) == 0
    assert len(told(database, wang)) == 1
    assert results(database, Channel.CONSOLE) == [(1, "sent")]


def test_an_offer_of_the_most_urgent_goes_by_every_channel_whatever_the_rules_say(
    database: Database, later: Later
) -> None:
    pressing(database, Urgency.CRITICAL, waits={})
    pager = SpyPager()
    assert run(database, pager) == 1
    assert results(database) == [(1, "sent"), (2, "waiting")], "and is repeated"


def test_an_incident_goes_by_every_channel_whatever_the_rules_say(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        chen = coordinator(tx)
        reach(tx, chen, Channel.WECOM, "ChenXieTiao")
        rules.set_chain(tx, chen, Chain.IMPORTANT, {})
    incident(database)
    pager = SpyPager()
    assert run(database, pager, Channel.EMAIL, Channel.WECOM) == 2


def test_a_channel_that_is_not_configured_any_more_is_let_go(database: Database, later: Later) -> None:
    pressing(database)
    assert run(database, SpyPager(), Channel.WECOM) == 0
    assert results(database) == [(1, "dropped")]


# --- hours


def test_off_duty_only_what_is_most_urgent_is_sent(database: Database, later: Later) -> None:
    later(hours=10)  # eight in the evening
    pager = SpyPager()
    pressing(database, Urgency.CRITICAL)
    assert run(database, pager) == 1


def test_what_is_urgent_waits_for_the_next_duty(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        chen, case = coordinator(tx), opened(tx, urgency=Urgency.URGENT)
    later(hours=10)
    with database.transaction() as tx:
        outbox.write(tx, "case_overdue", case_id=case.id)
    carry(database)
    pager = SpyPager()
    assert told(database, chen)[0].importance is Chain.IMPORTANT
    assert run(database, pager) == 0
    later(hours=12)  # eight in the morning
    assert run(database, pager) == 0
    later(minutes=31)
    assert run(database, pager) == 1


def test_who_has_left_is_sent_nothing(database: Database, later: Later) -> None:
    _, wang = pressing(database)
    with database.transaction() as tx:
        people.set_active(tx, wang, active=False)
    assert run(database, SpyPager()) == 0


# --- failures


def test_a_busy_server_is_tried_again_after_growing_pauses(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        coordinator(tx)
    incident(database)
    pager = SpyPager(refusals=[TryLater("busy")] * 3)
    asked: list[datetime] = []
    pager.before = lambda: asked.append(clock.now())
    for _ in range(36):
        run(database, pager)
        later(seconds=5)
    steps = [round((at - before) / timedelta(seconds=5)) for before, at in pairwise(asked)]
    assert steps == [3, 6, 12], "in steps of five seconds; the machine's own slowness does not count"
    assert results(database)[0] == (1, "sent")


def test_a_server_that_is_always_busy_is_given_up_in_the_end(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        coordinator(tx)
    incident(database)
    pager = SpyPager(refusals=[TryLater("busy")] * 100)
    for _ in range(20):
        run(database, pager)
        later(minutes=16)
    assert len(pager.refusals) == 100 - claims.MOST_TRIES
    assert results(database) == [(1, "failed")]


def test_an_address_that_will_never_work_is_tried_once_and_stands_in_the_log(database: Database, later: Later) -> None:
    _, wang = pressing(database)
    pager = SpyPager(refusals=[Unsendable("smtp recipient: 550")])
    run(database, pager)
    later(hours=1)
    run(database, pager)
    with database.transaction() as tx:
        (line,) = notices.log_of(tx, wang)
    assert (line.channel, line.result, line.sent_at) == (Channel.EMAIL, "failed", None)


def test_whoever_dies_between_sending_and_writing_it_down_is_followed_by_another_after_the_lease(
    database: Database, later: Later
) -> None:
    with database.transaction() as tx:
        coordinator(tx)
    incident(database)

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        run(database, SpyPager(before=die))
    pager = SpyPager()
    assert run(database, pager) == 0
    later(seconds=claims.LEASE.total_seconds() + 1)
    assert run(database, pager) == 1


def test_whoever_comes_back_after_the_lease_changes_nothing(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        coordinator(tx)
    incident(database)
    slow, quick = SpyPager(), SpyPager()

    def overtaken() -> None:
        later(seconds=claims.LEASE.total_seconds() + 1)
        run(database, quick)

    slow.before = overtaken
    slow.refusals = [TryLater("too late")]
    run(database, slow)
    assert len(quick.sent) == 1
    assert results(database)[0] == (1, "sent")


def test_several_processes_send_each_page_once(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        for number in range(12):
            coordinator(tx, f"chen{number}")
    incident(database)
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
    assert sum(counts) == 12
    assert sorted(address for address, *_ in pager.sent) == sorted({address for address, *_ in pager.sent})


def test_two_that_look_at_once_take_different_pages(database: Database, later: Later) -> None:
    """The lock of the row decides, not what was read before it."""
    with database.transaction() as tx:
        for number in range(2):
            coordinator(tx, f"chen{number}")
    incident(database)
    with database.transaction() as one, database.transaction() as other:
        first, second = sending._next_pressing(one), sending._next_pressing(other)
        assert first is not None
        assert second is not None
        assert first.notice_id != second.notice_id


def test_there_is_nothing_to_do_where_nobody_is_to_be_told(tx: Transaction) -> None:
    assert not sending.is_due(tx)


def test_a_page_that_is_due_is_seen_by_the_clock(database: Database, later: Later) -> None:
    pressing(database)
    with database.transaction() as tx:
        assert sending.is_due(tx)
    run(database, SpyPager())
    with database.transaction() as tx:
        assert not sending.is_due(tx)


def test_old_notices_are_forgotten(database: Database, later: Later) -> None:
    _, wang = pressing(database)
    with database.transaction() as tx:
        notices.forget_old(tx)
    assert len(told(database, wang)) == 1
    later(days=91)
    with database.transaction() as tx:
        notices.forget_old(tx)
        assert tx.execute(sa.select(sa.func.count()).select_from(notice_sends)).scalar_one() == 0
    assert told(database, wang) == []
