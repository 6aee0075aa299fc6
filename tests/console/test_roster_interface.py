"""The roster, for programs."""

from datetime import datetime, timedelta

from conversations.services import Services
from core import clock
from core.people import Staff
from registry import experts, roster, swaps
from tests.console.desk import Program


def test_who_is_there_when_nobody_is_and_who_would_like_to_swap(
    services: Services, experts_program: Program, expert: Staff, coordinator: Staff
) -> None:
    start = clock.now() + timedelta(hours=2)
    with services.database.transaction() as tx:
        for one in (expert, coordinator):
            roster.plan_single(tx, one.id, start, start + timedelta(hours=3))
        experts.enrol(tx, expert.id)
        swap = swaps.offer(tx, expert.id, start, start + timedelta(hours=3), note="开会，打13800138000")
    found = experts_program.get("/roster?days=1").get_json()
    duties = [one for one in found["duties"] if one["why"] == "single"]
    assert {(one["person"]["name"], one["takes_cases"]) for one in duties} == {
        (expert.name, True),
        (coordinator.name, False),
    }
    assert {one["start"] for one in duties} == {start.isoformat().replace("+00:00", "Z")}
    gap = found["gaps"][0]
    assert gap["start"] == found["start"]
    assert datetime.fromisoformat(gap["end"]) == start
    assert [(one["id"], one["person"]["username"], one["note"]) for one in found["swaps"]] == [
        (str(swap), "expert", "开会，打138****8000")
    ]


def test_nobody_asks_for_more_than_two_months(experts_program: Program) -> None:
    refused = experts_program.get("/roster?days=63")
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "not_valid")
