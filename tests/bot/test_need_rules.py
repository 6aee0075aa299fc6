"""What a message adds to a need, and what is asked next: the rules, without Rasa."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

import pytest

from actions.heard import Heard, names
from actions.need import Need, answered, corrected, next_question, one_step_back, opening, service_in, urgency_in


def hears(text: str, intent: str = "inform", sure: bool = True, **picked: Any) -> Heard:
    entities = tuple(found.as_entity() for found in names().find(text))
    return Heard(text, text, intent, sure, () if picked else entities, picked)


FULL = Need(
    service_type="技术指导", object="柑橘", place="大桥镇", problem="叶子黄", scale="3亩", urgency="一般", visit=False
)


def test_all_that_the_opening_message_tells_is_taken() -> None:
    need = opening(hears("我家乳源大桥镇三十亩柑橘叶子发黄很急，想请专家来现场看看", "file_need"))
    assert need.service_type == "技术指导"
    assert need.object == "柑橘"
    assert need.place == "乳源瑶族自治县大桥镇"
    assert need.scale == "三十亩"
    assert need.urgency == "急"
    assert need.visit is True
    assert need.problem is not None
    assert next_question(need, 1) == "confirmed"


def test_the_example_of_the_contract_is_understood() -> None:
    need = opening(hears("我要申请专家下乡指导种柑橘", "file_need"))
    assert (need.service_type, need.visit, need.object) == ("技术指导", True, "柑橘")
    assert next_question(need, 1) == "place"


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("想办一期养蜂培训", "技能培训"),
        ("请专家来讲讲补贴政策", "政策宣传"),
        ("帮我们做个果园规划", "规划设计"),
        ("想送土样去检测", "检验检测转介"),
        ("想创业开农家乐", "创业辅导"),
        ("想要学校搞科普", "科普活动"),
        ("有没有成果能转化", "成果转化"),
        ("请技术员来看看", "技术指导"),
        ("我要报需求", None),
    ],
)
def test_the_service_is_known_by_its_words(text: str, service: Optional[str]) -> None:
    assert service_in(text) == service


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("特急", "特急"),
        ("很急，快点来", "急"),
        ("不急", "可排期"),
        ("不太急", "一般"),
        ("一般", "一般"),
        ("橘子", None),
    ],
)
def test_urgency_is_known_by_its_words_and_a_denial_is_no_urgency(text: str, urgency: Optional[str]) -> None:
    assert urgency_in(text) == urgency


def test_optional_questions_are_asked_only_while_six_turns_allow() -> None:
    need = replace(FULL, scale=None, urgency=None)
    assert next_question(need, 3) == "scale"
    assert next_question(replace(need, scale="3亩"), 4) == "urgency"
    assert next_question(need, 5) == "confirmed"


def test_the_longest_filing_takes_six_turns() -> None:
    need, turn, answers = (
        opening(hears("我要报需求", "file_need")),
        1,
        {
            "service_type": hears("技术指导"),
            "object": hears("柑橘"),
            "place": hears("大桥镇"),
            "problem": hears("叶子一片一片黄了", "ask_symptom"),
            "confirmed": hears("提交", "affirm"),
        },
    )
    slot = next_question(need, turn)
    while slot:
        turn += 1
        after = answered(need, slot, answers[slot])
        assert after is not None, slot
        need, slot = after, next_question(after, turn)
    assert turn == 6


def test_no_crop_is_asked_for_where_none_is_needed() -> None:
    need = opening(hears("想了解补贴政策请人来讲", "file_need"))
    assert need.service_type == "政策宣传"
    assert next_question(need, 1) == "place"


@pytest.mark.parametrize("text", ["水稻纹枯病怎么防治", "柑橘什么时候施肥"])
def test_a_question_is_not_taken_for_a_crop_a_place_or_an_urgency(text: str) -> None:
    question = hears(text, "ask_control")
    for slot in ("service_type", "object", "place", "scale", "urgency"):
        assert answered(replace(FULL, **{slot: None}), slot, question) is None, slot


@pytest.mark.parametrize("intent", ["resume", "give_up", "go_back", "hand_off", "my_status", "skip", "affirm"])
def test_a_command_is_never_taken_for_a_place_or_a_problem(intent: str) -> None:
    for slot in ("place", "problem"):
        assert answered(replace(FULL, **{slot: None}), slot, hears("就这样", intent)) is None


def test_a_village_we_do_not_know_is_taken_as_said() -> None:
    after = answered(replace(FULL, place=None), "place", hears("我在桃花坞村五组"))
    assert after is not None
    assert after.place == "桃花坞村五组"


def test_a_crop_we_do_not_know_is_taken_as_said() -> None:
    after = answered(replace(FULL, object=None), "object", hears("种的是罗汉榧", "out_of_scope"))
    assert after is not None
    assert after.object == "罗汉榧"


@pytest.mark.parametrize("text", ["没有", "没有具体的", "跳过"])
def test_there_may_be_no_crop(text: str) -> None:
    after = answered(replace(FULL, object=None), "object", hears(text, "skip"))
    assert after is not None
    assert after.object == ""
    assert next_question(replace(after, scale="", urgency="一般"), 3) == "confirmed"


@pytest.mark.parametrize(
    ("text", "scale"), [("30", "30"), ("三十亩左右", "三十亩左右"), ("大概200", "200"), ("5亩半", "5亩半")]
)
def test_an_amount_is_read_with_and_without_its_unit(text: str, scale: str) -> None:
    after = answered(replace(FULL, scale=None), "scale", hears(text))
    assert after is not None
    assert after.scale == scale


def test_an_amount_may_be_skipped() -> None:
    after = answered(replace(FULL, scale=None), "scale", hears("跳过", "skip"))
    assert after is not None
    assert after.scale == ""


def test_a_mobile_number_at_the_end_files_the_need() -> None:
    for text in ("13800138000", "138 0013 8000", "我电话13800138000"):
        after = answered(FULL, "confirmed", hears(text))
        assert after is not None
        assert (after.confirmed, after.phone) == (True, "13800138000")


def test_nothing_but_a_yes_or_a_number_files_the_need() -> None:
    for text, intent in (
        ("嗯那个", "smalltalk"),
        ("再想想", "out_of_scope"),
        ("不要", "deny"),
        ("12345", "out_of_scope"),
    ):
        after = answered(FULL, "confirmed", hears(text, intent))
        assert after is None or not after.confirmed, text


def test_what_is_denied_gives_way_to_what_is_meant() -> None:
    change = corrected(FULL, hears("不是柑橘，是葡萄", "correct"))
    assert change is not None
    assert change[0].object == "葡萄"
    change = corrected(FULL, hears("我种的是葡萄不是柑橘", "correct"))
    assert change is not None
    assert change[0].object == "葡萄"


def test_a_variety_keeps_its_own_name_beside_ours() -> None:
    change = corrected(FULL, hears("不是柑橘，是脐橙", "correct"))
    assert change is not None
    assert (change[0].object, change[0].object_said) == ("柑橘", "脐橙")


def test_a_place_is_corrected() -> None:
    change = corrected(replace(FULL, place="乳源瑶族自治县大桥镇"), hears("地点错了，是桂头镇", "correct"))
    assert change is not None
    assert change[0].place == "乳源瑶族自治县桂头镇"


def test_a_field_that_is_wrong_is_asked_again() -> None:
    change = corrected(FULL, hears("改一下地点", "correct"))
    assert change is not None
    assert change[0].place is None
    assert change[1] == "place"


def test_a_step_back_undoes_the_last_question() -> None:
    need, slot = one_step_back(replace(FULL, problem=None, asked=("object", "place", "problem")))
    assert slot == "place"
    assert need.place is None
    assert need.object == "柑橘"
    assert need.asked == ("object",)
    assert one_step_back(replace(FULL, asked=("place",)))[1] is None


def test_a_complaint_is_passed_on_without_being_judged() -> None:
    need = opening(hears("买到假种子了", "complaint"))
    assert (need.service_type, need.kind) == ("其他", "投诉转介")
    assert need.problem == "买到假种子了"


def test_a_draft_comes_back_as_it_was_kept() -> None:
    need = replace(FULL, asked=("place", "problem"), phone="13800138000")
    assert Need.read(need.as_fields()) == need


def test_the_names_are_those_of_the_repository(root: Path) -> None:
    assert (root / "nlu_data" / "objects.tsv").exists()
    assert names().named("object", "柑橘") is not None
