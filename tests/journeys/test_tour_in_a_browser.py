"""The tour of the README in real browsers: a farmer on the phone page, an expert at 360 px, a coordinator at a desk.

With NONGWEN_PICTURES set to a folder, it leaves the pictures of the documents there.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from app.commands import browser as chromium
from app.commands.demo import password_of
from app.stack.running import Stack

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
CASE_NUMBER = re.compile(r"ZJ-\d{8}-\d{4,}")
NEED_NUMBER = re.compile(r"XQ-\d{6}-\d{8}-\d{4,}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium.find(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--font-render-hinting=none"],
        )
        yield started
        started.close()


def _context(browser: Browser, width: int, height: int, scale: float = 1) -> BrowserContext:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture
def farmer(browser: Browser, stack: Stack) -> Iterator[Page]:
    """The farmer's phone on a phone-size screen."""
    context = _context(browser, 390, 780, 2)
    page = context.new_page()
    page.goto(f"{stack.address('simulator')}/")
    yield page
    context.close()


def _logged_in(browser: Browser, stack: Stack, username: str, width: int, height: int, scale: float = 1) -> Page:
    page = _context(browser, width, height, scale).new_page()
    page.goto(f"{stack.address('console')}/")
    page.get_by_label("登录名").fill(username)
    page.get_by_label("密码").fill(password_of(username))
    page.get_by_role("button", name="登录").click()
    return page


@pytest.fixture
def expert(browser: Browser, stack: Stack) -> Iterator[Page]:
    page = _logged_in(browser, stack, "expert", 360, 740, 2)
    yield page
    page.context.close()


@pytest.fixture
def coordinator(browser: Browser, stack: Stack) -> Iterator[Page]:
    page = _logged_in(browser, stack, "coordinator", 1280, 860)
    yield page
    page.context.close()


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("NONGWEN_PICTURES")
    if folder:
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def another_phone(page: Page) -> Locator:
    """A phone that has never written before, on the same page."""
    before = page.locator(".phone").count()
    page.locator("button.add").click()
    expect(page.locator(".phone")).to_have_count(before + 1)
    return phone_of(page, before)


def phone_of(page: Page, at: int = 0) -> Locator:
    one = page.locator(".phone").nth(at)
    follow = one.get_by_role("button", name="关注公众号")
    if follow.is_visible():
        follow.click()
        expect(one.locator(".bubble").first).to_contain_text("农问", timeout=PATIENCE_MS)
    return one


def say(one: Locator, words: str, reply: str | re.Pattern[str]) -> str:
    """Write on the phone and wait for a reply that contains this; its text."""
    one.get_by_label("输入消息").fill(words)
    one.get_by_label("输入消息").press("Enter")
    return wait_for(one, reply)


def wait_for(one: Locator, reply: str | re.Pattern[str]) -> str:
    last = one.locator(".line:not(.mine) .bubble").filter(has_text=reply).last
    expect(last).to_be_visible(timeout=PATIENCE_MS)
    return last.inner_text()


def test_the_tour(farmer: Page, expert: Page, coordinator: Page, stack: Stack) -> None:
    one = phone_of(farmer)
    say(one, "水稻纹枯病怎么防治", "【水稻纹枯病】")
    picture(farmer, "phone-answer")

    number = _file_a_need(one)
    picture(farmer, "phone-need")
    _accept_need(coordinator, stack, number)
    wait_for(one, "已受理")

    _send_photo(one)
    opened = say(one, "转人工", CASE_NUMBER)
    case_number = CASE_NUMBER.findall(opened)[-1]
    _answer_case(expert, stack, case_number)
    wait_for(one, "先剪掉病叶")
    picture(farmer, "phone-expert")
    say(one, "1", "已办结")


