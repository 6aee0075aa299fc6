"""The wall as data: what a turn may hold, what a reply may hold, and that a text is never a command."""

from typing import Any, Dict

import pytest

from bot.plaintext import plain_text
from bot.wall import NotAReply, NotATurn, check_reply, read_turn

TURN: Dict[str, Any] = {"message_id": "m1", "sender": "s1", "text": "水稻"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"message_id": ""},
        {"message_id": 7},
        {"sender": None},
        {"text": None},
        {"text": 5},
        {"said": 5},
        {"text": None, "said": "水稻", "payload": {"name": "pick", "values": {"object": "水稻"}}},
        {"payload": {"name": "pick", "values": {"object": "水稻"}}},
        {"text": None, "payload": {"name": "restart", "values": {}}},
        {"text": None, "payload": {"name": "pick", "values": []}},
        {"text": None, "payload": {"name": "pick", "values": {"object": {"a": 1}}}},
        {"text": None, "payload": "pick"},
        {"draft": {"form": "tax", "asking": "place", "turns": 1, "fields": {}}},
        {"draft": {"form": "need", "asking": "place", "turns": -1, "fields": {}}},
        {"draft": {"form": "need", "asking": "place", "turns": True, "fields": {}}},
        {"draft": {"form": "need", "asking": "place", "turns": 1, "fields": "x"}},
        {"draft": []},
        {"context": "水稻"},
        {"context": {"object": ["水稻"]}},
    ],
)
def test_a_turn_of_another_shape_is_refused(wrong: Dict[str, Any]) -> None:
    with pytest.raises(NotATurn):
        read_turn({**TURN, **wrong})


def test_a_turn_is_read_with_its_draft_and_what_is_known() -> None:
    draft = {"form": "need", "asking": "place", "turns": 2, "fields": {"object": "柑橘"}}
    turn = read_turn({**TURN, "draft": draft, "context": {"object": "水稻", "topic": None, "other": "x"}})
    assert turn.draft is not None
    assert turn.draft.fields == {"object": "柑橘"}
    assert turn.context == {"object": "水稻"}


@pytest.mark.parametrize(
    "text", ["/restart", " /restart", "\t\n/restart", "／restart", "//restart", "\u200b/restart", "\x00/restart"]
)
def test_no_text_reaches_rasa_with_a_slash_in_front(text: str) -> None:
    assert not plain_text(text).lstrip().startswith("/")
    assert plain_text(text).endswith("restart")


@pytest.mark.parametrize("text", ["", "   ", "\n", "\u200b", "\x00"])
def test_a_text_of_nothing_is_still_a_text(text: str) -> None:
    assert plain_text(text) == "…"


def test_a_text_keeps_its_words_on_one_line_in_plain_width() -> None:
    assert plain_text("水稻\n\n叶子　发黄？ＡＢＣ") == "水稻 叶子 发黄?ABC"


GOOD_WORD = {"text": "您好", "choices": [], "asks_number": False}
GOOD_EFFECT = {"effect": "reply", "about": "menu"}
FILE_NEED = {
    "effect": "file_need",
    "service_type": "技术指导",
    "demand_kind": "技术",
    "object": None,
    "place": "大桥镇",
    "problem": "叶子黄",
    "scale": None,
    "urgency": "一般",
    "visit": False,
    "phone": None,
    "said": ["申请专家"],
}


def test_words_and_effects_of_the_right_shape_pass() -> None:
    check_reply([GOOD_WORD], [GOOD_EFFECT, FILE_NEED, {"effect": "list_needs"}])


@pytest.mark.parametrize(
    "effect",
    [
        {"effect": "dance"},
        {"effect": "reply"},
        {"effect": "reply", "about": "weather"},
        {"effect": "reply", "about": "menu", "more": 1},
        {"effect": "ask", "about": None},
        {**FILE_NEED, "place": None},
        {**FILE_NEED, "problem": "None"},
        {**FILE_NEED, "problem": " "},
        {**FILE_NEED, "visit": None},
        {**FILE_NEED, "urgency": "马上"},
        {**FILE_NEED, "service_type": "看病"},
        {**FILE_NEED, "said": [None]},
        {
            "effect": "answer_question",
            "question": "水稻",
            "object": None,
            "topic": "天气",
            "problem": None,
            "sure": True,
        },
        {
            "effect": "answer_question",
            "question": "水稻",
            "object": None,
            "topic": None,
            "problem": None,
            "sure": "yes",
        },
    ],
)
def test_an_effect_with_a_wrong_or_unset_field_never_goes_out(effect: Dict[str, Any]) -> None:
    with pytest.raises(NotAReply):
        check_reply([], [effect])


def test_a_reply_without_effects_never_goes_out() -> None:
    with pytest.raises(NotAReply):
        check_reply([GOOD_WORD], [])


@pytest.mark.parametrize(
    "choices",
    [
        [{"title": "水", "payload": {"name": "menu", "values": {}}}] * 7,
        [{"title": "一二三四五六七八九十一二三四五", "payload": {"name": "menu", "values": {}}}],
        [{"title": "", "payload": {"name": "menu", "values": {}}}],
        [{"title": "重来", "payload": {"name": "restart", "values": {}}}],
    ],
)
def test_choices_a_phone_cannot_show_never_go_out(choices: Any) -> None:
    with pytest.raises(NotAReply):
        check_reply([{**GOOD_WORD, "choices": choices}], [GOOD_EFFECT])
