"""The farmers' pages on a small phone whose letters are set large."""

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from waitress import create_server

from app.commands import browser as chromium
from conversations.services import Services
from tests.webhook.test_pages import Answered, answer_path, answered
from webhook.door import Door
from webhook.web import make_app

__all__ = ["answer_path", "answered"]  # fixtures
WIDTH = 360


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium.find(), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield started
        started.close()


@pytest.fixture
def address(services: Services, make_door: Callable[..., Door]) -> Iterator[str]:
    """The farmers' door on a port of its own."""
    server = create_server(make_app(services, make_door(services)), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=5)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": WIDTH, "height": 740}, locale="zh-CN", bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("letters", [100, 200])
def test_nothing_is_wider_than_a_small_phone_however_large_its_letters(
    page: Page, address: str, answered: Answered, answer_path: str, letters: int
) -> None:
    page.goto(f"{address}{answer_path}")
    page.add_style_tag(content=f"html {{ font-size: {letters}% }}")
    for photo in page.locator("img").all():
        photo.scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == letters / 5
    assert page.locator("img").first.evaluate("photo => photo.naturalWidth") == 900
    assert page.get_by_text("没解决？").is_visible()


def test_the_recording_of_an_answer_is_heard(page: Page, address: str, answered: Answered, answer_path: str) -> None:
    page.goto(f"{address}{answer_path}")
    page.locator("audio").evaluate("audio => { audio.muted = true; audio.play(); }")
    page.wait_for_function("document.querySelector('audio').currentTime > 0.2")
    assert round(page.locator("audio").evaluate("audio => audio.duration")) == 3
