"""The phone side: what a phone lets a farmer do, the transcript and waiting for it."""

import json
import threading
import time
from typing import Any

import pytest
from simulator_kit import FARMER, JPEG, OTHER, Answer, Caller, Hook, text

CONTRACT = {"at", "from", "type", "content", "via", "in_reply_to", "latency_ms", "media_url", "url"}


def test_an_entry_has_every_field_of_the_contract(caller: Caller, hook: Hook) -> None:
    hook.answer = hook.says(text("收到"))
    caller.say()
    for entry in caller.screen():
        assert set(entry) >= CONTRACT
    assert [entry["n"] for entry in caller.screen()] == [1, 2]


def test_a_phone_nobody_used_has_an_empty_screen(caller: Caller) -> None:
    assert caller.screen(OTHER) == []
    assert caller.get("/changes")["phones"] == {}


def test_a_message_is_accepted_with_202_and_a_msg_id(caller: Caller) -> None:
    response = caller.client.post(f"/phones/{FARMER}/messages", json={"type": "text", "content": "问"})
    assert response.status_code == 202
    assert set(response.json()) == {"msg_id"}


def test_the_transcript_after_n_leaves_out_what_was_seen(caller: Caller, hook: Hook) -> None:
    hook.answer = hook.says(text("收到"))
    caller.say()
    assert [entry["content"] for entry in caller.screen(after=1)] == ["收到"]
    assert caller.screen(after=2) == []


def test_waiting_ends_as_soon_as_something_new_is_there(caller: Caller, hook: Hook) -> None:
    release = threading.Event()

    def answer(got: object) -> Answer:
        release.wait(4)
        return hook.says(text("来了"))(got)  # type: ignore[arg-type]

    hook.answer = answer
    caller.post(f"/phones/{FARMER}/messages", {"type": "text", "content": "问"})
    found: list[Any] = []
    waiter = threading.Thread(target=lambda: found.extend(caller.screen(after=1, wait=30)))
    waiter.start()
    assert found == []
    release.set()
    waiter.join(20)
    assert [entry["content"] for entry in found] == ["来了"]


def test_waiting_ends_empty_when_nothing_comes(caller: Caller) -> None:
    began = time.monotonic()
    assert caller.screen(after=0, wait=0.3) == []
    assert time.monotonic() - began >= 0.3


def test_waiting_for_any_change_wakes_for_every_phone(caller: Caller) -> None:
    version = caller.get("/changes")["version"]
    found: list[Any] = []
    waiter = threading.Thread(target=lambda: found.append(caller.get("/changes", since=version, wait=30)))
    waiter.start()
    caller.say(openid=OTHER)
    waiter.join(20)
    assert found[0]["phones"][OTHER]["entries"] == 1
    assert found[0]["version"] != version


def test_many_can_wait_at_once_while_others_are_served(caller: Caller) -> None:
    found: list[Any] = []
    waiters = [threading.Thread(target=lambda: found.append(caller.screen(after=0, wait=30))) for _ in range(40)]
    for waiter in waiters:
        waiter.start()
    caller.say()
    for waiter in waiters:
        waiter.join(20)
    assert [len(entries) for entries in found] == [1] * 40


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "shout"},
        {"type": "text"},
        {"type": "text", "content": ""},
        {"type": "text", "content": 1},
        {"type": "text", "content": "长" * 20_001},
        {"type": "text", "content": "\ud800"},
        {"type": "text", "content": "a", "msg_id": "x"},
        {"type": "text", "content": "a", "msg_id": str(2**64)},
        {"type": "image"},
        {"type": "image", "sample": "nothing"},
        {"type": "location"},
        {"type": "location", "latitude": 91, "longitude": 0},
        {"type": "location", "latitude": "north", "longitude": 0},
        {"type": "location", "latitude": True, "longitude": 0},
        {"type": "link"},
        {"type": "menu_reply"},
        [],
    ],
)
def test_what_a_phone_would_not_send_is_refused_in_a_sentence(caller: Caller, hook: Hook, message: Any) -> None:
    response = caller.client.post(f"/phones/{FARMER}/messages", content=json.dumps(message))
    assert response.status_code == 400
    assert response.json()["error"]
    caller.settle()
    assert hook.got == []
    assert caller.screen() == []


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 9999])
def test_a_body_that_is_not_json_is_refused(caller: Caller, raw: bytes) -> None:
    for path in (f"/phones/{FARMER}/messages", f"/phones/{FARMER}/events", "/control/clock"):
        assert caller.client.post(path, content=raw).status_code == 400


