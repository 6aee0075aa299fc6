"""The tour of the README in real browsers: a farmer on the phone page, an expert at 360 px, a coordinator at a desk."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.stack.running import Stack
from tests.journeys.screens import (
    CASE_NUMBER,
    NEED_NUMBER,
    PATIENCE_MS,
    another_phone,
    context_of,
    logged_in,
    phone_of,
    picture,
    say,
    send_photo,
    wait_for,
)


@pytest.fixture
def farmer(browser: Browser, stack: Stack) -> Iterator[Page]:
    """The farmer's phone on a phone-size screen."""
    context = context_of(browser, 390, 780, 2)
    page = context.new_page()
    page.goto(f"{stack.address('simulator')}/")
    yield page
    context.close()


@pytest.fixture
def expert(browser: Browser, stack: Stack) -> Iterator[Page]:
    page = logged_in(browser, stack, "expert", 360, 740, 2)
    yield page
    page.context.close()


@pytest.fixture
def coordinator(browser: Browser, stack: Stack) -> Iterator[Page]:
    page = logged_in(browser, stack, "coordinator", 1280, 860)
    yield page
    page.context.close()


def test_the_tour(farmer: Page, expert: Page, coordinator: Page, stack: Stack) -> None:
    one = phone_of(farmer)
    say(one, "水稻纹枯病怎么防治", "【水稻纹枯病】")
    picture(farmer, "phone-answer")

    number = _file_a_need(one)
    picture(farmer, "phone-need")
    _accept_need(coordinator, stack, number)
    wait_for(one, "已受理")

    send_photo(one)
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


def _answer_case(page: Page, stack: Stack, number: str) -> None:
    page.goto(f"{stack.address('console')}/inbox")
    expect(page.get_by_text(number).first).to_be_visible(timeout=PATIENCE_MS)
    picture(page, "console-inbox")
    page.goto(f"{stack.address('console')}/cases/{number}")
    page.get_by_role("button", name=re.compile("^(接单|接受)，由我来答复")).first.click()
    expect(page.locator("section[data-thread] img").first).to_be_visible(timeout=PATIENCE_MS)
    picture(page, "console-case-phone")
    page.locator("textarea[name=text]").first.fill("看着像大斑病，先剪掉病叶带出田外，通风降湿。")
    page.get_by_role("button", name="发送答复").click()


def test_an_experts_answer_becomes_the_article_that_the_next_farmer_gets(
    browser: Browser, expert: Page, stack: Stack
) -> None:
    desk = context_of(browser, 1500, 860).new_page()
    desk.goto(f"{stack.address('simulator')}/")
    phone_of(desk)
    question = "羊驼毛一块一块地掉是怎么回事"
    one = another_phone(desk)
    case_number = CASE_NUMBER.findall(say(one, question, CASE_NUMBER))[-1]
    expert.goto(f"{stack.address('console')}/cases/{case_number}")
    expert.get_by_role("button", name=re.compile("^(接单|接受)，由我来答复")).first.click()
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
