"""make evaluate: every labelled question once through the real bot, and how good the replies were."""

from collections.abc import Callable, Iterator
from pathlib import Path

from app.commands.asking import Answer, ask_all, throwaway
from app.commands.bench import QUESTIONS
from app.measuring import tables
from app.measuring.judging import reply_from
from app.measuring.labels import QUESTION_COLUMNS, LabelledFile, read_folder
from app.measuring.scores import Judged, hold
from app.stack.programs import ROOT

FAILURES = ROOT / "evaluation"

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
        for file in files:
            judged = measure(file, ask_one, FAILURES)
            if record is not None:
                record(f"evaluate:{file.name}", _command(folder), _body(file, judged))
    return 0


def measure(file: LabelledFile, ask_one: Ask, failures: Path) -> list[Judged]:
    """Ask every question of a file once, print the table, write the failing rows into the folder `failures`."""
    answers = list(_asked(file, ask_one))
    judged = [hold(label, reply_from(answer)) for label, answer in zip(file.labels, answers, strict=True)]
    path = failures / f"{file.name}.failures.tsv"
    failing = tables.write_failures(path, judged, answers)
    print(f"\n{file.name}\n{tables.as_text(tables.lines_of(file, judged))}")
    for note in tables.notes_of(file, judged):
        print(note)
    print(f"{failing} failing rows are in {path.parent.name}/{path.name}.\n", flush=True)
    return judged


def _asked(file: LabelledFile, ask_one: Ask) -> Iterator[Answer]:
    number = len(file.labels)
    for count, answer in enumerate(ask_all(ask_one, [label.question for label in file.labels]), start=1):
        if count % 100 == 0 or count == number:
            print(f"{file.name}: {count} of {number}", flush=True)
        yield answer


def _body(file: LabelledFile, judged: list[Judged]) -> str:
    return "\n\n".join([tables.as_markdown(tables.lines_of(file, judged)), *tables.notes_of(file, judged)])


def _command(folder: Path) -> str:
    """As somebody else would type it: a folder outside the project is called by its name alone."""
    inside = folder.resolve()
    shown = inside.relative_to(ROOT) if inside.is_relative_to(ROOT) else Path(inside.name)
    return f"make evaluate DIR={shown}"
