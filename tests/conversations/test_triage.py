"""Danger is recognised in farmers' own words, and nothing else is taken for it. The tables are our own wording."""

import re
from pathlib import Path

import pytest

from conversations import alarms, texts
from conversations.triage import accidents, first_aid, words
from conversations.triage.dangers import Alarm, Danger
from knowledge import names, safety
from knowledge.safety import DiseaseClass

HERE = Path(__file__).parent


def table(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines]


DANGERS, HARMLESS = table("dangers.tsv"), table("harmless.tsv")


def recognised(message: str) -> Alarm | None:
    """As a turn does it: with the crop that the message itself names."""
    return alarms.recognise(message, "|".join(names.known().find(message).about))


@pytest.mark.parametrize(("danger", "about", "message"), DANGERS, ids=[row[2] for row in DANGERS])
def test_danger_is_recognised(danger: str, about: str, message: str) -> None:
    found = recognised(message)
    assert found is not None
    assert (found.danger, found.about) == (danger, about)


@pytest.mark.parametrize(("message", "why"), HARMLESS, ids=[row[0] for row in HARMLESS])
def test_what_only_sounds_like_danger_is_none(message: str, why: str) -> None:
    assert recognised(message) is None, why


def test_the_tables_are_long_enough_and_say_nothing_twice() -> None:
    messages = [row[2] for row in DANGERS] + [row[0] for row in HARMLESS]
    assert len(DANGERS) >= 150
    assert len(HARMLESS) >= 80
    assert len(set(messages)) == len(messages)
    assert {row[0] for row in DANGERS} == set(Danger)


def test_blanks_signs_and_wide_letters_hide_no_danger() -> None:
    for message in (
        "我 爸 喝 了 农 药",
        "我爸喝了\n农药",
        "我爸喝了农药！！！",
        "【急】我爸喝了农药",
        "ＡＳＦ 用什么药",
    ):
        assert recognised(message) is not None


def test_the_gravest_danger_comes_first() -> None:
    assert recognised("猪得了非洲猪瘟，我不想活了") == Alarm(Danger.SELF_HARM)
    assert recognised("打百草枯的时候中毒了") == Alarm(Danger.POISONING)
    mixed = recognised("想毒死隔壁的狗，它有狂犬病")
    assert mixed is not None
    assert mixed.danger is Danger.HARMFUL


def test_very_long_messages_are_read_quickly_enough_to_answer() -> None:
    message = "我家的猪打药以后喝了农药怎么防鱼" * 130
    recognised(message)


# --- names come from the lists


@pytest.mark.parametrize("disease", [d for d in safety.animal_diseases() if d.disease_class is DiseaseClass.ONE])
def test_every_disease_of_class_one_is_recognised_by_each_of_its_names(disease: safety.AnimalDisease) -> None:
    for name in (disease.name, *disease.aliases):
        found = recognised(f"{name}怎么治")
        assert found is not None, name
        assert (found.danger, found.about) == (Danger.ANIMAL_DISEASE, disease.name)


def test_a_disease_that_people_catch_says_so() -> None:
    for message in ("羊有布病怎么治", "牛得炭疽了", "狗得了狂犬病", "禽流感的鸡怎么办"):
        found = recognised(message)
        assert found is not None
        assert found.may_infect_people, message
    pigs = recognised("非洲猪瘟怎么治")
    assert pigs is not None
    assert not pigs.may_infect_people


@pytest.mark.parametrize("pest", safety.quarantine_pests())
def test_every_quarantine_pest_that_must_be_reported_is_recognised(pest: safety.QuarantinePest) -> None:
    for name in (pest.name, *pest.aliases):
        found = recognised(f"发现{name}")
        assert found is not None, name
        assert found.danger is Danger.QUARANTINE_PEST


@pytest.mark.parametrize("pest", safety.quarantine_pests())
def test_how_to_keep_a_quarantine_pest_out_is_a_question_like_others(pest: safety.QuarantinePest) -> None:
    assert recognised(f"{pest.name}怎么预防") is None


def test_every_banned_pesticide_is_recognised_by_each_of_its_names() -> None:
    for pesticide in safety.pesticides():
        if pesticide.status is not safety.Status.BANNED:
            continue
        for name in (pesticide.name, *pesticide.aliases):
            found = recognised(f"{name}杀虫怎么用")
            assert found is not None, name
            assert found.danger is Danger.BANNED_PESTICIDE, name


# --- the words


