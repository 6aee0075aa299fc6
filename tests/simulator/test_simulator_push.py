"""Pushes by the platform's rules: wrapping, the cut, retries, passive replies, the failure notice."""

import pytest
from simulator_kit import FARMER, Answer, Caller, Got, Hook, sha, text

NOTICE = "该公众号提供的服务出现故障，请稍后再试"


def test_a_text_is_pushed_signed_and_encrypted_and_the_passive_reply_stands_on_the_screen(
    caller: Caller, hook: Hook
) -> None:
    hook.answer = hook.says(text("收到"))
    msg_id = caller.say("苞谷大斑病咋个防 🌽")
    pushed = hook.open(hook.got[0]).decode()
    assert "<![CDATA[苞谷大斑病咋个防 🌽]]>" in pushed
    assert f"<MsgId>{msg_id}</MsgId>" in pushed
    farmer, reply = caller.screen()
    assert (farmer["from"], farmer["content"], farmer["msg_id"]) == ("farmer", "苞谷大斑病咋个防 🌽", msg_id)
    assert (reply["from"], reply["via"], reply["in_reply_to"], reply["content"]) == (
        "account",
        "passive",
        msg_id,
        "收到",
    )
    assert reply["latency_ms"] > 0
