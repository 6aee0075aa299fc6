"""All parts together, once for every journey: the real bot, the simulator, embedded memory."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from app.commands import browser as chromium
from app.commands import demo
from app.stack.running import EVERYTHING, Ports, Stack
from tests.journeys.phone import Phone, Staff


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything a demo starts, on free ports and in a home of its own."""
    running = Stack(
        tmp_path_factory.mktemp("stack"),
        Ports.all_free(),
        overrides={"DATABASE_URL": "", "REDIS_URL": ""},
        say=lambda text: None,
    )
    running.train()
    try:
        running.start(parts=())
        demo.fill(running)
        running.begin(*EVERYTHING)
        running.wait_until_ready(patience=600)
        _ask_once(running)
        yield running
    finally:
        running.stop()


def _ask_once(running: Stack) -> None:
    """The first question after a start finds everything cold; journeys are about warm days."""
    with httpx.Client(base_url=running.address("simulator"), timeout=30, trust_env=False) as http:
        Phone(http).says("水稻纹枯病怎么防治")


@pytest.fixture(scope="session")
def simulator(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.address("simulator"), timeout=30, trust_env=False) as http:
        yield http


@pytest.fixture(scope="session")
def console(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.address("console"), timeout=30, trust_env=False) as http:
        yield http


@pytest.fixture(autouse=True)
def a_sound_platform(simulator: httpx.Client) -> Iterator[None]:
    """Every journey begins and ends with a platform without faults, in safe mode, on a verified account."""
    _mend(simulator)
    yield
    _mend(simulator)


def _mend(simulator: httpx.Client) -> None:
    simulator.delete("/control/faults")
    simulator.post("/control/account", json={"mode": "safe", "profile": "verified_service"})


@pytest.fixture
def new_phone(simulator: httpx.Client) -> Callable[[], Phone]:
    """A farmer who has never written before."""
    return lambda: Phone(simulator)


@pytest.fixture
def phone(new_phone: Callable[[], Phone]) -> Phone:
    return new_phone()


@pytest.fixture(scope="session")
def coordinator(console: httpx.Client) -> Staff:
    return Staff(console, "coordinator")


@pytest.fixture(scope="session")
def expert(console: httpx.Client) -> Staff:
    return Staff(console, "expert")


@pytest.fixture(scope="session")
def expert2(console: httpx.Client) -> Staff:
    return Staff(console, "expert2")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium.find(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--font-render-hinting=none"],
        )
        yield started
        started.close()
