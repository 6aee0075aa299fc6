"""The HTTP server: waitress, with a way to reset a connection as a broken network does."""

import socket
import struct
import threading
from typing import Any

from flask import Flask, Response, request
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import WSGITask

THREADS = 128
CHANNEL = "simulator.channel"
MOST_BYTES = 32 * 1024 * 1024


class _Task(WSGITask):  # type: ignore[misc]  # waitress has no type information
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[CHANNEL] = self.channel
        return environ


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no type information
    task_class = _Task


class Server:
    """Runs the application until told to stop. Many threads, because transcripts are long-polled."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self._server = create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            connection_limit=1000,
            max_request_body_size=MOST_BYTES,
            asyncore_use_poll=True,
            ident="nginx",
            _dispatcher=None,
        )
        self._server.channel_class = _Channel

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.effective_port)

    def run(self) -> None:
        """Serve in this thread."""
        self._server.run()

    def stop(self) -> None:
        """Stop serving; what is under way is dropped."""
        self._server.close()


def reset_connection() -> Response:
    """End the current request with a TCP reset instead of an answer."""
    channel = request.environ.get(CHANNEL)
    if channel is None:
        return Response("", status=500)
    channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    closed = threading.Event()

    def close() -> None:  # in the server's own thread, which alone may close sockets
        channel.handle_close()
        closed.set()

    channel.server.trigger.pull_trigger(close)
    closed.wait(5)
    return Response("", status=500)
