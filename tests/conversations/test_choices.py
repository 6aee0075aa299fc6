"""Numbered choices: one digit answers every turn, in whatever way it is typed."""

from typing import Any

import pytest

from conversations import choices, phrases
from conversations.choices import BACK, PERSON, Choice, Offered, Words
from conversations.incoming import Kind
from tests.conversations.kit import Farmer
from tests.stand_ins import ScriptedBot, reply

CROPS = ("水稻", "玉米", "柑橘")


def asking(*titles: str, words: str = "哪种作物？", asks_number: bool = False) -> dict[str, Any]:
    """The bot asks back and offers these."""
    offered = [{"title": title, "payload": {"name": "pick", "values": {"object": title}}} for title in titles]
    said = {"text": words, "choices": offered, "asks_number": asks_number}
    return reply({"effect": "ask", "about": "object"}, words=said)


@pytest.fixture
def asked(farmer: Farmer, bot: ScriptedBot) -> Farmer:
    """A farmer who was just asked which crop it is."""
    bot.script["叶子黄了"] = asking(*CROPS)
    farmer.says("叶子黄了")
    return farmer


# --- digits


@pytest.mark.parametrize(
    ("typed", "digit"),
    [
        ("1", "1"), ("１", "1"), ("①", "1"), ("⑴", "1"), ("❶", "1"), ("1️⃣", "1"), (" 1 ", "1"), ("1.", "1"), ("1。", "1"),
        ("1、", "1"), ("(1)", "1"), ("（1）", "1"), ("“1”", "1"), ("「1」", "1"), ("1号", "1"), ("选1", "1"), ("我选1", "1"),
        ("回1", "1"), ("回复1", "1"), ("回“0”", "0"), ("按2", "2"), ("我要2", "2"), ("选择3", "3"), ("第1个", "1"), ("第一个", "1"),
        ("选第二个", "2"), ("一", "1"), ("壹", "1"), ("二", "2"), ("两", "2"), ("六", "6"), ("0", "0"), ("０", "0"), ("零", "0"),
        ("〇", "0"), ("9", "9"), ("九", "9"), ("⑨", "9"),
    ],
)  # fmt: skip
def test_a_digit_is_understood_however_it_is_typed(typed: str, digit: str) -> None:
    assert choices.digit_in(typed) == digit


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "12",
        "1亩",
        "一亩",
        "3头",
        "10",
        "1 1",
        "1.5",
        "十",
        "好",
        "第",
        "选",
        "我",
        "a",
        "。",
        "一个",
        "九个",
        "١",
        "1解决了吗",
    ],
)
def test_what_is_more_or_less_than_a_digit_is_none(typed: str) -> None:
    assert choices.digit_in(typed) is None


def test_words_of_any_kind_never_break_the_reading_of_digits() -> None:
    for character in map(chr, range(0x20, 0x3300)):
        found = choices.digit_in(character)
        assert found is None or found in "0123456789"


# --- picking


def offered(*titles: str, asks_number: bool = False) -> Offered:
    return Offered(tuple(Choice(title, {"n": n}) for n, title in enumerate(titles, start=1)), asks_number)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("2", 2),
        ("②", 2),
        ("玉米", 2),
        ("玉米。", 2),
        ("2玉米", 2),
        ("2 玉米", 2),
        ("2.玉米", 2),
        ("２、玉米", 2),
        ("“柑橘”", 3),
    ],
)
def test_a_choice_is_picked_by_its_number_or_its_title(said: str, number: int) -> None:
    picked = choices.picked(offered(*CROPS), said)
    assert picked is not None
    assert picked.payload["n"] == number


@pytest.mark.parametrize("said", ["4", "0", "7", "9", "玉", "玉米大斑病", "1玉米", "", "12"])
def test_anything_else_picks_nothing(said: str) -> None:
    assert choices.picked(offered(*CROPS), said) is None


def test_a_title_may_be_a_number_itself() -> None:
    picked = choices.picked(offered("5亩以下", "5", "3"), "3")
    assert picked is not None
    assert picked.title == "3"


