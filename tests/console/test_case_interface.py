"""Cases through the staff interface: the journey, and everything that must not happen on the way."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from console.case_commands import COMMANDS
from conversations.services import Services
from conversations.tables import deliveries
from core.database import Transaction
from core.people import Role, Staff
from handoff import cases, machine
from handoff.orders import FARMER, Said
from handoff.states import Command, Kind, State
from handoff.tables import case_events
from needs import filed
from tests.conftest import Later
from tests.console import desk
from tests.console.desk import OPENID, PHONE, Program
from tests.handoff.kit import until_it_waits


def test_a_case_is_claimed_answered_and_resolved(services: Services, experts_program: Program) -> None:
    case = desk.ask(services, "柑橘叶子发黄", object="柑橘", photos=1)
    listed = experts_program.get("/cases?state=queued").get_json()["cases"]
    assert [one["number"] for one in listed] == [case.number]
    assert experts_program.post(f"/cases/{case.id}/claim").get_json()["state"] == "active"
    answered = experts_program.post(f"/cases/{case.number}/answer", text="先排水，再看根。").get_json()
    assert (answered["state"], answered["state_name"]) == ("answered", "已答复")
    assert [one["text"] for one in answered["thread"] if one["said_by"] == "expert"] == ["先排水，再看根。"]
    assert [one["kind"] for one in answered["media"]] == ["image"]
    assert answered["quota"]["remaining"] == 5
    assert "resolve" in answered["commands"]
    ended = experts_program.post(f"/cases/{case.id}/resolve", outcome="remote").get_json()
    assert (ended["state"], ended["outcome"], ended["outcome_name"]) == ("resolved", "remote", "远程答复")
    assert [one["command"] for one in ended["events"]] == ["open", "claim", "answer", "resolve"]


def test_an_answer_shows_whether_it_reached_the_farmer(services: Services, experts_program: Program) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    experts_program.post(f"/cases/{case.id}/claim")
    experts_program.post(f"/cases/{case.id}/answer", text="先排水。")

    def delivery() -> str:
        thread = experts_program.get(f"/cases/{case.id}").get_json()["thread"]
        return str(next(one["delivery"] for one in thread if one["said_by"] == "expert"))

    assert delivery() == "sending"
    desk.carry(services)
    for state, shown in (("held", "held"), ("unsendable", "unsendable"), ("offered", "sending"), ("sent", "sent")):
        with services.database.transaction() as tx:
            tx.execute(deliveries.update().where(deliveries.c.entry.is_not(None)).values(state=state))
        assert delivery() == shown


def test_the_same_key_twice_is_one_answer(services: Services, experts_program: Program) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    experts_program.post(f"/cases/{case.id}/claim")
    key = uuid4().hex
    for _ in range(2):
        assert experts_program.post(f"/cases/{case.id}/answer", key=key, text="先排水。").status_code == 200
    assert [one.text for one in desk.entries(services, case.id) if one.said_by == "expert"] == ["先排水。"]
    other = experts_program.post(f"/cases/{case.id}/answer", text="再看根。")
    assert other.status_code == 200
    assert len([one for one in desk.entries(services, case.id) if one.said_by == "expert"]) == 2


def test_a_claim_repeated_with_its_key_is_no_second_claim_even_at_the_limit(services: Services, app: Flask) -> None:
    staff = desk.hire(services, "expert", Role.EXPERT, capacity=1)
    program = desk.program(services, app.test_client(), staff)
    case = desk.ask(services, "柑橘叶子发黄")
    key = uuid4().hex
    assert program.post(f"/cases/{case.id}/claim", key=key).status_code == 200
    assert program.post(f"/cases/{case.id}/claim", key=key).status_code == 200
    other = desk.ask(services, "辣椒卷叶", openid=f"{OPENID}2")
    full = program.post(f"/cases/{other.id}/claim")
    assert (full.status_code, full.get_json()["rule"]) == (409, "over_capacity")


def test_who_is_not_entered_as_an_expert_is_not_offered_to_take_a_case(
    services: Services, coordinators_program: Program
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    assert "claim" not in coordinators_program.get(f"/cases/{case.id}").get_json()["commands"]
    refused = coordinators_program.post(f"/cases/{case.id}/claim")
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "not_an_expert")


def test_a_key_belongs_to_one_person(
    services: Services, experts_program: Program, second_experts_program: Program
) -> None:
    """A key that two people happen to choose does not make the second one's command vanish."""
    case = desk.ask(services, "柑橘叶子发黄")
    assert experts_program.post(f"/cases/{case.id}/note", key="1", text="一").status_code == 200
    assert second_experts_program.post(f"/cases/{case.id}/note", key="1", text="二").status_code == 200
    assert [one.text for one in desk.entries(services, case.id) if one.said_by == "note"] == ["一", "二"]


