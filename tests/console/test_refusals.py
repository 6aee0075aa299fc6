"""Every no is in the log once, with who heard it, where, and which rule; and with nothing that was written."""

import ast
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

import console
from conversations.services import Services
from core.people import Staff
from handoff.states import Command
from tests.console import desk
from tests.console.desk import OPENID, Browser, Program

ROOM = Path(console.__path__[0])
# A handler of one of these names is noted by what it calls, and login notes its failures itself.
NOTING = {"note", "_again", "_refused"}
NOT_ANSWERED_THERE = {
    ("login.py", "enter"): "has a line of its own, without a name",
    ("api_tokens.py", "issue"): "has a line of its own, without a name",
    ("case_pages.py", "write"): "answered by _again below it",
    ("case_pages.py", "_with_uploads"): "given back to be answered by _again",
}


def refused(logged: list[Any]) -> list[tuple[str, str, str]]:
    return [
        (one["staff_id"], one["endpoint"], one["rule"]) for one in logged if one["event"] == "console_refused"
    ]  # fmt: skip


def test_what_a_page_refuses_is_logged_once_with_who_and_where(
    services: Services, experts_browser: Browser, expert: Staff, expert2: Staff
) -> None:
    case, other = desk.ask(services, "柑橘叶子发黄"), desk.ask(services, "二", openid=f"{OPENID}2")
    desk.command(services, other, Command.CLAIM, expert2)
    secret = "他家的门牌"
    for path, form, endpoint, rule in (
        (f"/cases/{case.id}/phone", {"reason": secret}, "cases.phone", "wrong_person"),
        (f"/cases/{other.id}/note", {"text": ""}, "cases.do", "no_text"),
        (f"/cases/{other.id}/release", {"reason": secret}, "cases.do", "wrong_person"),
        (f"/cases/{case.id}/transfer", {"to": "nobody", "reason": secret}, "cases.do", "no_such_expert"),
        ("/replies", {"title": secret}, "replies.add", "reply_incomplete"),
        ("/staff", {"name": secret}, "staff.add", "forbidden"),
    ):
        with capture_logs() as logged:
            assert experts_browser.post(path, **form).status_code >= 400
        assert refused(logged) == [(str(expert.id), endpoint, rule)]
        assert secret not in str(logged)


def test_what_the_interface_refuses_is_logged_too(services: Services, experts_program: Program, expert: Staff) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    experts_program.post(f"/cases/{case.id}/claim", key="k")
    for act, endpoint, rule in (
        (lambda: experts_program.post(f"/cases/{case.id}/note", key="k", text="一"), "do", "idempotency_key_reused"),
        (lambda: experts_program.post(f"/cases/{case.id}/note", key="k" * 101), "do", "not_valid"),
        (lambda: experts_program.post(f"/cases/{case.id}/claim"), "do", "wrong_state"),
    ):
        with capture_logs() as logged:
            act()
        assert refused(logged) == [(str(expert.id), f"api_cases.{endpoint}", rule)]
    with capture_logs() as logged:
        assert experts_program.get("/needs").status_code == 403
    assert refused(logged) == [(str(expert.id), "api_needs.listing", "forbidden")]


def test_the_machine_says_whom_it_refused(services: Services, experts_program: Program, expert: Staff) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    with capture_logs() as logged:
        experts_program.post(f"/cases/{case.id}/answer", text="先排水。")
    assert [one["by"] for one in logged if one["event"] == "case_command_refused"] == [str(expert.id)]


@pytest.mark.parametrize("file", sorted(ROOM.glob("*.py")), ids=lambda file: file.name)
def test_no_page_answers_a_refusal_in_silence(file: Path) -> None:
    for function in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(function, ast.FunctionDef) or (file.name, function.name) in NOT_ANSWERED_THERE:
            continue
        for handler in ast.walk(function):
            if isinstance(handler, ast.ExceptHandler) and ast.unparse(handler.type or ast.Name("")) == "Refused":
                found = list(ast.walk(handler))
                called = {ast.unparse(one.func).rpartition(".")[2] for one in found if isinstance(one, ast.Call)}
                assert called & NOTING or any(isinstance(one, ast.Raise) for one in found), function.name
