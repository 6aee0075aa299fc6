"""A line to the real PostgreSQL that can be cut and mended: what an outage of the database looks like from our side."""

import contextlib
import socket
import threading
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qs, urlsplit, urlunsplit

_PORT_FILE = ".s.PGSQL.5432"


class Outage:
    """Forwards connections to the database until told not to."""

    def __init__(self, url: str, folder: Path) -> None:
        parts = urlsplit(url)
        self._server = str(Path(parse_qs(parts.query)["host"][0]) / _PORT_FILE)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / _PORT_FILE))
        self._listener.listen(50)
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._is_down = False
        self.url = urlunsplit(parts._replace(query=f"host={folder}"))
        threading.Thread(target=self._accept, daemon=True).start()

    def begin(self) -> None:
        """Cut every connection and refuse new ones."""
        with self._lock:
            self._is_down = True
            for end in self._open:
                _hang_up(end)
            self._open.clear()

    def end(self) -> None:
        with self._lock:
            self._is_down = False

    def __enter__(self) -> "Outage":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.begin()
        _hang_up(self._listener)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if self._is_down:
                    _hang_up(client)
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self._open += [client, server]
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=_forward, args=(source, target), daemon=True).start()


def _forward(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    _hang_up(source)
    _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
