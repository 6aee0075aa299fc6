"""Places as farmers name them."""

import pytest

from core import places


def found(text: str) -> str | None:
    """The full name of what was found."""
    place = places.find(text)
    return None if place is None else places.full_name(place.code)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("乳源", "广东省韶关市乳源瑶族自治县"),
        ("乳源县", "广东省韶关市乳源瑶族自治县"),
        ("乳源大桥镇", "广东省韶关市乳源瑶族自治县大桥镇"),
        ("我家在乳源的大桥镇那边", "广东省韶关市乳源瑶族自治县大桥镇"),
        ("重庆", "重庆市"),
        ("渝北", "重庆市渝北区"),
        ("重庆渝北", "重庆市渝北区"),
        ("江西南昌进贤县", "江西省南昌市进贤县"),
        ("吉林市", "吉林省吉林市"),
    ],
)
def test_the_smallest_place_named_is_found(said: str, meant: str) -> None:
    assert found(said) == meant


def test_a_town_is_found_in_an_address_with_every_level_even_if_the_city_has_two_of_that_name() -> None:
    address = "广东省韶关市乳源瑶族自治县大桥镇红光村12号"
    assert found(address) == "广东省韶关市乳源瑶族自治县大桥镇"


@pytest.mark.parametrize("said", ["", "火星", "哪里都行", "镇", "市辖区", "我在大桥上"])
def test_words_that_name_no_place_find_none(said: str) -> None:
    assert found(said) is None


@pytest.mark.parametrize("said", ["大桥镇", "朝阳区", "鼓楼区", "东兴"])
def test_a_name_that_several_places_share_is_left_open(said: str) -> None:
    assert found(said) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [("吉林", "吉林省"), ("长沙", "湖南省长沙市"), ("南昌", "江西省南昌市"), ("恩施", "湖北省恩施土家族苗族自治州")],
)
def test_a_shared_name_means_the_largest_of_its_places(said: str, meant: str) -> None:
    assert found(said) == meant


def test_a_shared_name_means_the_place_in_what_is_named_beside_it() -> None:
    assert found("北京朝阳区") == "北京市朝阳区"
    assert found("吉林长春朝阳区") == "吉林省长春市朝阳区"


@pytest.mark.parametrize(
    ("said", "meant"), [("在广东打工，老家桂阳", "广东省"), ("上海的朝阳", "上海市"), ("北京朝阳", "北京市")]
)
def test_of_places_that_cannot_lie_in_each_other_the_larger_counts(said: str, meant: str) -> None:
    assert found(said) == meant


def test_a_city_without_counties_is_its_own_county() -> None:
    place = places.find("东莞")
    assert place is not None
    assert place.county == "441900"
    assert places.full_name(place.code) == "广东省东莞市"


def test_a_county_is_known_for_counties_and_towns_only() -> None:
    by_name = {said: places.find(said) for said in ("乳源大桥镇", "渝北", "韶关", "重庆")}
    counties = {said: place.county for said, place in by_name.items() if place}
    assert counties == {
        "乳源大桥镇": "440232", "渝北": "500112", "韶关": places.UNKNOWN_COUNTY, "重庆": places.UNKNOWN_COUNTY
    }  # fmt: skip


def test_a_full_name_found_again_is_the_same_place() -> None:
    for code in ("440232109", "440232", "4402", "500112", "441900", "429006"):
        place = places.find(places.full_name(code))
        assert place is not None
        assert place.code == code


def test_an_unknown_code_has_no_place_and_no_name() -> None:
    assert places.by_code("999999") is None
    assert places.full_name("999999") == ""
