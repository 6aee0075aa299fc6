"""Faults that tests plant, the other controls, and raw pushes."""

import base64
import time
from typing import Any

import httpx
import pytest
from simulator_kit import FARMER, NOTICE, OTHER, Answer, Caller, Hook, sha, text

SEND = "message/custom/send"
TEXT = {"touser": FARMER, "msgtype": "text", "text": {"content": "答复"}}


def plant(caller: Caller, **fault: Any) -> Any:
    return caller.post("/control/faults", fault)


def test_an_errcode_is_given_as_often_as_asked(caller: Caller) -> None:
    caller.say()
    plant(caller, api={"path": SEND, "errcode": 45015, "times": 2})
    assert [caller.tell() for _ in range(3)] == [45015, 45015, 0]
    assert len(caller.screen()) == 2


def test_a_fault_without_times_stays_until_taken_away(caller: Caller) -> None:
    caller.say()
    plant(caller, api={"path": f"/cgi-bin/{SEND}", "errcode": -1})
    assert [caller.tell() for _ in range(3)] == [-1, -1, -1]
    caller.client.delete("/control/faults")
    assert caller.tell() == 0
    assert caller.get("/control/faults") == {"faults": []}


def test_one_fault_of_several_can_be_taken_away(caller: Caller) -> None:
    first = plant(caller, api={"path": "token", "errcode": -1})["added"][0]
    plant(caller, push={"duplicate": 2})
    left = caller.client.delete(f"/control/faults/{first}").json()["faults"]
    assert [set(fault) for fault in left] == [{"id", "times", "push"}]


def test_a_fault_can_be_about_one_farmer(caller: Caller) -> None:
    caller.say()
    caller.say(openid=OTHER)
    plant(caller, api={"path": SEND, "errcode": 45015, "openid": OTHER})
    assert caller.tell() == 0
    assert caller.tell(openid=OTHER) == 45015


