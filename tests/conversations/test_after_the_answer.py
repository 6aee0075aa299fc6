"""What a farmer is told while he waits, and what he can do once he has been answered."""

from datetime import time, timedelta

import pytest

from conversations import deliveries, phrases
from conversations.services import Services
from core import clock
from handoff import cases, deadlines, machine, timers
from handoff.orders import FARMER, Actor, Opening, Said
from handoff.states import Command, Kind, State
from knowledge import article_files, articles
from registry import experts, roster
from registry.roster import Days
from registry.worktime import CHINA
from tests.conftest import Later
from tests.conversations.kit import Farmer, arrive, carry, do, how_content, texts
from tests.handoff.kit import expert
from tests.stand_ins import ScriptedBot, answer_question, reply

NOT_SOLVED = reply({"effect": "hand_off", "reason": "not_solved", "question": None})


@pytest.fixture
def answered(farmer: Farmer, wang: Actor, bot: ScriptedBot) -> Farmer:
    """A farmer whose question an expert has answered."""
    bot.script["还是黄"] = NOT_SOLVED
    farmer.says("没有文章的问题")
    do(farmer.services, farmer.case(), Command.CLAIM, wang)
    do(farmer.services, farmer.case(), Command.ANSWER, wang, text="先挖沟排水。")
    return farmer


@pytest.fixture
def shelf(services: Services) -> None:
    """The articles on rice are on the shelf."""
    with services.database.transaction() as tx:
        articles.load_starter(tx, article_files.FOLDER / "rice")


def on_duty(services: Services, actor: Actor, start: int, end: int) -> None:
    """Be on duty every day between two hours from now on the clock, and never else."""
    assert actor.id is not None
    at = clock.now().astimezone(CHINA)
    begin = (at + timedelta(hours=start)).replace(minute=0, second=0, microsecond=0)
    with services.database.transaction() as tx:
        roster.plan_single(tx, actor.id, begin, begin + timedelta(hours=end - start))


# --- honest words at the start


def test_who_asks_while_somebody_is_on_duty_hears_by_when(farmer: Farmer, wang: Actor, services: Services) -> None:
    on_duty(services, wang, -1, 3)
    assert "专家最晚" in farmer.says("没有文章的问题")[-1]


def test_who_asks_while_nobody_is_there_hears_when_somebody_is(
    farmer: Farmer, wang: Actor, services: Services, later: Later
) -> None:
    on_duty(services, wang, 30, 34)
    told = farmer.says("没有文章的问题")[-1]
    starts = (clock.now() + timedelta(hours=30)).replace(minute=0, second=0, microsecond=0)
    assert f"没有专家值班，{phrases.clock_time(starts, clock.now())}起有人看" in told
    assert "急事请打" in told


def test_nobody_is_promised_before_they_are_there(farmer: Farmer, wang: Actor, services: Services) -> None:
    on_duty(services, wang, 100, 104)
    told = farmer.says("没有文章的问题")[-1]
    due, starts = farmer.case().due_at, (clock.now() + timedelta(hours=100)).replace(minute=0, second=0, microsecond=0)
    assert due < starts
    assert f"最晚{phrases.clock_time(deadlines.first_answer(farmer.case().urgency, starts), clock.now())}前" in told


def test_where_no_expert_knows_of_it_the_coordinator_looks_for_one(farmer: Farmer) -> None:
    assert "已交给协调员找人" in farmer.says("没有文章的问题")[-1]


def test_a_rule_for_every_day_counts_as_being_there(farmer: Farmer, wang: Actor, services: Services) -> None:
    assert wang.id is not None
    with services.database.transaction() as tx:
        today = clock.now().astimezone(CHINA).date()
        roster.plan_rule(tx, wang.id, Days.EVERY, time(), time(), first_day=today)
    assert "专家最晚" in farmer.says("没有文章的问题")[-1]


# --- while he waits


def test_a_question_that_nobody_answered_in_time_is_told_once(farmer: Farmer, services: Services) -> None:
    farmer.says("没有文章的问题")
    fire(services, "promise")
    number = farmer.case().number
    assert [words for words in farmer.told() if words.startswith(f"对不起，您的问题{number}还没人答上")] != []


