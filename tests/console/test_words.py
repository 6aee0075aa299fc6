"""How times are told, and what is hidden in what farmers write."""

from datetime import UTC, datetime, timedelta

import pytest

from console import words
from console.words import deadline, hide_in, length, why
from core import clock
from core.secrets import hide_phones


@pytest.mark.parametrize(
    ("span", "told"),
    [
        ({"seconds": 20}, "不到1分钟"),
        ({"minutes": 3}, "3分钟"),
        ({"hours": 2}, "2小时"),
        ({"hours": 2, "minutes": 10}, "2小时10分"),
        ({"days": 1, "minutes": 10}, "1天"),
        ({"days": 3, "hours": 4, "minutes": 5}, "3天4小时"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(span: dict[str, int], told: str) -> None:
    assert length(timedelta(**span)) == told


def test_a_deadline_says_what_is_left_or_by_how_much_it_was_missed() -> None:
    assert deadline(clock.now() + timedelta(hours=2, seconds=30)) == "还剩2小时"
    assert deadline(clock.now() - timedelta(minutes=40)) == "已超时40分钟"


def test_times_are_chinas(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert words.exact_time(at) == "2026-11-21 00:30"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("电话13812345678", "电话138****5678"),
        ("138 1234 5678或139-8765-4321", "138****5678或139****4321"),
        ("打12316，或者0751-5382123", "打12316，或者0751****2123"),
        ("（0751）5382123、023 6812 3456", "（0751）****2123、023****3456"),
        ("+8613812345678或8613812345678", "138****5678或138****5678"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("138.1234.5678，138  1234  5678，138 123 45678", "138****5678，138****5678，138****5678"),
        ("用15-15-15的复合肥30公斤", "用15-15-15的复合肥30公斤"),
        ("2026-11-22 08:30", "2026-11-22 08:30"),
        ("编号XQ-440232-20261122-0001", "编号XQ-440232-20261122-0001"),
        ("身份证440232199001011234", "身份证440232199001011234"),
    ],
)
def test_telephone_numbers_are_masked_wherever_they_are_written(said: str, shown: str) -> None:
    assert hide_phones(said) == shown
    assert hide_in({"said": [said], "n": 1}) == {"said": [shown], "n": 1}


def test_the_reason_of_a_case_is_told_in_words() -> None:
    assert why("not_solved") == "农户说没解决"
    assert why("animal_disease:非洲猪瘟") == "疑似重大动物疫病：非洲猪瘟"
    assert why("something_new") == "something_new"
