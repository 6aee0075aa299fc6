"""How names are found in what farmers write, by the rules of nlu_data/README.md."""

from pathlib import Path
from typing import List, Tuple

import pytest

from bot.names import Names


@pytest.fixture(scope="module")
def names(root: Path) -> Names:
    return Names.read(root / "nlu_data")


def found(names: Names, text: str, entity: str) -> List[str]:
    return [f.as_entity()["value"] for f in names.find(text) if f.name.entity == entity]


@pytest.mark.parametrize(
    ("text", "objects", "problems"),
    [
        ("苞谷大斑病咋个防", ["玉米"], ["大斑病"]),
        ("水稻纹枯病怎么防治", ["水稻"], ["纹枯病"]),
        ("小白菜有虫", ["小白菜"], []),
        ("鸭瘟怎么办", ["鸭"], ["鸭瘟"]),
        ("菜地里有蜗牛", [], ["蜗牛"]),
        ("猪不吃食", ["生猪"], ["不吃食"]),
        ("马上转人工", [], []),
        ("喝葡萄糖", [], []),
        ("种玉米和小麦", ["玉米", "小麦"], []),
        ("沙糖桔黄了", ["柑橘"], []),
    ],
)
def test_things_and_what_ails_them_are_found_under_their_own_names(
    names: Names, text: str, objects: List[str], problems: List[str]
) -> None:
    assert [o for o in found(names, text, "object") if o not in ("蔬菜",)] == objects
    if problems:
        assert found(names, text, "problem")[:1] == problems


def test_a_word_that_several_pests_claim_is_settled_by_the_crop(names: Names) -> None:
    assert found(names, "荔枝木虱", "problem") == ["木虱"]
    settled = [f for f in names.find("梨树木虱") if f.name.entity == "problem"]
    assert [f.name.name for f in settled if f.sure] == ["梨木虱"]


def test_digits_are_a_name_only_where_they_stand_alone(names: Names) -> None:
    assert found(names, "用3911打韭菜", "object") == ["甲拌磷", "韭菜"]
    assert found(names, "电话13911000000", "object") == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("乳源大桥镇", [("乳源瑶族自治县", True), ("大桥镇", True)]),
        ("大桥镇", [("大桥镇", False)]),
        ("重庆城口高燕镇", [("重庆市", True), ("城口县", True), ("高燕镇", True)]),
        ("云门村三组", []),
        ("竹溪县", [("竹溪县", True)]),
    ],
)
def test_a_town_is_known_by_the_county_before_it(names: Names, text: str, places: List[Tuple[str, bool]]) -> None:
    assert [(f.as_entity()["value"], f.sure) for f in names.find(text) if f.name.entity == "place"] == places


def test_a_variety_belongs_to_its_crop_and_the_crop_to_its_group(names: Names) -> None:
    assert {"柚子", "柑橘", "果树"} <= names.family("柚子")


def test_the_right_place_of_a_name_in_the_text_is_given(names: Names) -> None:
    for hit in names.find("我家苞谷遭了玉米螟咋个办"):
        assert "我家苞谷遭了玉米螟咋个办"[hit.start : hit.end] == hit.text
