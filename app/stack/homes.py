"""Where a stack keeps its things: data, logs, sockets, pid files and the secrets it made up for itself."""

import hashlib
import json
import secrets
import string
import tempfile
from dataclasses import dataclass
from pathlib import Path

_SOCKET_PATH_LIMIT = 90  # a Unix socket's path holds 107 bytes, the file's own name included


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
        """A private folder for sockets, with a path short enough for one."""
        near = self.run / "sockets"
        if len(str(near)) <= _SOCKET_PATH_LIMIT:
            near.mkdir(exist_ok=True, mode=0o700)
            return near
        far = Path(tempfile.gettempdir()) / f"nongwen-{hashlib.sha256(str(self.path).encode()).hexdigest()[:12]}"
        far.mkdir(exist_ok=True, mode=0o700)
        if far.stat().st_uid != Path(self.path).stat().st_uid:
            raise PermissionError(f"{far} belongs to somebody else")
        return far

    def made_up(self) -> dict[str, str]:
        """The account and keys of a stack that has no real ones, made up once and kept for its next start."""
        file = self.path / "made-up.json"
        if file.exists():
            kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
            return kept
        letters = string.ascii_letters + string.digits
        values = {
            "WECHAT_TOKEN": secrets.token_hex(12),
            "WECHAT_AES_KEY": "".join(secrets.choice(letters) for _ in range(42)) + "A",
            "WECHAT_APPID": f"wx{secrets.token_hex(8)}",
            "WECHAT_SECRET": secrets.token_hex(16),
            "WECHAT_ACCOUNT": f"gh_{secrets.token_hex(6)}",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "VALKEY_PASSWORD": secrets.token_urlsafe(24),
        }
        file.write_text(json.dumps(values, indent=1), encoding="utf-8")
        file.chmod(0o600)
        return values
