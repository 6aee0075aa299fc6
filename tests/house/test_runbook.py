"""Every warning and error of the service has its place in the runbook, and the runbook names only what exists."""

import ast
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from core.database import Transaction
from tests.house import papers
from tests.house.papers import Source, text_of

ALARMING = ("warning", "error", "exception", "critical")
SECTIONS = ("What the farmer sees", "What to look at", "What to do")


def _events(source: Source, levels: tuple[str, ...]) -> Iterator[str]:
    """The constant names of a file's log lines; of the bot's, the first word."""
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in levels
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in {"log", "logger"}
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value).split()[0]


def _all(levels: tuple[str, ...]) -> set[str]:
    return {event for source in papers.sources() for event in _events(source, levels)}


def _named(text: str) -> set[str]:
    """The events that the runbook names, in its lines that begin with "Log events:"."""
    lines = re.findall(r"^\*?\*?Log events:?\*?\*?:? (.+)$", text, re.MULTILINE)
    return {event for line in lines for event in re.findall(r"`(\w+)`", line)}


def test_every_warning_and_error_is_in_the_runbook() -> None:
    assert sorted(_all(ALARMING) - _named(text_of("docs/runbook.md"))) == []


def test_every_event_in_the_runbook_is_logged_somewhere() -> None:
    assert sorted(_named(text_of("docs/runbook.md")) - _all((*ALARMING, "info"))) == []


def test_every_alarm_says_what_is_seen_where_to_look_and_what_to_do() -> None:
    alarms = re.split(r"^## ", text_of("docs/runbook.md"), flags=re.MULTILINE)[1:]
    alarms = [alarm for alarm in alarms if not alarm.startswith("How to read this")]
    assert len(alarms) > 15
    for alarm in alarms:
        missing = [section for section in SECTIONS if f"**{section}**" not in alarm]
        assert missing == [], alarm.splitlines()[0]


def test_every_state_of_the_healthy_route_is_in_the_runbook() -> None:
    """The names of the parts, as the routes give them."""
    parts = {
        match
        for name in ("webhook/health.py", "console/health.py", "bot/channel.py")
        for match in re.findall(r"parts\[\"(\w+)\"\]|\"(model|redis|actions|database)\":", text_of(name))
        for match in match
        if match
    }
    assert parts >= {"database", "bot", "redis", "wechat", "model", "actions"}
    runbook = text_of("docs/runbook.md")
    assert [part for part in sorted(parts) if f"`{part}`" not in runbook] == []


def test_an_event_is_found_in_a_log_line_and_a_missing_one_in_the_runbook() -> None:
    source = Source("x.py", ast.parse('log.warning("no_such_event", id=1)\nlog.info("quiet")'))
    assert list(_events(source, ALARMING)) == ["no_such_event"]
    assert _named("Log events: `a_b`, `c`\n`not_named`") == {"a_b", "c"}


def _statements() -> list[str]:
    return re.findall(r"^```sql\n(.*?)^```", text_of("docs/runbook.md"), re.MULTILINE | re.DOTALL)


@pytest.mark.database
def test_every_statement_in_the_runbook_runs(tx: Transaction) -> None:
    assert len(_statements()) > 5
    for statement in _statements():
        tx.execute(sa.text(statement))
