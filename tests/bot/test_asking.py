"""A farmer asks the running bot: questions, asking back, follow-ups, commands, and what is not ours."""

from pathlib import Path
from typing import Any, Dict, List

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.names import read_tsv
from bot.plaintext import plain_text
from bot.tokenizer import make_plain
from tests.bot.kit import Bot, Farmer


def question(farmer: Farmer) -> Dict[str, Any]:
    return farmer.effect("answer_question")


@pytest.mark.parametrize(
    ("text", "thing", "topic", "problem"),
    [
        ("水稻纹枯病怎么防治", "水稻", "病害", "纹枯病"),
        ("苞谷大斑病咋个防", "玉米", "病害", "大斑病"),
        ("禾苗有稻飞虱点搞", "水稻", "虫害", "稻飞虱"),
        ("师傅你好我家橘子树上好多红蜘蛛打什么药", "柑橘", "虫害", "红蜘蛛"),
        ("柑橘春天施什么肥", "柑橘", "施肥", None),
        ("猪儿拉肚子咋个整", "生猪", "疫病防控", "拉稀"),
        ("土地确权证丢了怎么补", None, "土地", None),
        ("怎么预防农药中毒", None, "用药安全", None),
        ("种粮补贴怎么领", None, "政策补贴", None),
    ],
)
def test_a_complete_question_goes_straight_to_the_service(
    farmer: Farmer, text: str, thing: Any, topic: str, problem: Any
) -> None:
    farmer.says(text)
    assert farmer.effects == ["answer_question"]
    asked = question(farmer)
    assert asked["question"] == text
    assert asked["sure"] is True
    assert asked["topic"] == topic
    if thing:
        assert (asked["object"], asked["problem"]) == (thing, problem)


def test_the_crop_is_asked_for_and_the_question_completed(farmer: Farmer) -> None:
    farmer.says("叶子发黄怎么办")
    assert farmer.effects == ["ask", "keep_draft"]
    assert 1 <= len(farmer.titles) <= 5
    second = farmer.titles[1]
    farmer.says("2")
    assert farmer.effects == ["answer_question", "drop_draft"]
    assert question(farmer)["question"] == f"{second}，叶子发黄怎么办"
    assert question(farmer)["object"] == second
    assert farmer.draft is None


@pytest.mark.parametrize(("text", "thing"), [("我种的是脐橙", "柑橘"), ("牛油果", "牛油果"), ("罗汉榧", "罗汉榧")])
def test_the_crop_may_be_written_freely(farmer: Farmer, text: str, thing: str) -> None:
    assert question(farmer.says("叶子发黄怎么办").says(text))["object"] == thing


def test_animals_are_offered_for_what_ails_animals(farmer: Farmer) -> None:
    assert "生猪" in farmer.says("拉稀不吃食怎么办").titles
    assert "水稻" not in farmer.titles


def test_more_of_the_story_is_added_to_the_question(farmer: Farmer) -> None:
    farmer.says("叶子发黄怎么办").says("根也烂了").says("柑橘")
    assert question(farmer)["question"] == "柑橘，叶子发黄怎么办，根也烂了"


def test_nobody_is_asked_for_the_crop_for_ever(farmer: Farmer) -> None:
    farmer.says("叶子发黄怎么办").says("根也烂了").says("叶子还掉了好多")
    assert farmer.effects == ["answer_question", "drop_draft"]
    assert question(farmer)["object"] is None


def test_another_question_takes_the_place_of_the_open_one(farmer: Farmer) -> None:
    farmer.says("叶子发黄怎么办").says("水稻纹枯病怎么防治")
    assert question(farmer)["question"] == "水稻纹枯病怎么防治"
    assert farmer.draft is None


@pytest.mark.parametrize(
    ("text", "effects"),
    [
        ("转人工", ["drop_draft", "hand_off"]),
        ("我的需求", ["drop_draft", "list_needs"]),
        ("算了", ["drop_draft", "reply"]),
        ("今天天气怎么样", ["drop_draft", "reply"]),
        ("我要报需求", ["drop_draft", "ask", "keep_draft"]),
    ],
)
def test_something_else_closes_the_open_question(farmer: Farmer, text: str, effects: List[str]) -> None:
    assert farmer.says("叶子发黄怎么办").says(text).effects == effects


def test_the_open_question_goes_to_the_person_who_is_asked_for(farmer: Farmer) -> None:
    farmer.says("叶子发黄怎么办").says("转人工")
    assert farmer.effect("hand_off")["question"] == "叶子发黄怎么办"


def test_a_follow_up_knows_what_was_asked(farmer: Farmer) -> None:
    farmer.says("水稻纹枯病怎么防治").says("那玉米呢")
    assert question(farmer)["question"] == "玉米纹枯病怎么防治"
    farmer.says("那用什么药")
    assert question(farmer)["question"] == "玉米纹枯病用什么药"
    farmer.says("我说的是小麦")
    assert question(farmer)["object"] == "小麦"
    farmer.says("什么时候打药")
    assert question(farmer)["question"] == "小麦纹枯病什么时候打药"


@pytest.mark.parametrize("text", ["那用什么药", "还有别的办法吗", "没用", "修改"])
def test_a_follow_up_to_nothing_asks_for_the_whole_question(farmer: Farmer, text: str) -> None:
    assert farmer.says(text).effects == ["reply"]
    assert "水稻叶子发黄怎么办" in farmer.words


