"""What the bench prepares is what it says it prepares, and what it is asked for is what it does."""

import argparse
import subprocess
import sys
import warnings

import pytest
import sqlalchemy as sa

from app.commands import bench
from app.measurements import FILE
from app.stack.programs import ROOT
from conversations.services import Services
from conversations.tables import messages


def _chosen(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    bench.register(parser.add_subparsers())
    return parser.parse_args(["bench", *arguments])


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ((), "make bench"),
        (("--only", "search"), 'make bench ARGS="--only search"'),
        (
            ("--only", "search", "pipelines", "--share", "0.1", "--epochs", "3"),
            'make bench ARGS="--only search pipelines --share 0.1 --epochs 3"',
        ),
    ],
)
def test_a_table_is_headed_by_the_command_that_makes_it_again(arguments: tuple[str, ...], command: str) -> None:
    assert bench.command(_chosen(*arguments)) == command


def test_a_part_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _chosen("--only", "everything")
    assert "speed" in capsys.readouterr().err


def test_every_part_has_its_section_in_the_measurements() -> None:
    text = FILE.read_text(encoding="utf-8")
    for section, _ in bench.PARTS.values():
        assert f"<!-- {section} -->" in text


def test_the_service_starts_without_what_only_measuring_needs() -> None:
    asked = "import sys, app.__main__; print('bm25s' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_archive_is_full_of_old_messages_that_wait_for_nothing(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "ARCHIVE", 20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bench._fill_archive(services)
    with services.database.transaction() as tx:
        done = tx.execute(sa.select(sa.func.count()).where(messages.c.state == "done")).scalar_one()
    assert done == 20
