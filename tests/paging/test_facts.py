"""Who is told what, how much it matters, and when the reason is gone."""

from datetime import timedelta
from uuid import UUID

import pytest

from core import clock, outbox
from core.database import Database, Transaction
from core.outbox import Fact
from core.people import Role
from handoff import cases, machine, routing
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Opening, Said
from handoff.states import Command, Kind, State, Urgency
from needs import review
from needs.statuses import Command as NeedCommand
from paging import facts, notices, reasons
from paging.rules import Chain
from registry import roster
from tests.conftest import Later
from tests.core.kit import member
from tests.handoff.kit import SYSTEM, case_in, expert, opened
from tests.needs import kit as needs_kit
from tests.paging.kit import carry, coordinator, do, told, topics


def offered_to(database: Database, urgency: Urgency) -> tuple[Case, Actor]:
    with database.transaction() as tx:
        wang, case = expert(tx), opened(tx, urgency=urgency)
    return do(database, case, Command.OFFER, SYSTEM, Said(to=wang.id)), wang


def id_of(actor: Actor) -> UUID:
    assert actor.id is not None
    return actor.id


@pytest.mark.parametrize(
    ("urgency", "importance", "any_hour"),
    [
        (Urgency.CRITICAL, Chain.IMPORTANT, True),
        (Urgency.URGENT, Chain.IMPORTANT, True),
        (Urgency.NORMAL, Chain.ORDINARY, False),
    ],
)
def test_an_offer_is_told_to_whom_it_is_made_and_matters_as_much_as_the_case(
    database: Database, later: Later, urgency: Urgency, importance: Chain, any_hour: bool
) -> None:
    case, wang = offered_to(database, urgency)
    (notice,) = told(database, id_of(wang))
    assert (notice.topic, notice.importance, notice.any_hour) == ("case_offered", importance, any_hour)
    assert case.number in notice.text
    assert notice.path == f"/cases/{case.number}"


def test_an_offer_that_somebody_else_takes_is_settled(database: Database, later: Later) -> None:
    case, wang = offered_to(database, Urgency.NORMAL)
    do(database, case, Command.DECLINE, wang, Said(reason="在外地"))
    with database.transaction() as tx:
        li = expert(tx, "li")
    do(database, case, Command.CLAIM, li)
    (notice,) = told(database, id_of(wang))
    assert notice.settled_at is not None
    assert topics(database, id_of(wang)) == []


def test_an_offer_that_is_accepted_is_settled(database: Database, later: Later) -> None:
    case, wang = offered_to(database, Urgency.NORMAL)
    do(database, case, Command.ACCEPT, wang)
    assert topics(database, id_of(wang)) == []


