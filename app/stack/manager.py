"""The process manager: supervisord, with a configuration of ours, spoken to over a socket in a private folder."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import psutil
from supervisor.xmlrpc import SupervisorTransport

from app.stack import leftovers
from app.stack.homes import Home
from app.stack.programs import ROOT, Program

_TALK_ERRORS = (OSError, HTTPException, Fault)


class ManagerFailed(Exception):
    """supervisord could not be started or spoken to."""


class Manager:
    """One supervisord and its children."""

    def __init__(self, home: Home, environment: Mapping[str, str]) -> None:
        self._home = home
        self._environment = dict(environment)
        self._socket = home.sockets() / "supervisor.sock"
        self._configuration = home.run / "supervisord.conf"
        self._process: subprocess.Popen[bytes] | None = None
        self._programs: Sequence[Program] = ()

    def start(self, programs: Sequence[Program]) -> None:
        """Start the manager, with its children still at rest."""
        self._programs = programs
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(self._as_ini(programs), encoding="utf-8")
        self._socket.unlink(missing_ok=True)
        with (self._home.logs / "supervisord.out").open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(self._configuration)],
                env=self._environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True,  # Ctrl-C reaches us; we stop the children in order
            )  # fmt: skip
        self._home.pid_file("supervisor").write_text(f"{self._process.pid}\n", encoding="ascii")
        for _ in range(200):
            if self._process.poll() is not None:
                break
            if self.states() is not None:
                return
            time.sleep(0.05)
        raise ManagerFailed(f"The process manager did not start; see {self._home.logs / 'supervisord.log'}.")

    def begin(self, name: str) -> None:
        """Start one child; it is started again whenever it dies. No error if it runs already."""
        try:
            with self._talk() as talk:
                talk.supervisor.startProcess(name, False)
        except Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise

    def end(self, name: str) -> None:
        """Stop one child for good."""
        try:
            with self._talk() as talk:
                talk.supervisor.stopProcess(name, True)
        except Fault as fault:
            if "NOT_RUNNING" not in fault.faultString:
                raise

    def states(self) -> dict[str, dict[str, Any]] | None:
        """What supervisord knows of each child; None while it does not answer."""
        try:
            with self._talk() as talk:
                infos: Any = talk.supervisor.getAllProcessInfo()
        except _TALK_ERRORS:
            return None
        return {info["name"]: info for info in infos}

    def stop(self) -> None:
        """Stop every child in order, then the manager; nothing is left behind, even when the manager died before."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._end_in_order()
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self._kill_all()
        leftovers.stop(self._home)
        self._process = None

    def _end_in_order(self) -> None:
        """Stop the children, those of one order at once. supervisord itself would take a second for each of them."""
        for order in sorted({program.order for program in self._programs}, reverse=True):
            together = [program for program in self._programs if program.order == order]
            for program in together:
                self._ask_to_end(program.name)
            until = time.monotonic() + max(program.stop_seconds for program in together) + 2
            while self._is_any_alive(together) and time.monotonic() < until:
                time.sleep(0.05)

    def _ask_to_end(self, name: str) -> None:
        with contextlib.suppress(*_TALK_ERRORS), self._talk() as talk:
            talk.supervisor.stopProcess(name, False)

    def _is_any_alive(self, programs: Sequence[Program]) -> bool:
        states = self.states() or {}
        return any(states[program.name]["pid"] for program in programs if program.name in states)

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _kill_all(self) -> None:
        assert self._process is not None
        family = psutil.Process(self._process.pid).children(recursive=True)
        for process in [*family, psutil.Process(self._process.pid)]:
            process.kill()

    def _talk(self) -> ServerProxy:
        transport = SupervisorTransport("nongwen", self._environment["SECRET_KEY"][:24], f"unix://{self._socket}")
        return ServerProxy("http://127.0.0.1", transport=transport)

    def _as_ini(self, programs: Sequence[Program]) -> str:
        password = self._environment["SECRET_KEY"][:24]
        parts = [
            f"[unix_http_server]\nfile={self._socket}\nchmod=0700\nusername=nongwen\npassword={_plain(password)}\n",
            "[supervisord]\n"
            f"logfile={_plain(self._home.logs / 'supervisord.log')}\nlogfile_maxbytes=5MB\nlogfile_backups=2\n"
            f"pidfile={_plain(self._home.run / 'supervisord.own')}\nchildlogdir={_plain(self._home.logs)}\n"
            "minfds=1024\nsilent=true\n",
            "[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n",
        ]
        return "\n".join([*parts, *(self._program(program) for program in programs)])

    def _program(self, program: Program) -> str:
        command = [
            sys.executable, "-m", "app.stack.child", str(self._home.pid_file(program.name)), program.user, *program.command,
        ]  # fmt: skip
        environment = ",".join(f'{key}="{_plain(value)}"' for key, value in program.environment.items())
        return (
            f"[program:{program.name}]\n"
            f"command={' '.join(_quoted(part) for part in command)}\n"
            f"directory={_plain(ROOT)}\npriority={program.order}\nautostart=false\nautorestart=true\n"
            "startsecs=1\nstartretries=1000000\n"
            f"stopsignal={program.stop_signal}\nstopwaitsecs={program.stop_seconds}\nstopasgroup=true\nkillasgroup=true\n"
            f"redirect_stderr=true\nstdout_logfile={_plain(self._home.logs / (program.name + '.log'))}\n"
            "stdout_logfile_maxbytes=10MB\nstdout_logfile_backups=2\n"
            + (f"environment={environment}\n" if environment else "")
        )


def _plain(value: object) -> str:
    """supervisord expands `%` in its values."""
    return str(value).replace("%", "%%")


def _quoted(part: str) -> str:
    return '"' + _plain(part).replace('"', '\\"') + '"'


def environment_for(home: Path, values: Mapping[str, str]) -> dict[str, str]:
    """The environment of every child: ours, the stack's values, and the home by which leftovers are recognised."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return {**inherited, **values, "NONGWEN_HOME": str(home), "PYTHONUNBUFFERED": "1"}
