"""What every process of a run knows, and the journals in which they note what they mean to do and what came of it."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Line = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """One run. `cases` are opened over `seconds`, not more than `most_live` at once; `folder` has the journals and the marks
    `finish` and `stop`.
    """

    database_url: str
    redis_url: str
    clock_url: str
    folder: Path
    seed: int
    cases: int
    processes: int
    seconds: float
    most_live: int

    @property
    def finishing(self) -> Path:
        """While this file is there nobody makes trouble any more and everybody brings cases to an end."""
        return self.folder / "finish"

    @property
    def stopping(self) -> Path:
        """Once this file is there every process ends."""
        return self.folder / "stop"

    def journal(self, number: int) -> Path:
        return self.folder / f"journal-{number}.jsonl"


class Journal:
    """The notes of one process. A line is with the system as soon as it is written, whatever kills the process then."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, **line: Any) -> None:
        os.write(self._file, (json.dumps(line, default=str) + "\n").encode())


def read(path: Path) -> Iterator[Line]:
    """The whole lines of a journal; one that was cut off by a kill is left out."""
    if not path.exists():
        return
    for text in path.read_text(encoding="utf-8").split("\n"):
        try:
            line = json.loads(text)
        except ValueError:
            continue
        yield line
