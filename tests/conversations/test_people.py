"""A farmer and an expert in one conversation: who speaks when, and what reaches the case."""

from datetime import timedelta

import pytest

from conversations import phrases
from conversations.incoming import Kind
from conversations.services import Services
from core import clock, people
from handoff import machine, orders, timers
from handoff.cases import Case
from handoff.orders import Actor
from handoff.states import Command, State
from handoff.states import Kind as CaseKind
from registry import roster
from tests.conftest import Later
from tests.conversations.kit import Farmer, carry, do, fetch_media, how_content, texts
from tests.core.kit import camera_photo
from tests.handoff.kit import coordinator, expert
from tests.stand_ins import ScriptedBot, reply

HELLO = reply({"effect": "reply", "about": "smalltalk"}, words="您好。")
NOT_OURS = reply({"effect": "reply", "about": "out_of_scope"}, words="这个答不了。")
WHICH = reply({"effect": "ask", "about": "object"}, words="哪种作物？")


@pytest.fixture
def queued(farmer: Farmer, bot: ScriptedBot) -> Farmer:
    """A farmer whose question waits for an expert."""
    bot.script |= {"你好": HELLO, "水沟怎么挖": NOT_OURS, "叶背有虫": WHICH}
    farmer.says("没有文章的问题")
    return farmer


@pytest.fixture
def talking(queued: Farmer, wang: Actor) -> Farmer:
    """A farmer whose question an expert has taken."""
    do(queued.services, queued.case(), Command.CLAIM, wang)
    return queued


@pytest.fixture
def answered(talking: Farmer, wang: Actor) -> Farmer:
    """A farmer whose question an expert has answered."""
    do(talking.services, talking.case(), Command.ANSWER, wang, text="先挖沟排水。")
    return talking


# --- while the case waits


def test_while_a_case_waits_the_bot_answers_new_questions(queued: Farmer) -> None:
    assert queued.says("你好") == ["您好。"]
    assert texts(queued.services, queued.case()) == ["没有文章的问题"]


@pytest.mark.parametrize("said", ["水沟怎么挖", "叶背有虫"])
def test_while_a_case_waits_what_the_bot_cannot_answer_is_an_addition(queued: Farmer, said: str) -> None:
    assert queued.says(said) == [phrases.TEXT_ADDED.format(number=queued.case().number)]
    assert texts(queued.services, queued.case()) == ["没有文章的问题", said]


def test_a_second_question_without_an_answer_goes_to_the_same_case(queued: Farmer) -> None:
    told = queued.says("另一个没有文章的问题")
    assert told[-1] == phrases.TEXT_ADDED.format(number=queued.case().number)
    assert len(queued.cases()) == 1
    assert texts(queued.services, queued.case())[-1] == "另一个没有文章的问题"


def test_the_farmer_is_told_honestly_how_many_wait_before_him(services: Services, queued: Farmer) -> None:
    (told, *more) = Farmer(services, "o-second").says("也没有文章的问题")[-1:]
    assert more == []
    assert "前面还有1个" in told


# --- while an expert speaks


def test_while_an_expert_speaks_the_bot_is_silent_and_the_case_hears_everything(
    talking: Farmer, bot: ScriptedBot
) -> None:
    before = len(bot.asked)
    assert [talking.says(said) for said in ("你好", "1", "9", "叶背有虫")] == [[], [], [], []]
    assert texts(talking.services, talking.case())[1:] == ["你好", "1", "9", "叶背有虫"]
    assert len(bot.asked) == before


def test_what_an_expert_asks_reaches_the_farmer_and_the_reply_the_expert(talking: Farmer, wang: Actor) -> None:
    case = do(talking.services, talking.case(), Command.ASK_FARMER, wang, text="多大面积？")
    assert case.state is State.WAITING_FARMER
    assert talking.told()[-1] == "【王农（农技站）问您】\n多大面积？"
    assert talking.says("5亩") == []
    assert talking.case().state is State.ACTIVE
    assert texts(talking.services, talking.case())[-1] == "5亩"


def test_while_a_case_is_passed_on_the_farmer_speaks_to_people(
    talking: Farmer, wang: Actor, bot: ScriptedBot, services: Services
) -> None:
    with services.database.transaction() as tx:
        li = expert(tx, "李农")
    do(services, talking.case(), Command.TRANSFER, wang, to=li.id, reason="这是虫害")
    before = len(bot.asked)
    assert talking.says("你好") == []
    assert len(bot.asked) == before
    assert texts(services, talking.case())[-1] == "你好"


