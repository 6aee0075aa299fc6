"""Labelled files: tab-separated questions with the outcomes that are acceptable (contract §3)."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from knowledge.names import canonical_object

QUESTION_COLUMNS = ("question", "message", "utterance")


@dataclass(frozen=True)
class Label:
    """What is acceptable for one question.

    `objects` and `topics` are alternatives; an empty name among the objects stands for "about nothing in
    particular". Both empty: it is not said what an answer has to be about. Each of `must_contain` is a
    set of alternatives, one of which has to be in the reply.
    """

    id: str
    question: str
    outcomes: frozenset[str]
    objects: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    must_contain: tuple[tuple[str, ...], ...] = ()
    must_not_contain: tuple[str, ...] = ()
    scope: str = ""
    kind: str = ""
    group: str = ""

    @property
    def says_what_about(self) -> bool:
        return bool(self.objects or self.topics)


@dataclass(frozen=True)
class LabelledFile:
    """The usable rows of one file; `unusable` counts those without a question or an outcome."""

    name: str
    labels: tuple[Label, ...]
    unusable: int


def read_folder(folder: Path) -> list[LabelledFile]:
    """Every labelled file of a folder in the order of their names; other files are passed over."""
    return [read for path in sorted(folder.glob("*.tsv")) if (read := read_file(path)) is not None]


def read_file(path: Path) -> LabelledFile | None:
    """One file; None if it has no column of questions or none of outcomes."""
    columns, lines = _rows(path)
    asked = next((column for column in QUESTION_COLUMNS if column in columns), None)
    if asked is None or "outcome" not in columns:
        return None
    labels = tuple(
        _label(number, row, asked) for number, row in enumerate(lines, start=2) if row[asked] and row["outcome"]
    )
    return LabelledFile(path.stem, labels, len(lines) - len(labels))


def _rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The columns and the rows. Others make such files too: a byte order mark, missing and surplus cells are borne."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, restkey="", restval="")
        columns = [name.strip() for name in reader.fieldnames or () if name]
        return columns, [{name.strip(): row[name].strip() for name in row if name} for row in reader]


def _label(number: int, row: dict[str, str], asked: str) -> Label:
    topics = _parts(row.get("topic", ""), "|")
    return Label(
        id=row.get("id") or f"line {number}",
        question=row[asked],
        outcomes=frozenset(_parts(row["outcome"], "|")),
        objects=_objects(row.get("object", ""), has_topic=bool(topics)),
        topics=topics,
        must_contain=tuple(_parts(piece, "|") for piece in _parts(row.get("must_contain", ""), ";")),
        must_not_contain=_parts(row.get("must_not_contain", ""), ";"),
        scope=row.get("scope", ""),
        kind=row.get("kind", ""),
        group=row.get("group", ""),
    )


def _objects(cell: str, *, has_topic: bool) -> tuple[str, ...]:
    """The canonical objects of a cell; with a topic beside it, an empty cell means "nothing in particular"."""
    if not cell and not has_topic:
        return ()
    return canonical_objects(cell.split("|"))


def canonical_objects(names: Iterable[str]) -> tuple[str, ...]:
    """Our names, each once; a name that no row knows stays as it is."""
    return tuple(dict.fromkeys(canonical_object(name) or name.strip() for name in names))


def _parts(cell: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.replace("；", ";").split(separator) if part.strip())
