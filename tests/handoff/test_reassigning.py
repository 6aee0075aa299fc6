"""Passing cases on: to an expert, through the queue where the owner has left, and by several coordinators at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from core import clock
from core.database import Database, Transaction
from handoff import cases, deadlines, machine
from handoff.cases import Case
from handoff.orders import Actor, Said
from handoff.reassigning import pass_on
from handoff.states import Command, State, Urgency
from handoff.tables import cases as cases_table
from registry import experts, roster
from tests.conftest import Later
from tests.handoff.kit import coordinator, expert, opened, refusal_of, until_it_waits
from tests.handoff.test_races import at_once


def owner_of(actor: Actor) -> UUID:
    assert actor.id is not None
    return actor.id


def on_duty(tx: Transaction, *people: Actor) -> None:
    """These have a duty around now, and so a plan; whoever is not here and has one is off duty."""
    at = clock.now()
    for one in people:
        roster.plan_single(tx, owner_of(one), at - timedelta(hours=1), at + timedelta(hours=4))


def off_duty(tx: Transaction, *people: Actor) -> None:
    at = clock.now()
    for one in people:
        roster.plan_single(tx, owner_of(one), at - timedelta(hours=5), at - timedelta(hours=1))


def move(tx: Transaction, case: Case, chief: Actor, to: Actor | None, key: str = "") -> Case:
    return pass_on(
        tx, case.id, chief, to=to.id if to else None, reason="下班交接", expected_epoch=case.epoch, key=key or uuid4().hex
    )  # fmt: skip


def taken(tx: Transaction, owner: Actor) -> Case:
    return machine.apply(tx, opened(tx).id, Command.CLAIM, owner)


def commands(tx: Transaction, case: Case) -> list[str]:
    return [event.command for event in cases.events(tx, case.id)]


def test_what_an_owner_on_duty_has_is_transferred_and_comes_back_to_them(tx: Transaction) -> None:
    wang, li, chief = expert(tx), expert(tx, "li"), coordinator(tx)
    on_duty(tx, wang)
    after = move(tx, taken(tx, wang), chief, li)
    assert (after.state, after.owner_id, after.return_to) == (State.OFFERED, li.id, wang.id)
    assert commands(tx, after) == ["open", "claim", "transfer"]


def test_what_an_owner_who_has_left_has_never_comes_back_to_nobody(tx: Transaction) -> None:
    wang, li, chief = expert(tx), expert(tx, "li"), coordinator(tx)
    off_duty(tx, wang)
    after = move(tx, taken(tx, wang), chief, li)
    assert (after.state, after.owner_id, after.return_to) == (State.OFFERED, li.id, None)
    assert commands(tx, after) == ["open", "claim", "release", "offer"]
    assert [event.payload.get("reason") for event in cases.events(tx, after.id)][2:] == ["下班交接", "下班交接"]
    expired = machine.apply(tx, after.id, Command.OFFER_EXPIRES, Actor.system("offer_expires"))
    assert (expired.state, expired.owner_id) == (State.QUEUED, None)


def test_what_nobody_has_is_offered_and_what_somebody_has_can_go_back_to_the_queue(tx: Transaction) -> None:
    wang, li, chief = expert(tx), expert(tx, "li"), coordinator(tx)
    assert commands(tx, move(tx, opened(tx), chief, li)) == ["open", "offer"]
    after = move(tx, taken(tx, wang), chief, None)
    assert (after.state, after.owner_id) == (State.QUEUED, None)


def test_what_is_handed_over_waits_for_whoever_comes_next_and_an_hour_more(tx: Transaction, later: Later) -> None:
    """Ten minutes are over before the next shift begins: all twenty cases would come back to somebody who has left."""
    wang, li, chief = expert(tx), expert(tx, "li"), coordinator(tx)
    on_duty(tx, wang)
    starts = clock.now() + timedelta(hours=14)
    roster.plan_single(tx, owner_of(li), starts, starts + timedelta(hours=4))
    after = move(tx, taken(tx, wang), chief, li)
    assert after.lease_until == starts + deadlines.HANDED_OVER
    mine = taken(tx, wang)
    passed_on = machine.apply(tx, mine.id, Command.TRANSFER, wang, Said(to=li.id, reason="她更懂"))
    assert passed_on.lease_until == starts + deadlines.HANDED_OVER


@pytest.mark.parametrize("urgency", [Urgency.CRITICAL, Urgency.URGENT])
def test_what_is_urgent_waits_for_nobody(tx: Transaction, urgency: Urgency) -> None:
    wang, li, chief = expert(tx), expert(tx, "li"), coordinator(tx)
    off_duty(tx, li)
    case = machine.apply(tx, opened(tx, urgency=urgency).id, Command.CLAIM, wang)
    after = move(tx, case, chief, li)
    assert after.lease_until is not None
    assert after.lease_until <= clock.now() + deadlines.OFFER[urgency]


def test_the_same_key_again_changes_nothing(tx: Transaction) -> None:
    wang, li, chief = expert(tx), expert(tx, "li"), coordinator(tx)
    off_duty(tx, wang)
    case = taken(tx, wang)
    first = move(tx, case, chief, li, key="once")
    assert move(tx, case, chief, li, key="once") == first
    assert commands(tx, case) == ["open", "claim", "release", "offer"]


def test_a_refusal_leaves_the_case_where_it_was(database: Database) -> None:
    with database.transaction() as tx:
        wang, li, chief = expert(tx), expert(tx, "li", capacity=1), coordinator(tx)
        off_duty(tx, wang)
        taken(tx, li)
        case = taken(tx, wang)

    def to_somebody_who_is_full() -> None:
        with database.transaction() as tx:
            move(tx, case, chief, li)

    assert refusal_of(to_somebody_who_is_full) == "over_capacity"
    with database.transaction() as tx:
        assert cases.get(tx, case.id) == case
        assert commands(tx, case) == ["open", "claim"]


def test_what_moved_since_it_was_seen_is_not_moved(tx: Transaction) -> None:
    wang, li, chief = expert(tx), expert(tx, "li"), coordinator(tx)
    seen = taken(tx, wang)
    machine.apply(tx, seen.id, Command.RELEASE, wang)
    machine.apply(tx, seen.id, Command.CLAIM, wang)
    assert refusal_of(lambda: move(tx, seen, chief, li)) == "lost_it"


@pytest.fixture
def many(database: Database) -> tuple[list[Case], Actor, Actor, Actor, Actor]:
    """Nine cases of an expert who has left, two others of whom the second takes four cases, and two coordinators."""
    with database.transaction() as tx:
        wang, li, zhao = expert(tx, capacity=20), expert(tx, "li", capacity=20), expert(tx, "zhao", capacity=4)
        off_duty(tx, wang)
        return [taken(tx, wang) for _ in range(9)], li, zhao, coordinator(tx), coordinator(tx, "sun")


def test_two_coordinators_who_pass_the_same_cases_on_move_each_once_and_lose_none(
    database: Database, many: tuple[list[Case], Actor, Actor, Actor, Actor]
) -> None:
    found, li, zhao, chen, sun = many
    came: Counter[str] = Counter()
    for at, case in enumerate(found):
        to = [li, zhao] if at % 2 else [zhao, li]
        came += at_once(
            database,
            *(
                lambda tx, case=case, chief=chief, one=one: move(tx, case, chief, one)
                for chief, one in zip((chen, sun), to, strict=True)
            ),
        )
    assert came["done"] == len(found)
    assert set(came) <= {"done", "wrong_state", "lost_it", "over_capacity"}
    with database.transaction() as tx:
        now = [cases.get(tx, case.id) for case in found]
        assert {case.state for case in now} == {State.OFFERED}
        assert {case.epoch for case in now} == {3}
        assert Counter(case.owner_id for case in now)[zhao.id] <= 4
        for case in now:
            assert commands(tx, case) == ["open", "claim", "release", "offer"]


def test_the_expert_is_locked_before_the_case_so_that_nobody_waits_for_each_other(
    database: Database, many: tuple[list[Case], Actor, Actor, Actor, Actor]
) -> None:
    found, li, _, chen, _ = many
    case = found[0]

    def passing_on() -> object:
        with database.transaction() as tx:
            return move(tx, case, chen, li)

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as tx:
            experts.locked(tx, owner_of(li))
            other = pool.submit(passing_on)
            until_it_waits(database, other)
            free = sa.select(cases_table.c.id).where(cases_table.c.id == case.id).with_for_update(nowait=True)
            assert tx.execute(free).scalar_one() == case.id
        other.result(timeout=10)
