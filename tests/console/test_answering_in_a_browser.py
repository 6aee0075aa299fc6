"""Answering on a phone: what the page does by itself while an expert writes, and that nothing is wider than the screen."""

import re

from playwright.sync_api import Browser, expect

from conversations.services import Services
from core.people import Staff
from handoff import machine
from handoff.orders import Actor, Said
from handoff.states import Command
from knowledge import articles
from knowledge.article_files import FOLDER
from tests.console import desk
from tests.console.test_pages_in_a_browser import address, browser, sit_down

__all__ = ["address", "browser"]  # fixtures
WIDTH = 360


def test_an_expert_on_a_phone_accepts_writes_in_parts_and_answers(
    services: Services, browser: Browser, address: str, expert: Staff, expert2: Staff
) -> None:
    with services.database.transaction() as tx:
        articles.load_starter(tx, FOLDER / "rice")
    case = desk.ask(services, "水稻稻瘟病怎么治", object="水稻", place_code="440232109", photos=1)
    with services.database.transaction() as tx:
        said = Said(to=expert.id, reason="专长对口，负责这个地方，手上0/5个")
        machine.apply(tx, case.id, Command.OFFER, Actor.system("router"), said)
    other = desk.ask(services, "母猪产后不吃", object="猪", openid="oNongwenFarmer2")
    with services.database.transaction() as tx:
        machine.apply(tx, other.id, Command.OFFER, Actor.system("router"), Said(to=expert2.id))
    page = sit_down(browser, address, "expert", width=WIDTH)

    def fits(name: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH, name

    expect(page.locator(".countdown").first).to_have_text(re.compile(r"还剩\d+分\d\d秒"))
    expect(page.get_by_text("派给李芳，等他接受")).to_be_visible()
    fits("queue")
    page.goto(f"{address}/cases/{case.id}")
    fits("offer")
    page.goto(f"{address}/inbox")
    page.get_by_role("button", name="接受").click()
    expect(page.get_by_text("已接受。")).to_be_visible()

    box = page.get_by_label("写给农户")
    box.press_sequentially("喷百草枯")
    expect(page.get_by_text("您写到了国家禁限用农药：百草枯")).to_be_visible()
    box.fill("先排水。")
    expect(page.get_by_text("您写到了国家禁限用农药")).to_be_hidden()
    page.get_by_role("button", name="问面积").click()
    expect(box).to_have_value("先排水。\n多大面积？大概多少株发病？")
    page.get_by_role("button", name="改成分项填").click()
    steps = page.get_by_label("怎么做")
    expect(steps).to_have_value("先排水。\n多大面积？大概多少株发病？")
    page.get_by_label("判断").fill("稻瘟病")
    page.get_by_label("多半是").check()
    page.get_by_label("依据").fill("有梭形斑")
    fits("parts")
    page.goto(f"{address}/inbox")
    page.goto(f"{address}/cases/{case.id}?form=1")
    expect(page.get_by_label("判断")).to_have_value("稻瘟病")
    expect(page.get_by_label("多半是")).to_be_checked()
    expect(page.get_by_label("依据")).to_have_value("有梭形斑")
    page.get_by_role("button", name="用这篇答复").first.click()
    expect(steps).to_have_value(re.compile("^先排水。\n多大面积？大概多少株发病？\n."))
    expect(page.get_by_label("判断")).to_have_value("稻瘟病")
    fits("article")
    page.get_by_role("button", name="发送答复").click()
    expect(page.get_by_text("答复已发出。")).to_be_visible()
    page.goto(f"{address}/cases/{case.id}?form=1")
    expect(page.get_by_label("判断")).to_have_value("")
    expect(page.get_by_label("依据")).to_have_value("")
    fits("answered")
    for path in ("/replies", "/mine"):
        page.goto(f"{address}{path}")
        fits(path.strip("/"))
    (answer,) = [one.text for one in desk.entries(services, case.id) if one.said_by == "expert"]
    assert answer.startswith("判断：稻瘟病（多半是）\n依据：有梭形斑\n怎么做：\n1. 先排水。\n2. 多大面积")
    assert page.complaints == []  # type: ignore[attr-defined]


def test_asking_for_photos_leaves_the_draft_and_a_link_that_puts_something_in_keeps_it(
    services: Services, browser: Browser, address: str, expert: Staff
) -> None:
    case = desk.ask(services, "叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    page = sit_down(browser, address, "expert", width=WIDTH)
    page.goto(f"{address}/cases/{case.id}")
    box = page.get_by_label("写给农户")
    box.fill("先排水。")
    page.get_by_text("还没有照片，马上请农户拍").click()
    page.get_by_role("button", name="发出去").click()
    expect(page.get_by_text("已发给农户，等他补充。")).to_be_visible()
    expect(box).to_have_value("先排水。")
    for _ in range(2):
        page.goto(f"{address}/cases/{case.id}?reply=area")
        expect(box).to_have_value("先排水。\n多大面积？大概多少株发病？")
    assert page.complaints == []  # type: ignore[attr-defined]
