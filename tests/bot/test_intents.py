"""What the judge makes of a whole ranking, without a model."""

from typing import Any, Dict

import pytest

from bot.intents import LONGEST_SMALLTALK, ScopeJudge

AT: Dict[str, Any] = {
    "sure": 0.6,
    "barely": 0.35,
    "command": 0.55,
    "danger": {},
}


def judged(text: str, **chances: float) -> Dict[str, Any]:
    ranking = [{"name": name, "confidence": chance} for name, chance in chances.items()]
    return ScopeJudge(AT).judge(ranking, text)


def test_commands_are_believed_together_and_the_likeliest_is_meant() -> None:
    found = judged("我要找专家", hand_off=0.35, file_need=0.3, out_of_scope=0.35)
    assert (found["name"], found["sure"]) == ("hand_off", True)
    assert judged("我要找专家", hand_off=0.35, file_need=0.1, out_of_scope=0.55)["name"] == "out_of_scope"


def test_farming_of_all_kinds_is_added_up() -> None:
    found = judged("叶子黄", ask_symptom=0.25, ask_control=0.2, out_of_scope=0.55)
    assert (found["name"], found["confidence"], found["sure"]) == ("ask_symptom", pytest.approx(0.45), False)
    assert judged("叶子黄", ask_symptom=0.5, ask_control=0.2, out_of_scope=0.3)["sure"]
    assert judged("叶子黄", ask_symptom=0.2, ask_control=0.1, out_of_scope=0.7)["name"] == "out_of_scope"


def test_whoever_tells_more_than_small_talk_hears_that_it_is_not_ours() -> None:
    assert judged("陪我聊聊", smalltalk=0.7, out_of_scope=0.3)["name"] == "smalltalk"
    assert judged("聊" * (LONGEST_SMALLTALK + 1), smalltalk=0.7, out_of_scope=0.3)["name"] == "out_of_scope"
