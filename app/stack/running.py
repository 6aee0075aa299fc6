"""A stack: all parts together, started in order, watched, and stopped so that nothing is left behind."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from app.stack import leftovers, ports, programs
from app.stack.embedded import Postgres, Valkey
from app.stack.homes import Home
from app.stack.manager import Manager, environment_for
from app.stack.programs import ROOT, TRAINING, Program
from core.settings import Settings

Say = Callable[[str], None]

# Two webhooks share one port: the platform says a message three times within a moment when nobody listens, then gives up.
SERVICE_PARTS = ("webhook", "webhook-2", "console", "worker", "clock")
BOT_PARTS = ("actions", "bot")
EVERYTHING = (*BOT_PARTS, *SERVICE_PARTS, "simulator")
_PUBLIC = {"webhook": "WEBHOOK_PORT", "console": "CONSOLE_PORT", "simulator": "SIMULATOR_PORT"}
DEFAULT_PORTS = {"webhook": 8000, "console": 8001, "simulator": 8002}


class NotReady(Exception):
    """A part did not become ready; the text says which and where to look."""


@dataclass(frozen=True)
class Ports:
    """Where the parts listen on this machine."""

    webhook: int
    console: int
    simulator: int
    bot: int
    actions: int
    valkey: int

    @classmethod
    def from_environment(cls) -> "Ports":
        """The known ports from the environment or their defaults; the others free. Raises PortTaken."""
        known: dict[str, int] = {}
        for name, setting in _PUBLIC.items():
            text = os.environ.get(setting, "").strip() or str(DEFAULT_PORTS[name])
            if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
                raise ports.PortTaken(f"The setting {setting} is wrong: it must be a port between 1 and 65535.")
            ports.check(int(text), setting)
            known[name] = int(text)
        bot, actions, valkey = ports.several_free(3)
        return cls(**known, bot=bot, actions=actions, valkey=valkey)

    @classmethod
    def all_free(cls) -> "Ports":
        return cls(*ports.several_free(6))


class Stack:
    """The parts of one home. `overrides` win over what is made up and over the environment."""

    def __init__(
        self, home: Path, where: Ports, *, overrides: Mapping[str, str] | None = None, say: Say = print
    ) -> None:
        self.home = Home(home.resolve())
        self.home.make()
        self.ports = where
        self._say = say
        own = {**self.home.made_up(), **_given(self.home.made_up()), **(overrides or {})}
        self._postgres = None if _real("DATABASE_URL", own) else Postgres(self.home)
        self._valkey = None if _real("REDIS_URL", own) else Valkey(self.home, where.valkey, own["VALKEY_PASSWORD"])
        self._bot_elsewhere = _real("RASA_URL", own)
        self.values = self._values(own)
        self.environment = environment_for(self.home.path, self.values)
        self.manager = Manager(self.home, self.environment)

    def _values(self, own: Mapping[str, str]) -> dict[str, str]:
        where = self.ports
        values = {
            "DATABASE_URL": self._postgres.url if self._postgres else _real("DATABASE_URL", own),
            "REDIS_URL": self._valkey.url if self._valkey else _real("REDIS_URL", own),
            "RASA_URL": self._bot_elsewhere or f"http://127.0.0.1:{where.bot}",
            "BOT_PORT": str(where.bot),
            "ACTION_PORT": str(where.actions),
            "ACTION_URL": f"http://127.0.0.1:{where.actions}/webhook",
            "WEBHOOK_PORT": str(where.webhook),
            "CONSOLE_PORT": str(where.console),
            "SIMULATOR_PORT": str(where.simulator),
            "PUBLIC_URL": f"http://127.0.0.1:{where.webhook}",
            "CONSOLE_URL": f"http://127.0.0.1:{where.console}",
            "WEBHOOK_URL": f"http://127.0.0.1:{where.webhook}/wechat",
            "WECHAT_API_URL": f"http://127.0.0.1:{where.simulator}",
            "CLOCK_URL": f"http://127.0.0.1:{where.simulator}/control/clock",
            "WECHAT_MODES": "safe,compatible,plain",
            "COOKIES_NEED_HTTPS": "false",
        }
        return {**values, **{key: value for key, value in own.items() if key not in _ADDRESSES}}

    def address(self, part: str) -> str:
        """http://127.0.0.1:8002 and the like."""
        if part == "bot":
            return self.values["RASA_URL"]
        return f"http://127.0.0.1:{getattr(self.ports, part)}"

    def settings(self) -> Settings:
        """The settings as every part of the service sees them. Raises SettingsError."""
        return Settings.from_mapping(self.environment)

    # --- starting

    def start(self, parts: tuple[str, ...] = EVERYTHING) -> None:
        """Start the memory, then these parts, without waiting for the parts to be ready."""
        stopped = leftovers.stop(self.home)
        if stopped:
            self._say(f"Stopped what an earlier start left running: {', '.join(stopped)}.")
        if self._postgres:
            self._postgres.prepare()
        if self._valkey:
            self._valkey.prepare()
        self.manager.start(self.programs())
        self._start_memory()
        self.begin(*parts)

    def begin(self, *parts: str) -> None:
        """Start these parts, in this order; a bot that runs elsewhere is left to whoever runs it."""
        ours = {program.name for program in self.programs()}
        for part in parts:
            if part in ours:
                self.manager.begin(part)

    def programs(self) -> list[Program]:
        """What this stack runs itself."""
        found: list[Program] = []
        if self._postgres:
            postgres = self._postgres
            found.append(Program("postgres", postgres.command(), 10, user=postgres.user, stop_signal="INT"))
        if self._valkey:
            found.append(Program("valkey", self._valkey.command(), 11))
        if not self._bot_elsewhere:
            found += [programs.actions(), programs.bot()]
        found.append(programs.simulator())
        found += [programs.service(name, 40) for name in SERVICE_PARTS]
        return found

    def _start_memory(self) -> None:
        if self._postgres:
            self.manager.begin("postgres")
        if self._valkey:
            self.manager.begin("valkey")
        if self._postgres:
            self._wait_for_postgres(self._postgres)

    def _wait_for_postgres(self, postgres: Postgres, patience: float = 60.0) -> None:
        until = time.monotonic() + patience
        while True:
            try:
                with psycopg.connect(postgres.admin_url, autocommit=True, connect_timeout=3) as connection:
                    exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'nongwen'").fetchone()
                    if exists is None:
                        connection.execute("CREATE DATABASE nongwen")
                    return
            except psycopg.OperationalError as error:
                if time.monotonic() > until:
                    log = self.home.logs / "postgres.log"
                    raise NotReady(f"PostgreSQL did not start; see {log}.") from error
                time.sleep(0.1)

    def train(self) -> None:
        """Train the bot if there is no model for the files as they are. Raises NotReady."""
        if self._bot_elsewhere:
            return
        done = subprocess.run(TRAINING, cwd=ROOT, env=self.environment, check=False)
        if done.returncode != 0:
            raise NotReady("The bot could not be trained; the lines above say why.")

    # --- watching

    def wait_until_ready(
        self, parts: tuple[str, ...] = ("webhook", "console", "simulator"), patience: float = 180.0
    ) -> None:
        """Wait for these parts to say that they are ready. Raises NotReady."""
        until = time.monotonic() + patience
        for part in parts:
            while not self._is_ready(part):
                if time.monotonic() > until:
                    raise NotReady(f"{part} did not become ready; see {self.home.logs / (part + '.log')}.")
                if not self.manager.is_alive():
                    raise NotReady("The process manager ended; see its log in " + str(self.home.logs))
                time.sleep(0.25)

    def _is_ready(self, part: str) -> bool:
        path = "/webhooks/nongwen/healthy" if part == "bot" else "/healthy"
        try:
            answer = httpx.get(self.address(part) + path, timeout=3, trust_env=False)
            return answer.status_code == httpx.codes.OK and (part == "bot" or bool(answer.json()["ready"]))
        except (httpx.HTTPError, ValueError, KeyError):
            return False

    def pid(self, part: str) -> int:
        """The pid in a part's pid file."""
        return int(self.home.pid_file(part).read_text(encoding="ascii"))

    def stop(self) -> None:
        """Stop everything that runs in this home."""
        self.manager.stop()

    def erase(self) -> None:
        """Remove everything that a stopped stack kept, also what lies outside its home."""
        if self._postgres:
            self._postgres.erase()
        shutil.rmtree(self.home.sockets(), ignore_errors=True)
        shutil.rmtree(self.home.path)


_ADDRESSES = frozenset({"DATABASE_URL", "REDIS_URL", "RASA_URL"})


def _given(made_up: Mapping[str, str]) -> dict[str, str]:
    """What the environment says about things that are otherwise made up."""
    return {key: os.environ[key] for key in made_up if os.environ.get(key)}


def _real(setting: str, own: Mapping[str, str]) -> str:
    """A real server's address; an override that is empty asks for the embedded one whatever the environment says."""
    return own[setting] if setting in own else os.environ.get(setting, "")