def test_places_links_and_unreadable_messages_reach_the_expert(talking: Farmer) -> None:
    talking.says("广东省韶关市乳源瑶族自治县大桥镇", kind=Kind.LOCATION)
    talking.says("怎样种柑橘", kind=Kind.LINK, url="http://example.org")
    talking.says(kind=Kind.UNSUPPORTED)
    assert texts(talking.services, talking.case())[1:] == [
        "位置：广东省韶关市乳源瑶族自治县大桥镇", "链接：怎样种柑橘 http://example.org", "（农户发了一条不支持的消息）"
    ]  # fmt: skip
    assert talking.told()[-1] == phrases.EXPERT_HERE.format(expert="王农（农技站）", number=talking.case().number)


def test_danger_is_answered_even_while_an_expert_speaks_and_the_expert_hears_it(talking: Farmer) -> None:
    question = talking.case()
    (told,) = talking.says("我打完药头晕想吐")
    assert told.startswith("马上打120")
    assert texts(talking.services, question)[-1] == "我打完药头晕想吐"
    assert [case.kind for case in talking.cases()] == ["incident", "question"]


# --- after the answer


def test_an_answer_asks_whether_it_helped_and_one_says_yes(answered: Farmer) -> None:
    number = answered.case().number
    assert answered.told()[-1] == "【专家答复】王农（农技站）\n先挖沟排水。\n问题解决了吗？\n1 解决了\n2 还没有"
    assert answered.says("①") == [how_content(number)]
    assert (answered.case().state, answered.case().outcome) == (State.RESOLVED, "solved")
    answered.says("你好")
    assert answered.told()[-1] == "您好。"


def test_two_says_not_yet_and_the_case_goes_back_to_its_expert(answered: Farmer, wang: Actor) -> None:
    assert answered.says("还没有。") == [phrases.NOT_SOLVED.format(number=answered.case().number)]
    case = answered.case()
    assert (case.state, case.owner_id, case.disputes) == (State.ACTIVE, wang.id, 1)
    assert texts(answered.services, case)[-1] == phrases.NOT_YET_SOLVED
    assert answered.says("你好") == []


def test_after_an_answer_a_new_question_goes_to_the_bot(answered: Farmer) -> None:
    assert answered.says("你好") == ["您好。"]
    assert answered.case().state is State.ANSWERED


def test_after_an_answer_not_solved_in_other_words_goes_to_the_case(answered: Farmer, bot: ScriptedBot) -> None:
    bot.script["不行啊，还是黄"] = reply({"effect": "hand_off", "reason": "not_solved", "question": None})
    assert answered.says("不行啊，还是黄") == [phrases.NOT_SOLVED.format(number=answered.case().number)]
    assert (answered.case().state, answered.case().disputes) == (State.ACTIVE, 1)
    assert texts(answered.services, answered.case())[-1] == "不行啊，还是黄"


def test_after_an_answer_what_the_bot_cannot_answer_goes_back_to_the_same_expert(answered: Farmer, wang: Actor) -> None:
    answered.says("再一个没有文章的问题")
    case = answered.case()
    assert (case.state, case.owner_id, len(answered.cases())) == (State.ACTIVE, wang.id, 1)
    assert texts(answered.services, case)[-1] == "再一个没有文章的问题"


def test_after_an_answer_asking_for_a_person_wakes_the_case(answered: Farmer) -> None:
    assert answered.says("0") == [phrases.TEXT_ADDED.format(number=answered.case().number)]
    assert answered.case().state is State.ACTIVE


def test_a_photo_after_the_answer_goes_to_the_case_and_wakes_it(answered: Farmer, services: Services) -> None:
    number = answered.case().number
    assert answered.sends_photo(camera_photo()) == [phrases.PHOTO_ADDED.format(number=number)]
    fetch_media(services)
    assert answered.case().state is State.ACTIVE


def ended_by_silence(answered: Farmer, services: Services) -> Case:
    """The farmer's screen still shows the choices of a case that the silence has ended."""
    case = answered.case()
    with services.database.transaction() as tx:
        tx.execute(timers.case_timers.update().values(due_at=timers.clock.now()))
    timers.fire_due(services.database)
    carry(services)
    assert answered.case().state is State.RESOLVED
    return case


