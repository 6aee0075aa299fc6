"""Effects of the bot, one by one: what each does, and what is refused."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from conversations import inbox, my_status, phrases
from conversations.bot import BotReply
from conversations.incoming import Kind
from conversations.services import Services
from core import people
from core.database import Transaction
from handoff.states import Command as CaseCommand
from handoff.states import State
from knowledge import article_files, articles
from knowledge.asked import Query
from knowledge.search import Decision, Verdict
from knowledge.shelf import Shelf
from needs.review import Actor as Reviewer
from needs.statuses import Command as NeedCommand
from needs.statuses import Status
from tests.conversations.kit import Farmer, carry, do, do_need, entries, fetch_media, texts
from tests.core.kit import camera_photo
from tests.handoff.kit import expert
from tests.stand_ins import ScriptedBot, answer_question, reply

FILE_NEED: dict[str, Any] = {
    "effect": "file_need", "service_type": "技术指导", "demand_kind": "技术", "object": "柑橘", "place": "乳源大桥镇",
    "problem": "叶子发黄", "scale": "5亩", "urgency": "急", "visit": True, "phone": "13800001234",
    "said": ["我要申请专家下乡", "柑橘叶子发黄"],
}  # fmt: skip


@pytest.fixture
def shelf(services: Services) -> None:
    """The articles on rice and pepper are on the shelf."""
    with services.database.transaction() as tx:
        for folder in ("rice", "veg-fruiting"):
            articles.load_starter(tx, article_files.FOLDER / folder)


def outcome(farmer: Farmer) -> str:
    return str((farmer.message.result or {})["outcome"])


# --- answering


def which_crop(question: str, problem: str) -> dict[str, Any]:
    draft = {"effect": "keep_draft", "form": "question", "asking": "object", "turns": 1}
    fields = {"text": question, "topic": "虫害", "problem": problem}
    return reply({**draft, "fields": fields}, {"effect": "ask", "about": "object"}, words="您说的是哪种作物？")


@pytest.mark.usefixtures("shelf")
def test_a_pest_that_one_article_is_about_needs_no_crop(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["福寿螺怎么防"] = which_crop("福寿螺怎么防", "福寿螺")
    told = farmer.says("福寿螺怎么防")
    assert told[0].startswith("【稻田福寿螺】")
    assert outcome(farmer) == "answer"


@pytest.mark.usefixtures("shelf")
def test_a_pest_of_many_crops_needs_one(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["蚜虫怎么防"] = which_crop("蚜虫怎么防", "蚜虫")
    assert farmer.says("蚜虫怎么防")[-1].startswith("您说的是哪种作物？")
    assert outcome(farmer) == "clarify"


@pytest.mark.usefixtures("shelf")
def test_a_question_with_an_article_is_answered_from_it(farmer: Farmer, bot: ScriptedBot) -> None:
    question = "水稻纹枯病怎么防治"
    bot.script[question] = reply(answer_question(question, object="水稻", topic="病害", problem="纹枯病"))
    (told,) = farmer.says(question)
    first, second = told.split("\n")[:2]
    assert first == "【水稻纹枯病】"
    assert second.startswith("先放浅水、排水晒田")
    assert "用药前先看标签" in told
    assert told.endswith("（机器人回答，仅供参考，未经本地专家审定。没解决回“0”找专家）")
    result = farmer.message.result or {}
    assert (result["outcome"], result["article"]["object"]) == ("answer", "水稻")
    assert 0.3 < result["chance"] < 1
    assert farmer.conversation.context == {"object": "水稻", "topic": "病害", "problem": "纹枯病", "asked": question}


@pytest.mark.usefixtures("shelf")
def test_who_shows_something_is_asked_for_a_photo(farmer: Farmer, bot: ScriptedBot) -> None:
    question = "请问这种水稻是什么品种"
    bot.script[question] = reply(answer_question(question, object="水稻", topic="品种"))
    (told,) = farmer.says(question)
    assert "请拍三张照片发来" in told
    assert outcome(farmer) == "clarify"


@pytest.mark.usefixtures("shelf")
def test_who_shows_something_and_has_sent_a_photo_gets_an_expert(
    farmer: Farmer, bot: ScriptedBot, services: Services
) -> None:
    farmer.sends_photo(camera_photo())
    fetch_media(services)
    question = "这是什么虫"
    bot.script[question] = reply(answer_question(question, topic="虫害"))
    farmer.says(question)
    assert outcome(farmer) == "hand_off"
    (case,) = farmer.cases()
    assert case.question == question
    assert [len(entry.files) for entry in entries(services, case)] == [1]


class OfTwoMinds(Shelf):
    """A shelf that is never sure."""

    def decide(self, tx: Transaction, query: Query) -> Decision:
        return Decision(Verdict.CHOOSE, self.rank(tx, query)[:2])


@pytest.mark.usefixtures("shelf")
def test_a_question_that_several_articles_may_answer_is_asked_back_with_their_titles(
    services: Services, bot: ScriptedBot
) -> None:
    bot.script["水稻叶子有斑"] = reply(answer_question("水稻叶子有斑", object="水稻"))
    farmer = Farmer(replace(services, shelf=OfTwoMinds()))
    (told,) = farmer.says("水稻叶子有斑")
    first, *titles = told.split("\n")
    assert (first, titles[2:]) == (phrases.WHICH_ONE, [f"3 {phrases.NONE_OF_THESE}", "0 转人工  9 返回"])
    candidates = (farmer.message.result or {})["candidates"]
    assert titles[:2] == [f"{n} {one['title']}" for n, one in enumerate(candidates, start=1)]
    assert outcome(farmer) == "clarify"
    (answered,) = farmer.says("2")
    assert answered.startswith(f"【{candidates[1]['title']}】")
    assert (outcome(farmer), (farmer.message.result or {})["article"]) == ("answer", candidates[1])


class RatherSure(Shelf):
    """A shelf that answers, and thinks of another article."""

    def decide(self, tx: Transaction, query: Query) -> Decision:
        return Decision(Verdict.ANSWER, self.rank(tx, query)[:2])


@pytest.mark.usefixtures("shelf")
def test_beneath_an_answer_stands_what_else_may_have_been_meant(services: Services, bot: ScriptedBot) -> None:
    bot.script["水稻叶子有斑"] = reply(answer_question("水稻叶子有斑", object="水稻"))
    farmer = Farmer(replace(services, shelf=RatherSure()))
    article, beneath = farmer.says("水稻叶子有斑")
    result = farmer.message.result or {}
    (other,) = result["candidates"]
    assert result["article"] != other
    assert article.startswith(f"【{result['article']['title']}】")
    assert beneath.split("\n") == [phrases.MEANT_ANOTHER, f"1 {other['title']}", "0 转人工  9 返回"]
    (meant,) = farmer.says("1")
    assert meant.startswith(f"【{other['title']}】")


@pytest.mark.usefixtures("shelf")
def test_the_second_of_two_questions_is_one_digit_away(farmer: Farmer, bot: ScriptedBot) -> None:
    both = "水稻纹枯病怎么防治啊另外我想问下水稻稻瘟病怎么防治"
    bot.script[both] = reply(answer_question(both, object="水稻", topic="病害", problem="纹枯病"))
    bot.script["水稻稻瘟病怎么防治"] = reply(
        answer_question("水稻稻瘟病怎么防治", object="水稻", topic="病害", problem="稻瘟病")
    )
    article, also = farmer.says(both)
    assert article.startswith("【水稻纹枯病】")
    assert also.split("\n") == [phrases.ALSO_ASKED, "1 水稻稻瘟病怎么防治", "0 转人工  9 返回"]
    (second,) = farmer.says("1")
    assert second.startswith("【水稻稻瘟病】")


@pytest.mark.usefixtures("shelf")
def test_none_of_the_articles_offered_is_a_question_for_an_expert(services: Services, bot: ScriptedBot) -> None:
    bot.script["水稻叶子有斑"] = reply(answer_question("水稻叶子有斑", object="水稻"))
    farmer = Farmer(replace(services, shelf=OfTwoMinds()))
    farmer.says("水稻叶子有斑")
    farmer.says(phrases.NONE_OF_THESE)
    case = farmer.case()
    assert (case.question, case.object) == ("水稻叶子有斑", "水稻")
    assert case.understood["tried"][0]["outcome"] == "clarify"


def test_a_question_we_have_nothing_good_for_goes_to_an_expert_and_says_so(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["娃娃鱼爱吃什么"] = reply(answer_question("娃娃鱼爱吃什么", object="大鲵", topic="饲养"))
    told = farmer.says("娃娃鱼爱吃什么")
    case = farmer.case()
    assert told[0] == phrases.NO_ANSWER_TO_EXPERT
    assert told[1].startswith(f"已转给专家，编号{case.number}，前面还有0个。眼下没有对口的专家值班")
    assert (case.object, case.topic, case.question, case.reason) == ("大鲵", "饲养", "娃娃鱼爱吃什么", "no_answer")
    assert case.understood["intent"] == "ask_control"


def test_a_question_that_is_hardly_one_is_not_ours(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["今天吃什么"] = reply(answer_question("今天吃什么", sure=False))
    assert farmer.says("今天吃什么") == [phrases.NOT_OURS]
    assert outcome(farmer) == "out_of_scope"
    assert farmer.cases() == []


# --- words, drafts


@pytest.mark.parametrize(
    ("about", "name"),
    [("smalltalk",) * 2, ("out_of_scope",) * 2, ("menu",) * 2, ("privacy",) * 2, ("greeting", "smalltalk")],
)
def test_a_reply_is_the_bots_own_words(farmer: Farmer, bot: ScriptedBot, about: str, name: str) -> None:
    bot.script["喂"] = reply({"effect": "reply", "about": about}, words="您好。")
    assert farmer.says("喂") == ["您好。"]
    assert outcome(farmer) == name


def test_a_turn_without_any_words_still_says_something(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["喂"] = reply({"effect": "reply", "about": "smalltalk"})
    assert farmer.says("喂") == [phrases.NOT_OURS]


@pytest.mark.parametrize(
    ("alarm", "name", "first_words"),
    [
        ({"danger": "poisoning", "about": None}, "emergency", "马上打120"),
        ({"danger": "self_harm", "about": None}, "emergency", "马上打120或110"),
        ({"danger": "animal_disease", "about": None}, "report_duty", "这种情况要按疫情对待"),
        ({"danger": "quarantine_pest", "about": None}, "report_duty", "您说的情况要当心是检疫性病虫"),
        ({"danger": "harmful", "about": "residue"}, "refuse", "这个不能帮您"),
    ],
)
def test_danger_that_only_the_bot_heard_gets_the_same_fixed_words_and_leaves_a_form_alone(
    farmer: Farmer, bot: ScriptedBot, alarm: dict[str, Any], name: str, first_words: str
) -> None:
    draft = {"form": "need", "asking": "problem", "turns": 1, "fields": {"object": "柑橘"}}
    bot.script["我要申请专家下乡"] = reply({"effect": "keep_draft", **draft}, words="请说说情况。")
    bot.script["出了怪事"] = reply({"effect": "alarm", **alarm})
    farmer.says("我要申请专家下乡")
    said = farmer.says("出了怪事")
    assert said[0].startswith(first_words)
    assert outcome(farmer) == name
    is_incident = alarm["danger"] != "harmful"
    assert [case.kind for case in farmer.cases()] == (["incident"] if is_incident else [])
    farmer.says("喂")
    assert bot.asked[-1].draft is not None
    assert bot.asked[-1].draft.model_dump() == draft


def test_a_snake_bite_gets_no_words_about_pesticide(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["伯娘遭青竹标蛇整了一口手肿起来"] = reply({"effect": "alarm", "danger": "poisoning", "about": None})
    said = farmer.says("伯娘遭青竹标蛇整了一口手肿起来")
    assert said[0].startswith("马上打120，说清在哪里")
    assert "农药" not in said[0]


def test_a_half_filled_form_is_kept_by_us_and_given_to_the_bot_with_the_next_turn(
    farmer: Farmer, bot: ScriptedBot
) -> None:
    draft = {"form": "need", "asking": "place", "turns": 1, "fields": {"object": "柑橘"}}
    bot.script["我要申请专家下乡"] = reply(
        {"effect": "keep_draft", **draft}, {"effect": "ask", "about": "place"}, words="您在哪个县？"
    )
    bot.script["算了"] = reply(
        {"effect": "drop_draft", "form": "need"}, {"effect": "reply", "about": "menu"}, words="好的。"
    )
    farmer.says("我要申请专家下乡")
    assert outcome(farmer) == "file_need"
    farmer.says("算了")
    assert bot.asked[-1].draft is not None
    assert bot.asked[-1].draft.model_dump() == draft
    farmer.says("喂")
    assert bot.asked[-1].draft is None


# --- filing


def test_a_need_is_filed_with_everything_the_farmer_gave(farmer: Farmer, bot: ScriptedBot, services: Services) -> None:
    bot.script["对，提交"] = reply(FILE_NEED, words="协调员会联系您。")
    told = farmer.says("对，提交")
    need = farmer.need()
    assert told[0].startswith(f"登记好了，编号{need.number}。协调员会在")
    assert told[1] == "协调员会联系您。"
    assert (need.object, need.industry != "", need.scale, need.urgency, need.visit) == ("柑橘", True, "5亩", "急", True)
    assert need.said == ("我要申请专家下乡", "柑橘叶子发黄")
    assert need.consent["version"] == phrases.PRIVACY_VERSION
    assert need.consent["scopes"] == ["store", "share_expert", "call"]
    assert (outcome(farmer), (farmer.message.result or {})["need"]) == ("file_need", need.number)
    known = farmer.conversation.farmer
    assert (known.place_code, known.has_phone) == ("440232109", True)
    with services.database.transaction() as tx:
        stored = people.encrypted_phone(tx, known.id) or b""
    assert services.secrets.decrypt(stored) == "13800001234"


def test_the_place_of_a_farmer_is_told_to_the_bot_from_then_on(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["对，提交"] = reply(FILE_NEED)
    farmer.says("对，提交")
    farmer.says("喂")
    assert bot.asked[-1].context["place"] == "广东省韶关市乳源瑶族自治县大桥镇"


# --- my needs


def test_my_status_lists_needs_and_open_questions(farmer: Farmer, bot: ScriptedBot, chen: Reviewer) -> None:
    bot.script["我的需求"] = reply({"effect": "list_needs"})
    assert farmer.says("我的需求") == [phrases.NO_NEEDS]
    bot.script["对，提交"] = reply(FILE_NEED)
    farmer.says("对，提交")
    need = do_need(farmer.services, farmer.need(), NeedCommand.RETURN, chen, text="地里有水沟吗")
    farmer.says("没有文章的问题")  # the reply to what was asked
    farmer.says("另一个没有文章的问题")
    case = farmer.case()
    assert farmer.says("我的需求") == [
        f"您的需求：\n{need.number} 技术指导·柑橘：待受理\n您问专家的问题：\n{case.number} 另一个没有文章的问题：排队中"
    ]
    assert outcome(farmer) == "my_status"


def test_my_status_says_what_the_coordinator_asked(farmer: Farmer, bot: ScriptedBot, chen: Reviewer) -> None:
    bot.script["对，提交"] = reply(FILE_NEED)
    bot.script["my_needs"] = reply({"effect": "list_needs"})
    farmer.says("对，提交")
    do_need(farmer.services, farmer.need(), NeedCommand.RETURN, chen, text="地里有水沟吗")
    (told,) = farmer.says("my_needs", kind=Kind.CLICK)
    assert "：待补充（协调员问：地里有水沟吗）" in told


def test_the_only_need_is_cancelled_without_asking_which(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script |= {"对，提交": reply(FILE_NEED), "取消需求": reply({"effect": "cancel_need", "number": None})}
    assert farmer.says("取消需求") == [phrases.NOTHING_TO_CANCEL]
    farmer.says("对，提交")
    number = farmer.need().number
    assert farmer.says("取消需求") == [phrases.NEED_CANCELLED.format(number=number)]
    assert farmer.need().status is Status.CANCELLED


def test_of_several_needs_the_farmer_picks_the_one_to_cancel(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script |= {"对，提交": reply(FILE_NEED), "取消需求": reply({"effect": "cancel_need", "number": None})}
    farmer.says("对，提交")
    first = farmer.need()
    farmer.says("对，提交")
    second = farmer.need()
    (asked,) = farmer.says("取消需求")
    assert asked.split("\n")[:3] == [
        phrases.CANCEL_WHICH, f"1 {second.number[-4:]} 技术指导·柑橘", f"2 {first.number[-4:]} 技术指导·柑橘"
    ]  # fmt: skip
    assert farmer.says("2") == [phrases.NEED_CANCELLED.format(number=first.number)]
    assert farmer.need().status is Status.SUBMITTED


def test_a_question_that_nobody_has_taken_is_withdrawn_when_it_is_picked(
    farmer: Farmer, bot: ScriptedBot, services: Services
) -> None:
    bot.script["取消需求"] = reply({"effect": "cancel_need", "number": None})
    farmer.says("没有文章的问题")
    case = farmer.case()
    assert farmer.says("取消需求")[-1].splitlines()[:2] == [
        phrases.CANCEL_WHICH,
        f"1 {case.number[-4:]} 没有文章的问题",
    ]
    assert farmer.case().is_live, "a tap by mistake costs nothing"
    assert farmer.says("1") == [phrases.QUESTION_CANCELLED.format(number=case.number)]
    assert farmer.case().state is State.CANCELLED
    so_far = len(farmer.told())
    carry(services)
    assert len(farmer.told()) == so_far, "he knows it already"


def test_a_question_that_an_expert_has_taken_meanwhile_stays_with_them(
    farmer: Farmer, bot: ScriptedBot, services: Services
) -> None:
    bot.script["取消需求"] = reply({"effect": "cancel_need", "number": None})
    farmer.says("没有文章的问题")
    farmer.says("取消需求")
    with services.database.transaction() as tx:
        wang = expert(tx)
    do(services, farmer.case(), CaseCommand.CLAIM, wang)
    farmer.says("1")
    assert farmer.case().state is State.ACTIVE
    with services.database.transaction() as tx:
        case = farmer.case()
        told = my_status.cancel(tx, case.farmer_id, case.number)
    assert told.text == phrases.TAKEN_ALREADY.format(number=case.number)
    do(services, case, CaseCommand.RESOLVE, wang, outcome="remote")
    with services.database.transaction() as tx:
        told = my_status.cancel(tx, case.farmer_id, case.number)
    assert told.text == phrases.CASE_HAS_ENDED.format(number=case.number)


def test_a_need_is_cancelled_by_its_number_and_only_by_its_farmer(
    farmer: Farmer, bot: ScriptedBot, services: Services
) -> None:
    bot.script["对，提交"] = reply(FILE_NEED)
    farmer.says("对，提交")
    number = farmer.need().number
    bot.script["取消它"] = reply({"effect": "cancel_need", "number": number})
    stranger = Farmer(services, "o-stranger")
    stranger.says("对，提交")
    assert stranger.says("取消它") == [phrases.NOT_YOUR_NEED]
    assert farmer.need().status is Status.SUBMITTED
    assert farmer.says("取消它") == [phrases.NEED_CANCELLED.format(number=number)]


# --- handing over


def test_handing_over_opens_a_case_with_the_question_given(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["找专家看辣椒"] = reply({"effect": "hand_off", "reason": "asked", "question": "辣椒卷叶怎么办"})
    (told,) = farmer.says("找专家看辣椒")
    assert (farmer.case().question, farmer.case().reason) == ("辣椒卷叶怎么办", "asked")
    assert told.startswith(f"已转给专家，编号{farmer.case().number}")
    assert outcome(farmer) == "hand_off"


def test_asking_for_a_person_is_about_the_question_just_asked(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["转人工"] = reply({"effect": "hand_off", "reason": "asked", "question": None})
    bot.script["辣椒卷叶"] = reply(answer_question("辣椒卷叶", sure=False))
    farmer.says("辣椒卷叶")
    farmer.says("转人工")
    assert farmer.case().question == "辣椒卷叶"


def test_asking_for_a_person_out_of_the_blue_asks_for_the_question(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["转人工"] = reply({"effect": "hand_off", "reason": "asked", "question": None})
    (told,) = farmer.says("转人工")
    assert "请把问题说一下" in told
    assert farmer.case().question == ""
    assert texts(farmer.services, farmer.case()) == []


def test_asking_twice_for_a_person_opens_one_case_and_adds_nothing(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["转人工"] = reply({"effect": "hand_off", "reason": "asked", "question": None})
    farmer.says("没有文章的问题")
    case = farmer.case()
    told = farmer.says("0") + farmer.says("转人工")
    assert told == [phrases.CASE_ALREADY.format(number=case.number, state="排队中")] * 2
    assert texts(farmer.services, case) == ["没有文章的问题"]
    assert len(farmer.cases()) == 1


def test_the_case_says_how_urgent_the_farmers_own_words_make_it(farmer: Farmer) -> None:
    farmer.says("救命，猪场的水泵坏了急死人")
    assert farmer.case().urgency == "急"


# --- refusals


@pytest.mark.parametrize(
    ("effect", "unset"),
    [
        (FILE_NEED, "place"), (FILE_NEED, "problem"), (FILE_NEED, "urgency"), (FILE_NEED, "service_type"),
        (FILE_NEED, "visit"), (FILE_NEED, "said"), (answer_question("问"), "question"), (answer_question("问"), "sure"),
        ({"effect": "ask", "about": "place"}, "about"), ({"effect": "hand_off", "reason": "asked", "question": None}, "reason"),
        ({"effect": "keep_draft", "form": "need", "asking": "place", "turns": 1, "fields": {}}, "fields"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", [None, "", "None", "  ", "missing"])
def test_an_effect_with_an_unset_field_is_refused(effect: dict[str, Any], unset: str, value: str | None) -> None:
    broken = {**effect, unset: value}
    if value == "missing":
        del broken[unset]
    with pytest.raises(ValidationError):
        BotReply.model_validate({**reply(broken), "message_id": uuid4()})
    BotReply.model_validate({**reply(effect), "message_id": uuid4()})


@pytest.mark.parametrize(
    "broken",
    [
        {"effects": []},
        {"effects": [{"effect": "restart"}]},
        {"effects": [{"effect": "list_needs", "of": "everybody"}]},
        {"effects": [{"effect": "reply", "about": "weather"}]},
        {"words": [{"text": "", "choices": [], "asks_number": False}]},
        {
            "words": [
                {
                    "text": "哪种？",
                    "choices": [{"title": "一个超过十四个字的选项名字实在太长", "payload": {"name": "pick"}}],
                }
            ]
        },
        {"words": [{"text": "哪种？", "choices": [{"title": "水稻", "payload": {"name": "Pick{"}}]}]},
        {"words": [{"text": "哪种？", "choices": [{"title": str(n), "payload": {"name": "pick"}} for n in range(7)]}]},
        {"message_id": "not an id"},
        {"extra": "field"},
    ],
)
def test_a_reply_that_is_not_of_the_agreed_shape_is_refused(broken: dict[str, Any]) -> None:
    good = {**reply({"effect": "list_needs"}, words="好的。"), "message_id": str(uuid4())}
    BotReply.model_validate(good)
    with pytest.raises(ValidationError):
        BotReply.model_validate(good | broken)


def test_a_kept_reply_that_is_not_of_the_agreed_shape_ends_in_a_case_and_not_in_a_need(
    farmer: Farmer, bot: ScriptedBot, services: Services
) -> None:
    """A newer version of us may find what an older one kept."""
    written = farmer.writes("对，提交")
    broken = {**reply({**FILE_NEED, "place": None}), "message_id": str(written.message_id)}
    with services.database.transaction() as tx:
        inbox.keep_bot_reply(tx, written.message_id, broken)
        tx.execute(inbox.messages.update().values(attempts=2))
    farmer.turn()
    assert farmer.case().state is State.QUEUED
    assert bot.asked == []
