"""make evaluate: the command around the rules."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.commands import evaluating
from app.measuring import tables
from app.measuring.labels import LabelledFile, read_file


def _file(folder: Path) -> LabelledFile:
    path = folder / "some.tsv"
    path.write_text(
        "id\tquestion\toutcome\tobject\ttopic\tscope\n"
        "1\t稻瘟病怎么防\tanswer\t水稻\t病害\tgrain\n"
        "2\t梦见猪\tout_of_scope\t\t\tdream\n",
        encoding="utf-8",
    )
    read = read_file(path)
    assert read is not None
    return read


def _always_rice(question: str) -> dict[str, Any]:
    return {
        "question": question,
        "outcome": "answer",
        "intent": "ask_control",
        "confidence": 0.9,
        "article": {"id": "rice-blast", "title": "稻瘟病", "object": "水稻", "topic": "病害"},
        "candidates": [],
        "texts": ["第一行\n\t第二行"],
        "latency_ms": 12.0,
    }


def test_a_folder_that_is_not_there_is_told_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluating.run(tmp_path / "nowhere") == 2
    assert "There is no folder" in capsys.readouterr().out


def test_a_folder_without_labelled_files_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "some.tsv").write_text("name\nx\n", encoding="utf-8")

    assert evaluating.run(tmp_path) == 2
    assert "no labelled files" in capsys.readouterr().out


def test_a_file_is_measured_beside_the_constant_bots(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluating.measure(_file(tmp_path), _always_rice, tmp_path / "evaluation")
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]

    found = next(line for line in lines if line[:1] == ["all"])
    assert " ".join(found) == "all 2 50.0 % 100.0 % 100.0 % 50.0 % 50.0 % 50.0 % – 0 12 12"
    assert [line[:5] for line in lines if line[:1] == ["always"]] == [
        ["always", "hand_off", "2", "0.0", "%"],
        ["always", "answer", "2", "50.0", "%"],
        ["always", "out_of_scope", "2", "50.0", "%"],
    ]
    assert [line[:2] for line in lines if line[:1] == ["scope"]] == [["scope", "grain"], ["scope", "dream"]]


def test_failing_rows_are_written_one_a_line(tmp_path: Path) -> None:
    evaluating.measure(_file(tmp_path), _always_rice, tmp_path / "evaluation")
    head, *rows = (tmp_path / "evaluation" / "some.failures.tsv").read_text(encoding="utf-8").splitlines()

    assert len(rows) == 1
    failing = dict(zip(head.split("\t"), rows[0].split("\t"), strict=True))
    assert failing["id"] == "2"
    assert failing["failures"] == "answered what should not be"
    assert failing["article"] == "稻瘟病"
    assert failing["reply"] == "第一行 ⏎  第二行"


def test_what_was_wanted_stands_against_what_came_and_the_worst_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluating.measure(_file(tmp_path), _always_rice, tmp_path / "evaluation")
    said = capsys.readouterr().out

    assert ["out_of_scope", "1"] in [line.split() for line in said.splitlines()]
    assert "梦见猪 → answer (病害): answered what should not be" in said


def test_what_fails_in_a_file_nobody_looks_into_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = replace(_file(tmp_path), name="some_unseen")
    evaluating.measure(file, _always_rice, tmp_path / "evaluation")

    assert "梦见猪" not in capsys.readouterr().out


def test_files_of_one_family_have_a_line_together(tmp_path: Path) -> None:
    judged = evaluating.measure(_file(tmp_path), _always_rice, tmp_path / "evaluation")
    measured = {"farmers": judged, "farmers_third": judged[:1], "safety": judged}

    assert tables.families(measured) == [
        ("farmers, 2 files", "3", "66.7 %", "100.0 %", "100.0 %", "66.7 %", "66.7 %", "33.3 %", "–", "0", "12", "12")
    ]
