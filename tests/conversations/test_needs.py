"""A need and its farmer: what is told of every step, and the answer to what a coordinator asks."""

from typing import Any

import pytest

from conversations import phrases
from conversations.incoming import Kind
from conversations.services import Services
from core import clock
from handoff.orders import Actor
from handoff.states import Command, State
from needs.review import Actor as Reviewer
from needs.statuses import Command as NeedCommand
from needs.statuses import Status
from tests.conftest import Later
from tests.conversations.kit import Farmer, arrive, carry, do, do_need, fetch_media, how_content, texts
from tests.conversations.test_effects import FILE_NEED
from tests.core.kit import camera_photo
from tests.stand_ins import ScriptedBot, reply


@pytest.fixture
def filed(farmer: Farmer, bot: ScriptedBot) -> Farmer:
    """A farmer who has just filed a need."""
    bot.script["对，提交"] = reply(FILE_NEED)
    farmer.says("对，提交")
    return farmer


def told_after(filed: Farmer, command: NeedCommand, chen: Reviewer, **said: Any) -> list[str]:
    """What the farmer is told of a coordinator's step."""
    before = len(filed.told())
    do_need(filed.services, filed.need(), command, chen, **said)
    return filed.told()[before:]


def test_every_step_of_a_need_is_told_in_one_plain_line(filed: Farmer, chen: Reviewer, wang: Actor) -> None:
    number = filed.need().number
    told = told_after(filed, NeedCommand.ACCEPT, chen)
    told += told_after(filed, NeedCommand.NOTE, chen, text="打过电话")
    told += told_after(filed, NeedCommand.DISPATCH, chen)
    assert told == [f"需求{number}已受理，正在安排人。", f"需求{number}已派给专家，接单后会联系您。"]
    arrive(filed)
    before = len(filed.told())
    case = filed.case()
    do(filed.services, case, Command.CLAIM, wang)
    do(filed.services, case, Command.ANSWER, wang, text="先挖沟排水。")
    assert filed.told()[before:] == [
        f"王农（农技站）接了您的问题{case.number}，有情况直接说，他会看到。",
        "【专家答复】王农（农技站）\n先挖沟排水。\n问题解决了吗？\n1 解决了\n2 还没有",
    ]
    assert filed.need().status is Status.ANSWERED
    assert filed.says("1") == [how_content(case.number)]
    carry(filed.services)
    assert filed.need().status is Status.FOLLOW_UP
    assert told_after(filed, NeedCommand.CLOSE, chen, text="已到现场，黄叶转绿") == [
        f"需求{number}已办结：已到现场，黄叶转绿"
    ]


@pytest.mark.parametrize(
    ("command", "said", "told"),
    [
        (
            NeedCommand.REJECT,
            {"text": "本县没有这项服务，可打12345。"},
            "需求{number}没能受理：本县没有这项服务，可打12345。",
        ),
        (NeedCommand.CANCEL, {"text": "和上次的重复"}, "需求{number}已由协调员取消：和上次的重复"),
        (NeedCommand.CANCEL, {}, "需求{number}已由协调员取消：重复或有误"),
    ],
)
def test_the_end_of_a_need_is_told_with_its_reason(
    filed: Farmer, chen: Reviewer, command: NeedCommand, said: dict[str, str], told: str
) -> None:
    assert told_after(filed, command, chen, **said) == [told.format(number=filed.need().number)]


def test_a_merged_need_says_which_number_counts_from_now_on(filed: Farmer, chen: Reviewer) -> None:
    first = filed.need()
    filed.says("对，提交")
    second = filed.need()
    before = len(filed.told())
    do_need(filed.services, first, NeedCommand.MERGE, chen, into=second.number)
    assert filed.told()[before:] == [phrases.NEED_MERGED.format(number=first.number, into=second.number)]


def test_what_the_farmer_did_himself_is_told_once(filed: Farmer, bot: ScriptedBot) -> None:
    bot.script["取消需求"] = reply({"effect": "cancel_need", "number": None})
    told = filed.says("取消需求")
    before = len(filed.told())
    carry(filed.services)
    assert told == [phrases.NEED_CANCELLED.format(number=filed.need().number)]
    assert filed.told()[before:] == []


def test_closing_a_need_ends_its_case_and_says_so_once(filed: Farmer, chen: Reviewer, wang: Actor) -> None:
    told_after(filed, NeedCommand.ACCEPT, chen)
    told_after(filed, NeedCommand.DISPATCH, chen)
    do(filed.services, filed.case(), Command.CLAIM, wang)
    told = told_after(filed, NeedCommand.CLOSE, chen, text="电话里说清楚了")
    assert told == [f"需求{filed.need().number}已办结：电话里说清楚了"]
    assert filed.case().state is State.CANCELLED


# --- a returned need


@pytest.fixture
def returned(filed: Farmer, chen: Reviewer) -> Farmer:
    """A farmer whom a coordinator asked something."""
    do_need(filed.services, filed.need(), NeedCommand.RETURN, chen, text="几亩？有没有积水？")
    return filed


def test_what_a_coordinator_asks_is_told_and_the_next_message_is_the_reply(returned: Farmer, bot: ScriptedBot) -> None:
    number = returned.need().number
    assert returned.told()[-1] == f"需求{number}：协调员想问您——几亩？有没有积水？\n请直接回复，会补充进去。"
    before = len(bot.asked)
    (told,) = returned.says("5亩，没有积水")
    assert told == (
        f"已补充到需求{number}，协调员会接着办。要是这句话是另外的问题，回“1”我来答。\n"
        "1 这是另外的问题\n0 转人工  9 返回"
    )  # fmt: skip
    need = returned.need()
    assert (need.status, need.said[-1], need.question) == (Status.SUBMITTED, "5亩，没有积水", "")
    assert len(bot.asked) == before


