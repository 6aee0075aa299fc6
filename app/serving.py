"""Serving a Flask application with waitress, until told to stop."""

import signal
import socket
import sys
from types import FrameType

from flask import Flask
from waitress import create_server

from core.logs import logger

log = logger()


def serve(app: Flask, *, host: str, port: int, threads: int) -> None:
    """Serve until SIGTERM or SIGINT. Exits with one sentence when the port is taken."""
    try:
        listening = _listen(host, port)
        server = create_server(
            app, sockets=[listening], threads=threads, ident="", clear_untrusted_proxy_headers=True, channel_timeout=60
        )
    except OSError as error:
        print(f"Cannot listen on {host}:{port}: {error.strerror}.", file=sys.stderr)
        raise SystemExit(2) from error

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("serving", port=port)
    server.run()


def _listen(host: str, port: int) -> socket.socket:
    """A socket that several processes may share: while one of them restarts, the others take every new connection."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind((host, port))
    listening.listen(1024)
    return listening
