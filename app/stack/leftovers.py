"""What a killed stack left running is stopped by the next start, found by its pid files."""

from pathlib import Path

import psutil

from app.stack.homes import Home

_PATIENCE_SECONDS = 10
# The process manager first, or it would start the others again; PostgreSQL last, since the others need it to stop well.
_ORDER = (
    "supervisor",
    "simulator",
    "webhook",
    "webhook-2",
    "console",
    "worker",
    "clock",
    "bot",
    "actions",
    "valkey",
    "postgres",
)


def stop(home: Home) -> list[str]:
    """Stop what still runs of an earlier stack in this home; the names of what was stopped."""
    found: list[tuple[str, psutil.Process]] = []
    for name in _ORDER:
        process = _process(home.pid_file(name), home.path)
        if process is not None:
            found.append((name, process))
            _end(process)
        home.pid_file(name).unlink(missing_ok=True)
    return [name for name, _ in found]


def _process(pid_file: Path, home: Path) -> psutil.Process | None:
    """The process of a pid file, if it still is one of ours: a number may have gone to somebody else since."""
    try:
        process = psutil.Process(int(pid_file.read_text(encoding="ascii")))
        is_ours = process.environ().get("NONGWEN_HOME") == str(home)
    except (OSError, ValueError, psutil.Error):
        return None
    return process if is_ours else None


def _end(process: psutil.Process) -> None:
    try:
        family = [process, *process.children(recursive=True)]
        process.terminate()
        _, alive = psutil.wait_procs(family, timeout=_PATIENCE_SECONDS)
        for stubborn in alive:
            stubborn.kill()
        psutil.wait_procs(alive, timeout=_PATIENCE_SECONDS)
    except psutil.NoSuchProcess:
        return
