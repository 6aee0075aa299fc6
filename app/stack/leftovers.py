"""What a killed stack left running is stopped by the next start, found by its pid files."""

import os
import signal
from pathlib import Path

import psutil

from app.stack.homes import Home

_PATIENCE_SECONDS = 10
# PostgreSQL takes TERM for "when the last client has gone".
_SIGNALS = {"supervisor": signal.SIGKILL, "postgres": signal.SIGINT}
_CLOCK_SLACK_SECONDS = 60.0  # the clock may have been put right since
# The process manager first, or it would start the others again; the memory last, since the others need it to stop well.
_FIRST, _LAST = ("supervisor", "simulator"), ("valkey", "postgres")


def stop(home: Home) -> list[str]:
    """Stop what still runs of an earlier stack in this home; the names of what was stopped."""
    names = sorted((file.stem for file in home.run.glob("*.pid")), key=_place)
    found = {name: process for name in names if (process := _process(home, name))}
    children = _children(found["supervisor"]) if "supervisor" in found else []
    for name, process in found.items():
        _end(name, process)
    for child in children:  # one that was being started has perhaps not written its number yet
        _end("", child)
    for name in names:
        home.pid_file(name).unlink(missing_ok=True)
    return list(found)


def _place(name: str) -> tuple[int, str]:
    if name in _FIRST:
        return _FIRST.index(name), name
    return len(_FIRST) + (_LAST.index(name) + 1 if name in _LAST else 0), name


def _process(home: Home, name: str) -> psutil.Process | None:
    """The process of a pid file, if it still is one of ours: a number may have gone to somebody else since.

    Whoever has the number now was there when the file was written, and has our home in his environment; Valkey
    overwrites its environment, so its working folder speaks for it.
    """
    try:
        process = psutil.Process(int(home.pid_file(name).read_text(encoding="ascii")))
        written_at = home.pid_file(name).stat().st_mtime
        if process.pid in _ourselves() or process.create_time() > written_at + _CLOCK_SLACK_SECONDS:
            return None
        at_home = process.environ().get("NONGWEN_HOME") == str(home.path)
        return process if at_home or Path(process.cwd()).is_relative_to(home.path) else None
    except (OSError, ValueError, psutil.Error):
        return None


def _ourselves() -> set[int]:
    """This process and those that started it."""
    return {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _end(name: str, process: psutil.Process) -> None:
    """Stop a process and its children; at once the process manager, which else would start again what we stop."""
    family = [process] if name == "supervisor" else [process, *_children(process)]
    try:
        process.send_signal(_SIGNALS.get(name, signal.SIGTERM))
    except psutil.NoSuchProcess:
        return
    _, alive = psutil.wait_procs(family, timeout=_PATIENCE_SECONDS)
    for stubborn in alive:
        stubborn.kill()
    psutil.wait_procs(alive, timeout=_PATIENCE_SECONDS)
