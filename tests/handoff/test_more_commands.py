"""Consulting, splitting, rating, disputing twice, reopening, and taking what was offered to somebody else."""

from datetime import timedelta

import pytest

from core import clock, people
from core.database import Transaction
from core.errors import Refused
from core.outbox import outbox
from handoff import auditor, cases, machine, routing, schedule
from handoff.cases import Case
from handoff.deadlines import REOPENED_WITHIN
from handoff.orders import FARMER, Actor, Known, Said
from handoff.states import Command, Kind, State, Urgency
from handoff.tables import cases as cases_table
from registry import experts, roster
from tests.conftest import Later
from tests.handoff.kit import SYSTEM, Around, case_in, coordinator, expert, opened, refusal_of, refused


def facts(tx: Transaction, case: Case) -> list[str]:
    rows = tx.execute(outbox.select().order_by(outbox.c.id))
    return [row.topic for row in rows if row.ids.get("case_id") == str(case.id)]


# --- taking over an offer


def test_what_is_offered_to_one_another_may_take_and_the_first_has_lost_it(tx: Transaction) -> None:
    around = case_in(tx, State.OFFERED)
    taken = machine.apply(tx, around.case.id, Command.CLAIM, around.stranger)
    assert (taken.state, taken.owner_id, taken.lease_until) == (State.ACTIVE, around.stranger.id, None)
    assert taken.epoch > around.case.epoch
    assert refused(tx, around.case, Command.ACCEPT, around.owner, expected_epoch=around.case.epoch) == "wrong_state"


def test_the_one_it_is_offered_to_may_take_it_as_well(tx: Transaction) -> None:
    around = case_in(tx, State.OFFERED)
    assert machine.apply(tx, around.case.id, Command.CLAIM, around.owner).owner_id == around.owner.id


def test_whoever_has_no_room_but_for_what_is_offered_to_them_may_take_it(tx: Transaction) -> None:
    full, case = expert(tx, "wang", capacity=1), opened(tx)
    machine.apply(tx, case.id, Command.OFFER, coordinator(tx), Said(to=full.id))
    assert refused(tx, opened(tx), Command.CLAIM, full) == "over_capacity"
    assert machine.apply(tx, case.id, Command.CLAIM, full).state is State.ACTIVE


