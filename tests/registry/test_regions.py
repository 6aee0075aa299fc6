"""Regions: open only with their local numbers, the smallest one answers for a place."""

from pathlib import Path

import pytest

from core.database import Transaction
from core.errors import Refused
from registry import regions
from registry.regions import NEEDED, Region
from tests.conftest import ROOT

NUMBERS = {key: f"0751-{n}000000" for n, key in enumerate(NEEDED, start=1)}


def opened(tx: Transaction, code: str) -> Region:
    region = Region(code, f"地区{code}", NUMBERS)
    regions.open_region(tx, region, opened_by="chen")
    return region


@pytest.mark.parametrize("missing", NEEDED)
@pytest.mark.parametrize("left", [None, "", "  "])
def test_a_region_without_one_of_its_numbers_does_not_open(tx: Transaction, missing: str, left: str | None) -> None:
    numbers = {key: number for key, number in NUMBERS.items() if key != missing}
    if left is not None:
        numbers[missing] = left
    with pytest.raises(Refused) as refused:
        regions.open_region(tx, Region("440232", "乳源", numbers), opened_by="chen")
    assert refused.value.words == f"乳源不能开通，还缺电话：{NEEDED[missing]}。"
    assert regions.everything_opened(tx) == []


def test_the_smallest_opened_region_answers_for_a_place(tx: Transaction) -> None:
    everywhere, province, city, county = (opened(tx, code) for code in ("00", "44", "4402", "440232"))
    assert regions.covering(tx, "440232109") == county
    assert regions.covering(tx, "440232") == county
    assert regions.covering(tx, "440224") == city
    assert regions.covering(tx, "4402") == city
    assert regions.covering(tx, "441802") == province
    assert regions.covering(tx, "430121") == everywhere
    assert regions.covering(tx, "") == everywhere
    assert [region.code for region in regions.everything_opened(tx)] == ["00", "44", "4402", "440232"]


def test_where_no_region_is_open_none_answers(tx: Transaction) -> None:
    opened(tx, "440232")
    assert regions.covering(tx, "430121") is None
    assert regions.covering(tx, "") is None


def test_a_region_opened_again_has_its_new_numbers(tx: Transaction) -> None:
    opened(tx, "440232")
    changed = Region("440232", "乳源", NUMBERS | {"extension": "0751-9999999"})
    regions.open_region(tx, changed, opened_by="chen")
    assert regions.covering(tx, "440232") == changed


@pytest.mark.parametrize("code", ["440200", "999999", "乳源", ""])
def test_a_code_that_is_no_places_does_not_open(tx: Transaction, code: str) -> None:
    with pytest.raises(Refused, match="region_unknown"):
        opened(tx, code)


def test_a_region_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "region.toml"
    file.write_text('code = "440232"\nname = "乳源"\n[numbers]\nextension = "0751-1000000"\n', encoding="utf-8")
    assert regions.read_file(file) == Region("440232", "乳源", {"extension": "0751-1000000"})


@pytest.mark.parametrize("text", ["", "code = 1", "not toml at all", 'code = "1"\nname = "x"\nnumbers = "none"'])
def test_a_file_that_is_no_region_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "region.toml"
    file.write_text(text, encoding="utf-8")
    for path in (file, tmp_path / "nowhere.toml"):
        with pytest.raises(Refused, match="region_file"):
            regions.read_file(path)


def test_the_example_names_every_number_that_is_needed() -> None:
    assert set(regions.read_file(ROOT / "docs" / "region.example.toml").numbers) >= set(NEEDED)


def test_a_code_is_named_in_full_for_staff() -> None:
    assert regions.name_of("440232") == "广东省韶关市乳源瑶族自治县"
    assert regions.name_of("") == "地点不详"
