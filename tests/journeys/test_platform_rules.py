"""What the platform does to us: repeats, silence, closed windows, accounts that may only answer."""

import os
import signal

import httpx

from app.stack.running import Stack
from tests.journeys.phone import Phone, Staff
from tests.journeys.test_main_job import CASE_NUMBER

CUSTOMER_SERVICE_REPLIES = 5


def test_a_push_said_three_times_at_once_is_answered_once(simulator: httpx.Client, phone: Phone) -> None:
    simulator.post("/control/faults", json={"push": {"duplicate": 3}})
    phone.says("水稻纹枯病怎么防治")
    simulator.delete("/control/faults")
    phone.says("谢谢")
    answers = [entry for entry in phone.heard() if "【水稻纹枯病】" in entry["content"]]
    assert len(answers) == 1


def test_a_used_up_allowance_holds_the_answer_until_the_farmer_writes(phone: Phone, expert: Staff) -> None:
    number = CASE_NUMBER.search(phone.says("转人工")["content"])
    assert number is not None
    expert.do(f"/cases/{number.group(0)}/claim")
    phone.wait_for("王农")
    use_up_allowance(phone, expert, number.group(0))
    expert.do(f"/cases/{number.group(0)}/answer", text="最后的答复。")
    expert_sees(expert, number.group(0), "held")
    assert not [entry for entry in phone.heard() if "最后的答复" in entry["content"]]
    phone.send(type="text", content="有消息了吗")
    phone.wait_for("最后的答复")


def use_up_allowance(phone: Phone, expert: Staff, case: str) -> None:
    """Ask until the platform takes no more; on a busy machine a late first reply went out twice and counts too."""
    while (sent := sum(entry["via"] == "customer_service" for entry in phone.heard())) < CUSTOMER_SERVICE_REPLIES:
        expert.do(f"/cases/{case}/ask_farmer", text=f"第{sent}个问题？")
        phone.wait_for(f"第{sent}个问题")


def test_after_48_hours_the_answer_waits_for_the_farmer(simulator: httpx.Client, phone: Phone, expert: Staff) -> None:
    number = CASE_NUMBER.search(phone.says("转人工")["content"])
    assert number is not None
    expert.do(f"/cases/{number.group(0)}/claim")
    phone.wait_for("王农")
    simulator.post("/control/clock", json={"advance_s": 49 * 3600})
    expert.do(f"/cases/{number.group(0)}/answer", text="两天后的答复。")
    expert_sees(expert, number.group(0), "held")
    phone.send(type="text", content="在吗")
    phone.wait_for("两天后的答复")


def expert_sees(expert: Staff, number: str, state: str) -> None:
    """Wait until the console says so about an answer."""
    import time

    until = time.monotonic() + 60
    while f"'{state}'" not in str(expert.get(f"/cases/{number}")):
        assert time.monotonic() < until, expert.get(f"/cases/{number}")
        time.sleep(0.2)


def test_an_account_that_may_only_answer_still_answers(simulator: httpx.Client, phone: Phone, expert: Staff) -> None:
    """An answer that was slow waits for the farmer's next message: there is no other way to send it."""
    simulator.post("/control/account", json={"profile": "unverified_subscription"})
    assert phone.asks_until_told("水稻纹枯病怎么防治", "【水稻纹枯病】")["via"] == "passive"
    number = CASE_NUMBER.search(phone.asks_until_told("转人工", "已转给专家")["content"])
    assert number is not None
    expert.do(f"/cases/{number.group(0)}/claim")
    expert.do(f"/cases/{number.group(0)}/answer", text="只能随您的下一条消息送到。")
    expert_sees(expert, number.group(0), "held")
    phone.send(type="text", content="我的答复")
    assert phone.wait_for("只能随您的下一条消息送到")["via"] == "passive"


def test_without_a_bot_the_farmer_is_told_and_a_case_opens(stack: Stack, phone: Phone, expert: Staff) -> None:
    """The bot is stopped, not killed, so that the process manager does not mend it."""
    os.kill(stack.pid("bot"), signal.SIGSTOP)
    try:
        phone.send(type="text", content="辣椒叶子卷了怎么办")
        told = phone.wait_for("已转给专家", patience=240)
    finally:
        os.kill(stack.pid("bot"), signal.SIGCONT)
    number = CASE_NUMBER.search(told["content"])
    assert number is not None
    assert "辣椒叶子卷了怎么办" in str(expert.get(f"/cases/{number.group(0)}"))