def _file_a_need(one: Locator) -> str:
    text = say(one, "我要申请专家下乡指导种柑橘", re.compile("哪|1 "))
    for reply in ("乳源大桥镇", "叶子发黄落果，不知道怎么管", "1", "1", "1", "1"):
        found = NEED_NUMBER.search(text)
        if found:
            return found.group(0)
        before = one.locator(".line:not(.mine) .bubble").count()
        one.get_by_label("输入消息").fill(reply)
        one.get_by_label("输入消息").press("Enter")
        expect(one.locator(".line:not(.mine) .bubble")).not_to_have_count(before, timeout=PATIENCE_MS)
        text = one.locator(".line:not(.mine) .bubble").last.inner_text()
    found = NEED_NUMBER.search(text)
    assert found, text
    return found.group(0)


def _accept_need(page: Page, stack: Stack, number: str) -> None:
    page.goto(f"{stack.address('console')}/needs/{number}")
    expect(page.get_by_text(number).first).to_be_visible()
    picture(page, "console-need")
    page.get_by_role("button", name="受理", exact=True).click()
    expect(page.get_by_text("已受理").first).to_be_visible()


def _send_photo(one: Locator) -> None:
    one.locator(".write").get_by_label("更多").click()
    one.locator(".more").get_by_role("button", name="照片", exact=True).click()
    one.get_by_role("dialog").get_by_role("button", name="玉米病叶").click()
    wait_for(one, "照片收到")


def _answer_case(page: Page, stack: Stack, number: str) -> None:
    page.goto(f"{stack.address('console')}/inbox")
    expect(page.get_by_text(number).first).to_be_visible(timeout=PATIENCE_MS)
    picture(page, "console-inbox")
    page.goto(f"{stack.address('console')}/cases/{number}")
    page.get_by_role("button", name=re.compile("接单")).first.click()
    expect(page.locator("section[data-thread] img").first).to_be_visible(timeout=PATIENCE_MS)
    picture(page, "console-case-phone")
    page.locator("textarea[name=text]").first.fill("看着像大斑病，先剪掉病叶带出田外，通风降湿。")
    page.get_by_role("button", name="发送答复").click()


def test_an_experts_answer_becomes_the_article_that_the_next_farmer_gets(
    browser: Browser, expert: Page, stack: Stack
) -> None:
    desk = _context(browser, 1500, 860).new_page()
    desk.goto(f"{stack.address('simulator')}/")
    phone_of(desk)
    question = "羊驼毛一块一块地掉是怎么回事"
    one = another_phone(desk)
    case_number = CASE_NUMBER.findall(say(one, question, CASE_NUMBER))[-1]
    expert.goto(f"{stack.address('console')}/cases/{case_number}")
    expert.get_by_role("button", name=re.compile("接单")).first.click()
    answer = (
        "先把掉毛的羊驼单独关一栏。\n扒开毛看皮上有没有皮屑和小虫。\n垫草换干的，栏舍晒干。\n不要自己买人用药膏来抹。"
    )
    expert.locator("textarea[name=text]").first.fill(answer)
    expert.get_by_role("button", name="发送答复").click()
    wait_for(one, "单独关一栏")
    expert.get_by_role("link", name="把答复写成文章").click()
    expect(expert.get_by_label("先做什么")).to_have_value("先把掉毛的羊驼单独关一栏。")
    expect(expert.get_by_label("当心")).to_have_value("不要自己买人用药膏来抹。")
    expert.get_by_label("标题").fill("羊驼掉毛先查什么")
    expert.get_by_label("主题").select_option("症状诊断")
    expect(expert.locator("[data-previewed]")).to_contain_text("【羊驼掉毛先查什么】", timeout=PATIENCE_MS)
    picture(expert, "console-article")
    expert.get_by_label(re.compile("我通读过")).check()
    expert.get_by_role("button", name="发布，马上用来回答").click()
    expect(expert.get_by_text("已发布，下一位问到的农户就会看到。")).to_be_visible()
    told = say(another_phone(desk), question, "【羊驼掉毛先查什么】")
    assert "先把掉毛的羊驼单独关一栏。" in told
    desk.context.close()


def test_no_page_is_wider_than_a_phone(expert: Page, stack: Stack) -> None:
    for path in ("/inbox", "/mine", "/knowledge", "/more", "/articles/new", "/articles/gaps", "/articles/import"):
        expert.goto(f"{stack.address('console')}{path}")
        assert expert.evaluate("document.documentElement.scrollWidth") <= 360, path
