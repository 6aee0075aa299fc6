"""Where a stack keeps its things: data, logs, sockets, pid files and the secrets it made up for itself."""

import hashlib
import json
import secrets
import stat
import string
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_LIMIT = 80  # a Unix socket's path holds 107 bytes, `/supervisor.sock.1234567` included


class SpoiltHome(Exception):
    """Something in or for the home is not as we left it; one sentence says what."""


@dataclass(frozen=True)
class Home:
    """The folder NONGWEN_HOME and its parts."""

    path: Path

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def pid_file(self, name: str) -> Path:
        return self.run / f"{name}.pid"

    def make(self) -> None:
        for folder in (self.path, self.run, self.logs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def sockets(self) -> Path:
        """A private folder for sockets, with a path short enough for one. Raises SpoiltHome."""
        near = self.run / "sockets"
        if len(str(near)) <= SOCKET_PATH_LIMIT:
            near.mkdir(exist_ok=True, mode=0o700)
            return near
        far = Path(tempfile.gettempdir()) / f"nongwen-{self.mark}"
        far.mkdir(exist_ok=True, mode=0o700)
        check_owner(far, {self.path.stat().st_uid})
        return far

    @property
    def mark(self) -> str:
        """Tells the homes of a machine apart in folders that they share."""
        return hashlib.sha256(str(self.path).encode()).hexdigest()[:12]

    def made_up(self) -> dict[str, str]:
        """The account and keys of a stack that has no real ones, made up once and kept for its next start.

        Raises SpoiltHome when they cannot be read: what was encrypted under the old ones would be lost with new ones.
        """
        file = self.path / "made-up.json"
        kept = _read(file) if file.exists() else {}
        values = {**_new_values(), **kept}
        if values != kept:
            unfinished = file.with_suffix(".new")
            unfinished.touch(mode=0o600)
            unfinished.write_text(json.dumps(values, indent=1), encoding="utf-8")
            unfinished.replace(file)
        return values


def check_owner(folder: Path, owners: set[int]) -> None:
    """Raises SpoiltHome unless this is a folder, no link to one, of one of these users."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
        raise SpoiltHome(f"{folder} belongs to somebody else; remove it and start again.")


def _read(file: Path) -> dict[str, str]:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
        raise SpoiltHome(f"{file} cannot be read; restore it, or remove the whole folder to start afresh.")
    return kept


def _new_values() -> dict[str, str]:
    letters = string.ascii_letters + string.digits
    return {
        "WECHAT_TOKEN": secrets.token_hex(12),
        "WECHAT_AES_KEY": "".join(secrets.choice(letters) for _ in range(42)) + "A",
        "WECHAT_APPID": f"wx{secrets.token_hex(8)}",
        "WECHAT_SECRET": secrets.token_hex(16),
        "WECHAT_ACCOUNT": f"gh_{secrets.token_hex(6)}",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "VALKEY_PASSWORD": secrets.token_urlsafe(24),
    }
