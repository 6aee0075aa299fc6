"""A running simulator and a tiny webhook of our own, both on free ports of localhost."""

import dataclasses
import threading
from collections.abc import Iterator

import httpx
import pytest
from simulator_kit import Caller, Hook

from simulator.app import create_app
from simulator.platform import Platform
from simulator.server import Server
from simulator.settings import Settings

ENVIRONMENT = {
    "SIMULATOR_PORT": "1",
    "WECHAT_TOKEN": "nongwentoken",
    "WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "WECHAT_APPID": "wx0123456789abcdef",
    "WECHAT_SECRET": "0123456789abcdef0123456789abcdef",
    "WECHAT_ACCOUNT": "gh_0123456789ab",
}


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A webhook that answers `success` until told otherwise and remembers what it was sent."""
    stub = Hook(ENVIRONMENT["WECHAT_TOKEN"], ENVIRONMENT["WECHAT_AES_KEY"], ENVIRONMENT["WECHAT_APPID"])
    stub.start()
    yield stub
    stub.stop()


@pytest.fixture
def caller(hook: Hook) -> Iterator[Caller]:
    """A client of a simulator of this test's own, which posts to `hook`."""
    settings = Settings.from_environment(ENVIRONMENT | {"WEBHOOK_URL": hook.url})
    here = Platform.build(settings)
    server = Server(create_app(here), "127.0.0.1", 0)
    here.settings = dataclasses.replace(settings, public_url=f"http://127.0.0.1:{server.port}")
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=30) as client:
        yield Caller(client)
    server.stop()
