"""A small stand-in for the platform's API: it answers as it is told, counts what it is asked, and can misbehave."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Call:
    """One request of the service."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What is answered; `reset` ends the connection instead."""

    body: bytes = b'{"errcode": 0, "errmsg": "ok"}'
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json; encoding=utf-8"})
    reset: bool = False


def says(**fields: Any) -> Answer:
    """An answer in JSON, as the platform writes it."""
    return Answer(json.dumps(fields).encode())


def refuses(errcode: int) -> Answer:
    return says(errcode=errcode, errmsg=f"no rid: 6920a1b2-{errcode}")


HTML = Answer(b"<html><body>504 Gateway Time-out</body></html>", headers={"Content-Type": "text/html"})
RESET = Answer(reset=True)


class Api:
    """The API at `url`. `routes` say what is answered at a path; without one, ok; tokens are numbered."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.routes: dict[str, Callable[[Call], Answer]] = {"/cgi-bin/stable_token": self._next_token}
        self.tokens_given = 0
        self.hangs = threading.Event()
        self._go_on = threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                api._serve(self)

            def do_POST(self) -> None:
                api._serve(self)

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def asked(self, path: str) -> list[Call]:
        """The calls to a path, oldest first."""
        return [call for call in self.calls if call.path == path]

    def stop(self) -> None:
        self._go_on.set()
        self._server.shutdown()
        self._server.server_close()

    def _next_token(self, call: Call) -> Answer:
        self.tokens_given += 1
        return says(access_token=f"T{self.tokens_given}", expires_in=7200)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        call = Call(handler.command, parts.path, dict(parse_qsl(parts.query)), dict(handler.headers.items()), body)
        self.calls.append(call)
        if self.hangs.is_set():
            self._go_on.wait(30)
        answer = self.routes[call.path](call) if call.path in self.routes else Answer()
        if answer.reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body)
