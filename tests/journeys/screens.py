"""The screens of the people of a journey: phones of farmers, pages of staff, in a real browser.

With NONGWEN_PICTURES set to a folder, the tours leave the pictures of the documents there.
"""

import os
import re
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from app.commands.demo import password_of
from app.stack.running import Stack

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
CASE_NUMBER = re.compile(r"ZJ-\d{8}-\d{4,}")
NEED_NUMBER = re.compile(r"XQ-\d{6}-\d{8}-\d{4,}")


def context_of(browser: Browser, width: int, height: int, scale: float = 1) -> BrowserContext:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


def logged_in(browser: Browser, stack: Stack, username: str, width: int, height: int, scale: float = 1) -> Page:
    page = context_of(browser, width, height, scale).new_page()
    page.goto(f"{stack.address('console')}/")
    page.get_by_label("登录名").fill(username)
    page.get_by_label("密码").fill(password_of(username))
    page.get_by_role("button", name="登录").click()
    return page


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


def send_photo(one: Locator, name: str = "玉米病叶") -> None:
    one.locator(".write").get_by_label("更多").click()
    one.locator(".more").get_by_role("button", name="照片", exact=True).click()
    one.get_by_role("dialog").get_by_role("button", name=name).click()
    wait_for(one, "照片收到")
