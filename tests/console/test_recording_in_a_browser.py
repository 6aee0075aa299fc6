"""Recording a voice answer, with a microphone that hums."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from app.commands import browser as chromium
from conversations.services import Services
from core import files
from core.people import Staff
from handoff.cases import Case
from handoff.states import Command
from tests.console import desk
from tests.console.test_pages_in_a_browser import address, sit_down
from tests.core.kit import heard

__all__ = ["address"]  # a fixture
WIDTH = 360
PLAY_A_LITTLE = """audio => new Promise((heard, failed) => {
  audio.muted = true;
  audio.addEventListener("timeupdate", () => audio.currentTime > 0.2 && heard());
  audio.play().catch(failed);
})"""
HUMMING = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium.find(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", *HUMMING],
        )
        yield started
        started.close()


@pytest.fixture
def case(services: Services, expert: Staff) -> Case:
    return desk.command(services, desk.ask(services, "叶子发黄"), Command.CLAIM, expert)


def test_an_expert_records_hears_deletes_records_again_and_sends(
    services: Services, browser: Browser, address: str, case: Case
) -> None:
    page = sit_down(browser, address, "expert", width=WIDTH)
    page.goto(f"{address}/cases/{case.id}")
    start, done = page.get_by_role("button", name="录一段语音答复"), page.get_by_role("button", name="录完了")
    player = page.locator("[data-recorder] audio")
    for seconds in (1, 3):
        start.click()
        expect(page.get_by_text(f"正在录 {seconds}秒")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
        done.click()
        expect(page.get_by_text("录好了，先听一遍再发。")).to_be_visible()
        player.evaluate(PLAY_A_LITTLE)
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
        if seconds == 1:
            page.get_by_role("button", name="删掉重录").click()
            expect(player).to_be_hidden()
            assert page.locator('input[name="voice"]').evaluate("field => field.files.length") == 0
    page.get_by_role("button", name="发送答复").click()
    expect(page.get_by_text("答复已发出。")).to_be_visible()
    said = desk.entries(services, case.id)[-1]
    with services.database.transaction() as tx:
        (voice,) = files.several(tx, list(said.files))
    seconds_sent, _ = heard((services.settings.media_folder / voice.name).read_bytes())
    assert 2.5 < seconds_sent < 10
    player = page.locator(".line.expert audio")
    player.evaluate(PLAY_A_LITTLE)
    assert player.evaluate("audio => audio.offsetWidth") >= 200, "wide enough to see where one is and to go back"
    assert page.complaints == []  # type: ignore[attr-defined]


def test_sending_while_recording_stops_and_lets_it_be_heard_first(
    services: Services, browser: Browser, address: str, case: Case
) -> None:
    page = sit_down(browser, address, "expert", width=WIDTH)
    page.goto(f"{address}/cases/{case.id}")
    page.get_by_label("写给农户").fill("先排水。")
    page.get_by_role("button", name="录一段语音答复").click()
    expect(page.get_by_text("正在录 1秒")).to_be_visible()
    page.get_by_role("button", name="发送答复").click()
    expect(page.get_by_text("录好了，先听一遍再发。")).to_be_visible()
    assert desk.entries(services, case.id)[-1].said_by == "farmer"
    page.get_by_role("button", name="发送答复").click()
    expect(page.get_by_text("答复已发出。")).to_be_visible()
    assert (desk.entries(services, case.id)[-1].text, len(desk.entries(services, case.id)[-1].files)) == ("先排水。", 1)


def test_a_microphone_that_may_not_be_used_is_said_and_without_a_recorder_there_is_no_button(
    services: Services, browser: Browser, address: str, case: Case
) -> None:
    page = sit_down(browser, address, "expert", width=WIDTH)
    page.add_init_script("navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('no'))")
    page.goto(f"{address}/cases/{case.id}")
    page.get_by_role("button", name="录一段语音答复").click()
    expect(page.get_by_text("没有允许使用麦克风")).to_be_visible()
    page.add_init_script("delete window.MediaRecorder")
    page.goto(f"{address}/cases/{case.id}")
    expect(page.get_by_role("button", name="发送答复")).to_be_visible()
    expect(page.get_by_text("录一段语音答复")).to_be_hidden()