def test_nobody_is_apologised_to_before_what_was_promised_has_passed(
    farmer: Farmer, wang: Actor, services: Services, later: Later
) -> None:
    on_duty(services, wang, 20, 24)
    farmer.says("没有文章的问题，赶紧")
    case = farmer.case()
    assert case.promised_by is not None
    assert case.promised_by > case.due_at
    so_far = len(farmer.told())
    later(seconds=(case.due_at - clock.now()).total_seconds() + 1)
    timers.fire_due(services.database)
    carry(services)
    assert farmer.case().overdue_at is not None, "staff hear of it"
    assert len(farmer.told()) == so_far, "the farmer was told another time"
    later(seconds=(case.promised_by - clock.now()).total_seconds() + 1)
    timers.fire_due(services.database)
    carry(services)
    assert [told for told in farmer.told()[so_far:] if "还没人答上" in told] == farmer.told()[so_far:] != []


def test_what_can_be_spared_is_not_said_when_only_two_messages_are_left(
    farmer: Farmer, wang: Actor, services: Services
) -> None:
    farmer.says("没有文章的问题")
    for _ in range(3):
        with services.database.transaction() as tx:
            deliveries.promise(tx, farmer.conversation.id, "说一句")
        carry(services)
    do(services, farmer.case(), Command.CLAIM, wang)
    assert not any("接了您的问题" in words for words in farmer.told())
    do(services, farmer.case(), Command.ANSWER, wang, text="先挖沟排水。")
    assert "先挖沟排水。" in farmer.told()[-1]


def test_who_was_asked_for_something_is_reminded_with_what_it_was(
    farmer: Farmer, wang: Actor, services: Services
) -> None:
    farmer.says("没有文章的问题")
    do(services, farmer.case(), Command.CLAIM, wang)
    do(services, farmer.case(), Command.ASK_FARMER, wang, text="请拍叶背。")
    arrive(farmer)
    fire(services, "nudge")
    assert farmer.told()[-1] == phrases.STILL_ASKED.format(expert="王农（农技站）", text="请拍叶背。")
    fire(services, "no_reply")
    assert farmer.told()[-1] == phrases.NO_REPLY_CLOSED.format(number=farmer.case().number)


def fire(services: Services, kind: str) -> None:
    """Let a timer of every case be due now."""
    table = timers.case_timers
    with services.database.transaction() as tx:
        tx.execute(table.update().where(table.c.kind == kind, table.c.fired_at.is_(None)).values(due_at=clock.now()))
    timers.fire_due(services.database)
    carry(services)


# --- how content, and not solved


@pytest.mark.parametrize(("digit", "rating"), [("1", 3), ("2", 2), ("三", 1)])
def test_one_digit_says_how_content_he_is(answered: Farmer, digit: str, rating: int) -> None:
    assert answered.says("1") == [how_content(answered.case().number)]
    assert answered.says(digit) == [phrases.RATED]
    assert (answered.case().rating, answered.case().state) == (rating, State.RESOLVED)


def test_a_rating_changes_nothing_else_of_an_ended_case(answered: Farmer) -> None:
    answered.says("1")
    before = answered.case()
    answered.says("1")
    after = answered.case()
    assert (after.outcome, after.ended_at, after.epoch) == (before.outcome, before.ended_at, before.epoch)


def test_not_solved_twice_goes_to_the_next_level(answered: Farmer, wang: Actor, services: Services) -> None:
    number = answered.case().number
    assert answered.says("2") == [phrases.NOT_SOLVED.format(number=number)]
    do(services, answered.case(), Command.ANSWER, wang, text="再补点肥。")
    assert answered.says("2") == [phrases.NOT_SOLVED_TO_OTHERS.format(number=number)]
    case = answered.case()
    assert (case.state, case.owner_id, case.level, case.disputes) == (State.QUEUED, None, 2, 2)


def test_not_solved_twice_is_said_to_go_up_where_there_is_a_higher_level(
    answered: Farmer, wang: Actor, services: Services
) -> None:
    with services.database.transaction() as tx:
        li = expert(tx, "li")
        assert li.id is not None
        experts.enrol(tx, li.id, level=2)
    number = answered.case().number
    answered.says("2")
    do(services, answered.case(), Command.ANSWER, wang, text="再补点肥。")
    assert answered.says("2") == [phrases.NOT_SOLVED_AGAIN.format(number=number)]


