"""Serving a Flask application with waitress, until told to stop."""

import signal
import sys
from types import FrameType

from flask import Flask
from waitress import create_server

from core.logs import logger

log = logger()


def serve(app: Flask, *, host: str, port: int, threads: int) -> None:
    """Serve until SIGTERM or SIGINT. Exits with one sentence when the port is taken."""
    try:
        server = create_server(
            app, host=host, port=port, threads=threads, ident="", clear_untrusted_proxy_headers=True, channel_timeout=60
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