def test_an_answer_that_did_not_help_goes_to_an_expert(farmer: Farmer) -> None:
    farmer.says("水稻纹枯病怎么防治").says("没用")
    assert farmer.effect("hand_off") == {"effect": "hand_off", "reason": "not_solved", "question": "水稻纹枯病怎么防治"}


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("转人工", {"effect": "hand_off", "reason": "asked", "question": None}),
        ("我的需求", {"effect": "list_needs"}),
        ("取消我的需求", {"effect": "cancel_need", "number": None}),
        ("取消需求XQ-440232-20261121-0007", {"effect": "cancel_need", "number": "XQ-440232-20261121-0007"}),
        ("删除我的信息", {"effect": "forget_me"}),
        ("菜单", {"effect": "reply", "about": "menu"}),
        ("隐私政策", {"effect": "reply", "about": "privacy"}),
        ("你好", {"effect": "reply", "about": "greeting"}),
        ("谢谢", {"effect": "reply", "about": "smalltalk"}),
        ("给我放首歌", {"effect": "reply", "about": "out_of_scope"}),
        ("返回", {"effect": "reply", "about": "menu"}),
        ("13800138000", {"effect": "reply", "about": "smalltalk"}),
    ],
)
def test_a_command_has_one_effect(farmer: Farmer, text: str, effect: Dict[str, Any]) -> None:
    assert farmer.says(text).reply["effects"] == [effect]


@pytest.mark.parametrize("name", ["hand_off", "menu", "my_status", "go_back", "file_need", "resume", "give_up"])
def test_a_choice_of_the_service_is_understood_without_text(bot: Bot, name: str) -> None:
    assert bot.turn(text=None, payload={"name": name, "values": {}})[0] == 200


def test_what_an_expert_should_know_is_handed_on(farmer: Farmer) -> None:
    farmer.says("转人工，我家两百只鸡拉血便好几天了")
    assert farmer.effect("hand_off")["question"] == "转人工，我家两百只鸡拉血便好几天了"


def test_a_bare_crop_is_looked_up_and_a_bare_service_is_filed(bot: Bot) -> None:
    assert question(Farmer(bot).says("水稻"))["object"] == "水稻"
    assert Farmer(bot).says("技术指导").asked_for == "object"


@pytest.mark.parametrize(
    "text",
    [
        "红烧肉怎么做",
        "梦见蛇是什么意思",
        "属牛的今年运势",
        "植物大战僵尸怎么过关",
        "苹果手机怎么截屏",
        "孕妇能吃螃蟹吗",
        "农业银行几点上班",
        "我家金毛不吃狗粮",
        "割韭菜是什么意思",
        "明天去北京的高铁票",
        "花呗怎么还款",
        "听日去边度饮茶",
    ],
)
def test_what_only_sounds_like_farming_is_not_ours(farmer: Farmer, text: str) -> None:
    farmer.says(text)
    assert farmer.reply["effects"][0]["effect"] == "reply", farmer.reply
    assert farmer.reply["effects"][0]["about"] in ("out_of_scope", "smalltalk")


def test_what_was_never_trained_is_understood_nine_times_out_of_ten(bot: Bot, root: Path) -> None:
    rows = read_tsv(root / "tests/bot/held_out.tsv")
    pairs = [(row, bot.turn(text=row["question"])[1]["nlu"]["intent"]) for row in rows]
    wrong = [(row["question"], got) for row, got in pairs if row["intent"] != got]
    assert len(wrong) <= 0.1 * len(rows), wrong
    foreign = [row for row in rows if row["intent"] in ("out_of_scope", "smalltalk")]
    taken = [q for q, got in wrong if got.startswith("ask_") and q in {row["question"] for row in foreign}]
    assert len(taken) <= 0.05 * len(foreign), taken


@pytest.mark.parametrize(
    "story",
    [
        "我家的茄子上个月还好好的，前几天下了一场大雨，叶子上起了圆圆的斑，果子也开始烂，想问下是什么毛病，怎么弄",
        "老师你好，我去年承包了一口塘，放了草鱼和鲢鱼，这两天早上起来看到鱼都浮在水面上张嘴，太阳出来又下去了，要不要紧",
        "我屋头喂了二十几只羊，这个月有几只光吃不长，毛也乱糟糟的，拉的屎稀，上半年打过一次虫，咋个办",
        "我们村的路边地去年租给一个老板种苗木，合同签了五年，今年租金还没给，人也联系不上，地也荒了，怎么办",
    ],
)
def test_a_long_story_with_many_commas_is_a_question_of_farming(bot: Bot, story: str) -> None:
    _, reply = bot.turn(text=story)
    assert reply["nlu"]["intent"].startswith("ask_"), reply["nlu"]


def test_training_sentences_are_read_in_the_width_that_messages_come_in() -> None:
    sentence = Message.build("姜一窝一窝倒，怎么办？", "ask_symptom")
    make_plain([sentence])
    assert sentence.get("text") == plain_text("姜一窝一窝倒，怎么办？") == "姜一窝一窝倒,怎么办?"


def test_every_name_in_a_text_is_given_as_said_and_as_we_call_it(bot: Bot) -> None:
    _, reply = bot.turn(text="苞谷大斑病咋个防")
    assert {"entity": "object", "value": "玉米", "text": "苞谷"} in reply["nlu"]["entities"]
    assert {"entity": "problem", "value": "大斑病", "text": "大斑病"} in reply["nlu"]["entities"]
