"""What moving a case does: owner, epoch, log, facts, timers, and what may be done only once."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from core import clock, people
from core.database import Transaction
from core.outbox import Fact, outbox
from handoff import cases, machine, records
from handoff.cases import Case
from handoff.orders import FARMER, Said
from handoff.states import Command, Kind, State, Urgency
from handoff.tables import case_entries
from registry.tables import experts as experts_table
from tests.conftest import Later
from tests.handoff.kit import SYSTEM, case_in, coordinator, expert, opened, refusal_of, refused


def facts(tx: Transaction) -> list[Fact]:
    rows = tx.execute(sa.select(outbox.c.topic, outbox.c.ids).order_by(outbox.c.id))
    return [Fact(row.topic, row.ids) for row in rows]


def rebuilt(tx: Transaction, case: Case) -> tuple[State, object, int, int, int]:
    """State, owner, level, epoch and version of a case as its log alone tells them; the log has no gap."""
    state, rebuilt_from = "", ("", None, 0, 0, -1)
    for number, row in enumerate(
        tx.execute(sa.text("SELECT * FROM case_events WHERE case_id = :id ORDER BY seq"), {"id": case.id})
    ):
        assert row.seq == number
        assert row.from_state == state
        state = row.to_state
        rebuilt_from = (row.to_state, row.owner_id, row.level, row.epoch, row.seq)
    return rebuilt_from  # type: ignore[return-value]


def as_it_is(case: Case) -> tuple[State, object, int, int, int]:
    return (case.state, case.owner_id, case.level, case.epoch, case.version)


@pytest.mark.parametrize("state", State)
def test_a_case_can_be_rebuilt_from_its_log(tx: Transaction, state: State) -> None:
    case = case_in(tx, state).case
    assert rebuilt(tx, case) == as_it_is(case)


# --- owners and epochs


def test_whoever_claims_a_case_owns_it_and_the_epoch_grows_with_every_new_owner(tx: Transaction) -> None:
    wang, li = expert(tx), expert(tx, "li")
    case = opened(tx)
    claimed = machine.apply(tx, case.id, Command.CLAIM, wang)
    answered = machine.apply(tx, case.id, Command.ASK_FARMER, wang, Said(text="多大面积？"))
    released = machine.apply(tx, case.id, Command.RELEASE, wang)
    again = machine.apply(tx, case.id, Command.CLAIM, li)
    assert [c.owner_id for c in (claimed, answered, released, again)] == [wang.id, wang.id, None, li.id]
    assert [c.epoch for c in (case, claimed, answered, released, again)] == [0, 1, 1, 2, 3]


def test_whoever_looks_at_an_old_state_of_the_case_has_lost_it(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    seen = around.case.epoch
    machine.apply(tx, around.case.id, Command.RELEASE, around.owner)
    machine.apply(tx, around.case.id, Command.CLAIM, around.owner)
    now = cases.get(tx, around.case.id).epoch
    said = Said(text="好的")
    assert refused(tx, around.case, Command.ANSWER, around.owner, said, expected_epoch=seen) == "lost_it"
    assert refused(tx, around.case, Command.ANSWER, around.owner, said, expected_epoch=now) == ""


def test_a_transferred_case_goes_to_the_colleague_who_accepts(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    offered = machine.apply(tx, around.case.id, Command.TRANSFER, around.owner, around.said())
    assert (offered.state, offered.owner_id) == (State.OFFERED, around.stranger.id)
    speaking = cases.speaking_in(tx, around.case.conversation_id)
    assert speaking is not None  # the conversation stays with people meanwhile
    accepted = machine.apply(tx, around.case.id, Command.ACCEPT, around.stranger)
    assert (accepted.state, accepted.owner_id, accepted.return_to) == (State.ACTIVE, around.stranger.id, None)


@pytest.mark.parametrize("how", [Command.DECLINE, Command.OFFER_EXPIRES])
def test_a_transferred_case_that_is_not_accepted_goes_back_to_the_sender(tx: Transaction, how: Command) -> None:
    around = case_in(tx, State.ACTIVE)
    machine.apply(tx, around.case.id, Command.TRANSFER, around.owner, around.said())
    back = machine.apply(
        tx, around.case.id, how, around.stranger if how is Command.DECLINE else SYSTEM, Said(reason="在外地")
    )
    assert (back.state, back.owner_id) == (State.ACTIVE, around.owner.id)
    assert rebuilt(tx, back) == as_it_is(back)


def test_an_offer_that_is_declined_goes_back_to_the_queue(tx: Transaction) -> None:
    around = case_in(tx, State.OFFERED)
    assert cases.speaking_in(tx, around.case.conversation_id) is None
    back = machine.apply(tx, around.case.id, Command.DECLINE, around.owner, Said(reason="不懂这个"))
    assert (back.state, back.owner_id) == (State.QUEUED, None)


def test_escalating_raises_the_level_until_there_is_none_above(tx: Transaction) -> None:
    case, chen = opened(tx), coordinator(tx)
    levels = [machine.apply(tx, case.id, Command.ESCALATE, chen).level for _ in range(3)]
    assert levels == [2, 3, 3], "whoever is at the top still gets rid of it: above are the coordinators"
    assert rebuilt(tx, case) == as_it_is(cases.get(tx, case.id))


def test_a_case_can_be_put_aside_only_until_later(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    for until in (None, clock.now()):
        said = Said(until=until)
        assert refused(tx, around.case, Command.SNOOZE, around.owner, said) == "snooze_in_the_past"


# --- capacity


def test_an_expert_takes_as_many_cases_as_they_said_and_no_more(tx: Transaction) -> None:
    wang = expert(tx, capacity=2)
    chen = coordinator(tx)
    first, second, third = opened(tx), opened(tx), opened(tx)
    machine.apply(tx, first.id, Command.CLAIM, wang)
    machine.apply(tx, second.id, Command.OFFER, SYSTEM, Said(to=wang.id))
    assert refused(tx, third, Command.CLAIM, wang) == "over_capacity"
    assert refused(tx, third, Command.OFFER, chen, Said(to=wang.id)) == "over_capacity"
    machine.apply(tx, second.id, Command.ACCEPT, wang)
    machine.apply(tx, first.id, Command.ANSWER, wang, Said(text="好的"))
    assert cases.load(tx, wang.id or uuid4()) == 1
    assert machine.apply(tx, third.id, Command.CLAIM, wang).state is State.ACTIVE


def test_the_table_speaks_before_the_capacity_does(tx: Transaction) -> None:
    """A full expert who is too late hears that somebody else has the case."""
    wang, li = expert(tx, capacity=1), expert(tx, "li")
    taken, mine = opened(tx), opened(tx)
    machine.apply(tx, taken.id, Command.CLAIM, li)
    machine.apply(tx, mine.id, Command.CLAIM, wang)
    assert refused(tx, taken, Command.CLAIM, wang) == "wrong_state"


def test_a_case_is_offered_only_to_somebody_who_can_take_it(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    nobody, paused, gone = coordinator(tx, "nobody"), expert(tx, "paused"), expert(tx, "gone")
    tx.execute(experts_table.delete().where(experts_table.c.staff_id == nobody.id))
    tx.execute(experts_table.update().where(experts_table.c.staff_id == paused.id).values(paused=True))
    people.set_active(tx, gone.id or uuid4(), active=False)

    def transfer(to: object) -> str:
        said = Said(to=to, reason="请帮忙")  # type: ignore[arg-type]
        return refused(tx, around.case, Command.TRANSFER, around.owner, said)

    assert transfer(None) == "nobody_named"
    assert transfer(nobody.id) == "not_an_expert"
    assert transfer(paused.id) == "not_taking_cases"
    assert transfer(gone.id) == "not_taking_cases"
    assert transfer(around.owner.id) == "to_the_owner"
    assert transfer(around.stranger.id) == ""


def test_who_is_no_expert_cannot_claim(tx: Transaction) -> None:
    chen = coordinator(tx)
    tx.execute(experts_table.delete())
    case = opened(tx)
    assert refused(tx, case, Command.CLAIM, chen) == "not_an_expert"


# --- once only


def test_the_same_key_given_again_changes_nothing(tx: Transaction) -> None:
    wang = expert(tx, capacity=1)
    case = opened(tx)
    first = machine.apply(tx, case.id, Command.CLAIM, wang, idem_key="k1")
    assert machine.apply(tx, case.id, Command.CLAIM, wang, idem_key="k1") == first
    answered = machine.apply(tx, case.id, Command.ANSWER, wang, Said(text="好的"), idem_key="k2")
    assert machine.apply(tx, case.id, Command.ANSWER, wang, Said(text="好的"), idem_key="k2") == answered
    assert [entry.text for entry in cases.entries(tx, case.id)].count("好的") == 1
    assert [fact.topic for fact in facts(tx)] == ["case_opened", "case_accepted", "case_answered"]


def test_a_key_used_for_another_case_is_refused(tx: Transaction) -> None:
    wang, one, other = expert(tx), opened(tx), opened(tx)
    machine.apply(tx, one.id, Command.CLAIM, wang, idem_key="k1")
    assert refused(tx, other, Command.CLAIM, wang, idem_key="k1") == "idempotency_key_reused"


def test_a_key_used_for_another_command_or_other_words_is_refused(tx: Transaction) -> None:
    wang, li, case = expert(tx), expert(tx, "li"), opened(tx)
    machine.apply(tx, case.id, Command.CLAIM, wang, idem_key="k1")
    assert refused(tx, case, Command.ANSWER, wang, Said(text="好的"), idem_key="k1") == "idempotency_key_reused"
    machine.apply(tx, case.id, Command.NOTE, wang, Said(text="像黄龙病"), idem_key="k2")
    assert refused(tx, case, Command.NOTE, wang, Said(text="不像"), idem_key="k2") == "idempotency_key_reused"
    machine.apply(tx, case.id, Command.TRANSFER, wang, Said(to=li.id, reason="请看"), idem_key="k3")
    assert refused(tx, case, Command.TRANSFER, wang, Said(to=wang.id, reason="请看"), idem_key="k3") == (
        "idempotency_key_reused"
    )
    assert [entry.text for entry in cases.entries(tx, case.id)] == [case.question, "像黄龙病"]


def test_a_conversation_has_one_live_question(tx: Transaction) -> None:
    first = opened(tx)

    def again(kind: Kind = Kind.QUESTION) -> Case:
        return opened(tx, kind, conversation_id=first.conversation_id)

    assert refusal_of(again) == "one_live_question"
    assert again(Kind.NEED).kind is Kind.NEED
    assert again(Kind.INCIDENT).kind is Kind.INCIDENT
    machine.apply(tx, first.id, Command.CANCEL, FARMER, Said(reason="不用了"))
    assert again().number != first.number


def test_a_case_is_not_reopened_beside_another_live_question(tx: Transaction) -> None:
    around = case_in(tx, State.RESOLVED)
    newer = opened(tx, conversation_id=around.case.conversation_id)
    assert refused(tx, around.case, Command.REOPEN, around.coordinator) == "one_live_question"
    machine.apply(tx, newer.id, Command.CANCEL, around.coordinator, Said(reason="重复"))
    assert refused(tx, around.case, Command.REOPEN, around.coordinator) == ""


def test_a_reopened_case_has_a_deadline_again(tx: Transaction, later: Later) -> None:
    around = case_in(tx, State.RESOLVED)
    later(days=5)
    case = machine.apply(tx, around.case.id, Command.REOPEN, around.coordinator)
    assert case.due_at > clock.now()
    assert (case.first_answered_at, case.ended_at, case.outcome, case.owner_id) == (None, None, "", None)


def test_numbers_are_counted_by_the_day_in_china(tx: Transaction) -> None:
    numbers = [opened(tx).number for _ in range(3)]
    day = f"{clock.now().astimezone(records.CHINA):%Y%m%d}"
    assert numbers == [f"ZJ-{day}-{n:04d}" for n in (1, 2, 3)]


# --- what was said


def test_what_was_said_is_kept_in_order_with_who_said_it(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    for command, actor, text in (
        (Command.NOTE, around.owner, "像叶瘟"),
        (Command.ASK_FARMER, around.owner, "什么品种？"),
        (Command.FARMER_REPLIES, FARMER, "丝苗米"),
        (Command.ANSWER, around.owner, "先排水"),
    ):
        machine.apply(tx, around.case.id, command, actor, Said(text=text))
    said = [(entry.seq, entry.said_by, entry.text) for entry in cases.entries(tx, around.case.id)]
    assert said == [
        (1, "farmer", "辣椒叶子卷起来了"), (2, "note", "像叶瘟"), (3, "expert", "什么品种？"), (4, "farmer", "丝苗米"),
        (5, "expert", "先排水"),
    ]  # fmt: skip
    assert cases.entry(tx, around.case.id, 5).author_name == "wang（农技站）"
    machine.apply(tx, around.into.id, Command.ADD, FARMER, Said(text="叶背有虫"))
    assert cases.entries(tx, around.into.id)[-1].said_by == "farmer"


def test_the_first_answer_is_the_one_that_counts(tx: Transaction, later: Later) -> None:
    around = case_in(tx, State.ANSWERED)
    first = around.case.first_answered_at
    assert first is not None
    later(hours=1)
    assert (
        machine.apply(tx, around.case.id, Command.ANSWER, around.owner, Said(text="再补一句")).first_answered_at
        == first
    )


def test_a_message_of_a_farmer_is_in_a_case_once(tx: Transaction) -> None:
    case, said = opened(tx), Said(text="叶背有小虫", message_id=uuid4())
    for _ in range(2):
        machine.apply(tx, case.id, Command.ADD, FARMER, said)
    assert [entry.text for entry in cases.entries(tx, case.id)].count("叶背有小虫") == 1


@pytest.mark.parametrize("state", State)
def test_what_a_farmer_adds_reaches_a_live_case_in_every_state(tx: Transaction, state: State) -> None:
    around = case_in(tx, state)
    taken = machine.take_in(tx, around.case.id, Said(text="又死了三棵"))
    texts = [entry.text for entry in cases.entries(tx, taken.id)] if taken else []
    waiting = {State.QUEUED, State.OFFERED}
    now = {**{s: s for s in waiting}, State.MERGED: State.QUEUED}.get(state, State.ACTIVE)
    if state in {State.RESOLVED, State.CANCELLED}:
        assert taken is None
    else:
        assert taken is not None
        assert "又死了三棵" in texts
        assert (taken.id, taken.state) == (around.into.id if state is State.MERGED else around.case.id, now)


# --- merging


def test_a_merged_case_moves_what_was_said_and_ends(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    machine.apply(tx, around.case.id, Command.NOTE, around.owner, Said(text="和另一个是一回事"))
    merged = machine.apply(tx, around.case.id, Command.MERGE, around.coordinator, Said(into=around.into.id))
    assert (merged.state, merged.merged_into, merged.is_live) == (State.MERGED, around.into.id, False)
    moved = [(entry.said_by, entry.text) for entry in cases.entries(tx, around.into.id)]
    assert moved[-2:] == [("farmer", "辣椒叶子卷起来了"), ("note", "和另一个是一回事")]
    assert cases.load(tx, around.owner.id or uuid4()) == 0


def test_a_case_is_merged_only_into_another_live_case_of_the_same_farmer(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    foreign = opened(tx, openid="o-other")
    ended = machine.apply(tx, opened(tx).id, Command.CANCEL, FARMER, Said(reason="不用了"))

    def merge(into: object) -> str:
        said = Said(into=into)  # type: ignore[arg-type]
        return refused(tx, around.case, Command.MERGE, around.coordinator, said)

    assert [merge(into) for into in (None, around.case.id)] == ["merge_into_what"] * 2
    assert [merge(into) for into in (foreign.id, ended.id)] == ["merge_target"] * 2
    assert merge(around.into.id) == ""


def test_only_what_is_of_one_kind_is_merged_and_no_incident(tx: Transaction) -> None:
    """Words about a self-harm would be found by every expert in a question; an incident has to be seen by itself."""
    around = case_in(tx, State.ACTIVE)
    incident, other = opened(tx, Kind.INCIDENT), opened(tx, Kind.INCIDENT)
    need = opened(tx, Kind.NEED)
    pairs = [(incident, around.into), (around.case, incident), (incident, other), (need, around.into)]
    for one, into in pairs:
        assert refused(tx, one, Command.MERGE, around.coordinator, Said(into=into.id)) == "merge_kind"


@pytest.mark.parametrize(
    ("state", "then"),
    [
        (State.ANSWERED, State.ACTIVE),
        (State.WAITING_FARMER, State.ACTIVE),
        (State.SNOOZED, State.ACTIVE),
        (State.QUEUED, State.QUEUED),
    ],
)
def test_what_is_merged_into_a_case_wakes_it_with_its_own_time_and_author(
    tx: Transaction, later: Later, state: State, then: State
) -> None:
    around = case_in(tx, state)
    later(hours=1)
    said_at = clock.now()
    machine.apply(tx, around.into.id, Command.ADD, FARMER, Said(text="又死了三棵"))
    machine.apply(tx, around.into.id, Command.CLAIM, around.stranger)
    machine.apply(tx, around.into.id, Command.NOTE, around.stranger, Said(text="像是烂根"))
    later(hours=1)
    machine.apply(tx, around.into.id, Command.MERGE, around.coordinator, Said(into=around.case.id))
    target = cases.get(tx, around.case.id)
    assert target.state is then, "nobody ends it over words that its expert has not read"
    assert said_at <= target.last_farmer_at < said_at + timedelta(minutes=1), "the platform's window runs from then"
    *_, news, note = tx.execute(
        sa.select(case_entries).where(case_entries.c.case_id == target.id).order_by(case_entries.c.seq)
    )
    assert (news.text, note.text, note.author_id) == ("又死了三棵", "像是烂根", around.stranger.id)
    assert said_at <= news.at < said_at + timedelta(minutes=1)
    assert "case_farmer_wrote" in [fact.topic for fact in facts(tx) if fact.uuid("case_id") == target.id]
    assert rebuilt(tx, target) == as_it_is(target)


# --- facts


def test_every_step_that_others_must_know_of_is_a_fact_with_its_ids(tx: Transaction) -> None:
    around = case_in(tx, State.ANSWERED)
    machine.apply(tx, around.case.id, Command.DISPUTE, FARMER, Said(text="还没有"))
    machine.apply(tx, around.case.id, Command.RESOLVE, around.owner, Said(outcome="visit"))
    about = [fact for fact in facts(tx) if fact.ids["case_id"] == str(around.case.id)]
    assert [(fact.topic, fact.ids.get("entry"), fact.ids.get("by")) for fact in about] == [
        ("case_opened", None, None),
        ("case_accepted", None, "staff"),
        ("case_answered", 2, "staff"),
        ("case_disputed", 3, "farmer"),
        ("case_resolved", None, "staff"),
    ]


def test_a_fact_carries_no_words(tx: Transaction) -> None:
    case_in(tx, State.RESOLVED)
    assert not any("卷" in str(fact.ids) or "好的" in str(fact.ids) for fact in facts(tx))


# --- the queue


def test_the_queue_serves_the_most_urgent_first_and_then_who_must_be_answered_soonest(
    tx: Transaction, later: Later
) -> None:
    normal = opened(tx)
    later(hours=1)
    urgent, critical = opened(tx, urgency=Urgency.URGENT), opened(tx, urgency=Urgency.CRITICAL)
    later(hours=1)
    next_urgent, next_normal = opened(tx, urgency=Urgency.URGENT), opened(tx)
    order = [critical, urgent, next_urgent, normal, next_normal]
    assert numbers(cases.queue(tx)) == numbers(order)
    assert [cases.place_in_queue(tx, case) for case in order] == [1, 2, 3, 4, 5]
    machine.apply(tx, urgent.id, Command.CLAIM, expert(tx))
    assert [cases.place_in_queue(tx, case) for case in (critical, next_urgent, normal)] == [1, 2, 3]
    assert numbers(cases.queue(tx, {State.QUEUED})) == numbers([critical, next_urgent, normal, next_normal])


def numbers(found: Iterable[Case]) -> list[str]:
    return [case.number for case in found]


def test_a_case_is_due_sooner_the_more_urgent_it_is(tx: Transaction, later: Later) -> None:
    hours = [(opened(tx, urgency=u).due_at - clock.now()).total_seconds() / 3600 for u in Urgency]
    assert [round(h) for h in hours] == [2, 8, 24]
