"""The name files that both houses read: nlu_data/*.tsv."""

import re
from collections import defaultdict

import pytest

from knowledge import names
from knowledge.names import FOLDER, rows
from knowledge.topics import TOPICS

COLUMNS = {
    "objects": ["name", "kind", "industry", "aliases", "part_of"],
    "problems": ["name", "kind", "aliases", "objects"],
    "operations": ["name", "topic", "aliases"],
    "places": ["code", "name", "kind", "parent", "aliases"],
    "ambiguous": ["alias", "file", "names"],
    "not_names": ["word", "why"],
}
KINDS = {
    "crop",
    "animal",
    "aquatic",
    "insect",
    "mushroom",
    "herb",
    "flower",
    "tree",
    "group",
    "input",
    "machine",
    "thing",
}
RANKS = ("province", "city", "county", "town")


def _of(file: str) -> list[dict[str, str]]:
    return rows(FOLDER / f"{file}.tsv")


def _several(cell: str) -> list[str]:
    return [part for part in cell.split("|") if part]


def _ambiguous(file: str) -> dict[str, set[str]]:
    return {row["alias"]: set(_several(row["names"])) for row in _of("ambiguous") if row["file"] == file}


@pytest.mark.parametrize("file", COLUMNS)
def test_a_name_file_has_the_columns_of_the_contract(file: str) -> None:
    header = (FOLDER / f"{file}.tsv").read_text(encoding="utf-8").splitlines()[0].split("\t")
    assert header == COLUMNS[file]


@pytest.mark.parametrize("file", COLUMNS)
def test_no_row_is_ragged_or_holds_stray_blanks(file: str) -> None:
    for line in (FOLDER / f"{file}.tsv").read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        assert len(cells) == len(COLUMNS[file]), line
        assert all(cell == cell.strip() and '"' not in cell for cell in cells), line


@pytest.mark.parametrize("file", ["objects", "problems", "operations"])
def test_no_name_stands_twice(file: str) -> None:
    names = [row["name"] for row in _of(file)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("file", ["objects", "problems", "operations"])
def test_no_alias_stands_twice_in_a_row_or_repeats_the_name(file: str) -> None:
    for row in _of(file):
        said = [row["name"], *_several(row["aliases"])]
        assert len(said) == len(set(said)), row["name"]


@pytest.mark.parametrize("file", ["objects", "problems", "operations"])
def test_every_word_that_two_names_claim_is_listed_as_ambiguous(file: str) -> None:
    claimed: dict[str, set[str]] = defaultdict(set)
    for row in _of(file):
        for word in (row["name"], *_several(row["aliases"])):
            claimed[word].add(row["name"])
    assert {word: names for word, names in claimed.items() if len(names) > 1} == _ambiguous(file)


def test_every_place_name_that_two_places_share_is_listed_as_ambiguous() -> None:
    claimed: dict[str, set[str]] = defaultdict(set)
    for row in _of("places"):
        for word in (row["name"], *_several(row["aliases"])):
            claimed[word].add(row["code"])
    assert {word: codes for word, codes in claimed.items() if len(codes) > 1} == _ambiguous("places")


def test_kinds_and_topics_are_those_of_the_contract() -> None:
    assert {row["kind"] for row in _of("objects")} <= KINDS
    assert {row["kind"] for row in _of("problems")} <= set(TOPICS)
    assert {row["topic"] for row in _of("operations")} <= set(TOPICS)
    assert {row["kind"] for row in _of("places")} == set(RANKS)


def test_problems_and_parts_name_objects_that_exist() -> None:
    objects = {row["name"] for row in _of("objects")}
    assert {name for row in _of("problems") for name in _several(row["objects"])} <= objects
    assert {name for row in _of("objects") for name in _several(row["part_of"])} <= objects


def test_nothing_is_part_of_itself() -> None:
    part_of = {row["name"]: _several(row["part_of"]) for row in _of("objects")}
    for name in part_of:
        above, waiting = set(), list(part_of[name])
        while waiting:
            larger = waiting.pop()
            assert larger != name
            if larger not in above:
                above.add(larger)
                waiting += part_of[larger]


def test_every_place_lies_in_a_larger_one_of_the_same_code() -> None:
    places = {row["code"]: row for row in _of("places")}
    assert len(places) == len(_of("places"))
    for row in places.values():
        if row["kind"] == "province":
            assert row["parent"] == ""
            continue
        parent = places[row["parent"]]
        assert RANKS.index(parent["kind"]) < RANKS.index(row["kind"])
        assert row["code"].startswith(parent["code"])


def test_codes_have_the_length_of_their_kind() -> None:
    length = {"province": 2, "city": 4, "county": 6, "town": 9}
    assert all(re.fullmatch(rf"\d{{{length[row['kind']]}}}", row["code"]) for row in _of("places"))


def test_the_country_is_complete_and_the_first_regions_have_their_towns() -> None:
    kinds = [row["kind"] for row in _of("places")]
    assert kinds.count("province") == 34
    assert kinds.count("county") > 2900
    towns = [row["code"] for row in _of("places") if row["kind"] == "town"]
    assert sum(code.startswith("4402") for code in towns) > 100
    assert sum(code.startswith("50") for code in towns) > 1000


def test_single_characters_are_only_names_that_farmers_use_alone() -> None:
    alone = {word for row in _of("objects") for word in (row["name"], *_several(row["aliases"])) if len(word) == 1}
    assert {"猪", "牛", "羊", "鸡", "鸭", "鹅", "鱼", "茶"} <= alone
    assert not alone & set("米草树花肥药地水土虫病苗果豆薯松")
    assert not [row["name"] for row in _of("problems") if len(row["name"]) == 1]
    assert not [
        row
        for file in ("problems", "operations")
        for row in _of(file)
        for alias in _several(row["aliases"])
        if len(alias) == 1
    ]


@pytest.mark.parametrize("text", ["这道菜怎么炒", "嗑瓜子", "菜市场几点关门", "川菜馆子", "你个瓜娃子"])
def test_a_dish_or_a_word_of_abuse_is_no_vegetable(text: str) -> None:
    assert not {"蔬菜", "瓜类"} & set(names.known().find(text).objects)


@pytest.mark.parametrize(
    ("text", "name"), [("菜的根上长瘤子", "蔬菜"), ("蜗牛啃菜怎么治", "蔬菜"), ("瓜被针蜂叮烂了", "瓜类")]
)
def test_vegetables_and_melons_are_what_farmers_call_them(text: str, name: str) -> None:
    assert name in names.known().find(text).objects
