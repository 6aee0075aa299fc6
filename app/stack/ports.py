"""Ports: free ones for parts nobody needs to know, and a clear word when a known one is taken."""

import contextlib
import socket


class PortTaken(Exception):
    """Somebody else listens there; the text says where and what to set."""


def free() -> int:
    """A port that is free now."""
    return several_free(1)[0]


def several_free(count: int) -> list[int]:
    """So many different ports that are free now."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def check(port: int, setting: str) -> None:
    """Raises PortTaken when the port cannot be had."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(f"Port {port} is in use; stop what uses it or set {setting} to another.") from None