def test_a_key_used_for_another_case_is_refused(services: Services, experts_program: Program) -> None:
    first, second = desk.ask(services, "一"), desk.ask(services, "二", openid=f"{OPENID}2")
    assert experts_program.post(f"/cases/{first.id}/note", key="k", text="一").status_code == 200
    refused = experts_program.post(f"/cases/{second.id}/note", key="k", text="二")
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "idempotency_key_reused")


def test_what_is_said_twice_without_a_key_is_said_once(
    services: Services, coordinators_program: Program, later: Later
) -> None:
    case, need = desk.ask(services, "柑橘叶子发黄"), desk.file_need(services)

    def note(path: str, text: str) -> int:
        sent = coordinators_program.client.post(
            f"/api/v1{path}/note", json={"text": text}, headers=coordinators_program.headers
        )
        return sent.status_code

    for path in (f"/cases/{case.id}", f"/needs/{need.number}"):
        assert [note(path, text) for text in ("一", "一", "二")] == [200] * 3
    assert [one.text for one in desk.entries(services, case.id)][1:] == ["一", "二"]
    with services.database.transaction() as tx:
        assert [event.text for event in filed.events(tx, need.id)][1:] == ["一", "二"]
    later(minutes=11)
    note(f"/cases/{case.id}", "一")
    assert len(desk.entries(services, case.id)) == 4, "who says it again later means it"