def test_poisoning_begins_with_the_emergency_number_and_what_to_do_comes_first() -> None:
    assert words.POISONING.startswith("马上打120，")
    assert words.SELF_HARM.startswith("马上打120或110，")
    assert "12356" in words.SELF_HARM
    for said in (words.POISONING, words.SELF_HARM):
        assert "不要自行催吐" in said


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("我哥下粪坑喊不答应", "不要下去"), ("抽水泵漏电，老弟倒了", "先断电"), ("娃掉鱼塘里刚捞起来", "不要下水"),
        ("手遭打谷机绞了，血止不住", "用力压住"), ("炭火盆放屋里，两个人叫不醒", "开门窗"), ("从房顶掉下来腰动不了", "不要扶起来"),
        ("吃汤圆哽到了说不出话", "拍背"), ("遭过山风咬了一口", "伤处放低"), ("被狗咬了手", "狂犬疫苗"), ("三根手指绞断了", "不要泡水"), ("三根指头掉下来", "不要泡水"),
        ("石灰进眼睛了", "一直冲"), ("开水烫到脚", "凉的清水"), ("采茶晒晕倒了", "阴凉处"), ("在地里抽搐翻白眼", "不掐人中"),
        ("胸口痛出冷汗", "不扎针放血"), ("吃了山上的菌子又吐又拉", "一起吃的人"), ("我爸不行了", "不知道原因"),
    ],
)  # fmt: skip
def test_first_aid_is_for_what_happened_and_holds_few_lines(message: str, line: str) -> None:
    said = first_aid.for_accident(message)
    assert line in said
    assert said.startswith("马上打120，")
    assert words.ALWAYS in said
    assert len(said.splitlines()) <= 6


def test_words_that_mean_something_else_bring_no_lines() -> None:
    assert first_aid.kinds_in("老公手机没电，刚才还在吃饭") == ()
    assert "machine" not in first_aid.kinds_in("老公翻白眼，叫不醒")
    assert first_aid.kinds_in("高血压") == ()
    assert first_aid.kinds_in("我爸今年42岁，种了412亩") == ()
    assert first_aid.kinds_in("我爸烧到41.5度") == ("heat",)


def test_what_comes_with_poison_is_said_with_it() -> None:
    assert "不要下去" in first_aid.for_poisoning("打完农药下沼气池捞桶，人昏倒")
    assert "先断电" in first_aid.for_poisoning("打农药的机器漏电，我爸没反应")
    plain = first_aid.for_poisoning("娃喝了农药")
    assert plain.splitlines()[1].startswith("①离开喷药")


def test_to_somebody_who_wants_to_die_nothing_is_said_that_could_tell_him_how() -> None:
    assert "流血" not in first_aid.for_self_harm("我想割腕")
    assert "用力压住" in first_aid.for_self_harm("她割腕了好多血")
    assert "12356" in first_aid.for_self_harm("不想活了")


@pytest.mark.parametrize(
    "message",
    [
        "我崽喝了敌草快",
        "佢中咗农药嘅毒",
        "婆娘把氨水吸进去了",
        "喷完果树回来头晕眼花手抖",
        "娃把蚊香液喝了",
        "娃吃了灭蚁药",
    ],
)
def test_poison_is_no_other_accident(message: str) -> None:
    assert not accidents.is_told(message)


@pytest.mark.parametrize(
    "message", ["酸菜池子清底，两个女工下去都晕了", "追肥从拖拉机上摔下来", "割草遇到马蜂，喘不上气", "啤酒瓶扎到脖子"]
)
def test_an_accident_is_no_poisoning(message: str) -> None:
    assert accidents.is_told(message)


TREATMENT = re.compile(
    r"用药|打针|注射|剂量|毫升|抗生素|青霉素|消炎|拌料|饮水加|(?<!狂犬)疫苗(?!，)|紧急免疫|输液|灌服|中药|磺胺|头孢"
)


def test_no_treatment_is_advised_for_a_notifiable_disease() -> None:
    said = words.ANIMAL_DISEASE.format(authority=words.AUTHORITY_ANIMAL.format(phone="12345"), human=words.ZOONOSIS)
    assert not TREATMENT.search(said)
    assert "我不能给治疗办法" in said
    for duty in ("报告", "隔离", "不卖、不杀、不吃、不运、不乱丢", "不要剖开", "12345", "戴手套口罩"):
        assert duty in said


def test_every_fixed_text_is_short_enough_for_one_message() -> None:
    for value in vars(words).values():
        if isinstance(value, str) and not value.startswith("_"):
            assert texts.size(value) < 1900


def test_every_kind_of_harm_has_its_reason() -> None:
    assert {row[1] for row in DANGERS if row[0] == Danger.HARMFUL} == set(words.WHY_HARMFUL)
