"""Which dialect somebody writes, so that an expert who speaks it can answer."""

import pytest

from knowledge import dialects


def name(text: str) -> str:
    found = dialects.heard(text)
    return found.name if found else ""


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("啲禾叶黄晒点算好", "粤语"),
        ("雞唔食嘢，係咪發瘟", "粤语"),
        ("𠊎屋下个猪嫲唔食，样般医", "客家话"),
        ("我唔晓打么个药", "客家话"),
        ("我家苞谷叶子上有好多虫眼眼咋个办", "西南官话"),
        ("海椒遭不住了，叶子焉秋秋的", "西南官话"),
        ("鱼死哒好多，么子原因", "湘语"),
    ],
)
def test_a_dialect_is_known_by_its_words(text: str, dialect: str) -> None:
    assert name(text) == dialect


@pytest.mark.parametrize("text", ["", "水稻纹枯病怎么防治", "柑橘叶子发黄怎么办", "唔知道，啥子原因", "玉米咋办"])
def test_what_everybody_writes_or_two_dialects_at_once_is_none(text: str) -> None:
    assert name(text) == ""


@pytest.mark.parametrize(
    ("spoken", "does"),
    [(["粤语"], True), (["普通话", "白话"], True), (["广东话（四邑）"], True), (["客家话"], False), ([], False)],
)
def test_people_call_a_dialect_by_many_names(spoken: list[str], does: bool) -> None:
    cantonese = dialects.heard("啲禾叶黄晒点算好")
    assert cantonese is not None
    assert cantonese.is_among(spoken) is does


def test_no_word_is_of_two_dialects() -> None:
    words = [word for dialect in dialects.everything() for word in dialect.words]
    assert len(words) == len(set(words))
    assert all(words)


def test_no_name_of_a_dialect_is_empty_or_part_of_another_ones() -> None:
    """A name is looked for in what experts say they speak: an empty one would be spoken by everybody."""
    for dialect in dialects.everything():
        for name in (dialect.name, *dialect.also):
            assert name
            assert [other.name for other in dialects.everything() if other.is_among([name])] == [dialect.name]