def test_the_service_may_meet_an_error_page(caller: Caller) -> None:
    plant(caller, api={"path": "token", "http": 500, "times": 1})
    plant(caller, api={"path": "token", "html": True, "http": 502, "times": 1})
    plant(caller, api={"path": "token", "html": True, "times": 1})
    answers = [caller.client.get("/cgi-bin/token") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [500, 502, 200]
    assert "<html>" in answers[-1].text


def test_the_connection_may_be_reset_before_anything_was_done(caller: Caller) -> None:
    caller.say()
    caller.api("getcallbackip")
    plant(caller, api={"path": SEND, "reset": True, "times": 1})
    with pytest.raises(httpx.TransportError):
        caller.tell()
    assert len(caller.screen()) == 1
    assert caller.tell() == 0


def test_the_connection_may_be_reset_after_the_message_was_delivered(caller: Caller) -> None:
    caller.say()
    caller.api("getcallbackip")
    plant(caller, api={"path": SEND, "reset": True, "after": True, "times": 1})
    with pytest.raises(httpx.TransportError):
        caller.tell("送到了")
    assert caller.last()["content"] == "送到了"


def test_a_slow_interface_does_its_work_late(caller: Caller) -> None:
    caller.say()
    caller.api("getcallbackip")
    plant(caller, api={"path": SEND, "delay_s": 0.4})
    began = time.monotonic()
    caller.tell()
    assert time.monotonic() - began >= 0.4


def test_a_duplicate_is_the_same_signed_request_at_once_and_is_answered_once(caller: Caller, hook: Hook) -> None:
    hook.answer = hook.says(text("一次"))
    plant(caller, push={"duplicate": 3, "times": 1})
    caller.say()
    assert len(hook.got) == 3
    assert len({(got.body, tuple(got.query.items())) for got in hook.got}) == 1
    assert [entry["content"] for entry in caller.screen()] == ["你好", "一次"]
    caller.say()
    assert len(hook.got) == 4


def test_a_late_push_is_overtaken(caller: Caller, hook: Hook) -> None:
    plant(caller, push={"delay_s": 0.5, "times": 1})
    caller.post(f"/phones/{FARMER}/messages", {"type": "text", "content": "先说"})
    caller.post(f"/phones/{FARMER}/messages", {"type": "text", "content": "后说"})
    caller.settle()
    assert [hook.field("Content", n) for n in range(2)] == ["后说", "先说"]


def test_an_answer_that_comes_back_too_late_is_lost_though_the_webhook_did_its_work(caller: Caller, hook: Hook) -> None:
    caller.settings(push_cut_s=0.3)
    hook.answer = hook.says(text("做完了"))
    plant(caller, push={"answer_delay_s": 6, "times": 1})
    caller.say()
    assert len(hook.got) == 3
    assert caller.last()["content"] == NOTICE


@pytest.mark.parametrize("mode", ["safe", "plain"])
def test_a_bad_signature_is_bad_in_every_part(caller: Caller, hook: Hook, mode: str) -> None:
    caller.post("/control/account", {"mode": mode})
    plant(caller, push={"bad_signature": True, "times": 1})
    caller.say()
    query = hook.got[0].query
    assert query["signature"] != sha(hook.token, query["timestamp"], query["nonce"])
    if mode == "safe":
        sealed = hook.got[0].field("Encrypt") or ""
        assert query["msg_signature"] != sha(hook.token, query["timestamp"], query["nonce"], sealed)


def test_a_stale_timestamp_is_properly_signed(caller: Caller, hook: Hook) -> None:
    plant(caller, push={"stale_timestamp": 900, "times": 1})
    caller.say()
    caller.say()
    old, fresh = (int(got.query["timestamp"]) for got in hook.got)
    assert 899 <= fresh - old <= 902
    assert hook.inner(0)


def test_a_replay_is_exactly_the_first_request_and_says_nothing_to_the_farmer(caller: Caller, hook: Hook) -> None:
    hook.answer = hook.says(text("一次"))
    plant(caller, push={"replay": True, "times": 1})
    caller.say()
    assert (hook.got[0].body, hook.got[0].query) == (hook.got[1].body, hook.got[1].query)
    assert len(caller.screen()) == 2


def test_another_accounts_appid_may_stand_in_the_envelope(caller: Caller, hook: Hook) -> None:
    plant(caller, push={"wrong_appid": True, "times": 1})
    caller.say()
    with pytest.raises(AssertionError):
        hook.inner()


def test_a_body_or_a_message_can_be_put_in_place_of_the_right_one(caller: Caller, hook: Hook) -> None:
    plant(caller, push={"body": "<xml>坏", "times": 1})
    caller.say()
    assert hook.got[0].body == "<xml>坏".encode()
    plant(caller, push={"xml": "<xml/>", "times": 1})
    caller.say()
    assert hook.inner() == b"<xml/>"


def test_several_push_faults_work_together(caller: Caller, hook: Hook) -> None:
    plant(caller, push={"duplicate": 2, "stale_timestamp": 900, "times": 1})
    caller.say()
    assert len(hook.got) == 2
    assert caller.get("/control/clock")["now"] - int(hook.got[0].query["timestamp"]) > 890


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"network": {}},
        {"api": []},
        {"api": {"speed": 1}},
        {"api": {"errcode": "45015"}},
        {"api": {"delay_s": -1}},
        {"api": {"times": 0}},
        {"api": {"times": True}},
        {"api": {"http": 999}},
        {"push": {"duplicate": 0}},
        {"push": {"duplicate": 1.5}},
        {"push": {"replay": -1}},
        {"push": {"bad_signature": "yes"}},
        {"push": {"body": 1}},
        [],
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_a_sentence(caller: Caller, fault: Any) -> None:
    response = caller.client.post("/control/faults", json=fault)
    assert response.status_code == 400
    assert response.json()["error"]
    assert caller.get("/control/faults") == {"faults": []}


# ---- the other controls ----


def test_the_clock_moves_forward_for_messages_and_signatures(caller: Caller, hook: Hook) -> None:
    caller.say()
    caller.pass_time(3600)
    caller.say()
    assert 3600 <= int(hook.field("CreateTime", 1) or 0) - int(hook.field("CreateTime", 0) or 0) <= 3602
    assert 3600 <= int(hook.got[1].query["timestamp"]) - int(hook.got[0].query["timestamp"]) <= 3602
    first, second = caller.screen()
    assert second["at"] - first["at"] >= 3600
    clock = caller.get("/control/clock")
    assert clock["offset_s"] == 3600
    assert abs(clock["now"] - time.time() - 3600) < 5


@pytest.mark.parametrize("body", [{}, {"advance_s": -1}, {"advance_s": "1"}, {"advance_s": True}])
def test_the_clock_refuses_what_is_not_a_number_of_seconds_ahead(caller: Caller, body: dict[str, Any]) -> None:
    assert caller.client.post("/control/clock", json=body).status_code == 400


