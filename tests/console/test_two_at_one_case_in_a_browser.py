"""Two experts in two browsers at one case: they see each other, one answers, and nothing that was written is lost."""

from playwright.sync_api import Browser, expect

from conversations.services import Services
from core.people import Staff
from handoff.states import Command
from tests.console import desk
from tests.console.test_pages_in_a_browser import address, browser, sit_down

__all__ = ["address", "browser"]  # fixtures


def test_two_experts_see_each_other_and_the_one_who_lost_the_case_keeps_his_words(
    services: Services, browser: Browser, address: str, expert: Staff, expert2: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    wang, li = (sit_down(browser, address, name) for name in ("expert", "expert2"))
    wang.goto(f"{address}/cases/{case.id}")
    li.goto(f"{address}/cases/{case.id}")
    expect(wang.get_by_text("李芳正在看")).to_be_visible()
    wang.get_by_label("写给农户").press_sequentially("先排水，再松土。")
    expect(li.get_by_text("王农正在写答复")).to_be_visible()
    assert li.evaluate("document.documentElement.scrollWidth") <= 360

    desk.command(services, case, Command.RELEASE, expert, reason="下班了")
    li.reload()
    li.get_by_role("button", name="接单，由我来答复").click()
    expect(li.get_by_text("已接单。")).to_be_visible()
    expect(wang.get_by_text("这个工单的状态变了")).to_be_visible()
    wang.get_by_role("button", name="发送答复").click()
    expect(wang.get_by_role("alert").get_by_text("只有接了这个工单的专家可以这样做。")).to_be_visible()
    kept = wang.get_by_label("农户没有收到，同事也还看不到")
    expect(kept).to_have_value("先排水，再松土。")
    wang.get_by_role("button", name="记成内部备注").click()
    expect(li.locator("[data-thread]").get_by_text("先排水，再松土。")).to_be_visible()
    li.get_by_label("写给农户").fill("先看根。")
    li.get_by_role("button", name="发送答复").click()
    expect(li.get_by_text("答复已发出。")).to_be_visible()
    assert [one.text for one in desk.entries(services, case.id) if one.said_by == "expert"] == ["先看根。"]


def test_what_was_written_without_a_network_is_there_again_after_the_page_was_closed(
    services: Services, browser: Browser, address: str, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    page = sit_down(browser, address, "expert")
    page.goto(f"{address}/cases/{case.id}")
    page.context.set_offline(True)
    page.get_by_label("写给农户").fill("先排水，再看根。")
    expect(page.get_by_text("网络断了，正在重连。写好的内容会留着。")).to_be_visible()
    context = page.context
    page.close()
    context.set_offline(False)
    desk.command(services, case, Command.FARMER_REPLIES, text="昨天又下了大雨")
    again = context.new_page()
    again.goto(f"{address}/cases/{case.id}")
    expect(again.get_by_label("写给农户")).to_have_value("先排水，再看根。")
    desk.command(services, case, Command.FARMER_REPLIES, text="今天还在下")
    again.get_by_role("button", name="发送答复").click()
    expect(again.get_by_text("您写的时候农户又发来了新内容")).to_be_visible()
    expect(again.get_by_label("写给农户")).to_have_value("先排水，再看根。")
    again.get_by_role("button", name="确认发送").click()
    expect(again.get_by_text("答复已发出。")).to_be_visible()
    again.close()
