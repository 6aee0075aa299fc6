"""A small mail server: takes what it is sent, answers as it is told, and can hang up."""

import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """The server at `port`. `answers` maps a verb, or "END" for the dot after the data, to what is said instead of yes."""

    answers: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    hangs_up: bool = False

    def __post_init__(self) -> None:
        box = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                box._talk(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Who we talk to may hang up as well."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _talk(self, line: socketserver.StreamRequestHandler) -> None:
        def say(words: str) -> None:
            line.wfile.write(f"{words}\r\n".encode())

        if self.hangs_up:
            return
        say("220 mail")
        while heard := line.rfile.readline():
            said = heard.decode().strip()
            self.heard.append(said)
            verb = said.split(" ")[0].upper()
            if verb in self.answers:
                say(self.answers[verb])
            elif verb in {"EHLO", "HELO"}:
                say("250-mail\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                say("235 welcome")
            elif verb == "DATA":
                say("354 go on")
                content = b""
                while (more := line.rfile.readline()) != b".\r\n":
                    content += more
                if "END" not in self.answers:
                    self.mails.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
                say(self.answers.get("END", "250 taken"))
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 yes")
