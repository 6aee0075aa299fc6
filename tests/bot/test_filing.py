"""A farmer files a need with the running bot, in at most six turns, mostly with single digits."""

from typing import Any, Dict

import pytest

from tests.bot.kit import Bot, Farmer


def filed(farmer: Farmer) -> Dict[str, Any]:
    assert farmer.effects == ["file_need", "drop_draft"], farmer.reply
    return farmer.effect("file_need")


def test_six_turns_are_enough_when_nothing_is_known(farmer: Farmer) -> None:
    farmer.says("我要报需求")
    assert farmer.asked_for == "service_type"
    farmer.says("1")
    assert farmer.asked_for == "object"
    farmer.says("柑橘")
    assert farmer.asked_for == "place"
    farmer.says("乳源大桥镇中冲村")
    assert farmer.asked_for == "problem"
    farmer.says("叶子黄了好多树")
    assert farmer.asked_for == "confirmed"
    need = filed(farmer.says("1"))
    assert need == {
        "effect": "file_need",
        "service_type": "技术指导",
        "demand_kind": "技术",
        "object": "柑橘",
        "place": "乳源瑶族自治县大桥镇中冲村",
        "problem": "叶子黄了好多树",
        "scale": None,
        "urgency": "一般",
        "visit": False,
        "phone": None,
        "said": ["我要报需求", "技术指导", "柑橘", "乳源大桥镇中冲村", "叶子黄了好多树"],
    }


def test_what_the_opening_message_says_is_not_asked_again(farmer: Farmer) -> None:
    farmer.says("我要申请专家下乡指导种柑橘")
    assert farmer.asked_for == "place"
    farmer.says("乳源大桥镇").says("叶子一片一片黄了")
    assert farmer.asked_for == "scale"
    assert farmer.asks_number
    farmer.says("30")
    assert farmer.asked_for == "urgency"
    need = filed(farmer.says("2").says("提交"))
    assert need["visit"] is True
    assert need["scale"] == "30亩"
    assert need["urgency"] == "急"


def test_one_long_sentence_leaves_little_to_ask(farmer: Farmer) -> None:
    farmer.says("师傅你好我家在乳源大桥镇种了三十亩柑橘叶子黄化很严重急死人了想请专家到现场来看一看")
    assert farmer.asked_for == "confirmed"
    for part in ("柑橘", "乳源瑶族自治县大桥镇", "三十亩", "急"):
        assert part in farmer.words
    need = filed(farmer.says("1"))
    assert need["visit"] is True
    assert need["urgency"] == "急"


def test_the_known_place_is_the_first_choice(bot: Bot) -> None:
    farmer = Farmer(bot, place="乳源瑶族自治县").says("我要申请专家下乡指导种柑橘")
    assert farmer.titles == ["乳源瑶族自治县"]
    farmer.says("1")
    assert farmer.draft is not None
    assert farmer.draft["fields"]["place"] == "乳源瑶族自治县"


def test_a_village_is_put_into_the_known_county(bot: Bot) -> None:
    farmer = Farmer(bot, place="乳源瑶族自治县").says("我要申请专家下乡指导种柑橘").says("云门村三组")
    assert farmer.draft is not None
    assert farmer.draft["fields"]["place"] == "乳源瑶族自治县云门村三组"


def test_the_summary_names_who_will_read_it(farmer: Farmer) -> None:
    farmer.says("我们村想办一期养蜂培训").says("城口县高燕镇")
    assert farmer.asked_for == "confirmed"
    for part in ("技能培训", "城口县高燕镇", "协调员", "专家", "同意", "手机号"):
        assert part in farmer.words
    assert farmer.titles == ["提交", "修改"]
    assert len(farmer.reply["words"]) == 1


def test_a_mobile_number_submits(farmer: Farmer) -> None:
    farmer.says("我们村想办一期养蜂培训").says("城口县高燕镇")
    assert filed(farmer.says("13800138000"))["phone"] == "13800138000"


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("不是蜜蜂，是柑橘", "object", "柑橘"),
        ("地点错了，是城口县明通镇", "place", "城口县明通镇"),
    ],
)
def test_a_correction_is_taken_in_mid_form(farmer: Farmer, text: str, key: str, value: str) -> None:
    farmer.says("我们村想办一期养蜂培训").says("城口县高燕镇").says(text)
    assert farmer.asked_for == "confirmed"
    assert filed(farmer.says("1"))[key] == value


