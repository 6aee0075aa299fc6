"""Reading labelled files."""

from pathlib import Path

import pytest

from app.measuring.labels import read_file, read_folder


def _write(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


@pytest.mark.parametrize("column", ["question", "message", "utterance"])
def test_the_column_of_questions_has_one_of_three_names(tmp_path: Path, column: str) -> None:
    file = read_file(_write(tmp_path / "some.tsv", f"{column}\toutcome", "稻瘟病怎么防\tanswer|clarify"))

    assert file is not None
    assert file.name == "some"
    assert [label.question for label in file.labels] == ["稻瘟病怎么防"]
    assert file.labels[0].outcomes == {"answer", "clarify"}
    assert file.labels[0].id == "line 2"


def test_files_without_labels_are_passed_over(tmp_path: Path) -> None:
    _write(tmp_path / "b.tsv", "question\toutcome", "你好\tsmalltalk")
    _write(tmp_path / "a.tsv", "question\tnote", "你好\tx")
    _write(tmp_path / "empty.tsv", "")
    _write(tmp_path / "notes.txt", "question\toutcome", "你好\tsmalltalk")

    assert [file.name for file in read_folder(tmp_path)] == ["b"]


def test_a_file_with_a_header_alone_is_a_labelled_file_of_no_rows(tmp_path: Path) -> None:
    file = read_file(_write(tmp_path / "some.tsv", "question\toutcome"))

    assert file is not None
    assert file.labels == ()


def test_objects_are_told_by_our_names(tmp_path: Path) -> None:
    file = read_file(
        _write(
            tmp_path / "some.tsv",
            "question\toutcome\tobject\ttopic",
            "一\tanswer\t苞谷|玉米|外星草\t病害",
            "二\tanswer\t\t用药安全",
            "三\tanswer\t|农药\t用药安全",
            "四\tanswer\t\t",
        )
    )

    assert file is not None
    assert [label.objects for label in file.labels] == [("玉米", "外星草"), ("",), ("", "农药"), ()]
    assert [label.says_what_about for label in file.labels] == [True, True, True, False]


def test_words_are_parted_by_semicolons_and_their_alternatives_by_bars(tmp_path: Path) -> None:
    file = read_file(
        _write(
            tmp_path / "some.tsv",
            "question\toutcome\tmust_contain\tmust_not_contain",
            "喝了农药\temergency\t120;医院|卫生院\t催吐；牛奶",
        )
    )

    assert file is not None
    assert file.labels[0].must_contain == (("120",), ("医院", "卫生院"))
    assert file.labels[0].must_not_contain == ("催吐", "牛奶")


def test_quotes_marks_and_ragged_rows_are_borne(tmp_path: Path) -> None:
    file = read_file(
        _write(
            tmp_path / "some.tsv",
            "id\tquestion\toutcome\tkind",
            '1\t"他说"\tout_of_scope',
            "2\t你好\tsmalltalk\tx\ty\tz",
            "3\t\tanswer\t",
            "4\t没有结果\t\t",
            encoding="utf-8-sig",
        )
    )

    assert file is not None
    assert [(label.id, label.question, label.kind) for label in file.labels] == [
        ("1", '"他说"', ""),
        ("2", "你好", "x"),
    ]
    assert file.unusable == 2