def test_a_key_used_for_other_words_is_refused_and_nothing_is_lost_in_silence(
    services: Services, experts_program: Program
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    experts_program.post(f"/cases/{case.id}/claim", key="k")
    for command, text in (("answer", "先排水。"), ("note", "像黄龙病")):
        refused = experts_program.post(f"/cases/{case.id}/{command}", key="k", text=text)
        assert (refused.status_code, refused.get_json()["rule"]) == (409, "idempotency_key_reused")
    assert experts_program.post(f"/cases/{case.id}/answer", key="k2", text="先排水。").status_code == 200
    assert experts_program.post(f"/cases/{case.id}/answer", key="k2", text="再看根。").status_code == 409


def test_of_two_experts_who_claim_at_once_one_wins_and_the_other_is_told(
    services: Services, app: Flask, expert: Staff, expert2: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    programs = [desk.program(services, app.test_client(), staff) for staff in (expert, expert2)]
    together = threading.Barrier(2)
    answers = []

    def claim(program: Program) -> None:
        together.wait()
        answers.append(program.post(f"/cases/{case.id}/claim"))

    threads = [threading.Thread(target=claim, args=(program,)) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert loser.get_json() == {"rule": "wrong_state", "message": "工单现在是“处理中”，不能“接单”。"}
    owners = {answer.get_json().get("owner", {}).get("username") for answer in answers if answer.status_code == 200}
    assert owners == {"expert"} or owners == {"expert2"}


def test_only_the_owner_answers(services: Services, experts_program: Program, second_experts_program: Program) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    experts_program.post(f"/cases/{case.id}/claim")
    refused = second_experts_program.post(f"/cases/{case.id}/answer", text="我来答。")
    assert (refused.status_code, refused.get_json()["rule"]) == (403, "wrong_person")


def test_an_answer_to_a_case_that_changed_hands_is_refused(
    services: Services, experts_program: Program, second_experts_program: Program
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    seen = experts_program.post(f"/cases/{case.id}/claim").get_json()["epoch"]
    experts_program.post(f"/cases/{case.id}/release")
    second_experts_program.post(f"/cases/{case.id}/claim")
    refused = second_experts_program.post(f"/cases/{case.id}/answer", text="先排水。", expected_epoch=seen)
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "lost_it")
    assert [one for one in desk.entries(services, case.id) if one.said_by == "expert"] == []


def test_what_the_farmer_writes_in_that_very_moment_is_seen_before_an_answer_goes(
    services: Services, experts_program: Program
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    thread = experts_program.post(f"/cases/{case.id}/claim").get_json()["thread"]
    seen = max(one["seq"] for one in thread if one["said_by"] == "farmer")
    with ThreadPoolExecutor(1) as pool:
        with services.database.transaction() as tx:
            machine.apply(tx, case.id, Command.FARMER_REPLIES, FARMER, Said(text="是去年种的"))
            answer = pool.submit(lambda: experts_program.post(f"/cases/{case.id}/answer", text="先排水。", seen=seen))
            until_it_waits(services.database, answer)
        assert answer.result().get_json()["rule"] == "farmer_wrote"


def test_an_answer_written_while_the_farmer_wrote_asks_once(services: Services, experts_program: Program) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    thread = experts_program.post(f"/cases/{case.id}/claim").get_json()["thread"]
    seen = max(one["seq"] for one in thread if one["said_by"] == "farmer")
    desk.command(services, case, Command.FARMER_REPLIES, text="是去年种的")
    refused = experts_program.post(f"/cases/{case.id}/answer", text="先排水。", seen=seen)
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "farmer_wrote")
    sure = experts_program.post(f"/cases/{case.id}/answer", text="先排水。", seen=seen, confirmed=["farmer_wrote"])
    assert sure.get_json()["state"] == "answered"


def test_a_banned_pesticide_in_an_answer_asks_once(services: Services, experts_program: Program) -> None:
    case = desk.ask(services, "柑橘有介壳虫", object="柑橘")
    experts_program.post(f"/cases/{case.id}/claim")
    refused = experts_program.post(f"/cases/{case.id}/answer", text="用甲胺磷兑水喷。")
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "banned_pesticide")
    assert "甲胺磷" in refused.get_json()["message"]
    assert desk.case_now(services, case.id).state is State.ACTIVE
    sure = experts_program.post(
        f"/cases/{case.id}/answer", text="甲胺磷早就禁用，不要用。", confirmed=["banned_pesticide"]
    )
    assert sure.status_code == 200


def test_a_case_goes_to_a_colleague_by_name_or_id_who_accepts(
    services: Services, experts_program: Program, second_experts_program: Program
) -> None:
    case = desk.ask(services, "鸭子不下蛋")
    experts_program.post(f"/cases/{case.id}/claim")
    offered = experts_program.post(f"/cases/{case.id}/transfer", to="expert2", note="要看畜禽的").get_json()
    assert (offered["state"], offered["owner"]["username"]) == ("offered", "expert2")
    assert offered["events"][-1]["payload"]["reason"] == "要看畜禽的"
    assert second_experts_program.post(f"/cases/{case.id}/accept").get_json()["state"] == "active"
    first = experts_program.get("/me").get_json()["id"]
    back = second_experts_program.post(f"/cases/{case.id}/transfer", to=first, reason="是柑橘").get_json()
    assert back["owner"]["username"] == "expert"


def test_who_is_offered_a_case_may_decline_with_a_reason(
    services: Services, coordinators_program: Program, experts_program: Program
) -> None:
    case = desk.ask(services, "鸭子不下蛋")
    coordinators_program.post(f"/cases/{case.id}/offer", to="expert")
    assert experts_program.post(f"/cases/{case.id}/decline").get_json()["rule"] == "no_reason"
    assert experts_program.post(f"/cases/{case.id}/decline", reason="今天下乡").get_json()["state"] == "queued"


def test_nobody_is_handed_a_case_who_takes_none(
    services: Services, experts_program: Program, coordinator: Staff
) -> None:
    case = desk.ask(services, "鸭子不下蛋")
    experts_program.post(f"/cases/{case.id}/claim")
    for to, rule in (("coordinator", "not_an_expert"), ("nobody", "no_such_expert"), ("", "nobody_named")):
        refused = experts_program.post(f"/cases/{case.id}/transfer", to=to, reason="请看")
        assert (refused.status_code, refused.get_json()["rule"]) == (422, rule)


def test_a_case_sleeps_until_its_time_and_can_be_woken(services: Services, experts_program: Program) -> None:
    case = desk.ask(services, "雨后再看")
    experts_program.post(f"/cases/{case.id}/claim")
    past = experts_program.post(f"/cases/{case.id}/snooze", until="2020-01-01T08:00:00+08:00")
    assert past.get_json()["rule"] == "snooze_in_the_past"
    asleep = experts_program.post(f"/cases/{case.id}/snooze", until="2099-01-01T08:00:00").get_json()
    assert (asleep["state"], asleep["snoozed_until"]) == ("snoozed", "2099-01-01T00:00:00Z")
    assert experts_program.post(f"/cases/{case.id}/wake").get_json()["state"] == "active"


def test_a_coordinator_cancels_merges_offers_and_reopens(
    services: Services, coordinators_program: Program, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    assert coordinators_program.post(f"/cases/{case.id}/offer", to="expert").get_json()["state"] == "offered"
    incident = desk.ask(services, "我爸打药头晕", kind=Kind.INCIDENT, reason="poisoning")
    refused = coordinators_program.post(f"/cases/{case.id}/merge", into=incident.number).get_json()
    assert refused["rule"] == "merge_kind"
    need, again = (desk.ask(services, "要农机", kind=Kind.NEED) for _ in range(2))
    merged = coordinators_program.post(f"/cases/{need.id}/merge", into=again.number).get_json()
    assert (merged["state"], merged["merged_into"]) == ("merged", again.number)
    assert coordinators_program.post(f"/cases/{incident.id}/cancel").get_json()["rule"] == "no_reason"
    assert coordinators_program.post(f"/cases/{incident.id}/cancel", reason="已送医").get_json()["state"] == "cancelled"
    other = desk.ask(services, "辣椒卷叶", openid=f"{OPENID}2")
    desk.command(services, other, Command.CLAIM, expert)
    desk.command(services, other, Command.RESOLVE, expert, outcome="remote")
    assert coordinators_program.post(f"/cases/{other.id}/reopen").get_json()["state"] == "queued"


def test_what_a_case_is_about_is_put_right_by_whoever_may(
    services: Services, experts_program: Program, coordinators_program: Program
) -> None:
    case = desk.ask(services, "苞谷叶子上有虫眼")
    assert experts_program.post(f"/cases/{case.id}/amend", urgency="急").get_json()["rule"] == "wrong_person"
    right = {"urgency": "特急", "object": "苞谷", "topic": "虫害", "place": "乳源大桥镇"}
    after = coordinators_program.post(f"/cases/{case.id}/amend", **right).get_json()
    assert (after["urgency"], after["object"], after["topic"]) == ("特急", "玉米", "虫害")
    assert after["place_code"].startswith("440232")
    for wrong, rule in (
        ({"urgency": "很急"}, "unknown_urgency"),
        ({"object": "乱七八糟"}, "unknown_object"),
        ({"topic": "乱七八糟"}, "unknown_topic"),
        ({"place": "乱七八糟"}, "unknown_place"),
        (right, "nothing_changed"),
    ):
        assert coordinators_program.post(f"/cases/{case.id}/amend", **wrong).get_json()["rule"] == rule


def test_who_confirms_for_a_farmer_is_told_from_his_silence(
    services: Services, experts_program: Program, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    experts_program.post(f"/cases/{case.id}/claim")
    experts_program.post(f"/cases/{case.id}/answer", text="先排水。")
    assert experts_program.post(f"/cases/{case.id}/confirm", outcome="随便写的").get_json()["outcome"] == "heard"
    with services.database.transaction() as tx:
        assert cases.events(tx, case.id)[-1].payload["outcome"] == "heard", "the figures are of the log"


def test_how_a_case_ended_in_words_of_its_own_is_kept_as_the_reason(
    services: Services, experts_program: Program
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    experts_program.post(f"/cases/{case.id}/claim")
    ended = experts_program.post(f"/cases/{case.id}/resolve", outcome="电话里说好了").get_json()
    assert (ended["state"], ended["outcome"]) == ("resolved", "resolve")
    assert ended["events"][-1]["payload"] == {"reason": "电话里说好了"}


def test_a_photo_goes_with_an_answer(services: Services, experts_program: Program) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    experts_program.post(f"/cases/{case.id}/claim")
    stored = experts_program.client.post(
        "/api/v1/files",
        data={"file": (io.BytesIO(desk.a_photo()), "leaf.jpg")},
        headers=experts_program.headers,
        content_type="multipart/form-data",
    )
    assert stored.status_code == 201, stored.text
    photo = stored.get_json()
    answered = experts_program.post(f"/cases/{case.id}/answer", text="像这张图。", files=[photo["id"]]).get_json()
    said = next(one for one in answered["thread"] if one["said_by"] == "expert")
    assert [one["id"] for one in said["files"]] == [photo["id"]]
    file = experts_program.client.get(photo["url"], headers=experts_program.headers)
    assert (file.status_code, file.mimetype) == (200, "image/jpeg")
    desk.carry(services)
    with services.database.transaction() as tx:
        kinds = [row.kind for row in tx.execute(sa.select(deliveries.c.kind).where(deliveries.c.entry.is_not(None)))]
    assert sorted(kinds) == ["image", "text"]


def test_what_is_no_photo_and_files_nobody_has_are_refused(services: Services, experts_program: Program) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    experts_program.post(f"/cases/{case.id}/claim")
    stored = experts_program.client.post(
        "/api/v1/files", data={"file": (io.BytesIO(b"no picture"), "x.jpg")}, headers=experts_program.headers,
        content_type="multipart/form-data",
    )  # fmt: skip
    assert (stored.status_code, stored.get_json()["rule"]) == (422, "file_not_a_picture")
    nothing = experts_program.client.post("/api/v1/files", headers=experts_program.headers)
    assert nothing.status_code == 422
    refused = experts_program.post(f"/cases/{case.id}/answer", text="像这张图。", files=[str(uuid4())])
    assert refused.get_json()["rule"] == "no_such_file"


def test_a_case_says_what_it_belongs_to_who_was_asked_and_what_it_is_offered_for(
    services: Services, coordinators_program: Program, experts_program: Program, expert2: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄，鸭子也不下蛋")
    experts_program.post(f"/cases/{case.id}/claim")
    experts_program.post(f"/cases/{case.id}/consult", to="expert2", text="像不像黄龙病？")
    split = experts_program.post(f"/cases/{case.id}/split", text="鸭子不下蛋", object="鸭").get_json()
    assert split["split_of"] == case.number
    passed = experts_program.post(f"/cases/{case.id}/transfer", to="expert2", reason=f"他的号{PHONE}").get_json()
    assert [one["username"] for one in passed["participants"]] == ["expert2"]
    assert passed["split_off"] == [split["number"]]
    assert passed["return_to"]["username"] == "expert"
    now = desk.case_now(services, case.id)
    assert now.lease_until is not None
    until = now.lease_until.isoformat().replace("+00:00", "Z")
    assert passed["offer"] == {"why": "他的号138****5678", "by": "王农（县农技站）", "until": until}
    assert (passed["lease_until"], passed["rating"], passed["desk_at"]) == (until, None, None)
    assert passed["resolve_by"] == now.resolve_by.isoformat().replace("+00:00", "Z")
    merged = coordinators_program.post(f"/cases/{split['id']}/merge", into=case.number).get_json()
    assert (merged["offer"], merged["merged_into"]) == (None, case.number)
    listed = coordinators_program.get("/cases?state=merged&state=offered").get_json()["cases"]
    assert {one["number"]: (one["merged_into"], one["split_of"], one["lease_until"]) for one in listed} == {
        case.number: ("", "", until),
        split["number"]: (case.number, case.number, None),
    }


def test_a_follow_up_and_its_rating_are_told(services: Services, experts_program: Program) -> None:
    first = desk.ask(services, "柑橘叶子发黄")
    experts_program.post(f"/cases/{first.id}/claim")
    experts_program.post(f"/cases/{first.id}/resolve", outcome="remote")
    desk.command(services, first, Command.RATE, rating=3)
    second = desk.ask(services, "还是黄", follow_up_of=first.id)
    told = experts_program.get(f"/cases/{first.id}").get_json()
    assert (told["rating"], told["followed_up_by"], told["follow_up_of"]) == (3, [second.number], "")
    assert experts_program.get(f"/cases/{second.id}").get_json()["follow_up_of"] == first.number


def test_cases_are_found_by_number_and_by_id_and_listed_by_state_and_owner(
    services: Services, experts_program: Program
) -> None:
    first = desk.ask(services, "一")
    second = desk.ask(services, "二", openid=f"{OPENID}2")
    experts_program.post(f"/cases/{second.id}/claim")

    def numbers(query: str) -> list[str]:
        return [one["number"] for one in experts_program.get(f"/cases{query}").get_json()["cases"]]

    assert experts_program.get(f"/cases/{first.number}").get_json()["id"] == str(first.id)
    assert set(numbers("")) == {first.number, second.number}
    assert numbers("?state=active") == [second.number]
    assert set(numbers("?state=active&state=queued")) == {first.number, second.number}
    assert numbers("?mine=true") == [second.number]
    assert experts_program.get("/cases/ZJ-20000101-0001").status_code == 404
    assert experts_program.get(f"/cases/{uuid4()}").get_json()["rule"] == "not_found"
    assert experts_program.get("/cases?state=unheard-of").status_code == 422


def test_a_list_has_pages_and_says_how_much_there_is(services: Services, coordinators_program: Program) -> None:
    asked = [desk.ask(services, str(number), openid=f"{OPENID}{number}") for number in range(5)]

    def numbers(query: str) -> list[str]:
        listed = coordinators_program.get(f"/cases?{query}").get_json()
        assert listed["total"] == 5
        return [one["number"] for one in listed["cases"]]

    in_order = [case.number for case in asked]
    assert numbers("") == in_order
    assert [numbers(f"limit=2&page={page}") for page in (1, 2, 3, 4)] == [in_order[:2], in_order[2:4], in_order[4:], []]
    told = coordinators_program.get("/cases?limit=2&page=2").get_json()
    assert (told["page"], told["limit"]) == (2, 2)
    for wrong in ("limit=0", "limit=201", "page=0", "page=x"):
        assert coordinators_program.get(f"/cases?{wrong}").status_code == 422


def test_of_what_ended_the_latest_is_listed_first(
    services: Services, coordinators_program: Program, later: Later
) -> None:
    asked = [desk.ask(services, str(number), openid=f"{OPENID}{number}") for number in range(4)]
    for case in (asked[2], asked[0], asked[1]):
        later(minutes=1)
        coordinators_program.post(f"/cases/{case.id}/cancel", reason="重复")
    for query, wanted in (("cancelled", (1, 0, 2)), ("cancelled&state=queued", (3, 1, 0, 2))):
        listed = coordinators_program.get(f"/cases?state={query}").get_json()["cases"]
        assert [one["number"] for one in listed] == [asked[at].number for at in wanted]


@pytest.mark.parametrize("command", ["open", "farmer_replies", "offer_expires", "add", "dispute", "fly"])
def test_what_is_not_for_staff_to_command_cannot_be_commanded(
    services: Services, experts_program: Program, command: str
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    refused = experts_program.post(f"/cases/{case.id}/{command}", text="x")
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "not_valid")
    with services.database.transaction() as tx:
        assert _events(tx) == 1


def _events(tx: Transaction) -> int:
    return tx.execute(sa.select(sa.func.count()).select_from(case_events)).scalar_one()


def test_every_command_of_a_case_that_staff_may_give_is_reachable() -> None:
    by_itself = {
        Command.OPEN,
        Command.OFFER_EXPIRES,
        Command.FARMER_REPLIES,
        Command.ADD,
        Command.DISPUTE,
        Command.RATE,
    }
    assert set(COMMANDS) == set(Command) - by_itself


def test_a_body_that_makes_no_sense_is_refused_in_one_sentence(services: Services, experts_program: Program) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    refused = experts_program.post(f"/cases/{case.id}/snooze", until="sometime")
    assert refused.status_code == 422
    assert set(refused.get_json()) == {"rule", "message"}
    assert "until" in refused.get_json()["message"]
