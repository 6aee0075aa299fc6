"""What the process parts need beside the fixtures of all tests: Valkeys that are away, hang, or are our own."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from app.stack import ports


class SilentServer:
    """Listens and never answers; counts who knocked."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(0.01)
        self.port = int(self._listening.getsockname()[1])

    def knocked(self) -> int:
        """How many connections have come since this was asked last."""
        count = 0
        while True:
            try:
                self._listening.accept()[0].close()
            except TimeoutError:
                return count
            count += 1

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    server = SilentServer()
    yield server
    server.close()


@pytest.fixture
def nobody() -> str:
    """The address of a Valkey that is not there."""
    return f"redis://127.0.0.1:{ports.free()}/0"


def until(condition: Callable[[], object], *, seconds: float = 120) -> None:
    """Wait for something that is bound to happen."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.02)
