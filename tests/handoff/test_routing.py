"""Routing: to whom a case goes, why, and that none is forgotten when there is nobody."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from core import clock, people
from core.database import Database, Transaction
from core.people import Role
from handoff import cases, machine, routing
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Opening, Said
from handoff.states import Command, Kind, State, Urgency
from registry import experts, roster
from registry.roster import Days
from tests.core.kit import member
from tests.handoff.kit import expert as an_expert
from tests.handoff.kit import opened as a_question
from tests.handoff.kit import refused

Later = Callable[..., None]


def on_call(tx: Transaction, name: str, **knows: Any) -> UUID:
    """An expert who is on duty at any hour."""
    staff = member(tx, name, Role.EXPERT)
    experts.enrol(tx, staff.id, **knows)
    roster.plan_rule(tx, staff.id, Days.EVERY, time(0), time(0), first_day=date(2020, 1, 1))
    return staff.id


def asked(tx: Transaction, openid: str = "o-farmer", **about: Any) -> Case:
    opening = Opening(
        kind=about.pop("kind", Kind.QUESTION), conversation_id=uuid4(), farmer_id=people.meet(tx, openid).id,
        question=about.pop("question", "柑橘叶子黄了"), reason="no_answer", **about,
    )  # fmt: skip
    return machine.open_case(tx, opening, FARMER)


def actor(tx: Transaction, staff_id: UUID) -> Actor:
    return Actor.staff(people.member(tx, staff_id))


def placed(tx: Transaction, case: Case) -> Case:
    return routing.place(tx, cases.get(tx, case.id))


def declined(tx: Transaction, case: Case) -> Case:
    """Offered, and declined by whoever it was offered to."""
    offered = placed(tx, case)
    assert offered.owner_id is not None
    return machine.apply(tx, case.id, Command.DECLINE, actor(tx, offered.owner_id), Said(reason="不懂这个"))


def answered(tx: Transaction, case: Case, staff_id: UUID) -> None:
    wang = actor(tx, staff_id)
    machine.apply(tx, case.id, Command.CLAIM, wang)
    machine.apply(tx, case.id, Command.ANSWER, wang, Said(text="缺镁，按土测补。"))


def test_who_speaks_the_dialect_that_the_farmer_writes_is_asked_before_who_has_more_room(tx: Transaction) -> None:
    on_call(tx, "other", capacity=9)
    speaks = on_call(tx, "speaks", capacity=2, dialects=["普通话", "白话"])
    case = placed(tx, asked(tx, question="啲柑仔叶黄晒点算"))
    assert case.owner_id == speaks
    assert "会说粤语" in cases.events(tx, case.id)[-1].payload["reason"]


def test_the_place_counts_more_than_the_dialect(tx: Transaction) -> None:
    on_call(tx, "speaks", dialects=["白话"])
    near = on_call(tx, "near", places=["4402"])
    assert placed(tx, asked(tx, question="啲柑仔叶黄晒点算", place_code="440232")).owner_id == near


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"objects": ["柑橘"]}, {}),
        ({"objects": ["柑橘"]}, {"objects": ["水稻"]}),
        ({"objects": ["果树"]}, {}),  # the larger thing
        ({"objects": ["柑橘"], "topics": ["病害"]}, {"objects": ["柑橘"]}),
        ({"places": ["440232"]}, {"places": ["4402"]}),
        ({"places": ["4402"]}, {}),
        ({"capacity": 9}, {"capacity": 2}),
    ],
)
def test_the_better_expert_is_asked(tx: Transaction, better: dict[str, Any], worse: dict[str, Any]) -> None:
    second, first = on_call(tx, "second", **worse), on_call(tx, "first", **better)
    for name, staff_id in (("a", second), ("b", first)):
        answered_by = actor(tx, staff_id)
        machine.apply(tx, asked(tx, name).id, Command.CLAIM, answered_by)  # one each in hand
    case = placed(tx, asked(tx, object="柑橘", topic="病害", place_code="440232"))
    assert (case.state, case.owner_id) == (State.OFFERED, first)


@pytest.mark.parametrize(
    "knows",
    [
        {"objects": ["水稻"]},
        {"topics": ["土地"]},
        {"places": ["500112"]},
        {"level": 2},
    ],
)
def test_who_does_not_suit_is_not_asked(tx: Transaction, knows: dict[str, Any]) -> None:
    on_call(tx, "wang", **knows)
    case = placed(tx, asked(tx, object="柑橘", topic="病害", place_code="440232"))
    assert case.owner_id is None


def test_what_is_not_known_of_a_case_keeps_nobody_from_it(tx: Transaction) -> None:
    wang = on_call(tx, "wang", objects=["水稻"], topics=["病害"], places=["500112"])
    assert placed(tx, asked(tx)).owner_id == wang


def test_who_is_away_paused_or_gone_is_not_asked(tx: Transaction) -> None:
    wang, li, gone = on_call(tx, "wang"), on_call(tx, "li"), on_call(tx, "gone")
    roster.be_absent(tx, wang, clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1))
    experts.pause(tx, li, paused=True)
    people.set_active(tx, gone, active=False)
    assert placed(tx, asked(tx)).state is State.QUEUED
    experts.pause(tx, li, paused=False)
    assert placed(tx, asked(tx)).owner_id == li


def test_nobody_gets_more_than_the_limit(tx: Transaction) -> None:
    wang = on_call(tx, "wang", capacity=2)
    found = [placed(tx, asked(tx, f"o-{n}")) for n in range(4)]
    assert [case.state for case in found] == [State.OFFERED, State.OFFERED, State.QUEUED, State.QUEUED]
    assert cases.load(tx, wang) == 2


def test_a_farmer_gets_the_same_expert_again(tx: Transaction) -> None:
    wang = on_call(tx, "wang")
    on_call(tx, "named", objects=["柑橘"])
    answered(tx, asked(tx, "o-1"), wang)
    case = placed(tx, asked(tx, "o-1", object="柑橘"))
    assert case.owner_id == wang
    offered = cases.events(tx, case.id)[-1]
    assert offered.payload["reason"] == "上次答复过这位农户，手上0/5个"


def test_the_reason_stands_in_the_log(tx: Transaction) -> None:
    on_call(tx, "wang", objects=["柑橘"], places=["4402"])
    case = placed(tx, asked(tx, object="柑橘", place_code="440232"))
    assert cases.events(tx, case.id)[-1].payload["reason"] == "专长对口，负责这个地方，手上0/5个"


def test_among_equals_it_goes_round(tx: Transaction, later: Later) -> None:
    everyone = {on_call(tx, name) for name in ("wang", "li", "chen")}
    owners = []
    for number in range(6):
        case = placed(tx, asked(tx, f"o-{number}"))
        assert case.owner_id is not None
        answered_by = actor(tx, case.owner_id)
        machine.apply(tx, case.id, Command.ACCEPT, answered_by)
        machine.apply(tx, case.id, Command.RESOLVE, answered_by, Said(outcome="remote"))
        owners.append(case.owner_id)
        later(seconds=1)
    assert set(owners[:3]) == set(owners[3:]) == everyone


def test_a_case_that_is_declined_goes_to_the_next(tx: Transaction) -> None:
    case, everyone = asked(tx), {on_call(tx, "wang"), on_call(tx, "li")}
    first = placed(tx, case)
    assert first.owner_id is not None
    machine.apply(tx, case.id, Command.DECLINE, actor(tx, first.owner_id), Said(reason="不懂这个"))
    second = placed(tx, case)
    assert {first.owner_id, second.owner_id} == everyone


def test_after_three_it_goes_up_a_level_and_to_a_specialist(tx: Transaction) -> None:
    for name in ("a", "b", "c", "d"):
        on_call(tx, name)
    specialist = on_call(tx, "specialist", level=2)
    case = asked(tx)
    for _ in range(routing.MOST_OFFERS):
        case = declined(tx, case)
    up = placed(tx, case)
    assert (up.state, up.level) == (State.QUEUED, 2)
    assert placed(tx, up).owner_id == specialist


def off_duty(tx: Transaction, name: str, **knows: Any) -> UUID:
    """An expert whose next duty begins in some hours."""
    staff = member(tx, name, Role.EXPERT)
    experts.enrol(tx, staff.id, **knows)
    start = clock.now() + timedelta(hours=9)
    roster.plan_single(tx, staff.id, start, start + timedelta(hours=4))
    return staff.id


@pytest.mark.parametrize("specialist", [{"level": 2, "objects": ["猪"]}, {"level": 2}])
def test_at_night_nothing_goes_up_to_those_who_sleep_and_in_the_morning_its_own_level_gets_it(
    tx: Transaction, later: Later, specialist: dict[str, Any]
) -> None:
    wang = off_duty(tx, "wang")
    off_duty(tx, "specialist", **specialist)
    case = asked(tx, object="柑橘")
    case = placed(tx, case)
    assert (case.state, case.level) == (State.QUEUED, 1)
    later(hours=10)
    assert placed(tx, case).owner_id == wang


def test_what_was_sent_up_comes_down_again_where_nobody_is_left_above(tx: Transaction) -> None:
    for name in ("a", "b", "c"):
        on_call(tx, name)
    specialist = on_call(tx, "specialist", level=2)
    case = asked(tx)
    for _ in range(routing.MOST_OFFERS):
        case = declined(tx, case)
    case = placed(tx, case)
    experts.pause(tx, specialist, paused=True)
    fourth = on_call(tx, "d")
    assert (case.level, placed(tx, case).owner_id) == (2, fourth)


def test_what_two_answers_did_not_solve_is_not_sent_down(tx: Transaction) -> None:
    first = on_call(tx, "wang")
    specialist = on_call(tx, "specialist", level=2)
    case = asked(tx)
    for _ in range(2):
        case = cases.get(tx, case.id)
        if case.owner_id is None:
            answered(tx, case, first)
        else:
            machine.apply(tx, case.id, Command.ANSWER, actor(tx, first), Said(text="再看看。"))
        machine.apply(tx, case.id, Command.DISPUTE, FARMER)
    experts.pause(tx, specialist, paused=True)
    on_call(tx, "b")
    assert placed(tx, case).owner_id is None


def test_what_two_answers_did_not_solve_begins_anew_with_the_specialists(tx: Transaction) -> None:
    case = asked(tx)
    for name in ("a", "b", "c"):
        on_call(tx, name)
        case = declined(tx, case)
    wang = on_call(tx, "wang")
    case = machine.apply(tx, case.id, Command.CLAIM, actor(tx, wang))
    for _ in range(2):
        machine.apply(tx, case.id, Command.ANSWER, actor(tx, wang), Said(text="先排水。"))
        case = machine.apply(tx, case.id, Command.DISPUTE, FARMER)
    specialist, _ = on_call(tx, "specialist", level=2), on_call(tx, "professor", level=3)
    assert placed(tx, case).owner_id == specialist


def test_where_there_is_nobody_above_a_fourth_is_asked(tx: Transaction) -> None:
    everyone = {on_call(tx, name) for name in ("a", "b", "c", "d")}
    case, seen = asked(tx), set()
    for _ in range(4):
        offered = placed(tx, case)
        seen.add(offered.owner_id)
        case = machine.apply(tx, case.id, Command.DECLINE, actor(tx, offered.owner_id or uuid4()), Said(reason="没空"))
    assert seen == everyone


def test_without_any_specialist_it_lies_on_the_desk(tx: Transaction) -> None:
    case = asked(tx)
    on_call(tx, "wang")
    case = placed(tx, declined(tx, case))
    assert (case.state, case.level) == (State.QUEUED, 1)
    assert case.desk_at is not None
    since = case.desk_at
    assert placed(tx, case).desk_at == since


def test_what_lies_on_the_desk_is_told_of_once_and_looked_at_again(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        case = asked(tx)
    assert routing.run(database) == 1
    assert routing.run(database) == 0
    with database.transaction() as tx:
        wang = on_call(tx, "wang")
    later(seconds=routing.LOOK_AGAIN.total_seconds() + 1)
    assert routing.run(database) == 1
    with database.transaction() as tx:
        found = cases.get(tx, case.id)
        assert (found.owner_id, found.desk_at) == (wang, None)
        facts = tx.exec_driver_sql("SELECT topic FROM outbox WHERE topic = 'case_at_desk'").all()
    assert len(facts) == 1


def test_somebody_who_is_free_is_asked_at_once(database: Database) -> None:
    with database.transaction() as tx:
        wang = on_call(tx, "wang", capacity=1)
        first, second = asked(tx, "o-1"), asked(tx, "o-2")
    routing.run(database)
    with database.transaction() as tx:
        machine.apply(tx, first.id, Command.ACCEPT, actor(tx, wang))
        machine.apply(tx, first.id, Command.ANSWER, actor(tx, wang), Said(text="好的"))
        routing.look_again(tx)
    routing.run(database)
    with database.transaction() as tx:
        assert cases.get(tx, second.id).owner_id == wang


def test_the_most_urgent_is_first_and_none_is_too_old(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        old = asked(tx, "o-1")
    later(days=30)
    with database.transaction() as tx:
        wang = on_call(tx, "wang", capacity=2)
        asked(tx, "o-2")
        urgent = asked(tx, "o-3", urgency=Urgency.CRITICAL)
    routing.run(database)
    with database.transaction() as tx:
        held = {case.id for case in cases.queue(tx, {State.OFFERED}, owner_id=wang)}
    assert held == {old.id, urgent.id}


def test_an_incident_is_not_offered_to_experts(database: Database) -> None:
    with database.transaction() as tx:
        on_call(tx, "wang")
        case = asked(tx, kind=Kind.INCIDENT)
    assert routing.run(database) == 0
    with database.transaction() as tx:
        assert cases.get(tx, case.id).state is State.QUEUED


def test_an_offer_that_was_overtaken_is_not_made(tx: Transaction) -> None:
    wang, li = on_call(tx, "wang"), on_call(tx, "li")
    case = asked(tx)
    machine.apply(tx, case.id, Command.CLAIM, actor(tx, li))
    assert refused(tx, case, Command.OFFER, routing.ROUTER, Said(to=wang)) == "wrong_state"
    overtaken = routing._offer(tx, case, routing.candidates(tx, case)[0])
    assert overtaken is None
    assert cases.get(tx, case.id).owner_id == li


def test_who_let_it_go_is_asked_again_after_some_hours(tx: Transaction, later: Later) -> None:
    wang = on_call(tx, "wang")
    case = placed(tx, declined(tx, asked(tx)))
    assert case.owner_id is None
    later(hours=5)
    assert placed(tx, case).owner_id == wang


def test_of_two_with_one_deadline_the_first_to_ask_is_the_first_to_be_served(tx: Transaction) -> None:
    """At night every question is due at the same moment of the next working day."""
    asked_then = [asked(tx, f"o-{number}") for number in range(8)]
    tx.execute(cases.cases.update().values(due_at=asked_then[0].due_at))
    assert [case.id for case in cases.queue(tx)] == [case.id for case in asked_then]
    places = [cases.place_in_queue(tx, cases.get(tx, case.id)) for case in asked_then]
    assert places == list(range(1, 9))


def test_nobody_has_more_offers_before_them_than_they_can_look_at(database: Database) -> None:
    with database.transaction() as tx:
        wang = on_call(tx, "wang", capacity=20)
        waiting = [asked(tx, f"o-{number}") for number in range(routing.MOST_AT_ONCE + 2)]
    routing.run(database)
    with database.transaction() as tx:
        now = [cases.get(tx, case.id) for case in waiting]
        assert [case.state for case in now].count(State.OFFERED) == routing.MOST_AT_ONCE
        assert [case.desk_at for case in now] == [None] * len(now)
        machine.apply(tx, now[0].id, Command.ACCEPT, actor(tx, wang))
        routing.look_again(tx)
    routing.run(database)
    with database.transaction() as tx:
        states = [cases.get(tx, case.id).state for case in waiting]
    assert states.count(State.OFFERED) == routing.MOST_AT_ONCE


def test_a_case_that_fails_is_put_off_and_the_others_are_offered(
    database: Database, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as tx:
        wang, bad, good = an_expert(tx), a_question(tx), a_question(tx)
        assert wang.id is not None
        roster.plan_single(tx, wang.id, clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=4))
    place = routing.place

    def stumbling(tx: Transaction, case: Case) -> Case:
        if case.id == bad.id:
            raise ValueError("a bad row")
        return place(tx, case)

    with monkeypatch.context() as planted:
        planted.setattr(routing, "place", stumbling)
        assert routing.run(database) == 2
    assert owner_now(database, good) == wang.id
    assert routing.run(database) == 0, "not at once"
    later(minutes=6)
    routing.run(database)
    assert owner_now(database, bad) == wang.id


def owner_now(database: Database, case: Case) -> object:
    with database.transaction() as tx:
        return cases.get(tx, case.id).owner_id
