"""The measured figures as tables for the screen and for docs/measurements.md, and the failing rows as a file."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.measuring import scores
from app.measuring.labels import LabelledFile
from app.measuring.scores import Judged, Score

HEAD = (
    "",
    "rows",
    "acceptable",
    "answered",
    "of answerable",
    "right",
    "right object",
    "wrong",
    "offers right",
    "unsafe",
    "median ms",
    "p99 ms",
)
_FAILURE_COLUMNS = (
    "id", "question", "failures", "expected", "object", "topic", "outcome", "intent", "confidence", "article",
    "article_object", "article_topic", "candidates", "reply", "scope", "kind", "group",
)  # fmt: skip

Line = tuple[str, ...]


def lines_of(file: LabelledFile, judged: Sequence[Judged]) -> list[Line]:
    """The table of one file: all rows, the constant bots, then by scope and kind."""
    lines = [_line("all", scores.score(judged))]
    lines += [_line(f"always {bot}", scores.score(scores.constant(file.labels, bot))) for bot in scores.CONSTANT_BOTS]
    for column in ("scope", "kind"):
        parts = scores.by(judged, column)
        lines += [_line(f"{column} {name}", scores.score(rows)) for name, rows in parts.items()]
    return lines


def families(measured: Mapping[str, Sequence[Judged]]) -> list[Line]:
    """A line for all files together that share their first name: farmers, farmers_third; none for a file by itself."""
    found: dict[str, list[Sequence[Judged]]] = {}
    for name, judged in measured.items():
        found.setdefault(name.partition("_")[0], []).append(judged)
    return [
        _line(f"{name}, {len(files)} files", scores.score([one for judged in files for one in judged]))
        for name, files in sorted(found.items())
        if len(files) > 1
    ]


def notes_of(file: LabelledFile, judged: Sequence[Judged]) -> list[str]:
    """What a table does not show."""
    notes = []
    counted = scores.failures(judged).most_common()
    if counted:
        notes.append("Failures: " + ", ".join(f"{what} {number}" for what, number in counted) + ".")
    whole, groups = scores.whole_groups(judged)
    if groups:
        notes.append(f"Groups of rows that ask the same, without a failure in any of them: {whole} of {groups}.")
    if file.unusable:
        notes.append(f"{file.unusable} rows have no question or no outcome and were left out.")
    return notes


def confusion_of(judged: Sequence[Judged]) -> tuple[Line, list[Line]]:
    """The outcomes that were wanted, a line each, against those that came, a column each; the head comes first."""
    counted = scores.confusion(judged)
    came = sorted({came for _, came in counted})
    wanted = sorted({wanted for wanted, _ in counted})
    cells = [(row, *(str(counted[row, column] or "") for column in came)) for row in wanted]
    return ("wanted, and what came", *came), cells


def worst_of(judged: Sequence[Judged]) -> list[str]:
    """The failures that matter most, a line each."""
    return [
        f"{one.label.question[:60]} → {one.reply.outcome}"
        f"{f' ({one.reply.article.topic})' if one.reply.article else ''}: {'; '.join(one.judgement.failures)}"
        for one in scores.worst(judged)
    ]


def _line(name: str, score: Score) -> Line:
    return (
        name, str(score.rows), percent(score.acceptable), percent(score.answered),
        percent(score.answered_of_answerable), percent(score.right), percent(score.right_object), percent(score.wrong), percent(score.offered_right), str(score.unsafe),
        _number(score.median_ms), _number(score.p99_ms),
    )  # fmt: skip


def as_text(lines: Sequence[Line], head: Line = HEAD) -> str:
    """Columns in line on a screen, where a Chinese character takes two places."""
    table = [head, *lines]
    widths = [max(_width(line[at]) for line in table) for at in range(len(head))]
    return "\n".join(
        "  ".join(
            cell + " " * (widths[at] - _width(cell)) if at == 0 else " " * (widths[at] - _width(cell)) + cell
            for at, cell in enumerate(line)
        ).rstrip()
        for line in table
    )


def as_markdown(lines: Sequence[Line], head: Line = HEAD) -> str:
    """A table for a document."""
    rule = ("---", *("--:" for _ in head[1:]))
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in (head, rule, *lines)
    )


def write_failures(path: Path, judged: Iterable[Judged], answers: Iterable[Mapping[str, Any]]) -> int:
    """Every failing row with what was expected and what came; how many there are."""
    failing = [(one, answer) for one, answer in zip(judged, answers, strict=True) if one.judgement.failures]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write("\t".join(_FAILURE_COLUMNS) + "\n")
        for one, answer in failing:
            out.write("\t".join(_cell(value) for value in _failure(one, answer)) + "\n")
    return len(failing)


def _failure(one: Judged, answer: Mapping[str, Any]) -> tuple[Any, ...]:
    label, article = one.label, answer.get("article") or {}
    candidates = [
        f"{each.get('title')}（{each.get('object')} {each.get('topic')}）" for each in answer.get("candidates") or ()
    ]
    return (
        label.id, label.question, "; ".join(one.judgement.failures), "|".join(sorted(label.outcomes)),
        "|".join(label.objects), "|".join(label.topics), one.reply.outcome, answer.get("intent"),
        answer.get("confidence"), article.get("title"), article.get("object"), article.get("topic"),
        " / ".join(candidates), answer.get("error") or one.reply.text, label.scope, label.kind, label.group,
    )  # fmt: skip


def _cell(value: Any) -> str:
    return "" if value is None else " ⏎ ".join(str(value).replace("\t", " ").splitlines())


def percent(share: float | None) -> str:
    """A share as people read it."""
    return "–" if share is None else f"{share * 100:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
