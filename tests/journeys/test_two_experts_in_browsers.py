"""One question and the people around it, each in a browser: a farmer, two experts on phones, a coordinator at a desk.

Offered, declined, offered to the next, accepted, a photo asked for and sent, answered, not solved, answered again,
solved, rated; and the figures of the queue tell the same.
"""

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.stack.running import Stack
from tests.journeys.phone import Staff
from tests.journeys.screens import (
    CASE_NUMBER,
    PATIENCE_MS,
    context_of,
    logged_in,
    phone_of,
    picture,
    say,
    send_photo,
    wait_for,
)

NAMES = {"expert": "王农", "expert2": "李芳"}
LogIn = Callable[..., Page]


@pytest.fixture
def log_in(browser: Browser, stack: Stack) -> Iterator[LogIn]:
    """Opens the console for somebody in a browser of his own."""
    pages: list[Page] = []

    def one(username: str, width: int = 360, height: int = 740, scale: float = 2) -> Page:
        pages.append(logged_in(browser, stack, username, width, height, scale))
        return pages[-1]

    yield one
    for page in pages:
        page.context.close()


@pytest.fixture
def one(browser: Browser, stack: Stack) -> Iterator[Locator]:
    """The phone of a farmer whom nobody here has answered before, on a phone-size screen."""
    context = context_of(browser, 390, 780, 2)
    page = context.new_page()
    page.goto(f"{stack.address('simulator')}/phones/o{uuid4().hex[:27]}")
    yield phone_of(page)
    context.close()


@pytest.fixture
def an_empty_queue(coordinator: Staff) -> None:
    """What earlier journeys left over is taken off the experts, so that both are equally free."""
    for case in coordinator.get("/cases")["cases"]:
        if case["state"] in {"queued", "offered", "active", "waiting_farmer"}:
            coordinator.try_to(f"/cases/{case['number']}/cancel", reason="从前的旅程留下的")


@pytest.mark.usefixtures("an_empty_queue")
def test_a_case_passes_from_hand_to_hand_until_it_is_solved(one: Locator, log_in: LogIn, stack: Stack) -> None:
    pages = {username: log_in(username) for username in NAMES}
    desk = log_in("coordinator", 1280, 860, 1)
    before = figures(desk, stack)
    say(one, "玉米大斑病怎么防治", "【玉米大斑病】")
    number = CASE_NUMBER.findall(say(one, "照着做了没有好，转人工", CASE_NUMBER))[-1]

    first = who_is_offered(pages, number)
    declines(pages[first], stack, number)
    second = who_is_offered(pages, number)
    assert second != first
    page = pages[second]
    accepts(page, stack, number)
    wait_for(one, NAMES[second])

    asks_for_a_photo(page)
    wait_for(one, "三张照片")
    send_photo(one)
    expect(page.locator("section[data-thread] img").first).to_be_visible(timeout=PATIENCE_MS)
    page.locator("section[data-thread] img").first.scroll_into_view_if_needed()
    picture(page, "console-asked")
    page.get_by_role("button", name="看到了").click()

    answers(page, "看着像大斑病，先剪掉病叶带出田外，通风降湿。")
    wait_for(one, "先剪掉病叶")
    say(one, "2", "还没解决")
    page.goto(f"{stack.address('console')}/cases/{number}")
    answers(page, "再看叶背有没有霉层，拍一张近的给我；地里先开沟排水。")
    wait_for(one, "开沟排水")
    say(one, "1", "满意吗")
    say(one, "1", "谢谢您的评价")
    picture(one.page, "phone-rated")

    sees_what_happened(desk, stack, number, [NAMES[first], NAMES[second]])
    after = figures(desk, stack)
    assert {name: after[name] - before[name] for name in after} == {
        "opened": 1, "declined": 1, "accepted": 1, "not_solved": 1, "content": 1,
    }  # fmt: skip


def who_is_offered(pages: dict[str, Page], number: str) -> str:
    """Waits until the queue's page of one of them shows the case as offered to him; his username."""
    for page in pages.values():
        page.goto(re.sub(r"(https?://[^/]+)/.*", r"\1/inbox", page.url))
    for _ in range(PATIENCE_MS // 500):
        for username, page in pages.items():
            card = page.locator(".case-card", has_text=number)
            if card.get_by_role("button", name="接受", exact=True).count():
                return username
        next(iter(pages.values())).wait_for_timeout(500)
    raise AssertionError(f"{number} was offered to nobody")


def declines(page: Page, stack: Stack, number: str) -> None:
    page.goto(f"{stack.address('console')}/cases/{number}")
    offer = page.get_by_label("派给您的工单")
    expect(offer).to_be_visible()
    picture(page, "console-offer")
    offer.get_by_role("button", name="不是我的专业").click()
    expect(offer).to_be_hidden()


def accepts(page: Page, stack: Stack, number: str) -> None:
    page.goto(f"{stack.address('console')}/inbox")
    page.goto(f"{stack.address('console')}/cases/{number}")
    page.get_by_role("button", name="接受，由我来答复").click()
    expect(page.get_by_role("button", name="发送答复")).to_be_visible()


def asks_for_a_photo(page: Page) -> None:
    page.get_by_text("马上请农户拍").click()
    page.get_by_role("button", name="发出去").click()


def answers(page: Page, text: str) -> None:
    page.locator("textarea[name=text]").first.fill(text)
    page.get_by_role("button", name="发送答复").click()
    expect(page.locator("section[data-thread]")).to_contain_text(text[:8])


def sees_what_happened(desk: Page, stack: Stack, number: str, names: list[str]) -> None:
    """The coordinator reads the whole way of the case in its log."""
    desk.goto(f"{stack.address('console')}/cases/{number}")
    desk.get_by_text(re.compile("工单记录")).click()
    log = desk.locator("ol.log").filter(has_text="开单").last.inner_text()
    for words in (f"谢绝 {names[0]}", f"接受 {names[1]}", "不是我的专业", "评价"):
        assert words in " ".join(log.split()), log
    desk.get_by_text("工单记录").scroll_into_view_if_needed()
    picture(desk, "console-log")


def figures(desk: Page, stack: Stack) -> dict[str, int]:
    """What the report on the queue says of today."""
    desk.goto(f"{stack.address('console')}/reports#queue")

    def cell(title: str, column: str, row: str = "") -> int:
        card = desk.locator("section.card").filter(has=desk.get_by_role("heading", name=title, exact=True))
        line = (
            card.locator("tbody tr").filter(has_text=re.compile(f"^{row}")).first
            if row
            else card.locator("tbody tr").first
        )
        said = line.locator(f"[data-label='{column}']").inner_text() if line.count() else "0"
        return int(re.findall(r"\d+", said)[0])

    found = {
        "opened": cell("数量", "数量", "新开工单"),
        "declined": cell("派单", "谢绝"),
        "accepted": cell("派单", "接受"),
        "not_solved": cell("数量", "数量", "农户第一次说没解决"),
        "content": cell("农户评价", "工单", "满意"),
    }
    picture(desk, "console-queue-report")
    return found
