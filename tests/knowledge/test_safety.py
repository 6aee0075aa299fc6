"""The lists that keep farmers safe."""

from collections import Counter

import pytest

from knowledge import names, safety
from knowledge.safety import DiseaseClass, Status


def _banned(text: str, crop: str | None = None) -> dict[str, bool]:
    return {ban.pesticide.name: ban.is_certain for ban in safety.banned_in(text, crop)}


def test_the_list_of_pesticides_is_complete() -> None:
    assert Counter(pesticide.status for pesticide in safety.pesticides()) == {
        Status.BANNED: 54,
        Status.PARTIAL: 12,
        Status.RESTRICTED: 10,
    }


def test_nobody_has_signed_the_lists_yet() -> None:
    assert {pesticide.checked_by for pesticide in safety.pesticides()} == {""}
    assert {pest.checked_by for pest in safety.quarantine_pests()} == {""}


def test_every_partial_ban_names_crops_that_exist() -> None:
    scopes = {crop for pesticide in safety.pesticides() for crop in pesticide.scope_crops}
    assert scopes <= set(names.known().things)
    assert all(pesticide.scope_crops for pesticide in safety.pesticides() if pesticide.status is Status.PARTIAL)


def test_no_alias_belongs_to_two_pesticides() -> None:
    said = Counter(word for pesticide in safety.pesticides() for word in (pesticide.name, *pesticide.aliases))
    assert [word for word, count in said.items() if count > 1] == []


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("3911", "甲拌磷"), ("呋喃丹", "克百威"), ("1605", "对硫磷"), ("铁灭克", "涕灭威"), ("万灵", "灭多威"), ("氧化乐果", "氧乐果"),
        ("百草枯", "百草枯"), ("百草估", "百草枯"), ("百草库", "百草枯"), ("百 草 枯", "百草枯"), ("2，4-D丁酯", "2,4-滴丁酯"), ("三步倒", "毒鼠强"),
    ],
)  # fmt: skip
def test_farmers_names_of_banned_pesticides_are_known(said: str, name: str) -> None:
    assert _banned(f"用{said}行不行") == {name: True}


@pytest.mark.parametrize(
    "text", ["敌草快能打吗", "电话13816051234", "高效氯氰菊酯", "林丹是谁", "打了多菌灵和嘧菌酯", "硫酸铜和波尔多液"]
)
def test_what_is_not_banned_is_left_alone(text: str) -> None:
    assert _banned(text, "水稻") == {}


def test_the_longest_name_counts() -> None:
    assert set(_banned("甲基对硫磷")) == {"甲基对硫磷"}
    assert _banned("乙酰甲胺磷", "水稻") == {}
    assert _banned("丁硫克百威", "小麦") == {}


@pytest.mark.parametrize(
    ("pesticide", "crop", "is_banned"),
    [
        ("毒死蜱", "韭菜", True), ("毒死蜱", "番茄", True), ("毒死蜱", "水稻", False), ("毒死蜱", "蔬菜", True), ("毒死蜱", "玉米|白菜", True),
        ("乙酰甲胺磷", "柑橘", True), ("氟虫腈", "玉米", True), ("氰戊菊酯", "茶叶", True), ("氰戊菊酯", "棉花", False), ("比久", "花生", True),
        ("1059", "三七", True), ("氟苯虫酰胺", "水稻", True),
    ],
)  # fmt: skip
def test_a_partial_ban_depends_on_the_crop(pesticide: str, crop: str, is_banned: bool) -> None:
    assert bool(safety.banned_in(pesticide, crop)) is is_banned


def test_a_partial_ban_is_uncertain_while_the_crop_is_not_known() -> None:
    assert _banned("毒死蜱怎么用") == {"毒死蜱": False}


def test_a_ban_names_its_notice_and_date() -> None:
    (ban,) = safety.banned_in("呋喃丹")
    assert ban.pesticide.notice == "农业农村部公告第736号，2026-06-01起"
    assert ban.said == "呋喃丹"


def test_restricted_pesticides_are_told_apart() -> None:
    assert [pesticide.name for pesticide in safety.restricted_in("用磷化铝熏仓，百草枯除草")] == ["磷化铝"]


def test_the_list_of_animal_diseases_is_complete() -> None:
    classes = Counter(disease.disease_class for disease in safety.animal_diseases())
    assert classes == {DiseaseClass.ONE: 11, DiseaseClass.TWO: 37, DiseaseClass.THREE: 126}
    assert all(disease.signs for disease in safety.animal_diseases() if disease.disease_class is DiseaseClass.ONE)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("猪得了五号病", "口蹄疫"),
        ("羊瘟怎么办", "小反刍兽疫"),
        ("鸡瘟", "新城疫"),
        ("牛得了炭疽", "炭疽"),
        ("羊布病会传人吗", "布鲁氏菌病"),
        ("猪非瘟", "非洲猪瘟"),
    ],
)
def test_farmers_names_of_animal_diseases_are_known(text: str, name: str) -> None:
    assert [disease.name for disease in safety.animal_diseases_in(text)] == [name]


@pytest.mark.parametrize("text", ["辣椒炭疽怎么治", "炭疽病打什么药", "黄瓜白斑病", "狂风吹倒玉米"])
def test_plant_diseases_are_no_animal_diseases(text: str) -> None:
    assert safety.animal_diseases_in(text) == ()


def test_the_gravest_disease_comes_first() -> None:
    found = safety.animal_diseases_in("怕是猪丹毒，也可能是非洲猪瘟")
    assert [disease.disease_class for disease in found] == [DiseaseClass.ONE, DiseaseClass.THREE]


def test_quarantine_pests_are_known_by_farmers_names() -> None:
    (pest,) = safety.quarantine_pests_in("桔子树插金花了")
    assert pest.number == 14
    assert [pest.name for pest in safety.quarantine_pests_in("田埂上有红火蚁")] == ["红火蚁"]
    assert len(safety.quarantine_pests()) == 31
