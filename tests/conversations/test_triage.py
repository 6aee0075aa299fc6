"""Danger is recognised in farmers' own words, and nothing else is taken for it. The tables are our own wording."""

import re
from pathlib import Path

import pytest

from conversations import alarms, texts
from conversations.triage import accidents, words
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
    assert words.ACCIDENT.startswith("马上打120，")
    for said in (words.POISONING, words.SELF_HARM):
        assert "不要自行催吐" in said


def test_first_aid_holds_the_lines_for_what_happened_and_few_others() -> None:
    assert "不要下去" in accidents.first_aid("我哥下粪坑喊不答应")
    assert "先断电" in accidents.first_aid("抽水泵漏电，老弟倒了")
    bleeding = accidents.first_aid("手遭打谷机绞了，血止不住")
    assert "用力压住" in bleeding
    assert "蛇" not in bleeding
    for said in (bleeding, accidents.first_aid("我爸不行了")):
        assert said.startswith("马上打120，")
        assert words.ALWAYS in said
        assert len(said.splitlines()) <= 6


TREATMENT = re.compile(
    r"用药|打针|注射|剂量|毫升|抗生素|青霉素|消炎|拌料|饮水加|疫苗(?!，)|紧急免疫|输液|灌服|中药|磺胺|头孢"
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
