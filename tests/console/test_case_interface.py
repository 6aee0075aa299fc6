"""Cases through the staff interface: the journey, and everything that must not happen on the way."""

from conversations.services import Services
from tests.console import desk
from tests.console.desk import Program


def test_a_case_is_claimed_answered_and_resolved(services: Services, experts_program: Program) -> None:
    case = desk.ask(services, "柑橘叶子发黄", object="柑橘", photos=1)
    listed = experts_program.get("/cases?state=queued").get_json()["cases"]
    assert [one["number"] for one in listed] == [case.number]
    assert experts_program.post(f"/cases/{case.id}/claim").get_json()["state"] == "active"
    answered = experts_program.post(f"/cases/{case.number}/answer", text="先排水，再看根。").get_json()
    assert (answered["state"], answered["state_name"]) == ("answered", "已答复")
    assert [one["text"] for one in answered["thread"] if one["said_by"] == "expert"] == ["先排水，再看根。"]
    assert [one["kind"] for one in answered["media"]] == ["image"]
    ended = experts_program.post(f"/cases/{case.id}/resolve", outcome="remote").get_json()
    assert (ended["state"], ended["outcome"], ended["outcome_name"]) == ("resolved", "remote", "远程答复")
