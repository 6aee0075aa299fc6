"""kill -9 in the middle of everything: every message is answered or has a case in the end.

Judged by what the farmers' phones show and what the staff API says, never by our own tables.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.stack.running import Stack
from tests.journeys.phone import Phone, Staff
from tests.journeys.test_main_job import CASE_NUMBER

FARMERS = 50
QUESTIONS = {
    "水稻纹枯病怎么防治": "【水稻纹枯病】",
    "玉米大斑病怎么防治": "【玉米大斑病】",
    "柑橘溃疡病怎么防治": "柑橘溃疡病",
    "茶小绿叶蝉怎么防治": "小绿叶蝉",
}
KILLED = ("webhook", "worker", "bot", "valkey")
PATIENCE_SECONDS = 300


@pytest.mark.timeout(1200)
def test_no_message_is_lost_when_parts_are_killed(
    stack: Stack, new_phone: Callable[[], Phone], coordinator: Staff
) -> None:
    phones = [new_phone() for _ in range(FARMERS)]
    sent = [(phone, question) for phone in phones for question in QUESTIONS]
    random.Random(20261122).shuffle(sent)
    killing = threading.Thread(target=_kill_in_turn, args=(stack, KILLED))
    with ThreadPoolExecutor(10) as pool:
        sending = [pool.submit(_send, phone, question) for phone, question in sent]
        killing.start()
        for one in sending:
            one.result()
    killing.join()
    unanswered = _wait_for_all(sent, coordinator)
    assert [_story(phone, question) for phone, question in unanswered] == []
    stack.wait_until_ready(("bot", "webhook", "console"), patience=600)  # the journeys after this are about sound days


def _send(phone: Phone, question: str) -> None:
    phone.send(type="text", content=question)
    time.sleep(random.random())


def _kill_in_turn(stack: Stack, parts: tuple[str, ...]) -> None:
    for part in parts:
        time.sleep(2)
        os.kill(stack.pid(part), signal.SIGKILL)


def _wait_for_all(sent: list[tuple[Phone, str]], staff: Staff) -> list[tuple[Phone, str]]:
    until = time.monotonic() + PATIENCE_SECONDS
    missing = sent
    while missing and time.monotonic() < until:
        time.sleep(2)
        missing = [(phone, question) for phone, question in missing if not _is_dealt_with(phone, question, staff)]
    return missing


def _story(phone: Phone, question: str) -> str:
    """What happened to a question that nobody answered: each push of this phone, and what was shown on it."""
    pushes = phone.http.get("/control/pushes", params={"openid": phone.openid}).json()
    told = [
        (
            push["xml"].partition("<Content>")[2][:24],
            [(one["outcome"], one["status"], one["ms"]) for one in push["attempts"]],
        )
        for push in pushes
    ]
    return f"{question}: {told}; heard {[(entry['via'], entry['content'][:40]) for entry in phone.heard()]}"


def _is_dealt_with(phone: Phone, question: str, staff: Staff) -> bool:
    heard = [entry["content"] or "" for entry in phone.heard()]
    if any(QUESTIONS[question] in text for text in heard):
        return True
    return any(question in str(staff.get(f"/cases/{number}")) for number in _case_numbers(heard))


def _case_numbers(heard: list[str]) -> Iterator[str]:
    for text in heard:
        yield from CASE_NUMBER.findall(text)