def test_not_solved_within_a_week_opens_the_case_again(answered: Farmer, bot: ScriptedBot) -> None:
    answered.says("1")
    answered.says("1")
    (told,) = answered.says("还是黄")
    case = answered.case()
    assert told.startswith(f"工单{case.number}重新打开了")
    assert (case.state, len(answered.cases())) == (State.QUEUED, 1)
    assert texts(answered.services, case)[-1] == "还是黄"


def test_after_a_week_it_is_a_new_case_that_names_the_old_one(
    answered: Farmer, later: Later, services: Services
) -> None:
    answered.says("1")
    old = answered.case()
    later(days=8)
    answered.says("还是黄")
    (new,) = [case for case in answered.cases() if case.id != old.id]
    assert new.follow_up_of == old.id


@pytest.mark.usefixtures("shelf")
def test_not_solved_after_the_bot_has_answered_something_else_is_about_that(
    answered: Farmer, bot: ScriptedBot, later: Later
) -> None:
    answered.says("1")
    later(minutes=5)
    bot.script["水稻纹枯病怎么防治"] = reply(
        answer_question("水稻纹枯病怎么防治", object="水稻", topic="病害", problem="纹枯病")
    )
    answered.says("水稻纹枯病怎么防治")
    old = answered.case()
    later(minutes=1)
    answered.says("还是黄")
    assert [case.state for case in answered.cases() if case.id == old.id] == [State.RESOLVED]
    assert len(answered.cases()) == 2


@pytest.fixture
def advised(farmer: Farmer, wang: Actor, bot: ScriptedBot) -> Farmer:
    """A farmer whose need was dispatched to an expert, who has answered."""
    bot.script["还是黄"] = NOT_SOLVED
    bot.script["你好"] = reply({"effect": "reply", "about": "smalltalk"}, words="您好。")
    farmer.says("你好")
    conversation = farmer.conversation
    with farmer.services.database.transaction() as tx:
        need = Opening(
            Kind.NEED, conversation.id, conversation.farmer.id, question="请专家来看柑橘", reason="dispatched"
        )
        machine.open_case(tx, need, Actor.system("test"))
    do(farmer.services, farmer.case(), Command.CLAIM, wang)
    do(farmer.services, farmer.case(), Command.ANSWER, wang, text="周三上门看。")
    return farmer


def test_not_solved_is_said_of_the_answer_to_a_need_as_well(advised: Farmer, wang: Actor) -> None:
    number = advised.case().number
    assert advised.says("还是黄") == [phrases.NOT_SOLVED.format(number=number)]
    assert (advised.case().state, advised.case().owner_id, len(advised.cases())) == (State.ACTIVE, wang.id, 1)


@pytest.mark.usefixtures("shelf")
def test_not_solved_after_the_bot_has_answered_is_not_about_the_need(
    advised: Farmer, bot: ScriptedBot, later: Later
) -> None:
    later(minutes=5)
    asked = "水稻纹枯病怎么防治"
    bot.script[asked] = reply(answer_question(asked, object="水稻", topic="病害", problem="纹枯病"))
    advised.says(asked)
    later(minutes=1)
    advised.says("还是黄")
    assert sorted((case.kind, case.state) for case in advised.cases()) == [
        (Kind.NEED, State.ANSWERED), (Kind.QUESTION, State.QUEUED),
    ]  # fmt: skip


# --- two questions in one case


def test_what_is_split_off_is_told_and_both_are_answered(answered: Farmer, wang: Actor, services: Services) -> None:
    arrive(answered)
    first = answered.case()
    with services.database.transaction() as tx:
        new = machine.split(tx, first.id, wang, Said(text="鸡不下蛋"), object_="鸡")
    carry(services)
    assert answered.told()[-1] == phrases.CASE_SPLIT.format(number=new.number)
    with services.database.transaction() as tx:
        li = expert(tx, "李农")
    do(services, new, Command.CLAIM, li)
    do(services, new, Command.ANSWER, li, text="补钙加光。")
    assert "补钙加光" in answered.told()[-1]
    with services.database.transaction() as tx:
        assert cases.live_question(tx, first.conversation_id) == cases.get(tx, first.id)
        assert machine.apply(tx, first.id, Command.CONFIRM, FARMER).state is State.RESOLVED
