"""A run that is killed leaves nobody at work behind."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.chaos import worker
from app.chaos.plan import Plan

_NEW = multiprocessing.get_context("spawn")


def run(folder: Path, at_work: Path) -> None:
    """A run of one process, which finds no database and tries again and again."""
    nowhere = f"postgresql://nongwen@/nongwen?host={folder}"
    plan = Plan(nowhere, "redis://127.0.0.1:1/0", "", folder, 1, cases=1, processes=1, seconds=600, most_live=1)
    one = _NEW.Process(target=worker.work, args=(plan, 0))
    one.start()
    while not (folder / "worker-0.log").exists():
        time.sleep(0.05)
    at_work.write_text(str(one.pid), encoding="ascii")
    one.join()


@pytest.mark.timeout(300)
def test_whose_run_was_killed_goes_home(tmp_path: Path) -> None:
    (tmp_path / "began").write_text(str(time.time()), encoding="ascii")
    at_work = tmp_path / "pid"
    whole = _NEW.Process(target=run, args=(tmp_path, at_work))
    whole.start()
    until(lambda: at_work.exists() and at_work.read_text(encoding="ascii") != "")
    pid = int(at_work.read_text(encoding="ascii"))
    time.sleep(1)
    assert is_there(pid)
    os.kill(whole.pid or 0, signal.SIGKILL)
    whole.join()
    try:
        until(lambda: not is_there(pid))
    finally:
        if is_there(pid):
            os.kill(pid, signal.SIGKILL)


def until(is_so: Callable[[], bool], patience: float = 60) -> None:
    end = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_there(pid: int) -> bool:
    """Whether a process is running; one that has ended and that nobody has asked after is not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
