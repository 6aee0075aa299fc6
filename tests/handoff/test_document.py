"""docs/handoff.md shows the machine as it is."""

import pytest

from handoff import document
from handoff.states import COMMAND_NAMES, RULES, STATE_NAMES


def test_every_state_and_every_step_of_the_table_is_drawn_or_listed() -> None:
    drawn, listed = document.picture(), document.commands()
    assert [name for name in STATE_NAMES.values() if f'"{name}"' not in drawn] == []
    assert [command for command in RULES if f"`{command}` | {COMMAND_NAMES[command]} |" not in listed] == []


def test_the_written_page_is_up_to_date() -> None:
    written = document.PAGE.read_text(encoding="utf-8")
    assert document.page(written) == written


def test_a_change_of_the_table_makes_the_page_old(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(document.PARTS, "spans")
    monkeypatch.setitem(document.PARTS, "machine", lambda: "another picture")
    assert document.main(["--check"]) == 1
    assert "--write" in capsys.readouterr().out


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="marks of machine"):
        document.page("# Cases")
