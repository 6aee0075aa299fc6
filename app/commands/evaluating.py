"""make evaluate: every labelled question once through the real bot, and how good the replies were."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from app.commands.asking import Answer, ask_all, throwaway
from app.commands.bench import QUESTIONS
from app.measuring import calibration, tables
from app.measuring.judging import reply_from
from app.measuring.labels import QUESTION_COLUMNS, LabelledFile, read_folder
from app.measuring.scores import Judged, hold
from app.stack.programs import ROOT

FAILURES = ROOT / "evaluation"
CHARTS = ROOT / "docs" / "charts"
# Files that are measured and never looked into: what fails in them is not shown.
_UNSEEN = "_unseen"

Ask = Callable[[str], Answer]
Record = Callable[[str, str, str], None]


def run(folder: Path, record: Record | None = None) -> int:
    """Measure every labelled file of a folder; `record` is given the name, the command and the table of each."""
    if not folder.is_dir():
        print(f"There is no folder {folder}.")
        return 2
    files = read_folder(folder)
    if not files:
        print(
            f"There are no labelled files in {folder}: a labelled file ends in .tsv and has a column "
            f"{' or '.join(QUESTION_COLUMNS)} and a column outcome."
        )
        return 2
    with throwaway() as ask_one:
        # Not counted: it loads the dictionary and the articles, as the webhook does when it starts.
        ask_one(QUESTIONS[0])
        measured = {file.name: measure(file, ask_one, FAILURES) for file in files}
    families = tables.families(measured)
    if families:
        print(f"\nTogether\n{tables.as_text(families)}\n")
    curves = {name: bins for name, judged in measured.items() if (bins := calibration.bins_of(judged))}
    for name, bins in curves.items():
        print(f"{name}: chances and shares of right answers are {calibration.error(bins):.1%} apart.")
    if record is not None:
        _record(folder, files, measured, curves, record)
    return 0


def _record(
    folder: Path,
    files: Sequence[LabelledFile],
    measured: Mapping[str, list[Judged]],
    curves: Mapping[str, Sequence[calibration.Bin]],
    record: Record,
) -> None:
    for file in files:
        record(f"evaluate:{file.name}", _command(folder), _body(folder, file, measured[file.name]))
    if families := tables.families(measured):
        record(f"evaluate:{folder.resolve().name}, together", _command(folder), tables.as_markdown(families))
    if curves:
        picture = CHARTS / f"calibration-{folder.resolve().name}.png"
        calibration.draw(curves, picture)
        record(f"calibration:{folder.resolve().name}", _command(folder), _calibrated(curves, picture))


def measure(file: LabelledFile, ask_one: Ask, failures: Path) -> list[Judged]:
    """Ask every question of a file once, print the table, write the failing rows into the folder `failures`."""
    answers = list(_asked(file, ask_one))
    judged = [hold(label, reply_from(answer)) for label, answer in zip(file.labels, answers, strict=True)]
    path = failures / f"{file.name}.failures.tsv"
    failing = tables.write_failures(path, judged, answers)
    print(f"\n{file.name}\n{tables.as_text(tables.lines_of(file, judged))}")
    for note in tables.notes_of(file, judged):
        print(note)
    head, lines = tables.confusion_of(judged)
    print(f"\n{tables.as_text(lines, head)}")
    if not file.name.endswith(_UNSEEN):
        print("\nThe worst:", *tables.worst_of(judged), sep="\n  ")
    print(f"{failing} failing rows are in {path.parent.name}/{path.name}.\n", flush=True)
    return judged


def _asked(file: LabelledFile, ask_one: Ask) -> Iterator[Answer]:
    number = len(file.labels)
    for count, answer in enumerate(ask_all(ask_one, [label.question for label in file.labels]), start=1):
        if count % 100 == 0 or count == number:
            print(f"{file.name}: {count} of {number}", flush=True)
        yield answer


def _body(folder: Path, file: LabelledFile, judged: list[Judged]) -> str:
    """The tables of a file; examples of what fails only of our own files, and not of those nobody looks into."""
    head, lines = tables.confusion_of(judged)
    parts = [tables.as_markdown(tables.lines_of(file, judged)), *tables.notes_of(file, judged)]
    parts.append(tables.as_markdown(lines, head))
    if folder.resolve().is_relative_to(ROOT) and not file.name.endswith(_UNSEEN):
        parts.append("\n".join(("The worst:", "", *(f"- {line}" for line in tables.worst_of(judged)))))
    return "\n\n".join(parts)


def _calibrated(curves: Mapping[str, Sequence[calibration.Bin]], picture: Path) -> str:
    head = ("", "questions", "chance given", "right")
    lines = [
        (name, str(one.questions), tables.percent(one.chance), tables.percent(one.right))
        for name, bins in curves.items()
        for one in bins
    ]
    apart = ", ".join(f"{name} {tables.percent(calibration.error(bins))}" for name, bins in curves.items())
    return (
        f"{tables.as_markdown(lines, head)}\n\nChances and shares are apart by: {apart}.\n\n"
        f"![chances and shares of right answers](charts/{picture.name})"
    )


def _command(folder: Path) -> str:
    """As somebody else would type it: a folder outside the project is called by its name alone."""
    inside = folder.resolve()
    shown = inside.relative_to(ROOT) if inside.is_relative_to(ROOT) else Path(inside.name)
    return f"make evaluate DIR={shown}"
