"""A Chromium for the browser tests: the one that is there, one from apt, or Playwright's own."""

import os
import shutil
import subprocess
import sys

from app.stack.running import NotReady

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a Chromium; None when Playwright's own is to be used or there is none."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def bring() -> None:
    """Make sure that there is one. Raises NotReady with one sentence; browser tests are never skipped."""
    if find() or _playwright_has_one():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium …", flush=True)
        _quietly("apt-get", "update")
        _quietly("apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk")
        if find():
            return
    print("Fetching Playwright's Chromium …", flush=True)
    _quietly(sys.executable, "-m", "playwright", "install", "chromium")
    if not _playwright_has_one():
        raise NotReady(
            "The browser tests need a Chromium and none could be installed; install one or set CHROMIUM to its path."
        )


def _quietly(*line: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, check=False)


def _playwright_has_one() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return os.path.exists(playwright.chromium.executable_path)
