"""Danger that the detectors hear becomes an alarm and nothing else; what only sounds like it goes on as ever."""

import uuid
from typing import Any, Dict, Optional

import pytest
import yaml

from bot import dangers
from bot.dangers import is_danger
from tests.bot.kit import ROOT, Bot, Farmer
from tests.bot.test_boundary import NEED_DRAFT

CONFIG = ROOT / "config.yml"
AT = {
    "people": {"spoken": 0.15, "certain": 0.6, "against": 0.75},
    "animal_disease": {"spoken": 0.5, "certain": 0.97, "against": 0.99},
    "quarantine_pest": {"spoken": 0.6, "certain": 0.97, "against": 0.99},
    "harmful": {"spoken": 0.35, "certain": 0.9, "against": 0.99},
}
HEARD = {
    "我阿婆捡了个瓶子当凉茶饮了几口，原来装的是打草药，现在肚子绞着痛": ("poisoning", None),
    "我表叔给果树打完药回屋，手脚一直抖，话都讲不清": ("poisoning", None),
    "债还不上，我想干脆走了算了，一了百了": ("self_harm", None),
    "栏里的牛崽接二连三倒下去，已经死了四头，嘴边全是泡": ("animal_disease", None),
    "帮我弄几张盖好章的空白检疫证": ("harmful", "certificate"),
}
NOT_MEANT = (
    "水稻纹枯病怎么防治", "打农药前要怎么做防护", "一只鸡拉稀，别的都好好的", "番茄要不要搭架吊蔓", "有没有人能推荐一家好吃的餐馆",
)  # fmt: skip


def asked(bot: Bot, text: str, **turn: Any) -> Dict[str, Any]:
    status, reply = bot.turn(message_id=uuid.uuid4().hex, sender=uuid.uuid4().hex, text=text, **turn)
    assert status == 200, reply
    return reply


@pytest.mark.parametrize("text", HEARD)
def test_danger_in_new_words_is_an_alarm_without_words(bot: Bot, text: str) -> None:
    reply = asked(bot, text)
    danger, about = HEARD[text]
    assert reply["words"] == []
    assert reply["effects"] == [{"effect": "alarm", "danger": danger, "about": about}]
    assert is_danger(reply["nlu"]["intent"])


@pytest.mark.parametrize("text", NOT_MEANT)
def test_what_only_sounds_like_danger_is_none(bot: Bot, text: str) -> None:
    assert "alarm" not in [effect["effect"] for effect in asked(bot, text)["effects"]]


def test_an_alarm_in_the_middle_of_a_form_leaves_the_form_as_it_was(bot: Bot) -> None:
    reply = asked(bot, next(iter(HEARD)), draft=NEED_DRAFT)
    assert [effect["effect"] for effect in reply["effects"]] == ["alarm"]
    farmer = Farmer(bot)
    farmer.draft = dict(NEED_DRAFT)
    farmer.says("大桥镇")
    assert farmer.effect("keep_draft")["fields"]["place"]


def test_every_kind_that_is_listened_for_has_its_thresholds() -> None:
    (judge,) = (
        one for one in yaml.safe_load(CONFIG.read_text())["pipeline"] if one["name"] == "bot.intents.ScopeJudge"
    )
    assert set(judge["danger"]) == set(dangers.KINDS)
    assert all(set(at) == {"spoken", "certain", "against"} for at in judge["danger"].values())


def test_what_happens_to_fish_is_no_danger_to_people() -> None:
    story = "老师你好，我承包了一口塘，早上看到鱼都浮在水面上张嘴，太阳出来又下去了"
    assert named(story, {"danger_poisoning": 0.3}, people=0.65) is None
    assert named("我哥在塘边触电倒了", {"danger_poisoning": 0.3}, people=0.2) == "danger_poisoning"
    assert named("误喝了半瓶除草剂", {"danger_poisoning": 0.3}, people=0.2) == "danger_poisoning"


def named(text: str, ranking: Dict[str, float], **heard: float) -> Optional[str]:
    found = dangers.judge(heard, ranking, text, AT)
    return found["name"] if found else None


def test_without_words_of_the_danger_a_detector_must_be_surer() -> None:
    poisoning = {"danger_poisoning": 0.3}
    assert named("小孩把农药喝了", poisoning, people=0.2) == "danger_poisoning"
    assert named("小孩把农药喝了", poisoning, people=0.05) is None
    assert named("推荐一家餐馆", poisoning, people=0.2) is None
    assert named("推荐一家餐馆", poisoning, people=0.7) == "danger_poisoning"
    assert named("推荐一家餐馆", {"harmful_fishing": 0.3}, harmful=0.7) is None
    assert named("果子红鼻子", {}, quarantine_pest=0.5) is None


def test_words_that_speak_against_a_danger_make_it_harder_to_believe() -> None:
    poisoning = {"danger_poisoning": 0.3}
    assert named("黄瓜苗喝了药水耷拉着头", poisoning, people=0.7) is None
    assert named("我看黄瓜苗喝了药水", poisoning, people=0.7) == "danger_poisoning"
    assert named("种公猪咬在大腿上，血止不住", poisoning, people=0.9) == "danger_poisoning"
    assert named("梦见小孩把农药喝了", poisoning, people=0.7) is None


def test_the_classifier_says_which_danger_of_a_kind_and_people_come_first() -> None:
    assert (
        named("他喝了药不想活了", {"danger_self_harm": 0.3, "danger_poisoning": 0.4}, people=0.9) == "danger_poisoning"
    )
    assert named("我把鱼药喝了一口", {}, people=0.5, harmful=0.8) == "danger_poisoning"
    assert (
        named("电瓶打鱼怎么接，会不会电到我", {"harmful_fishing": 0.9}, people=0.2, harmful=0.99) == "harmful_fishing"
    )


def test_a_training_sentence_word_for_word_is_always_an_alarm(bot: Bot) -> None:
    """Also one without any of the words: a message may not fail because nothing else is left in the ranking."""
    for text, danger in (("布病阳性怎么办", "animal_disease"), ("乐果就摆在我面前", "self_harm")):
        assert asked(bot, text)["effects"] == [{"effect": "alarm", "danger": danger, "about": None}]
