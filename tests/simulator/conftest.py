"""A running simulator and a tiny webhook of our own, both on free ports of localhost, fresh for every test."""

import dataclasses
import os
import shutil
import threading
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from simulator_kit import ENVIRONMENT, Caller, Hook

from simulator.app import create_app
from simulator.platform import Platform
from simulator.server import Server
from simulator.settings import Settings


@pytest.fixture(scope="session")
def _hook() -> Iterator[Hook]:
    stub = Hook(ENVIRONMENT["WECHAT_TOKEN"], ENVIRONMENT["WECHAT_AES_KEY"], ENVIRONMENT["WECHAT_APPID"])
    stub.start()
    yield stub
    stub.stop()


@pytest.fixture(scope="session")
def _simulator(_hook: Hook) -> Iterator[tuple[Platform, str]]:
    settings = Settings.from_environment(ENVIRONMENT | {"WEBHOOK_URL": _hook.url})
    here = Platform.build(settings)
    server = Server(create_app(here), "127.0.0.1", 0)
    here.settings = dataclasses.replace(settings, public_url=f"http://127.0.0.1:{server.port}")
    threading.Thread(target=server.run, daemon=True).start()
    yield here, here.settings.public_url
    here.phones.close()
    server.stop()


@pytest.fixture
def hook(_hook: Hook) -> Hook:
    """A webhook that answers `success` until told otherwise and remembers what it was sent."""
    _hook.forget()
    return _hook


@pytest.fixture
def here(_simulator: tuple[Platform, str]) -> Platform:
    """The parts of the simulator, for tests of one of them."""
    return _simulator[0]


@pytest.fixture
def caller(_simulator: tuple[Platform, str], hook: Hook) -> Iterator[Caller]:
    """A client of the simulator, which has just been reset."""
    here, url = _simulator
    here.pusher.idle(30)
    here.reset()
    with httpx.Client(base_url=url, timeout=30) as client:
        yield Caller(client)
    here.pusher.idle(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium: the one CHROMIUM names, one of this machine, or Playwright's own."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
            ],
        )
        yield started
        started.close()


def is_bad(note: ConsoleMessage) -> bool:
    """An error of the page's own; that a phone refuses something (409, 410) is no fault of the page."""
    return note.type == "error" and not ("status of 409" in note.text or "status of 410" in note.text)


@pytest.fixture
def page(browser: Browser, caller: Caller, _simulator: tuple[Platform, str]) -> Iterator[Page]:
    """A desktop page of the simulator; the test fails if it logged an error or asked another host for anything."""
    context = browser.new_context(base_url=_simulator[1], viewport={"width": 1280, "height": 860}, locale="zh-CN")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda note: complaints.append(note.text) if is_bad(note) else None)
    opened.on("dialog", lambda dialog: (complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
    opened.on("request", lambda asked: None if asked.url.startswith(_simulator[1]) else complaints.append(asked.url))
    yield opened
    context.close()
    assert complaints == []