def test_what_is_passed_on_to_one_nobody_else_takes(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    said = Said(to=around.stranger.id, reason="要看畜禽的专家")
    machine.apply(tx, around.case.id, Command.TRANSFER, around.owner, said)
    assert refused(tx, around.case, Command.CLAIM, expert(tx, "zhao")) == "being_passed_on"


def test_whoever_was_asked_to_take_it_has_the_same_room_as_before(tx: Transaction) -> None:
    """Taking an offer from a full expert's hands counts for the taker alone."""
    full, case = expert(tx, "wang", capacity=1), opened(tx)
    machine.apply(tx, case.id, Command.OFFER, coordinator(tx), Said(to=full.id))
    other = expert(tx, "li", capacity=1)
    machine.apply(tx, case.id, Command.CLAIM, other)
    assert (cases.load(tx, full.id), cases.load(tx, other.id)) == (0, 1)  # type: ignore[arg-type]


# --- consulting


def test_a_colleague_who_is_asked_sees_the_case_and_the_owner_keeps_it(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    said = Said(text="这个像缺镁吗？", to=around.stranger.id)
    after = machine.apply(tx, around.case.id, Command.CONSULT, around.owner, said)
    assert (after.state, after.owner_id, after.epoch) == (State.ACTIVE, around.owner.id, around.case.epoch)
    assert cases.participants(tx, after.id) == {around.stranger.id}
    assert [case.id for case in cases.consulted(tx, around.stranger.id)] == [after.id]  # type: ignore[arg-type]
    assert (cases.entries(tx, after.id)[-1].said_by, facts(tx, after)[-1]) == ("note", "case_consulted")


@pytest.mark.parametrize(("to", "rule"), [("nobody", "nobody_named"), ("owner", "to_the_owner")])
def test_somebody_else_has_to_be_asked(tx: Transaction, to: str, rule: str) -> None:
    around = case_in(tx, State.ACTIVE)
    said = Said(text="看看", to=around.owner.id if to == "owner" else None)
    assert refused(tx, around.case, Command.CONSULT, around.owner, said) == rule


def test_asking_twice_is_asking_once(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    for words in ("看看", "再看看"):
        machine.apply(tx, around.case.id, Command.CONSULT, around.owner, Said(text=words, to=around.stranger.id))
    assert len(cases.participants(tx, around.case.id)) == 1


# --- rating


@pytest.mark.parametrize("rating", [0, 4, None])
def test_a_rating_is_one_of_three(tx: Transaction, rating: int | None) -> None:
    around = case_in(tx, State.RESOLVED)
    assert refused(tx, around.case, Command.RATE, FARMER, Said(rating=rating)) == "no_such_rating"


def test_a_rating_stands_in_the_log(tx: Transaction) -> None:
    around = case_in(tx, State.RESOLVED)
    rated = machine.apply(tx, around.case.id, Command.RATE, FARMER, Said(rating=2))
    assert (rated.rating, rated.state, rated.ended_at) == (2, State.RESOLVED, around.case.ended_at)
    assert cases.events(tx, rated.id)[-1].payload == {"rating": "2"}


def test_incidents_are_not_rated(tx: Transaction) -> None:
    around = case_in(tx, State.RESOLVED, Kind.INCIDENT)
    assert refused(tx, around.case, Command.RATE, FARMER, Said(rating=3)) == "no_such_rating"


# --- not solved


def twice_disputed(tx: Transaction) -> tuple[Around, Case]:
    around = case_in(tx, State.ANSWERED)
    machine.apply(tx, around.case.id, Command.DISPUTE, FARMER, Said(text="还是黄"))
    machine.apply(tx, around.case.id, Command.ANSWER, around.owner, Said(text="再补肥"))
    return around, machine.apply(tx, around.case.id, Command.DISPUTE, FARMER, Said(text="还是黄"))


def test_not_solved_for_the_second_time_goes_up_and_nobody_owns_it(tx: Transaction) -> None:
    around, case = twice_disputed(tx)
    assert (case.state, case.owner_id, case.level) == (State.QUEUED, None, around.case.level + 1)
    assert facts(tx, case)[-2:] == ["case_disputed", "case_escalated"]
    assert auditor.rebuilt(tx, case.id) is not None


def test_at_the_highest_level_it_stays_there(tx: Transaction) -> None:
    around = case_in(tx, State.ANSWERED)
    tx.execute(machine.cases.update().where(machine.cases.c.id == around.case.id).values(level=3, disputes=1))
    assert machine.apply(tx, around.case.id, Command.DISPUTE, FARMER).level == 3


# --- reopening


def test_a_farmer_opens_again_what_ended_within_a_week(tx: Transaction, later: Later) -> None:
    around = case_in(tx, State.RESOLVED)
    later(seconds=REOPENED_WITHIN.total_seconds() - 60)
    again = machine.apply(tx, around.case.id, Command.REOPEN, FARMER, Said(text="还是黄"))
    assert (again.state, again.ended_at, again.outcome) == (State.QUEUED, None, "")
    assert (cases.entries(tx, again.id)[-1].said_by, cases.entries(tx, again.id)[-1].text) == ("farmer", "还是黄")


def test_after_a_week_only_a_coordinator_does(tx: Transaction, later: Later) -> None:
    around = case_in(tx, State.RESOLVED)
    later(seconds=REOPENED_WITHIN.total_seconds() + 60)
    assert refused(tx, around.case, Command.REOPEN, FARMER) == "too_late_to_reopen"
    assert machine.apply(tx, around.case.id, Command.REOPEN, around.coordinator).state is State.QUEUED


def test_what_is_opened_again_is_offered_to_who_answered_it(tx: Transaction, later: Later) -> None:
    around = case_in(tx, State.RESOLVED)
    again = machine.apply(tx, around.case.id, Command.REOPEN, FARMER)
    assert routing.candidates(tx, again)[0].expert.staff_id == around.owner.id


# --- splitting


def test_what_is_split_off_waits_in_the_queue_with_the_photos_that_belong_to_it(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    machine.apply(
        tx, around.case.id, Command.FARMER_REPLIES, FARMER, Said(text="还有鸡不下蛋", files=(around.into.id,))
    )
    seq = cases.entries(tx, around.case.id)[-1].seq
    said = Said(text="鸡不下蛋", entries=(seq,))
    new = machine.split(tx, around.case.id, around.owner, said, object_="鸡", idem_key="k")
    assert (new.state, new.object, new.split_of) == (State.QUEUED, "鸡", around.case.id)
    assert [(entry.text, entry.files) for entry in cases.entries(tx, new.id)] == [("还有鸡不下蛋", (around.into.id,))]
    assert cases.get(tx, around.case.id).state is State.ACTIVE
    assert machine.split(tx, around.case.id, around.owner, said, object_="鸡", idem_key="k").id == new.id
    other = Said(text="鸭子也不下蛋")
    again = lambda: machine.split(tx, around.case.id, around.owner, other, idem_key="k")  # noqa: E731
    assert refusal_of(again) == "idempotency_key_reused"


def test_the_conversation_still_has_one_question_of_its_own(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    new = machine.split(tx, around.case.id, around.owner, Said(text="鸡不下蛋"))
    assert cases.live_question(tx, new.conversation_id) == cases.get(tx, around.case.id)
    with pytest.raises(Refused, match="one_live_question"), tx.begin_nested():
        opened(tx, conversation_id=new.conversation_id)
    assert [finding.fault for finding in auditor.look(tx)] == []


def test_notes_and_answers_stay_where_they_are(tx: Transaction) -> None:
    around = case_in(tx, State.ANSWERED)
    everything = tuple(entry.seq for entry in cases.entries(tx, around.case.id))
    new = machine.split(tx, around.case.id, around.owner, Said(text="另一件", entries=everything))
    assert {entry.said_by for entry in cases.entries(tx, new.id)} == {"farmer"}


def test_what_the_farmer_says_goes_to_the_case_that_waits_for_him(tx: Transaction, later: Later) -> None:
    around = case_in(tx, State.ACTIVE)
    new = machine.split(tx, around.case.id, around.owner, Said(text="鸡不下蛋"))
    later(minutes=1)
    machine.apply(tx, new.id, Command.CLAIM, around.stranger)
    machine.apply(tx, new.id, Command.ASK_FARMER, around.stranger, Said(text="多少只？"))
    later(minutes=1)
    machine.apply(tx, around.case.id, Command.NOTE, around.owner, Said(text="在查"))
    speaking = cases.speaking_in(tx, new.conversation_id)
    assert speaking is not None
    assert speaking.id == new.id


def test_someone_who_does_not_own_it_splits_nothing(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    with pytest.raises(Refused, match="wrong_person"):
        machine.split(tx, around.case.id, around.stranger, Said(text="另一件"))


def test_over_capacity_is_no_fault_where_a_farmer_brought_it_back(tx: Transaction) -> None:
    one = expert(tx, "wang", capacity=1)
    first, second = opened(tx), opened(tx, openid="o-2")
    machine.apply(tx, first.id, Command.CLAIM, one)
    machine.apply(tx, first.id, Command.ANSWER, one, Said(text="好"))
    machine.apply(tx, second.id, Command.CLAIM, one)
    machine.apply(tx, first.id, Command.DISPUTE, FARMER)
    assert cases.load(tx, one.id) == 2  # type: ignore[arg-type]
    assert auditor.look(tx) == []


# --- putting right what a case is about


def test_what_the_bot_took_for_another_crop_is_put_right_and_goes_to_who_knows_it(tx: Transaction) -> None:
    wang, li, chief = expert(tx), expert(tx, "li"), coordinator(tx)
    assert wang.id is not None
    assert li.id is not None
    experts.enrol(tx, wang.id, objects=["水稻"])
    experts.enrol(tx, li.id, objects=["猪"])
    roster.plan_single(tx, li.id, clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=4))
    case = machine.apply(tx, opened(tx).id, Command.AMEND, chief, Said(known=Known(object="猪", topic="病害")))
    assert (case.object, case.topic, case.problem, case.state) == ("猪", "病害", "", State.QUEUED)
    assert routing.place(tx, case).owner_id == li.id
    assert cases.events(tx, case.id)[1].payload == {"object": "猪", "topic": "病害"}
    assert "case_amended" in facts(tx, case)


def test_what_waits_because_nobody_knew_it_is_looked_at_anew(tx: Transaction) -> None:
    chief = coordinator(tx)
    case = routing.place(tx, opened(tx))
    assert case.desk_at is not None
    assert routing._next(tx, []) is None
    machine.apply(tx, case.id, Command.AMEND, chief, Said(known=Known(object="猪")))
    found = routing._next(tx, [])
    assert found is not None
    assert found.id == case.id


def test_what_is_made_more_urgent_is_due_sooner_and_before_the_others(tx: Transaction, later: Later) -> None:
    other, chief = opened(tx), coordinator(tx)
    case = opened(tx)
    after = machine.apply(tx, case.id, Command.AMEND, chief, Said(known=Known(urgency=Urgency.CRITICAL)))
    assert (after.urgency, cases.place_in_queue(tx, after)) == (Urgency.CRITICAL, 1)
    assert cases.place_in_queue(tx, other) == 2
    at = clock.now()
    assert at + timedelta(hours=1, minutes=59) < after.due_at <= at + timedelta(hours=2)
    assert after.resolve_by <= at + timedelta(hours=24)
    again = machine.apply(tx, case.id, Command.AMEND, chief, Said(known=Known(urgency=Urgency.NORMAL)))
    assert again.due_at >= case.due_at
    assert again.resolve_by >= case.resolve_by


def test_what_was_late_only_because_it_was_taken_for_urgent_is_not_late_any_more(tx: Transaction, later: Later) -> None:
    case, chief = opened(tx, urgency=Urgency.CRITICAL), coordinator(tx)
    tx.execute(cases_table.update().values(overdue_at=clock.now()))
    later(hours=3)
    after = machine.apply(tx, case.id, Command.AMEND, chief, Said(known=Known(urgency=Urgency.NORMAL)))
    assert (after.overdue_at, after.due_at > clock.now()) == (None, True)
    assert schedule.due(after)[schedule.Timer.FIRST_ANSWER] == after.due_at


@pytest.mark.parametrize("known", [Known(), Known(urgency=Urgency.NORMAL, object="")])
def test_putting_nothing_right_is_refused(tx: Transaction, known: Known) -> None:
    assert refused(tx, opened(tx), Command.AMEND, coordinator(tx), Said(known=known)) == "nothing_changed"


def test_the_same_key_for_another_amendment_is_refused(tx: Transaction) -> None:
    case, chief = opened(tx), coordinator(tx)
    said = Said(known=Known(object="猪"))
    machine.apply(tx, case.id, Command.AMEND, chief, said, idem_key="k")
    assert machine.apply(tx, case.id, Command.AMEND, chief, said, idem_key="k").version == 1
    other = Said(known=Known(object="牛"))
    assert refused(tx, case, Command.AMEND, chief, other, idem_key="k") == "idempotency_key_reused"


# --- pauses


@pytest.mark.parametrize("state", [State.WAITING_FARMER, State.SNOOZED, State.ANSWERED])
def test_what_is_noted_in_a_pause_does_not_make_it_longer(tx: Transaction, later: Later, state: State) -> None:
    around, other = case_in(tx, state), opened(tx)
    leads = {State.WAITING_FARMER: Command.ASK_FARMER, State.SNOOZED: Command.SNOOZE, State.ANSWERED: Command.ANSWER}
    for command in (Command.CLAIM, leads[state]):
        machine.apply(tx, other.id, command, around.owner, around.said())
    later(hours=1)
    machine.apply(tx, other.id, Command.NOTE, around.owner, Said(text="问过站里"))
    later(hours=1)
    ends = [machine.apply(tx, one.id, Command.FARMER_REPLIES, FARMER, Said("好了")) for one in (around.case, other)]
    assert abs(ends[0].resolve_by - ends[1].resolve_by) < timedelta(minutes=1)
    assert abs(ends[0].due_at - ends[1].due_at) < timedelta(minutes=1)


# --- who has left


@pytest.mark.parametrize(
    ("state", "command", "actor"),
    [
        (State.ANSWERED, Command.DISPUTE, FARMER),
        (State.ANSWERED, Command.FARMER_REPLIES, FARMER),
        (State.SNOOZED, Command.WAKE, SYSTEM),
        (State.SNOOZED, Command.FARMER_REPLIES, FARMER),
    ],
)
def test_what_comes_back_to_somebody_who_has_left_goes_to_the_queue(
    tx: Transaction, state: State, command: Command, actor: Actor
) -> None:
    around = case_in(tx, state)
    assert around.owner.id is not None
    people.set_active(tx, around.owner.id, active=False)
    after = machine.apply(tx, around.case.id, command, actor, Said(text="还在黄"))
    assert (after.state, after.owner_id) == (State.QUEUED, None)
    assert [event.actor_name for event in cases.events(tx, after.id)][-1] == "system:owner_left"


@pytest.mark.parametrize("outcome", ["solved", "随便写的"])
def test_who_ends_a_case_names_how_it_ended(tx: Transaction, outcome: str) -> None:
    around = case_in(tx, State.ACTIVE)
    assert refused(tx, around.case, Command.RESOLVE, around.owner, Said(outcome=outcome)) == "no_such_outcome"
