"""Lists for spreadsheets: complete, and harmless."""

import csv
import io

import pytest

from reports.exports import as_csv, safe


@pytest.mark.parametrize("said", ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "＝1+1", "＋1"])
def test_what_a_spreadsheet_would_run_is_made_plain_text(said: str) -> None:
    assert safe(said).startswith("'")


@pytest.mark.parametrize("said", ["柑橘黄叶", "20亩", "a=b", "XQ-440232-20261122-0001", ""])
def test_plain_text_is_left_alone(said: str) -> None:
    assert safe(said) == said


def test_mobile_numbers_are_masked() -> None:
    assert safe("打13812345678") == "打138****5678"


def test_a_file_is_read_back_as_it_was_meant() -> None:
    text = as_csv(("编号", "问题"), [("XQ-1", '叶子"发黄",\n落果'), ("XQ-2", "=1")])
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows == [["编号", "问题"], ["XQ-1", '叶子"发黄",\n落果'], ["XQ-2", "'=1"]]
