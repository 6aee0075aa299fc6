"""When a question lacks its crop, which crops are offered, and how a follow-up is completed: the rules, without Rasa."""

from typing import Any, Optional

import pytest

from actions.heard import Heard, names
from actions.questions import (
    complete_follow_up,
    fitting_objects,
    lacks_object,
    named_object,
    object_of,
    topic_of,
)


def hears(text: str, intent: str, sure: bool = True, **picked: Any) -> Heard:
    entities = tuple(found.as_entity() for found in names().find(text))
    return Heard(text, text, intent, sure, () if picked else entities, picked)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("叶子发黄怎么办", "ask_symptom"),
        ("白粉病用什么药", "ask_control"),
        ("拉稀不吃食怎么办", "ask_animal_health"),
        ("什么时候施肥好", "ask_fertilise"),
        ("果子上有黑斑是什么病", "ask_symptom"),
    ],
)
def test_a_question_that_depends_on_the_crop_is_asked_back(text: str, intent: str) -> None:
    assert lacks_object(hears(text, intent))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("水稻纹枯病怎么防治", "ask_control"),
        ("稻飞虱打什么药", "ask_control"),
        ("土地确权证丢了怎么补", "ask_land"),
        ("怎么预防农药中毒", "ask_pesticide_use"),
        ("种粮补贴怎么领", "ask_policy"),
        ("冬季深翻能不能减少虫害", "ask_control"),
        ("尿素一亩地撒多少", "ask_fertilise"),
        ("今年种什么赚钱", "ask_market"),
        ("拖拉机打不着火", "ask_machinery"),
    ],
)
def test_a_question_that_is_complete_or_needs_no_crop_is_not_asked_back(text: str, intent: str) -> None:
    assert not lacks_object(hears(text, intent))


def test_a_question_we_are_not_sure_of_is_not_asked_back() -> None:
    assert not lacks_object(hears("叶子发黄怎么办", "ask_symptom", sure=False))


def test_a_pest_that_lives_on_one_crop_names_it() -> None:
    assert object_of(hears("稻纵卷叶螟怎么治", "ask_control")) == "水稻"


@pytest.mark.parametrize(
    ("text", "intent", "offered"),
    [
        ("叶子发黄怎么办", "ask_symptom", "水稻"),
        ("果子裂开了", "ask_symptom", "葡萄"),
        ("拉稀怎么办", "ask_animal_health", "生猪"),
        ("不吃食怎么办", "ask_animal_health", "牛"),
        ("塘里死了好多", "ask_animal_health", "草鱼"),
    ],
)
def test_the_crops_and_animals_offered_fit_the_symptom(text: str, intent: str, offered: str) -> None:
    objects = fitting_objects(hears(text, intent), None)
    assert offered in objects
    assert len(objects) <= 5


def test_what_was_talked_of_last_is_offered_first_where_it_fits() -> None:
    assert fitting_objects(hears("叶子发黄怎么办", "ask_symptom"), "茶叶")[0] == "茶叶"
    assert "生猪" not in fitting_objects(hears("叶子发黄怎么办", "ask_symptom"), "生猪")


@pytest.mark.parametrize(
    ("text", "intent", "topic"),
    [
        ("水稻纹枯病怎么防治", "ask_control", "病害"),
        ("稻飞虱怎么治", "ask_control", "虫害"),
        ("叶子上的小虫打什么药", "ask_control", "虫害"),
        ("鸡球虫病怎么治", "ask_control", "疫病防控"),
        ("土地确权怎么办", "ask_land", "土地"),
    ],
)
def test_the_topic_is_one_of_the_wall(text: str, intent: str, topic: str) -> None:
    assert topic_of(hears(text, intent)) == topic


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("柑橘", "柑橘"),
        ("我种的是脐橙", "柑橘"),
        ("牛油果树", "牛油果"),
        ("罗汉榧", "罗汉榧"),
        ("都不是", ""),
        ("不知道", ""),
    ],
)
def test_the_crop_that_was_asked_back_is_read_from_a_free_answer(text: str, name: str) -> None:
    assert named_object(hears(text, "inform")) == name


@pytest.mark.parametrize("text", ["根也烂了", "我也不晓得是个啥子情况哦", "叶子掉光"])
def test_more_of_the_story_is_not_taken_for_the_name_of_a_crop(text: str) -> None:
    assert named_object(hears(text, "out_of_scope")) is None


RICE = {"asked": "水稻纹枯病怎么防治", "thing": "水稻", "topic": "病害", "problem": "纹枯病"}


@pytest.mark.parametrize(
    ("text", "intent", "question", "thing"),
    [
        ("那玉米呢", "follow_up", "玉米纹枯病怎么防治", "玉米"),
        ("我说的是玉米", "correct", "玉米纹枯病怎么防治", "玉米"),
        ("不是水稻，是小麦", "correct", "小麦纹枯病怎么防治", "小麦"),
        ("那用什么药", "follow_up", "水稻纹枯病用什么药", "水稻"),
        ("要打几次", "follow_up", "水稻纹枯病要打几次", "水稻"),
        ("那玉米用什么药", "follow_up", "玉米纹枯病用什么药", "玉米"),
    ],
)
def test_a_follow_up_is_completed_from_what_was_asked_last(text: str, intent: str, question: str, thing: str) -> None:
    effect = complete_follow_up(hears(text, intent), **RICE)
    assert effect["question"] == question
    assert effect["object"] == thing
    assert effect["problem"] == "纹枯病"
    assert effect["topic"] == "病害"


@pytest.mark.parametrize(("asked", "problem"), [("水稻怎么种", None), (None, None)])
def test_a_follow_up_needs_no_problem(asked: Optional[str], problem: Optional[str]) -> None:
    effect = complete_follow_up(hears("那玉米呢", "follow_up"), asked, "水稻", None, problem)
    assert "玉米" in effect["question"]
    assert effect["object"] == "玉米"