def test_solved_said_too_late_hears_how_it_stands(answered: Farmer, services: Services) -> None:
    case = ended_by_silence(answered, services)
    assert answered.says("1") == [phrases.CASE_HAS_ENDED.format(number=case.number)]


def test_not_solved_said_too_late_opens_the_case_again(answered: Farmer, services: Services, later: Later) -> None:
    later(hours=9)  # who answered is not on duty in the evening
    case = ended_by_silence(answered, services)
    (told,) = answered.says("2")
    assert told.startswith(f"工单{case.number}重新打开了，请说说现在的情况")
    assert answered.case().state in {State.QUEUED, State.OFFERED}


def test_who_answered_is_named_where_he_is_there(answered: Farmer, services: Services, wang: Actor) -> None:
    assert wang.id is not None
    with services.database.transaction() as tx:
        roster.plan_single(tx, wang.id, clock.now() - timedelta(hours=1), clock.now() + timedelta(days=5))
    ended_by_silence(answered, services)
    (told,) = answered.says("2")
    assert "先请上次答复您的专家看" in told


# --- closing


def test_a_case_that_the_expert_closes_gives_the_word_back_to_the_bot(talking: Farmer, wang: Actor) -> None:
    number = talking.case().number
    do(talking.services, talking.case(), Command.RESOLVE, wang, outcome="visit")
    assert talking.told()[-1] == phrases.CASE_CLOSED.format(number=number)
    assert talking.says("你好") == ["您好。"]


def test_a_closed_case_offers_nothing_any_more(answered: Farmer, wang: Actor, bot: ScriptedBot) -> None:
    do(answered.services, answered.case(), Command.RESOLVE, wang, outcome="remote")
    answered.says("1")
    assert bot.asked[-1].text == "1"


def test_accepting_a_case_closes_what_the_bot_offered_but_not_what_another_case_did(
    answered: Farmer, services: Services
) -> None:
    first = answered.case()
    answered.says("你好")
    do(services, first, Command.ANSWER, _owner(services, first), text="再补一句：沟要深。")
    with services.database.transaction() as tx:
        li = expert(tx, "李农")
    incident = _incident_of(answered)
    do(services, incident, Command.CLAIM, li)
    assert answered.says("1") == [how_content(first.number)]


def _owner(services: Services, case: Case) -> Actor:
    with services.database.transaction() as tx:
        return Actor.staff(people.member(tx, case.owner_id))  # type: ignore[arg-type]


def _incident_of(farmer: Farmer) -> Case:
    """An incident that staff opened for this farmer, so that nothing was said to him about it."""
    first = farmer.case()
    opening = orders.Opening(
        kind=CaseKind.INCIDENT,
        conversation_id=first.conversation_id,
        farmer_id=first.farmer_id,
        question="",
        reason="x",
    )
    with farmer.services.database.transaction() as tx:
        return machine.open_case(tx, opening, orders.Actor.system("test"))


@pytest.mark.parametrize("state", ["queued", "talking"])
def test_a_case_that_staff_cancel_is_told_with_the_reason(
    state: str, request: pytest.FixtureRequest, services: Services
) -> None:
    farmer: Farmer = request.getfixturevalue(state)
    with services.database.transaction() as tx:
        chen = coordinator(tx, "陈")
    case = do(services, farmer.case(), Command.CANCEL, chen, reason="和您上次问的一样")
    assert farmer.told()[-1] == f"工单{case.number}已取消：和您上次问的一样。有问题可以重新说。"
    assert farmer.says("你好") == ["您好。"]


def test_a_person_asked_for_after_a_photo_is_not_about_the_question_before_it(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["转人工"] = reply({"effect": "hand_off", "reason": "asked", "question": None})
    bot.script["鸡拉稀"] = NOT_OURS
    farmer.says("鸡拉稀")
    farmer.sends_photo(camera_photo())
    farmer.says("转人工")
    assert farmer.case().question == ""


def test_a_question_of_long_ago_is_not_what_a_person_is_asked_for_now(
    farmer: Farmer, bot: ScriptedBot, later: Later
) -> None:
    bot.script["鸡拉稀"] = NOT_OURS
    farmer.says("鸡拉稀")
    later(hours=2)
    farmer.says("0")
    assert farmer.case().question == ""
