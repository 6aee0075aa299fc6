"""Serving a Flask application with waitress, until told to stop."""

import logging
import signal
import socket
import sys
import threading
import time
from types import FrameType
from typing import Any

from flask import Flask
from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from core.logs import logger

log = logger()

_FINISH_SECONDS = 6.0


def serve(app: Flask, *, host: str, port: int, threads: int, most_body_bytes: int, trusted_proxies: int = 0) -> None:
    """Serve until SIGTERM or SIGINT. Exits with one sentence when the port is taken."""
    try:
        server = listen(
            app, host=host, port=port, threads=threads, most_body_bytes=most_body_bytes, trusted_proxies=trusted_proxies
        )
    except OSError as error:
        print(f"Cannot listen on {host}:{port}: {error.strerror}.", file=sys.stderr)
        raise SystemExit(2) from error

    # That a request waits for a thread is nothing to warn of; how long pushes wait is measured where they are answered.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        server.pull_trigger()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("serving", port=port)
    _run(server, stopping)


def _run(server: Any, stopping: threading.Event) -> None:
    """Serve until told to stop; then take nobody new, so that a second process on this port does, and finish the rest.

    waitress's own `run` leaves new callers hanging while it stops, and never sends what it finished meanwhile.
    """
    while not stopping.is_set():
        server.asyncore.loop(timeout=1.0, map=server._map, count=1)
    server.asyncore.dispatcher.close(server)
    until = time.monotonic() + _FINISH_SECONDS
    while _is_busy(server) and time.monotonic() < until:
        server.asyncore.loop(timeout=0.1, map=server._map, count=1)
    server.task_dispatcher.shutdown(timeout=0.5)


def _is_busy(server: Any) -> bool:
    return any(channel.requests or channel.total_outbufs_len for channel in list(server.active_channels.values()))


class _Task(WSGITask):  # type: ignore[misc]
    """One request. Its environment says when it arrived, which is before it waited for a thread."""

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ["nongwen.arrived"] = self.channel.arrived
        return environ


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that can tell whether its caller is still there while a request is being answered."""

    task_class = _Task
    arrived = 0.0
    """time.monotonic() when the first bytes of the request under way were read."""

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.arrived = time.monotonic()
        return bool(super().received(data))

    def check_client_disconnected(self) -> bool:
        """What the application is given as `waitress.client_disconnected`; waitress itself does not look meanwhile."""
        try:
            return not self.connected or self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


def listen(app: Flask, *, host: str, port: int, threads: int, most_body_bytes: int, trusted_proxies: int = 0) -> Any:
    """A waitress server that listens already; port 0 means a free one. Raises OSError.

    A body is spooled before the application sees it, hence a limit here too. Behind proxies that we trust, their
    headers are left to the application.
    """
    server = create_server(
        app,
        sockets=[_shared(host, port)],
        threads=threads,
        ident="",
        max_request_body_size=most_body_bytes,
        clear_untrusted_proxy_headers=trusted_proxies == 0,
        channel_timeout=60,
    )
    server.channel_class = _Channel
    return server


def _shared(host: str, port: int) -> socket.socket:
    """A socket that several processes may share: while one of them restarts, the others take every new connection."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listening.bind((host, port))
        listening.listen(1024)
    except OSError:
        listening.close()
        raise
    return listening