def test_a_field_is_changed_by_its_number(farmer: Farmer) -> None:
    farmer.says("我们村想办一期养蜂培训").says("城口县高燕镇").says("2")
    assert farmer.asked_for == "change"
    assert farmer.titles[2] == "地点"
    farmer.says("3")
    assert farmer.asked_for == "place"
    farmer.says("城口县明通镇")
    assert farmer.asked_for == "confirmed"
    assert filed(farmer.says("1"))["place"] == "城口县明通镇"


def test_a_field_is_changed_by_its_name(farmer: Farmer) -> None:
    farmer.says("我们村想办一期养蜂培训").says("城口县高燕镇").says("改一下地点")
    assert farmer.asked_for == "place"
    assert filed(farmer.says("城口县明通镇").says("1"))["place"] == "城口县明通镇"


def test_a_question_in_mid_form_is_answered_and_the_form_goes_on(farmer: Farmer) -> None:
    farmer.says("我要申请专家下乡指导种柑橘")
    draft = farmer.draft
    farmer.says("对了，辣椒疫病用什么药")
    assert farmer.effects == ["answer_question", "keep_draft"]
    assert farmer.effect("answer_question")["object"] == "辣椒"
    assert farmer.draft == draft
    farmer.says("那番茄呢")
    assert farmer.effect("answer_question")["object"] == "番茄"
    assert farmer.draft == draft
    farmer.says("继续")
    assert farmer.asked_for == "place"
    assert farmer.draft == draft
    farmer.says("乳源大桥镇")
    assert farmer.asked_for == "problem"


def test_the_form_goes_on_without_the_word_as_well(farmer: Farmer) -> None:
    farmer.says("我要申请专家下乡指导种柑橘").says("辣椒疫病用什么药").says("乳源大桥镇")
    assert farmer.asked_for == "problem"


def test_back_is_one_step_back(farmer: Farmer) -> None:
    farmer.says("我要报需求").says("1").says("柑橘")
    assert farmer.asked_for == "place"
    farmer.says("返回")
    assert farmer.asked_for == "object"
    farmer.says("返回")
    assert farmer.asked_for == "service_type"
    farmer.says("返回")
    assert farmer.asked_for == "service_type"
    assert "第一步" in farmer.words
    farmer.says("2")
    assert farmer.asked_for == "object"


@pytest.mark.parametrize("text", ["取消", "不填了", "算了"])
def test_giving_up_drops_the_draft(farmer: Farmer, text: str) -> None:
    farmer.says("我要报需求").says("1").says(text)
    assert farmer.effects == ["drop_draft"]
    assert farmer.draft is None
    assert farmer.says("水稻纹枯病怎么防治").effects == ["answer_question"]


def test_a_person_may_be_asked_for_at_any_step(farmer: Farmer) -> None:
    farmer.says("我要申请专家下乡指导种柑橘").says("转人工")
    assert farmer.effects == ["hand_off", "keep_draft"]
    assert farmer.effect("hand_off") == {
        "effect": "hand_off",
        "reason": "asked",
        "question": "我要申请专家下乡指导种柑橘",
    }


@pytest.mark.parametrize("text", ["今天天气怎么样", "哈哈哈", "没有", "对"])
def test_an_answer_that_is_none_is_asked_again_and_costs_nothing(farmer: Farmer, text: str) -> None:
    farmer.says("我要报需求")
    draft = farmer.draft
    farmer.says(text)
    assert farmer.asked_for == "service_type"
    assert farmer.draft == draft
    assert len(farmer.titles) == 6


def test_training_policy_and_complaints_find_their_kind(bot: Bot) -> None:
    for text, service, demand in (
        ("想请人来我们村讲讲养牛的补贴政策", "政策宣传", "政策"),
        ("我们合作社想请专家做果园规划设计", "规划设计", "项目"),
        ("买到假种子了老板不认账", "其他", "投诉转介"),
    ):
        farmer = Farmer(bot).says(text)
        while farmer.asked_for != "confirmed":
            farmer.says({"place": "乳源大桥镇", "problem": "详细情况见面说"}[str(farmer.asked_for)])
        need = filed(farmer.says("1"))
        assert (need["service_type"], need["demand_kind"]) == (service, demand)


def test_a_complaint_is_told_what_happens_with_it(farmer: Farmer) -> None:
    farmer.says("买到假种子了老板不认账")
    assert "12345" in farmer.words
    assert farmer.asked_for == "place"


def test_the_menu_leads_to_the_filing(farmer: Farmer) -> None:
    farmer.says("菜单")
    assert farmer.effects == ["reply"]
    farmer.says("1")
    assert farmer.asked_for == "service_type"
