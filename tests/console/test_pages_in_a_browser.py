"""The pages in a real browser: what they do by themselves, on a phone and at a desk."""

import re
import threading
from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from waitress import create_server

from app.commands import browser as chromium
from console.web import make_app
from conversations.services import Services
from core import clock
from core.people import Role, Staff
from handoff.states import Command, Kind
from registry import roster, swaps
from registry.roster import Days
from registry.worktime import CHINA
from tests.console import desk
from tests.console.desk import PASSWORD, Office

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium.find(), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield started
        started.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The console on a port of its own."""
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=5)


def sit_down(browser: Browser, address: str, username: str, width: int = 360, height: int = 740) -> Page:
    """Log somebody in; whatever the browser complains about is kept in `page.complaints`."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.complaints = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
    page.on(
        "console",
        lambda said: page.complaints.append(f"{page.url} {said.text}") if said.type == "error" else None,  # type: ignore[attr-defined]
    )
    page.goto(f"{address}/login")
    page.get_by_label("登录名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("h1")).to_be_visible()
    return page


def test_a_new_case_and_an_alarm_appear_without_reloading(
    services: Services, browser: Browser, address: str, expert: Staff
) -> None:
    page = sit_down(browser, address, "expert")
    expect(page.get_by_text("现在没有等待的工单")).to_be_visible()
    case = desk.ask(services, "柑橘叶子发黄", photos=1)
    expect(page.get_by_text(case.number)).to_be_visible(timeout=PATIENCE_MS)
    expect(page).to_have_title(re.compile(r"^\(1\) 待接单"), timeout=PATIENCE_MS)
    incident = desk.ask(services, "我爸打药头晕", kind=Kind.INCIDENT, reason="poisoning", openid="oNongwenFarmer2")
    alarm = page.get_by_role("alert").get_by_role("link")
    expect(alarm).to_have_text("紧急：疑似农药中毒，还没有人接手", timeout=PATIENCE_MS)
    alarm.click()
    expect(page.locator("h1")).to_contain_text("疑似农药中毒")
    page.get_by_role("button", name="接单，由我来答复").click()
    expect(page.get_by_text("已接单。")).to_be_visible()
    expect(page.locator("#alarm")).to_be_hidden(timeout=PATIENCE_MS)
    assert desk.case_now(services, incident.id).state == "active"
    assert page.complaints == []  # type: ignore[attr-defined]


def test_what_the_farmer_adds_appears_and_is_pointed_out_beside_the_answer(
    services: Services, browser: Browser, address: str, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    page = sit_down(browser, address, "expert")
    page.goto(f"{address}/cases/{case.id}")
    page.get_by_label("写给农户").fill("先浇水。")
    desk.command(services, case, Command.FARMER_REPLIES, text="昨天又下了大雨")
    expect(page.locator("[data-thread]").get_by_text("昨天又下了大雨")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("农户刚发来新内容")).to_be_visible()
    expect(page.get_by_label("写给农户")).to_have_value("先浇水。")
    page.get_by_role("button", name="看到了").click()
    page.get_by_label("写给农户").fill("先排水。")
    page.get_by_role("button", name="发送答复").click()
    expect(page.get_by_text("答复已发出。")).to_be_visible()


def test_a_draft_outlives_the_page_and_ends_when_it_is_sent(
    services: Services, browser: Browser, address: str, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    page = sit_down(browser, address, "expert")
    page.goto(f"{address}/cases/{case.id}")
    box = page.get_by_label("写给农户")
    box.fill("先排水，再看")
    page.goto(f"{address}/inbox")
    page.goto(f"{address}/cases/{case.id}")
    expect(box).to_have_value("先排水，再看")
    page.get_by_role("button", name="要三张照片").click()
    expect(box).to_have_value("先排水，再看\n请再拍三张照片：整株、病处近照、叶背。")
    page.get_by_role("button", name="先问农户").click()
    expect(page.get_by_text("已发给农户，等他补充。")).to_be_visible()
    expect(box).to_have_value("")
    page.reload()
    expect(box).to_have_value("")


def test_a_photo_opens_large_and_closes_again(
    services: Services, browser: Browser, address: str, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄", photos=2)
    page = sit_down(browser, address, "expert")
    page.goto(f"{address}/cases/{case.id}")
    page.locator("[data-thread] a[data-view]").first.click()
    large = page.get_by_role("img", name="放大的照片")
    expect(large).to_be_visible()
    expect(large).to_have_js_property("naturalWidth", 900)
    page.get_by_role("button", name="关闭").click()
    expect(large).to_be_hidden()


def test_an_expert_offers_a_duty_and_pauses_on_a_phone(
    services: Services, browser: Browser, address: str, expert: Staff
) -> None:
    tomorrow = clock.now().astimezone(CHINA).date() + timedelta(days=1)
    with services.database.transaction() as tx:
        roster.plan_rule(tx, expert.id, Days.EVERY, time(8), time(18), first_day=tomorrow)
    page = sit_down(browser, address, "expert")
    page.goto(f"{address}/roster")
    duty = page.locator("#own details.duty").first
    duty.locator("summary").click()
    duty.get_by_label("说明").fill("家长会")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    duty.get_by_role("button", name="请同事来接").click()
    expect(page.get_by_text("等人接")).to_be_visible()
    page.get_by_role("button", name="收回").click()
    expect(page.get_by_text("等人接")).to_be_hidden()
    page.get_by_role("button", name="暂停接单").click()
    expect(page.get_by_text("您已暂停接单。")).to_be_visible()
    page.goto(f"{address}/mine")
    page.get_by_role("button", name="恢复接单").click()
    expect(page.get_by_role("button", name="暂停接单")).to_be_visible()
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 860)])
def test_the_roster_with_all_its_forms_open_fits_its_screen(
    services: Services, browser: Browser, address: str, width: int, height: int
) -> None:
    both = desk.hire(services, "both", Role.EXPERT, Role.COORDINATOR, name="长孙永远在值班的专家兼协调员")
    at = clock.now()
    with services.database.transaction() as tx:
        roster.plan_rule(tx, both.id, Days.EVERY, time(8), time(0), first_day=at.date())
        roster.plan_single(tx, both.id, at, at + timedelta(hours=30))
        roster.be_absent(tx, both.id, at + timedelta(days=2), at + timedelta(days=4), reason="w" * 100)
        swaps.offer(tx, both.id, at, at + timedelta(hours=20), note="w" * 100)
    page = sit_down(browser, address, "both", width, height)
    page.goto(f"{address}/roster")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for field in page.locator("main input:visible, main select:visible").all():
        box = field.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width


@pytest.fixture
def office(services: Services) -> Office:
    return desk.furnish(services)


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 860)])
def test_no_page_is_wider_than_its_screen_and_the_browser_complains_of_nothing(
    services: Services, office: Office, browser: Browser, width: int, height: int
) -> None:
    app = make_app(services)
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    threading.Thread(target=server.run, daemon=True).start()
    address = f"http://127.0.0.1:{server.effective_port}"
    pages = {
        "expert": ["/inbox", "/mine", "/roster", "/more", "/knowledge", f"/knowledge/{office.article_id}", "/tokens"]
        + ["/cases/search", "/cases/search?q=柑橘 发黄", "/notices", "/password"]
        + ["/articles/new", "/articles/gaps", "/articles/import", f"/articles/{office.article_id}/edit"]
        + [f"/cases/{case.id}" for case in office.cases],
        "coordinator": ["/needs", "/cases", "/cases/ended", "/incidents", "/reports", "/privacy"]
        + ["/roster", "/coverage"]
        + ["/cases?state=active", "/cases/load", f"/cases/reassign?all=1&expert={office.expert.id}", "/reveals"]
        + [f"/needs/{need.number}" for need in office.needs],
        "admin": ["/staff", f"/staff/{office.expert.id}", "/regions"],
    }
    for username, paths in pages.items():
        page = sit_down(browser, address, username, width, height)
        for path in paths:
            page.goto(f"{address}{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.complaints == [], username  # type: ignore[attr-defined]
        page.context.close()
    server.close()
