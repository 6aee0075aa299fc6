"""The main job: a farmer writes and is answered, filed, or handed to an expert."""

import re

import httpx
import pytest

from tests.journeys.phone import Phone, Staff, a_photo

NUMBER = re.compile(r"XQ-\d{6}-\d{8}-\d{4,}")
CASE_NUMBER = re.compile(r"ZJ-\d{8}-\d{4,}")


@pytest.mark.parametrize("mode", ["safe", "compatible", "plain"])
def test_a_question_is_answered_at_once_in_every_mode(simulator: httpx.Client, phone: Phone, mode: str) -> None:
    simulator.post("/control/account", json={"mode": mode})
    answer = phone.says("水稻纹枯病怎么防治")
    assert answer["via"] == "passive"
    assert "【水稻纹枯病】" in answer["content"]
    assert "未经本地专家审定" in answer["content"]


def test_a_question_without_a_crop_is_asked_back_and_one_digit_goes_on(phone: Phone) -> None:
    asked = phone.says("叶子发黄怎么办")
    assert re.search(r"^1 ", asked["content"], re.MULTILINE), asked["content"]
    answer = phone.says("1")
    assert answer["via"] == "passive"
    assert answer["content"] != asked["content"]


def file_a_need(phone: Phone) -> tuple[str, int]:
    """File a need as a farmer in a hurry would; its number and how many turns it took."""
    asked = phone.says("我要申请专家下乡指导种柑橘")["content"]
    for turn in range(2, 10):
        found = NUMBER.search(asked)
        if found:
            return found.group(0), turn - 1
        asked = phone.says(_reply_to(asked))["content"]
    raise AssertionError(f"no number after nine turns: {asked}")


def _reply_to(asked: str) -> str:
    if re.search(r"^1 ", asked, re.MULTILINE):
        return "1"
    if "哪" in asked and ("镇" in asked or "村" in asked or "地方" in asked):
        return "乳源大桥镇"
    if "亩" in asked or "多少" in asked:
        return "20"
    return "叶子发黄落果，不知道怎么管"


def test_a_need_is_filed_in_six_turns_followed_and_closed(phone: Phone, coordinator: Staff) -> None:
    number, turns = file_a_need(phone)
    assert turns <= 6
    assert number.startswith("XQ-440232-")
    assert number in phone.says("我的需求")["content"]

    need = coordinator.get(f"/needs/{number}")
    assert need["object"] == "柑橘"
    coordinator.do(f"/needs/{number}/return", text="请问果园有多少棵树？")
    phone.wait_for("请问果园有多少棵树")
    added = phone.says("两百棵左右")
    assert number in added["content"]
    assert "两百棵左右" in str(coordinator.get(f"/needs/{number}"))

    coordinator.do(f"/needs/{number}/accept")
    phone.wait_for("已受理")
    coordinator.do(f"/needs/{number}/close", text="已安排特派员上门指导。")
    assert phone.wait_for("已办结")["via"] == "customer_service"


def test_a_photo_and_a_question_reach_an_expert_whose_answer_arrives(phone: Phone, expert: Staff) -> None:
    phone.send_file("image", a_photo(), "leaf.jpg")
    phone.wait_for("照片收到")
    told = phone.says("转人工")
    number = CASE_NUMBER.search(told["content"])
    assert number is not None, told["content"]
    case = _case(expert, number.group(0))
    assert [medium["kind"] for medium in case["media"]] == ["image"]

    expert.do(f"/cases/{case['id']}/claim")
    phone.wait_for("王农")
    silent = len(phone.heard())
    phone.send(type="text", content="叶背有白毛")
    _until(lambda: "叶背有白毛" in str(expert.get(f"/cases/{case['id']}")["thread"]))
    assert len(phone.heard()) == silent
    expert.do(f"/cases/{case['id']}/answer", text="看着像霜霉病，先通风降湿。")
    answer = phone.wait_for("先通风降湿")
    assert answer["via"] == "customer_service"
    assert "王农" in answer["content"]

    expert.do(f"/cases/{case['id']}/resolve", outcome="answered")
    phone.wait_for("已办结工单")
    assert "【水稻纹枯病】" in phone.says("水稻纹枯病怎么防治")["content"]


def test_not_solved_goes_back_to_the_same_expert_and_solved_ends_the_case(phone: Phone, expert: Staff) -> None:
    number = CASE_NUMBER.search(phone.says("转人工")["content"])
    assert number is not None
    case = _case(expert, number.group(0))
    expert.do(f"/cases/{case['id']}/claim")
    expert.do(f"/cases/{case['id']}/answer", text="请先排水。")
    phone.wait_for("请先排水")
    assert "还没解决" in phone.says("2")["content"]
    assert _case(expert, number.group(0))["state"] == "active"
    expert.do(f"/cases/{case['id']}/answer", text="再补点肥。")
    phone.wait_for("再补点肥")
    assert "已办结" in phone.says("1")["content"]
    assert _case(expert, number.group(0))["state"] == "resolved"


def test_two_experts_cannot_own_one_case(phone: Phone, expert: Staff, expert2: Staff) -> None:
    number = CASE_NUMBER.search(phone.says("转人工")["content"])
    assert number is not None
    case = _case(expert, number.group(0))
    expert.do(f"/cases/{case['id']}/claim")
    refused = expert2.try_to(f"/cases/{case['id']}/claim")
    assert refused.status_code == 409
    assert "处理中" in refused.json()["message"]


def _case(staff: Staff, number: str) -> dict[str, object]:
    case: dict[str, object] = staff.get(f"/cases/{number}")
    return case


def _until(is_so: object) -> None:
    import time

    until = time.monotonic() + 60
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.2)
