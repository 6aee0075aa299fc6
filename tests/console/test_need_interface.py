"""Needs through the staff interface, from review to the end."""

from conversations.services import Services
from core.people import Staff
from needs.statuses import RULES, Who
from needs.statuses import Command as NeedCommand
from tests.conftest import Later
from tests.console import desk
from tests.console.desk import OPENID, Program


def test_a_need_is_returned_accepted_dispatched_answered_and_closed(
    services: Services, coordinators_program: Program, experts_program: Program
) -> None:
    need = desk.file_need(services)
    listed = coordinators_program.get("/needs?status=submitted").get_json()
    assert [one["number"] for one in listed["needs"]] == [need.number]
    assert listed["counts"]["submitted"] == 1
    returned = coordinators_program.post(f"/needs/{need.number}/return", text="请问有多少棵树？").get_json()
    assert (returned["status"], returned["status_name"], returned["question"]) == (
        "returned",
        "待补充",
        "请问有多少棵树？",
    )
    assert coordinators_program.post(f"/needs/{need.number}/accept").get_json()["status"] == "accepted"
    sent = coordinators_program.post(f"/needs/{need.number}/dispatch", to="expert", note="本周内").get_json()
    assert sent["status"] == "dispatched"
    case = experts_program.get(f"/cases/{sent['case']}").get_json()
    assert (case["kind"], case["state"], case["need"]) == ("need", "offered", need.number)
    assert case["facts"]["understood"]["note"] == "本周内"
    experts_program.post(f"/cases/{case['id']}/accept")
    experts_program.post(f"/cases/{case['id']}/answer", text="周三上门看。")
    desk.carry(services)
    assert coordinators_program.get(f"/needs/{need.number}").get_json()["status"] == "answered"
    closed = coordinators_program.post(f"/needs/{need.number}/close", text="已上门指导。").get_json()
    assert (closed["status"], closed["outcome"]) == ("closed", "已上门指导。")
    desk.carry(services)
    told = [one["text"] for one in coordinators_program.get(f"/needs/{need.number}").get_json()["messages"]]
    assert any("已受理" in text for text in told)
    assert any("已上门指导。" in text for text in told)


def test_the_same_key_twice_is_one_step(services: Services, coordinators_program: Program) -> None:
    need = desk.file_need(services)
    for _ in range(2):
        assert coordinators_program.post(f"/needs/{need.number}/note", key="k", text="打过电话").status_code == 200
    events = coordinators_program.get(f"/needs/{need.number}").get_json()["events"]
    assert [one["command"] for one in events] == ["file", "note"]


def test_a_refusal_names_its_rule_and_says_why(services: Services, coordinators_program: Program) -> None:
    need = desk.file_need(services)
    early = coordinators_program.post(f"/needs/{need.number}/dispatch")
    assert (early.status_code, early.get_json()) == (
        409, {"rule": "wrong_state", "message": "需求现在是“待受理”，不能“派单”。"},
    )  # fmt: skip
    silent = coordinators_program.post(f"/needs/{need.number}/reject")
    assert (silent.status_code, silent.get_json()["rule"]) == (422, "no_text")
    nowhere = coordinators_program.post(f"/needs/{need.number}/merge", into="XQ-000000-20000101-0001")
    assert nowhere.status_code == 404
    assert coordinators_program.get("/needs/XQ-000000-20000101-0001").status_code == 404


def test_what_may_be_the_same_is_named_and_merged(services: Services, coordinators_program: Program) -> None:
    first, second = desk.file_need(services), desk.file_need(services, openid=f"{OPENID}2")
    seen = coordinators_program.get(f"/needs/{second.number}").get_json()
    assert seen["similar"] == [first.number]
    merged = coordinators_program.post(f"/needs/{second.number}/merge", into=first.number).get_json()
    assert (merged["status"], merged["merged_into"]) == ("merged", first.number)


def test_a_need_is_dispatched_only_to_somebody_who_takes_cases(
    services: Services, coordinators_program: Program, admin: Staff
) -> None:
    need = desk.file_need(services)
    coordinators_program.post(f"/needs/{need.number}/accept")
    refused = coordinators_program.post(f"/needs/{need.number}/dispatch", to="admin")
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "not_an_expert")
    assert coordinators_program.get(f"/needs/{need.number}").get_json()["status"] == "accepted"


def test_a_list_has_pages_and_of_what_ended_the_latest_comes_first(
    services: Services, coordinators_program: Program, later: Later
) -> None:
    filed = [desk.file_need(services, openid=f"{OPENID}{number}") for number in range(3)]
    for need in (filed[1], filed[0], filed[2]):
        later(minutes=1)
        coordinators_program.post(f"/needs/{need.number}/reject", text="请找镇里")
    pages = [coordinators_program.get(f"/needs?status=rejected&limit=2&page={page}").get_json() for page in (1, 2)]
    assert [[one["number"] for one in page["needs"]] for page in pages] == [
        [filed[2].number, filed[0].number],
        [filed[1].number],
    ]
    assert [(page["total"], page["page"], page["limit"]) for page in pages] == [(3, 1, 2), (3, 2, 2)]


def test_every_command_that_a_coordinator_may_give_is_reachable() -> None:
    from console.need_commands import COMMANDS

    assert set(COMMANDS) == {command for command, rule in RULES.items() if Who.COORDINATOR in rule.who}
    assert NeedCommand.FILE not in COMMANDS