@pytest.mark.parametrize(
    "event", [{}, {"event": "shout"}, {"event": "click"}, {"event": "scan"}, {"event": "location"}, {"event": 1}]
)
def test_an_event_that_makes_no_sense_is_refused(caller: Caller, event: dict[str, Any]) -> None:
    assert caller.client.post(f"/phones/{FARMER}/events", json=event).status_code == 400


@pytest.mark.parametrize("openid", ["a b", "农户", "x" * 65, "a.b"])
def test_an_openid_has_the_shape_of_one(caller: Caller, openid: str) -> None:
    for path in (f"/phones/{openid}/transcript", f"/phones/{openid}"):
        assert caller.client.get(path).status_code == 400


def test_an_empty_file_is_refused(caller: Caller) -> None:
    response = caller.client.post(f"/phones/{FARMER}/messages", data={"type": "image"}, files={"file": ("a.jpg", b"")})
    assert response.status_code == 400


def test_a_farmer_who_never_tapped_follow_is_a_follower_once_he_writes(caller: Caller) -> None:
    caller.say()
    assert caller.api("user/info", openid=FARMER)["subscribe"] == 1


def test_somebody_who_unfollowed_cannot_write_until_he_comes_back(caller: Caller, hook: Hook) -> None:
    caller.do("subscribe")
    caller.do("unsubscribe")
    refused = caller.client.post(f"/phones/{FARMER}/messages", json={"type": "text", "content": "在吗"})
    assert refused.status_code == 409
    caller.do("subscribe")
    caller.say("在吗")
    assert hook.field("Content") == "在吗"


def test_an_unfollowed_stranger_can_write_when_switched(caller: Caller, hook: Hook) -> None:
    caller.do("unsubscribe")
    caller.settings(strangers_may_write=True)
    caller.say("还是我")
    assert hook.field("Content") == "还是我"


def test_a_reply_that_comes_after_the_farmer_left_is_not_shown(caller: Caller, hook: Hook) -> None:
    hook.answer = lambda got: Answer(hook.says(text("再见"))(got).body, delay_s=0.3)
    caller.post(f"/phones/{FARMER}/messages", {"type": "text", "content": "问"})
    caller.post(f"/phones/{FARMER}/events", {"event": "unsubscribe"})
    caller.settle()
    assert [entry["content"] for entry in caller.screen()] == ["问"]


def test_a_file_on_a_screen_cannot_run_as_a_page(caller: Caller) -> None:
    caller.send_file("image", b"<script>alert(1)</script>")
    media = caller.client.get(caller.screen()[0]["media_url"])
    assert media.headers["Content-Type"] == "application/octet-stream"
    assert media.headers["X-Content-Type-Options"] == "nosniff"


def test_a_picture_a_farmer_sends_is_on_the_screen(caller: Caller) -> None:
    caller.send_file("image", JPEG)
    media = caller.client.get(caller.screen()[0]["media_url"])
    assert (media.headers["Content-Type"], media.content) == ("image/jpeg", JPEG)


@pytest.mark.parametrize("sample", ["leaf", "fruit", "field"])
def test_the_sample_pictures_are_jpegs(caller: Caller, sample: str) -> None:
    caller.post(f"/phones/{FARMER}/messages", {"type": "image", "sample": sample})
    assert caller.client.get(caller.screen()[0]["media_url"]).content.startswith(b"\xff\xd8\xff")
    assert caller.client.get(f"/samples/{sample}.jpg").headers["Content-Type"] == "image/jpeg"