def test_a_reply_that_was_another_question_is_answered_on_request(returned: Farmer, bot: ScriptedBot) -> None:
    bot.script["水稻什么时候追肥"] = reply({"effect": "reply", "about": "smalltalk"}, words="分蘖期追。")
    returned.says("水稻什么时候追肥")
    assert returned.says("1") == ["分蘖期追。"]
    assert bot.asked[-1].text == "水稻什么时候追肥"


def test_only_the_next_message_is_the_reply(returned: Farmer, bot: ScriptedBot) -> None:
    returned.says("5亩")
    bot.script["你好"] = reply({"effect": "reply", "about": "smalltalk"}, words="您好。")
    assert returned.says("你好") == ["您好。"]
    assert returned.need().said[-1] == "5亩"


@pytest.mark.parametrize("digit", ["9", "3", "九"])
def test_a_digit_may_be_the_reply(returned: Farmer, digit: str) -> None:
    returned.says(digit)
    assert returned.need().said[-1] == digit


def test_a_person_can_be_asked_for_instead_of_replying(returned: Farmer) -> None:
    returned.says("0")
    assert returned.need().status is Status.RETURNED
    assert returned.case().reason == "asked"


def test_danger_goes_before_the_reply(returned: Farmer) -> None:
    (told,) = returned.says("我爸打药中毒了")
    assert told.startswith("马上打120")
    assert returned.need().status is Status.RETURNED


def test_a_blank_message_is_no_reply(returned: Farmer) -> None:
    assert returned.says("  ") == [phrases.ONLY_FACES]
    assert returned.need().status is Status.RETURNED
    returned.says("5亩")
    assert returned.need().status is Status.SUBMITTED


def test_choices_offered_before_the_question_do_not_take_the_reply(
    filed: Farmer, bot: ScriptedBot, chen: Reviewer
) -> None:
    choices = [
        {"title": crop, "payload": {"name": "pick", "values": {"object": crop}}} for crop in ("水稻", "玉米", "柑橘")
    ]
    bot.script["叶子黄了"] = reply(
        {"effect": "ask", "about": "object"}, words={"text": "哪种？", "choices": choices, "asks_number": False}
    )
    filed.says("叶子黄了")
    do_need(filed.services, filed.need(), NeedCommand.RETURN, chen, text="几亩？")
    filed.says("3")
    assert filed.need().said[-1] == "3"


def test_photos_sent_before_the_reply_go_with_it(returned: Farmer, services: Services) -> None:
    assert returned.sends_photo(camera_photo()) == [phrases.PHOTO_HELD]
    fetch_media(services)
    returned.says("就这样黄的")
    assert len(returned.need().files) == 1


def test_a_question_that_was_settled_meanwhile_takes_no_reply(
    returned: Farmer, bot: ScriptedBot, chen: Reviewer
) -> None:
    do_need(returned.services, returned.need(), NeedCommand.ACCEPT, chen)
    bot.script["你好"] = reply({"effect": "reply", "about": "smalltalk"}, words="您好。")
    assert returned.says("你好") == ["您好。"]


def test_of_two_returned_needs_the_later_is_answered_first_and_the_other_asked_again(
    returned: Farmer, chen: Reviewer, later: Later
) -> None:
    first = returned.need()
    later(minutes=1)
    returned.writes("对，提交")
    returned.services.bot.script["对，提交"] = reply(FILE_NEED)  # type: ignore[attr-defined]
    returned.turn()  # answers the first need: only one thing is expected at a time
    returned.says("对，提交")
    second = returned.need()
    assert second.number != first.number
    do_need(returned.services, first, NeedCommand.RETURN, chen, text="先问的")
    later(minutes=1)
    do_need(returned.services, second, NeedCommand.RETURN, chen, text="后问的")
    told = returned.says("答后问的")
    assert told[0].startswith(f"已补充到需求{second.number}")
    assert told[1] == phrases.NEED_RETURNED.format(number=first.number, question="先问的")
    assert returned.says("答先问的")[0].startswith(f"已补充到需求{first.number}")


def test_a_need_that_a_person_works_on_does_not_keep_the_bot_from_answering_until_it_is_accepted(
    filed: Farmer, bot: ScriptedBot, chen: Reviewer, wang: Actor
) -> None:
    bot.script["你好"] = reply({"effect": "reply", "about": "smalltalk"}, words="您好。")
    do_need(filed.services, filed.need(), NeedCommand.ACCEPT, chen)
    do_need(filed.services, filed.need(), NeedCommand.DISPATCH, chen)
    assert filed.says("你好") == ["您好。"]
    do(filed.services, filed.case(), Command.CLAIM, wang)
    assert filed.says("你好") == []
    assert texts(filed.services, filed.case())[-1] == "你好"
    assert filed.cases()[0].last_farmer_at <= clock.now()


def test_a_menu_tap_is_no_reply(returned: Farmer, bot: ScriptedBot) -> None:
    bot.script["my_needs"] = reply({"effect": "list_needs"})
    returned.says("my_needs", kind=Kind.CLICK)
    assert returned.need().status is Status.RETURNED
