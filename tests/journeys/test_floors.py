"""What make evaluate measures may not fall below what is written in tests/evaluation/floors.toml."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.commands import evaluating
from app.commands.asking import throwaway
from app.measuring import scores
from app.measuring.labels import read_folder
from app.measuring.scores import Score
from app.stack.programs import ROOT

OURS = ROOT / "tests" / "evaluation"
# Questions of real people that are not part of the project; where they are, they count as well.
THEIRS = ROOT.parent / "shared" / "data" / "questions"
FLOORS = tomllib.loads((OURS / "floors.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Score]]:
    """Every labelled file, asked once of one real bot."""
    failures: Path = tmp_path_factory.mktemp("failures")
    with throwaway() as ask_one:
        files = [file for folder in (OURS, THEIRS) if folder.is_dir() for file in read_folder(folder)]
        yield {file.name: scores.score(evaluating.measure(file, ask_one, failures)) for file in files}


@pytest.mark.journey
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", FLOORS)
def test_a_file_is_understood_no_worse_than_written_down(name: str, measured: dict[str, Score]) -> None:
    if name not in measured:
        pytest.skip(f"{name}.tsv is not part of the project and not here")
    floor, score = FLOORS[name], measured[name]
    below = [what for what, least in floor.get("at_least", {}).items() if (getattr(score, what) or 0) < least]
    above = [what for what, most in floor.get("at_most", {}).items() if (getattr(score, what) or 0) > most]

    assert below + above == [], score


def test_every_file_of_ours_has_floors() -> None:
    assert {file.name for file in read_folder(OURS)} <= set(FLOORS)