def test_an_offer_that_is_over_when_the_fact_arrives_is_told_to_nobody(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        wang, case = expert(tx), opened(tx)
        machine.apply(tx, case.id, Command.OFFER, SYSTEM, Said(to=wang.id))
        machine.apply(tx, case.id, Command.DECLINE, wang, Said(reason="在外地"))
    carry(database)
    assert told(database, id_of(wang)) == []


def test_an_incident_is_told_to_every_coordinator_and_administrator_and_to_no_expert(
    database: Database, later: Later
) -> None:
    later(hours=10)  # at night
    with database.transaction() as tx:
        wang = expert(tx)
        people = [coordinator(tx), member(tx, "admin", Role.ADMIN).id]
        opened(tx, Kind.INCIDENT, question="我爸打药回来头晕呕吐")
        opened(tx)  # a question is the router's
    carry(database)
    for staff_id in people:
        (notice,) = told(database, staff_id)
        assert (notice.topic, notice.importance, notice.any_hour) == ("case_opened", Chain.IMPORTANT, True)
        assert notice.path.startswith("/cases/ZJ-" if staff_id == people[0] else "/notices")
    assert told(database, id_of(wang)) == []


@pytest.mark.parametrize("topic", ["case_overdue", "case_still_overdue", "case_takes_long", "window_closing"])
def test_what_is_late_is_told_to_the_owner_and_without_one_to_the_coordinators(
    database: Database, later: Later, topic: str
) -> None:
    with database.transaction() as tx:
        around = case_in(tx, State.ACTIVE)
        waiting, chen = opened(tx), coordinator(tx, "qian")
        outbox.write(tx, topic, case_id=around.case.id)
        outbox.write(tx, topic, case_id=waiting.id)
    carry(database)
    assert topics(database, id_of(around.owner)) == [topic]
    (notice,) = [one for one in told(database, chen) if one.topic == topic]
    assert notice.case_id == waiting.id
    if topic == "window_closing":
        assert notice.importance is Chain.IMPORTANT


@pytest.mark.parametrize("topic", ["owner_silent", "case_disputed", "case_farmer_wrote"])
def test_what_waits_for_the_owner_is_told_to_the_owner_alone_and_settled_when_they_act(
    database: Database, later: Later, topic: str
) -> None:
    with database.transaction() as tx:
        around, chen = case_in(tx, State.ACTIVE), coordinator(tx, "qian")
    later(minutes=1)
    with database.transaction() as tx:
        outbox.write(tx, topic, case_id=around.case.id)
    carry(database)
    assert topics(database, id_of(around.owner)) == [topic]
    assert topic not in topics(database, chen)
    later(minutes=1)
    do(database, around.case, Command.ANSWER, around.owner, Said(text="先排水"))
    assert topics(database, id_of(around.owner)) == []


def test_a_farmer_who_writes_ten_times_makes_one_notice_until_it_is_seen(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        around = case_in(tx, State.ACTIVE)
        for _ in range(10):
            outbox.write(tx, "case_farmer_wrote", case_id=around.case.id)
    carry(database)
    owner = id_of(around.owner)
    assert topics(database, owner) == ["case_farmer_wrote"]
    with database.transaction() as tx:
        notices.see_case(tx, owner, around.case.id)
        outbox.write(tx, "case_farmer_wrote", case_id=around.case.id)
    carry(database)
    assert topics(database, owner) == ["case_farmer_wrote"]
    assert len(told(database, owner)) == 2


def test_what_nobody_can_be_given_is_told_to_the_coordinators_on_duty_and_to_all_when_none_is(
    database: Database, later: Later
) -> None:
    with database.transaction() as tx:
        here, away = coordinator(tx), coordinator(tx, "qian")
        roster.be_absent(tx, away, clock.now(), clock.now() + timedelta(hours=2))
        routing.place(tx, opened(tx))
    carry(database)
    assert topics(database, here) == ["case_at_desk"]
    assert topics(database, away) == []
    later(hours=10)
    with database.transaction() as tx:
        routing.place(tx, opened(tx))
    carry(database)
    assert topics(database, away) == ["case_at_desk"]


def test_a_case_sent_up_is_told_to_the_coordinators_and_settled_when_it_is_taken(
    database: Database, later: Later
) -> None:
    with database.transaction() as tx:
        around, chen = case_in(tx, State.ACTIVE), coordinator(tx, "qian")
    do(database, around.case, Command.ESCALATE, around.owner)
    assert topics(database, chen) == ["case_escalated"]
    with database.transaction() as tx:
        zhao = expert(tx, "zhao")
    do(database, around.case, Command.CLAIM, zhao)
    assert topics(database, chen) == []


def test_a_colleague_who_is_asked_is_told(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        around = case_in(tx, State.ACTIVE)
        outbox.write(tx, "case_consulted", case_id=around.case.id, to=around.stranger.id)
    carry(database)
    assert topics(database, id_of(around.stranger)) == ["case_consulted"]


def test_a_need_is_told_to_the_coordinators_until_it_is_reviewed(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        chen = needs_kit.coordinator(tx)
        need = needs_kit.filed_need(tx)
    carry(database)
    assert chen.id is not None
    (notice,) = told(database, chen.id)
    assert (notice.topic, notice.importance) == ("need_filed", Chain.ORDINARY)
    assert need.number in notice.text
    with database.transaction() as tx:
        review.apply(tx, need.id, NeedCommand.ACCEPT, chen, review.Said(text="好的"))
    carry(database)
    assert topics(database, chen.id) == []


def test_the_same_fact_acted_on_twice_makes_one_notice(tx: Transaction, later: Later) -> None:
    wang, case = expert(tx), opened(tx)
    machine.apply(tx, case.id, Command.OFFER, SYSTEM, Said(to=wang.id))
    for number in (7, 7, 8):
        facts.tell_staff_of_case(tx, Fact("case_offered", {"case_id": str(case.id)}, number))
    assert len(notices.of(tx, id_of(wang))) == 2


def test_a_case_that_ends_settles_everything_about_it(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        around, chen = case_in(tx, State.ACTIVE), coordinator(tx, "qian")
        for topic in ("case_takes_long", "case_farmer_wrote"):
            outbox.write(tx, topic, case_id=around.case.id)
    carry(database)
    assert len(topics(database, id_of(around.owner))) == 2
    do(database, around.case, Command.CANCEL, around.coordinator, Said(reason="重复"))
    assert topics(database, id_of(around.owner)) == topics(database, chen) == []


def test_a_page_names_no_farmer_no_number_and_no_illness(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        admin = member(tx, "admin", Role.ADMIN).id
        some_case = opened(tx)
        opening = Opening(
            kind=Kind.INCIDENT, conversation_id=some_case.conversation_id, farmer_id=some_case.farmer_id,
            question="赵老三家的猪发烧，电话13812345678", reason="animal_disease:非洲猪瘟", object="猪", problem="非洲猪瘟",
            place_code="440232109", urgency=Urgency.CRITICAL,
        )  # fmt: skip
        case = machine.open_case(tx, opening, FARMER)
    carry(database)
    (notice,) = told(database, admin)
    words = notice.title + notice.text + notice.path
    for secret in ("赵老三", "1381", "猪瘟", "发烧"):
        assert secret not in words
    with database.transaction() as tx:
        assert cases.get(tx, case.id).number in words
    for part in ("猪", "特急", "乳源瑶族自治县"):
        assert part in words


# --- when the reason is gone without a fact of its own


def test_what_is_late_concerns_an_owner_only_while_the_case_is_theirs(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        around = case_in(tx, State.ACTIVE)
        outbox.write(tx, "case_overdue", case_id=around.case.id)
    carry(database)
    assert topics(database, id_of(around.owner)) == ["case_overdue"]
    do(database, around.case, Command.RELEASE, around.owner, Said(reason="下乡"))
    do(database, around.case, Command.CLAIM, around.stranger)
    assert topics(database, id_of(around.owner)) == []


def test_who_has_only_been_offered_a_late_case_does_not_have_it_yet(database: Database, later: Later) -> None:
    with database.transaction() as tx:
        around, chen = case_in(tx, State.OFFERED), coordinator(tx, "qian")
        outbox.write(tx, "case_overdue", case_id=around.case.id)
    carry(database)
    assert "case_overdue" in topics(database, chen)
    assert "case_overdue" not in topics(database, id_of(around.owner))


@pytest.mark.parametrize(
    ("topic", "state", "command"),
    [
        ("owner_silent", State.ACTIVE, Command.NOTE),
        ("case_farmer_wrote", State.ACTIVE, Command.NOTE),
        ("window_closing", State.ACTIVE, Command.FARMER_REPLIES),
    ],
)
def test_a_reason_ends_when_the_owner_acts_or_the_farmer_opens_the_window_anew(
    database: Database, later: Later, topic: str, state: State, command: Command
) -> None:
    with database.transaction() as tx:
        around = case_in(tx, state)
        later(minutes=1)
        outbox.write(tx, topic, case_id=around.case.id)
    carry(database)
    (notice,) = [one for one in told(database, id_of(around.owner)) if one.topic == topic]
    later(minutes=1)
    with database.transaction() as tx:
        assert reasons.stands(tx, notice)
        actor = FARMER if command is Command.FARMER_REPLIES else around.owner
        machine.apply(tx, around.case.id, command, actor, Said(text="又下雨了"))
        assert not reasons.stands(tx, notice)
