"""Cutting what we say to what WeChat carries, for any text at all."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations import texts

ANY = st.text(st.characters() | st.sampled_from("。！？；\n ]>\x00农问😀"), max_size=400)
LONG = st.lists(ANY, max_size=12).map("".join)
quick = settings(max_examples=150, deadline=None, derandomize=True, database=None)


@quick
@given(LONG, st.integers(8, 200))
def test_every_part_fits_and_nothing_is_lost_but_blanks(text: str, most: int) -> None:
    parts = texts.split(text, most)
    assert all(0 < texts.size(part) <= most for part in parts)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", texts.clean(text))


@quick
@given(LONG)
def test_a_clean_text_stays_in_the_envelope_that_it_travels_in(text: str) -> None:
    clean = texts.clean(text)
    assert texts.clean(clean) == clean
    read = ElementTree.fromstring(f"<xml><Content><![CDATA[{clean}]]></Content></xml>").findtext("Content") or ""
    assert read.replace("\n", "") == clean.replace("\r\n", "").replace("\r", "").replace("\n", "")


def test_an_end_of_cdata_cannot_be_put_together_from_what_is_removed() -> None:
    assert "]]>" not in texts.clean("]]\x00>")
    assert "]]>" not in texts.clean("]\x0b]>")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        (" \n ", []),
        ("一句。", ["一句。"]),
        ("一句。两句。", ["一句。", "两句。"]),
        ("没有句号的一长串", ["没有句号", "的一长串"]),
        ("第一行\n第二行", ["第一行", "第二行"]),
    ],
)
def test_a_long_text_is_cut_after_its_sentences_and_else_between_characters(text: str, parts: list[str]) -> None:
    assert texts.split(text, 12) == parts


def test_a_text_that_fits_is_not_cut() -> None:
    text = "一句。两句！\n三句？" * 30
    assert texts.split(text) == [text]


def test_a_text_is_shortened_to_so_many_characters() -> None:
    assert texts.shorten("水稻纹枯病", 5) == "水稻纹枯病"
    assert texts.shorten("水稻纹枯病防治", 5) == "水稻纹枯…"
    assert texts.shorten("水稻\n 纹枯病", 9) == "水稻 纹枯病"
