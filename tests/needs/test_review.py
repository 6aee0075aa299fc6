"""Moving a need: every status, every command, everybody who may give it, and what each does."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from core import clock, people
from core.database import Database, Transaction
from core.errors import NotFound, Refused
from handoff import cases, deadlines, machine
from handoff.orders import Said as CaseSaid
from handoff.states import Command as CaseCommand
from handoff.states import State
from needs import filed, review
from needs.filed import Need
from needs.review import FARMER, Actor, Said
from needs.statuses import COMMAND_NAMES, RULES, STATUS_NAMES, Command, Status, Who
from registry import roster
from tests.core.kit import member
from tests.handoff.kit import expert
from tests.needs.kit import CASE, coordinator, facts, filed_need, need_in, refused

COMMANDS = sorted(RULES)


@pytest.mark.parametrize("status", Status)
def test_exactly_what_the_table_allows_is_allowed(tx: Transaction, status: Status) -> None:
    chen = coordinator(tx)
    need, into, wrong = need_in(tx, status, chen), filed_need(tx), []
    for command in COMMANDS:
        for actor in (FARMER, chen, CASE):
            wanted = _expected(status, command, actor)
            found = _tried(tx, need, command, actor, Said(text="好的", into=into.number), may_succeed=not wanted)
            if found != (wanted or RULES[command].to_status or status):
                wrong.append(f"{command} by {actor.who}: {found} instead of {wanted or RULES[command].to_status}")
    assert wrong == []
    assert filed.get(tx, need.id) == need


def _expected(status: Status, command: Command, actor: Actor) -> str:
    if status not in RULES[command].from_statuses:
        return "wrong_state"
    return "" if actor.who in RULES[command].who else "wrong_person"


def _tried(tx: Transaction, need: Need, command: Command, actor: Actor, said: Said, *, may_succeed: bool) -> str:
    """The status that a command leads to, taken back at once, or the rule that refuses it."""
    cell = tx.begin_nested() if may_succeed else None
    try:
        return review.apply(tx, need.id, command, actor, said).status
    except Refused as refusal:
        return refusal.rule
    finally:
        if cell is not None:
            cell.rollback()


@pytest.mark.parametrize("status", Status)
def test_the_log_of_a_need_has_no_gap_and_ends_where_the_need_is(tx: Transaction, status: Status) -> None:
    need = need_in(tx, status, coordinator(tx))
    log = filed.events(tx, need.id)
    assert [event.seq for event in log] == list(range(1, need.version + 1))
    assert [event.from_status for event in log] == ["", *(event.to_status for event in log[:-1])]
    assert log[-1].to_status == status


@pytest.mark.parametrize("status", Status)
def test_the_buttons_shown_are_those_a_coordinator_may_press(tx: Transaction, status: Status) -> None:
    chen = coordinator(tx)
    need = need_in(tx, status, chen)
    assert review.allowed(need) == {command for command in COMMANDS if not _expected(status, command, chen)}


@pytest.mark.parametrize("command", [command for command in COMMANDS if RULES[command].text_is])
def test_a_command_that_needs_words_says_which_when_they_are_missing(tx: Transaction, command: Command) -> None:
    rule, chen = RULES[command], coordinator(tx)
    need = need_in(tx, sorted(rule.from_statuses)[0], chen)
    actor = chen if Who.COORDINATOR in rule.who else FARMER
    for empty in ("", " \n"):
        with pytest.raises(Refused) as refusal:
            review.apply(tx, need.id, command, actor, Said(text=empty))
        assert (refusal.value.rule, refusal.value.words) == ("no_text", f"请写{rule.text_is}。")


def test_refusals_are_plain_chinese_sentences(tx: Transaction) -> None:
    chen = coordinator(tx)
    closed = need_in(tx, Status.CLOSED, chen)
    with pytest.raises(Refused) as refusal:
        review.apply(tx, closed.id, Command.DISPATCH, chen)
    assert refusal.value.words == "需求现在是“已办结”，不能“派单”。"
    with pytest.raises(Refused) as refusal:
        review.apply(tx, filed_need(tx).id, Command.ACCEPT, FARMER)
    assert refusal.value.words == "您不能对这个需求“受理”。"
    assert set(STATUS_NAMES) == set(Status)
    assert set(COMMAND_NAMES) == set(Command)


def test_only_a_coordinator_reviews(tx: Transaction) -> None:
    for roles in ({people.Role.EXPERT}, {people.Role.ADMIN}):
        with pytest.raises(Refused, match="wrong_person"):
            Actor.staff(member(tx, "wang" + "".join(roles), *roles))


def test_the_same_key_given_again_changes_nothing(tx: Transaction) -> None:
    chen, need, other = coordinator(tx), filed_need(tx), filed_need(tx)
    first = review.apply(tx, need.id, Command.ACCEPT, chen, idem_key="k1")
    assert review.apply(tx, need.id, Command.ACCEPT, chen, idem_key="k1") == first
    assert refused(tx, other, Command.ACCEPT, chen, idem_key="k1") == "idempotency_key_reused"


def test_a_key_used_for_another_command_or_other_words_is_refused(tx: Transaction) -> None:
    chen = coordinator(tx)
    need, one, other = filed_need(tx), filed_need(tx), filed_need(tx)
    review.apply(tx, need.id, Command.NOTE, chen, Said(text="打过电话"), idem_key="k1")
    assert refused(tx, need, Command.NOTE, chen, Said(text="没打通"), idem_key="k1") == "idempotency_key_reused"
    assert refused(tx, need, Command.REJECT, chen, Said(text="打过电话"), idem_key="k1") == "idempotency_key_reused"
    review.apply(tx, need.id, Command.MERGE, chen, Said(text="同一件事", into=one.number), idem_key="k2")
    elsewhere = Said(text="同一件事", into=other.number)
    assert refused(tx, need, Command.MERGE, chen, elsewhere, idem_key="k2") == "idempotency_key_reused"


def test_a_key_used_to_dispatch_to_another_expert_is_refused(tx: Transaction) -> None:
    chen, need = coordinator(tx), filed_need(tx)
    wang, li = expert(tx), expert(tx, "li")
    review.apply(tx, need.id, Command.ACCEPT, chen)
    sent = review.apply(tx, need.id, Command.DISPATCH, chen, Said(to=wang.id), idem_key="k")
    assert review.apply(tx, need.id, Command.DISPATCH, chen, Said(to=wang.id), idem_key="k") == sent
    assert refused(tx, need, Command.DISPATCH, chen, Said(to=li.id), idem_key="k") == "idempotency_key_reused"


# --- returning and replying


def test_a_returned_need_goes_back_to_review_with_what_the_farmer_replied(tx: Transaction) -> None:
    chen, photo = coordinator(tx), uuid4()
    need = need_in(tx, Status.RETURNED, chen)
    assert need.question == "多大面积？"
    replied = review.apply(tx, need.id, Command.REPLY, FARMER, Said("五亩多", (photo,), uuid4()))
    assert (replied.status, replied.question, replied.said[-1], replied.files) == (
        Status.SUBMITTED, "", "五亩多", (photo,)
    )  # fmt: skip
    assert [fact.topic for fact in facts(tx)][-2:] == ["need_returned", "need_replied"]


@pytest.mark.parametrize("command", [Command.ACCEPT, Command.REJECT, Command.CANCEL])
def test_a_need_that_is_no_longer_returned_asks_nothing_any_more(tx: Transaction, command: Command) -> None:
    chen = coordinator(tx)
    need = need_in(tx, Status.RETURNED, chen)
    assert review.apply(tx, need.id, command, chen, Said(text="好的")).question == ""


def test_a_note_changes_nothing_but_the_log(tx: Transaction) -> None:
    chen = coordinator(tx)
    need = need_in(tx, Status.RETURNED, chen)
    noted = review.apply(tx, need.id, Command.NOTE, chen, Said(text="打过电话，没人接"))
    assert (noted.status, noted.question) == (Status.RETURNED, need.question)
    assert filed.returned_to(tx, need.farmer_id) == noted
    assert filed.events(tx, need.id)[-1].text == "打过电话，没人接"
    assert [fact.topic for fact in facts(tx)][-1] == "need_returned"


# --- merging


def test_a_need_is_merged_into_another_live_one(tx: Transaction) -> None:
    chen, need, into = coordinator(tx), filed_need(tx), filed_need(tx, openid="o-neighbour")
    ended = need_in(tx, Status.REJECTED, chen)
    for wrong in (need.number, ended.number):
        assert refused(tx, need, Command.MERGE, chen, Said(into=wrong)) == "merge_target"
    with pytest.raises(NotFound):
        review.apply(tx, need.id, Command.MERGE, chen, Said(into="XQ-000000-20261122-9999"))
    merged = review.apply(tx, need.id, Command.MERGE, chen, Said(into=f" {into.number} "))
    assert (merged.status, merged.merged_into, merged.is_live) == (Status.MERGED, into.id, False)


def test_two_needs_merged_into_each_other_at_once_leave_one(database: Database) -> None:
    with database.transaction() as tx:
        chen = coordinator(tx)
        pairs = [(filed_need(tx), filed_need(tx)) for _ in range(5)]
    for one, other in pairs:
        together = threading.Barrier(2)

        def merge(need: Need, into: Need, together: threading.Barrier = together) -> str:
            together.wait()
            with database.transaction() as tx:
                return refused(tx, need, Command.MERGE, chen, Said(into=into.number))

        with ThreadPoolExecutor(2) as pool:
            came = list(pool.map(merge, (one, other), (other, one)))
        assert sorted(came)[0] == ""
        assert sorted(came)[1] in {"merge_target", "wrong_state"}


# --- dispatching and ending


def test_dispatch_opens_a_case_of_its_own_kind_with_everything_that_was_said(tx: Transaction) -> None:
    chen, photo = coordinator(tx), uuid4()
    need = filed_need(tx, files=(photo,), urgency="特急", scale="5亩")
    review.apply(tx, need.id, Command.ACCEPT, chen)
    need = review.apply(tx, need.id, Command.DISPATCH, chen, Said(text="请尽快"))
    assert need.case_id is not None
    case = cases.get(tx, need.case_id)
    assert (case.kind, case.state, case.need_id, case.urgency) == ("need", State.QUEUED, need.id, "特急")
    assert (case.conversation_id, case.farmer_id, case.object) == (need.conversation_id, need.farmer_id, "柑橘")
    for part in (need.number, "乳源大桥镇", "5亩", "希望到现场", "柑橘叶子发黄"):
        assert part in case.question
    assert case.understood["note"] == "请尽快"
    assert cases.entries(tx, case.id)[0].files == (photo,)
    assert cases.live_question(tx, need.conversation_id) is None
    assert filed.by_case(tx, case.id) == need


def test_whoever_is_named_has_the_offer_until_they_are_there(tx: Transaction) -> None:
    """Ten minutes would be over before an expert who comes tomorrow has seen it."""
    chen, wang = coordinator(tx), expert(tx)
    assert wang.id is not None
    starts = clock.now() + timedelta(hours=14)
    roster.plan_single(tx, wang.id, starts, starts + timedelta(hours=4))
    need = review.apply(tx, need_in(tx, Status.ACCEPTED, chen).id, Command.DISPATCH, chen, Said(to=wang.id))
    assert need.case_id is not None
    assert cases.get(tx, need.case_id).lease_until == starts + deadlines.HANDED_OVER
    assert cases.events(tx, need.case_id)[-1].actor_name == chen.name


def test_dispatch_to_somebody_offers_them_the_case(tx: Transaction) -> None:
    chen, wang = coordinator(tx), expert(tx)
    need = need_in(tx, Status.ACCEPTED, chen)
    need = review.apply(tx, need.id, Command.DISPATCH, chen, Said(to=wang.id))
    case = cases.get(tx, need.case_id or uuid4())
    assert (case.state, case.owner_id) == (State.OFFERED, wang.id)


def test_dispatch_to_somebody_who_is_full_is_refused(tx: Transaction) -> None:
    chen, wang = coordinator(tx), expert(tx, capacity=1)
    first, second = (need_in(tx, Status.ACCEPTED, chen) for _ in range(2))
    review.apply(tx, first.id, Command.DISPATCH, chen, Said(to=wang.id))
    assert refused(tx, second, Command.DISPATCH, chen, Said(to=wang.id)) == "over_capacity"


@pytest.mark.parametrize("command", [Command.CLOSE, Command.CANCEL, Command.MERGE])
def test_a_need_that_ends_ends_its_case(tx: Transaction, command: Command) -> None:
    chen = coordinator(tx)
    need = need_in(tx, Status.DISPATCHED, chen)
    into = filed_need(tx)
    review.apply(tx, need.id, command, chen, Said(text="已经解决", into=into.number))
    case = cases.get(tx, need.case_id or uuid4())
    assert (case.state, case.outcome) == (State.CANCELLED, "need_ended")


def test_a_farmer_may_withdraw_a_need_that_an_expert_works_on(tx: Transaction) -> None:
    chen, wang = coordinator(tx), expert(tx)
    need = need_in(tx, Status.DISPATCHED, chen)
    machine.apply(tx, need.case_id or uuid4(), CaseCommand.CLAIM, wang)
    assert review.apply(tx, need.id, Command.CANCEL, FARMER).status is Status.CANCELLED
    assert cases.get(tx, need.case_id or uuid4()).state is State.CANCELLED


def test_a_need_can_be_closed_when_its_case_has_ended_before(tx: Transaction) -> None:
    chen, wang = coordinator(tx), expert(tx)
    need = need_in(tx, Status.DISPATCHED, chen)
    case_id = need.case_id or uuid4()
    machine.apply(tx, case_id, CaseCommand.CLAIM, wang)
    machine.apply(tx, case_id, CaseCommand.RESOLVE, wang, CaseSaid(outcome="remote"))
    closed = review.apply(tx, need.id, Command.CLOSE, chen, Said(text="到现场看过，已治好"))
    assert (closed.status, closed.outcome, closed.ended_at is None) == (Status.CLOSED, "到现场看过，已治好", False)
    assert cases.get(tx, case_id).state is State.RESOLVED


def test_photos_that_arrive_late_reach_the_need_and_its_case(tx: Transaction) -> None:
    chen, early, late = coordinator(tx), uuid4(), uuid4()
    need = filed_need(tx, files=(early,))
    review.add_files(tx, need.id, (late,))
    assert filed.get(tx, need.id).files == (early, late)
    dispatched = need_in(tx, Status.DISPATCHED, chen)
    review.add_files(tx, dispatched.id, (late,))
    assert cases.entries(tx, dispatched.case_id or uuid4())[-1].files == (late,)


# --- facts


@pytest.mark.parametrize(
    ("command", "status", "topic"),
    [
        (Command.ACCEPT, Status.SUBMITTED, "need_accepted"),
        (Command.RETURN, Status.SUBMITTED, "need_returned"),
        (Command.REJECT, Status.SUBMITTED, "need_rejected"),
        (Command.MERGE, Status.SUBMITTED, "need_merged"),
        (Command.DISPATCH, Status.ACCEPTED, "need_dispatched"),
        (Command.CLOSE, Status.ACCEPTED, "need_closed"),
        (Command.CANCEL, Status.SUBMITTED, "need_cancelled"),
    ],
)
def test_what_others_must_know_is_a_fact(tx: Transaction, command: Command, status: Status, topic: str) -> None:
    chen = coordinator(tx)
    need, into = need_in(tx, status, chen), filed_need(tx)
    after = review.apply(tx, need.id, command, chen, Said(text="好的", into=into.number))
    about = [fact for fact in facts(tx) if fact.ids.get("need_id") == str(need.id)]
    assert about[-1].topic == topic
    assert about[-1].ids == {"need_id": str(need.id), "seq": after.version, "by": "coordinator"}