def test_where_a_number_is_asked_for_digits_are_a_quantity_and_titles_are_picked() -> None:
    open_choices = offered("不清楚", "说不准", asks_number=True)
    assert choices.picked(open_choices, "1") is None
    picked = choices.picked(open_choices, "说不准")
    assert picked is not None
    assert picked.title == "说不准"


# --- how they are shown


def test_choices_are_shown_as_a_numbered_list_with_a_person_and_the_way_back() -> None:
    text = choices.numbered(Words("哪种作物？", tuple(Choice(title, {}) for title in CROPS)))
    assert text == "哪种作物？\n1 水稻\n2 玉米\n3 柑橘\n0 转人工  9 返回"


def test_no_more_than_six_choices_are_shown_and_kept(asked: Farmer, bot: ScriptedBot) -> None:
    text = choices.numbered(Words("？", tuple(Choice(f"第{n}种", {}) for n in range(1, 9))))
    assert "\n6 第6种" in text
    assert "第7种" not in text


def test_where_a_number_is_asked_for_the_choices_are_shown_as_words() -> None:
    words = Words("几亩？", (Choice("不清楚", {}),), asks_number=True)
    assert choices.numbered(words) == "几亩？\n也可以直接回：不清楚"
    assert choices.numbered(Words("几亩？", asks_number=True)) == "几亩？"


# --- in a conversation


def test_a_picked_choice_goes_to_the_bot_as_what_it_offered(asked: Farmer, bot: ScriptedBot) -> None:
    asked.says("②")
    assert bot.asked[-1].payload is not None
    assert bot.asked[-1].payload.model_dump() == {"name": "pick", "values": {"object": "玉米"}}
    assert bot.asked[-1].text is None


def test_a_number_that_was_not_offered_is_only_a_word(asked: Farmer, bot: ScriptedBot) -> None:
    asked.says("5")
    assert (bot.asked[-1].text, bot.asked[-1].payload) == ("5", None)


def test_choices_are_open_until_something_else_is_said(asked: Farmer, bot: ScriptedBot) -> None:
    bot.script["谢谢"] = reply({"effect": "reply", "about": "smalltalk"}, words="不客气。")
    asked.says("谢谢")
    asked.says("1")
    assert bot.asked[-1].text == "1"


def test_zero_is_a_person_and_nine_is_the_way_back(asked: Farmer, bot: ScriptedBot) -> None:
    bot.script["go_back"] = reply({"effect": "reply", "about": "menu"}, words="好的，从头来。")
    asked.says(BACK)
    assert bot.asked[-1].payload is not None
    assert bot.asked[-1].payload.name == "go_back"
    before = len(bot.asked)
    asked.says(PERSON)
    assert len(bot.asked) == before
    assert asked.case().reason == "asked"


def test_where_a_number_is_asked_for_zero_and_nine_are_numbers(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["要修剪"] = asking(words="几亩？", asks_number=True)
    for digit in ("0", "9", "3"):
        bot.script[digit] = reply({"effect": "reply", "about": "smalltalk"}, words=f"记下{digit}亩。")
        farmer.says("要修剪")
        farmer.says(digit)
        assert bot.asked[-1].text == digit
    assert farmer.cases() == []


def test_a_case_closes_the_choices_of_the_bot(asked: Farmer, bot: ScriptedBot) -> None:
    asked.says(kind=Kind.CLICK, text="hand_off")
    asked.says("1")
    assert (bot.asked[-1].text, bot.asked[-1].payload) == ("1", None)


def test_a_half_filled_form_is_dropped_when_a_person_is_asked_for(farmer: Farmer, bot: ScriptedBot) -> None:
    draft = {"effect": "keep_draft", "form": "need", "asking": "place", "turns": 1, "fields": {"object": "柑橘"}}
    bot.script["我要申请专家下乡"] = reply(draft, {"effect": "ask", "about": "place"}, words="您在哪个县？")
    farmer.says("我要申请专家下乡")
    assert farmer.conversation.draft is not None
    farmer.says(PERSON)
    assert farmer.conversation.draft is None


def test_the_phrases_for_choices_name_the_digits_that_are_read() -> None:
    assert phrases.PERSON_OR_BACK.format(person=PERSON, back=BACK) == "0 转人工  9 返回"
    assert "1 " in phrases.IS_IT_SOLVED
