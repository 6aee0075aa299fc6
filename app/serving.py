"""Serving a Flask application with waitress, until told to stop."""

import signal
import sys
from types import FrameType
from typing import Any

from flask import Flask
from waitress import create_server

from core.logs import logger

log = logger()


def serve(app: Flask, *, host: str, port: int, threads: int, most_body_bytes: int, trusted_proxies: int = 0) -> None:
    """Serve until SIGTERM or SIGINT. Exits with one sentence when the port is taken."""
    try:
        server = listen(
            app, host=host, port=port, threads=threads, most_body_bytes=most_body_bytes, trusted_proxies=trusted_proxies
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


def listen(app: Flask, *, host: str, port: int, threads: int, most_body_bytes: int, trusted_proxies: int = 0) -> Any:
    """A waitress server that listens already; port 0 means a free one. Raises OSError.

    It looks ahead by one request only to notice that a caller has hung up. A body is spooled before the application
    sees it, hence a limit here too. Behind proxies that we trust, their headers are left to the application.
    """
    return create_server(
        app,
        host=host,
        port=port,
        threads=threads,
        ident="",
        max_request_body_size=most_body_bytes,
        channel_request_lookahead=1,
        clear_untrusted_proxy_headers=trusted_proxies == 0,
        channel_timeout=60,
    )