def test_the_account_shows_its_credentials_and_changes_mode_and_profile(caller: Caller) -> None:
    account = caller.get("/control/account")
    assert account["token"] == "nongwentoken"
    assert account["aes_key"] == "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    assert (account["appid"], account["openid"]) == ("wx0123456789abcdef", "gh_0123456789ab")
    assert (account["mode"], account["profile"]) == ("safe", "verified_service")
    changed = caller.post("/control/account", {"mode": "plain", "profile": "unverified_subscription"})
    assert (changed["mode"], changed["profile"], changed["rights"]) == ("plain", "unverified_subscription", [])


@pytest.mark.parametrize("body", [{"mode": "x"}, {"profile": "x"}, {"aes_key": "x"}, {"nothing": "x"}, {"mode": 1}])
def test_the_account_refuses_what_it_cannot_be(caller: Caller, body: dict[str, Any]) -> None:
    assert caller.client.post("/control/account", json=body).status_code == 400


@pytest.mark.parametrize(
    "body",
    [{"push_cut_s": "5"}, {"push_attempts": 0}, {"quota_rule": "x"}, {"mark_fail": 1}, {"x": 1}, {"push_cut_s": -1}],
)
def test_a_setting_that_does_not_fit_changes_nothing(caller: Caller, body: dict[str, Any]) -> None:
    before = caller.get("/control/settings")
    assert caller.client.post("/control/settings", json={"short_quota": 9} | body).status_code == 400
    assert caller.get("/control/settings") == before


def test_a_reset_puts_everything_back_to_the_start(caller: Caller) -> None:
    caller.say()
    caller.api("menu/create", {"button": [{"type": "click", "name": "a", "key": "a"}]})
    caller.settings(push_attempts=1)
    caller.post("/control/account", {"mode": "plain"})
    caller.pass_time(60)
    plant(caller, api={"errcode": -1})
    caller.post("/control/reset")
    assert caller.screen() == []
    assert caller.get("/changes")["menu"] is None
    assert caller.get("/control/settings")["push_attempts"] == 3
    assert caller.get("/control/account")["mode"] == "safe"
    assert caller.get("/control/clock")["offset_s"] == 0
    assert caller.get("/control/faults") == {"faults": []}
    assert caller.get("/control/calls") == caller.get("/control/pushes") == []
    assert caller.api("getcallbackip")["errcode"] == 40001


def test_a_reset_can_spare_parts(caller: Caller) -> None:
    caller.api("menu/create", {"button": [{"type": "click", "name": "a", "key": "a"}]})
    caller.pass_time(60)
    caller.post("/control/reset", {"keep": ["menu", "tokens", "clock"]})
    assert caller.api("menu/get")["menu"]
    assert caller.get("/control/clock")["offset_s"] == 60
    assert caller.client.post("/control/reset", json={"keep": ["garden"]}).status_code == 400


def test_a_push_under_way_when_everything_is_reset_ends_unseen(caller: Caller, hook: Hook) -> None:
    hook.answer = lambda got: Answer(hook.says(text("迟到"))(got).body, delay_s=0.3)
    caller.post(f"/phones/{FARMER}/messages", {"type": "text", "content": "问"})
    caller.post("/control/reset")
    caller.settle()
    assert caller.screen() == []


def test_a_raw_push_sends_any_bytes_with_a_right_signature_and_shows_the_answer(caller: Caller, hook: Hook) -> None:
    hook.answer = lambda got: Answer(b"seen", status=418)
    raw = base64.b64encode(b"\xff\xfe<xml").decode()
    answer = caller.post("/control/push", {"body_base64": raw, "query": {"extra": "1", "openid": None}})
    assert (answer["status"], answer["body"]) == (418, "seen")
    got = hook.got[0]
    assert got.body == b"\xff\xfe<xml"
    assert got.query["extra"] == "1"
    assert "openid" not in got.query
    assert got.query["signature"] == sha(hook.token, got.query["timestamp"], got.query["nonce"])


def test_a_raw_push_can_seal_a_message_be_unsigned_or_forge_its_query(caller: Caller, hook: Hook) -> None:
    caller.post("/control/push", {"xml": "<xml><a>1</a></xml>"})
    assert hook.inner() == b"<xml><a>1</a></xml>"
    caller.post("/control/push", {"body": "x", "unsigned": True})
    assert hook.got[-1].query == {}
    caller.post("/control/push", {"body": "x", "query": {"signature": "forged"}})
    assert hook.got[-1].query["signature"] == "forged"
    assert caller.screen("oRawPush") == []


def test_the_simulator_is_healthy(caller: Caller) -> None:
    assert caller.get("/healthy") == {"ready": True, "parts": {"simulator": "ok"}}
