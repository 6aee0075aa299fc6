"""What a coordinator does at the desk."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from console import need_pages
from conversations import forgetting
from conversations.services import Services
from conversations.tables import messages, privacy_requests
from core import clock
from core.errors import Refused
from core.people import Staff, reveals
from handoff.states import Command, Kind
from needs import filed
from needs.tables import needs as needs_table
from registry import experts
from tests.console import desk
from tests.console.desk import OPENID, PHONE, Browser


def test_a_need_is_reviewed_on_its_page(services: Services, coordinators_browser: Browser) -> None:
    need = desk.file_need(services)
    text = coordinators_browser.get("/needs").text
    assert need.number in text
    assert "技术指导·柑橘" in text
    text = coordinators_browser.get(f"/needs/{need.number}").text
    assert "广东省韶关市乳源瑶族自治县大桥镇" in text
    assert "电话138****5678，下午都在家" in text
    assert coordinators_browser.post(f"/needs/{need.number}/return", text="有多少棵？", key="1").status_code == 303
    assert "等农户回答：有多少棵？" in coordinators_browser.get(f"/needs/{need.number}").text
    assert coordinators_browser.post(f"/needs/{need.number}/accept", key="2").status_code == 303
    assert coordinators_browser.post(f"/needs/{need.number}/close", text="已上门。", key="3").status_code == 303
    desk.carry(services)
    text = coordinators_browser.get(f"/needs/{need.number}").text
    assert f"需求{need.number}已办结：已上门。" in text
    assert "正在送出" in text


def test_many_needs_come_in_pages(
    services: Services, coordinators_browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(need_pages, "PAGE", 2)
    numbers = [desk.file_need(services, openid=f"{OPENID}{one}").number for one in range(3)]
    first, second = (coordinators_browser.get(f"/needs?page={page}").text for page in (1, 2))
    assert [sum(number in text for number in numbers) for text in (first, second)] == [2, 1]
    assert "第2页，共2页" in second
    assert 'href="/needs?page=2"' in first
    assert 'data-live="/live/needs?page=2"' in second
    assert sum(number in coordinators_browser.get("/live/needs?page=2").text for number in numbers) == 1


def test_a_refusal_to_a_coordinator_keeps_what_was_written(services: Services, coordinators_browser: Browser) -> None:
    need = desk.file_need(services)
    refused = coordinators_browser.post(f"/needs/{need.number}/merge", into=need.number, key="1")
    assert refused.status_code == 422
    assert "只能并到另一个还在办的需求。" in refused.text
    assert f'value="{need.number}"' in refused.text


def test_whom_a_need_was_to_go_to_and_why_a_number_was_asked_for_are_kept(
    services: Services, coordinators_browser: Browser, expert: Staff
) -> None:
    need = desk.file_need(services)
    coordinators_browser.post(f"/needs/{need.number}/accept", key="1")
    with services.database.transaction() as tx:
        experts.enrol(tx, expert.id, capacity=1)
    busy = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, busy, Command.CLAIM, expert)
    refused = coordinators_browser.post(f"/needs/{need.number}/dispatch", to=str(expert.id), text="本周内", key="2")
    assert refused.status_code == 409
    assert f'<option value="{expert.id}" disabled selected>' in refused.text
    short = coordinators_browser.post(f"/needs/{need.number}/phone", reason="约")
    assert '<details class="fold" open><summary>查看号码' in short.text
    assert 'name="reason" value="约"' in short.text
    assert "请写查看号码的原因。" in short.text


def test_needs_that_wait_too_long_for_review_are_marked(services: Services, coordinators_browser: Browser) -> None:
    need = desk.file_need(services)
    assert "已超时" not in coordinators_browser.get("/needs").text
    with services.database.transaction() as tx:
        tx.execute(needs_table.update().values(due_at=clock.now() - timedelta(hours=2)))
    assert "审核已超时2小时" in coordinators_browser.get("/needs").text
    coordinators_browser.post(f"/needs/{need.number}/accept", key="1")
    assert "已超时" not in coordinators_browser.get("/needs").text


def test_the_phone_of_a_need_is_shown_for_a_reason_that_is_kept(
    services: Services, coordinators_browser: Browser, coordinator: Staff
) -> None:
    need = desk.file_need(services)
    assert coordinators_browser.post(f"/needs/{need.number}/phone", reason="").status_code == 422
    with services.database.transaction() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(reveals)).scalar_one() == 0
    assert PHONE in coordinators_browser.post(f"/needs/{need.number}/phone", reason="约上门时间").text
    with services.database.transaction() as tx:
        row = tx.execute(sa.select(reveals)).one()
    assert (row.staff_id, row.farmer_id, row.reason) == (coordinator.id, need.farmer_id, "约上门时间")


def test_the_overview_puts_what_is_late_first_and_says_why_each_case_is_where_it_is(
    services: Services, coordinators_browser: Browser, expert: Staff
) -> None:
    fresh = desk.ask(services, "一", openid=f"{OPENID}1", reason="no_answer")
    late = desk.ask(services, "二", openid=f"{OPENID}2", reason="asked")
    taken = desk.ask(services, "三", openid=f"{OPENID}3")
    desk.command(services, taken, Command.CLAIM, expert)
    desk.command(services, taken, Command.ASK_FARMER, expert, text="多大面积？")
    released = desk.ask(services, "四", openid=f"{OPENID}4")
    desk.command(services, released, Command.CLAIM, expert)
    desk.command(services, released, Command.RELEASE, expert, reason="今天下乡")
    desk.long_ago(services, late, hours=30)
    incident = desk.ask(
        services, "发现红火蚁", openid=f"{OPENID}5", kind=Kind.INCIDENT, reason="quarantine_pest:红火蚁"
    )
    text = coordinators_browser.get("/cases").text
    assert text.index(incident.number) < text.index(late.number) < text.index(fresh.number)
    assert "知识库里没有合适的答案，等人接单" in text
    assert "王农不到1分钟前请农户补充，等农户" in text
    assert "放回：今天下乡，等人接单" in text
    assert "已超时6小时" in text


def test_incidents_are_listed_and_ring_on_every_page_until_somebody_takes_them(
    services: Services, coordinators_browser: Browser, expert: Staff
) -> None:
    incident = desk.ask(services, "我爸打药头晕", kind=Kind.INCIDENT, reason="poisoning")
    assert "疑似农药中毒" in coordinators_browser.get("/incidents").text
    rung = coordinators_browser.get("/live/bell").get_json()
    assert rung["alarms"] == [{"number": incident.number, "words": "疑似农药中毒"}]
    for path in ("/needs", "/reports", "/knowledge"):
        assert 'data-bell="/live/bell"' in coordinators_browser.get(path).text
    desk.command(services, incident, Command.CLAIM, expert)
    assert coordinators_browser.get("/live/bell").get_json()["alarms"] == []


def ask_to_be_forgotten(services: Services, openid: str = OPENID) -> int:
    with services.database.transaction() as tx:
        message = desk.farmer_says(tx, f"我的电话{PHONE}", openid=openid)
        farmer_id = tx.execute(
            sa.text("SELECT farmer_id FROM conversations WHERE id = :id"), {"id": message.conversation_id}
        ).scalar_one()
        at = clock.now()
        values = {"farmer_id": farmer_id, "asked_at": at, "due_at": at + timedelta(days=21)}
        asked: int = tx.execute(
            privacy_requests.insert().values(**values).returning(privacy_requests.c.id)
        ).scalar_one()
        return asked


def test_a_farmer_who_wants_to_be_forgotten_is(services: Services, coordinators_browser: Browser) -> None:
    request_id = ask_to_be_forgotten(services)
    other = ask_to_be_forgotten(services, openid=f"{OPENID}2")
    assert f"SC-{request_id:06d}" in coordinators_browser.get("/privacy").text
    assert coordinators_browser.post(f"/privacy/{request_id}/done").status_code == 303
    with services.database.transaction() as tx:
        kept = list(tx.execute(sa.select(messages)))
        open_ones = [one.id for one in forgetting.asked(tx) if one.done_at is None]
    assert sorted(row.text for row in kept) == ["", f"我的电话{PHONE}"]
    assert open_ones == [other]
    assert "已删除" in coordinators_browser.get("/privacy").text


def test_nobody_is_forgotten_while_something_is_being_worked_on(
    services: Services, coordinators_browser: Browser, coordinator: Staff
) -> None:
    case = desk.ask(services, f"柑橘黄叶，电话{PHONE}")
    request_id = ask_to_be_forgotten(services)
    coordinators_browser.post(f"/privacy/{request_id}/done")
    text = coordinators_browser.get("/privacy").text
    assert f"还有在办的：{case.number}" in text
    with services.database.transaction() as tx, pytest.raises(Refused) as refusal:
        forgetting.erase(tx, request_id, by=coordinator.id)
    assert refusal.value.rule == "still_open"


def test_reports_and_their_files_open(services: Services, coordinators_browser: Browser) -> None:
    need = desk.file_need(services, problem=f"=HYPERLINK(1) 电话{PHONE}")
    assert "报表" in coordinators_browser.get("/reports").text
    file = coordinators_browser.get("/reports/needs.csv")
    assert file.mimetype == "text/csv"
    assert re.fullmatch(r'attachment; filename="needs-[-\d]+\.csv"', file.headers["Content-Disposition"])
    assert file.data.startswith(b"\xef\xbb\xbf")
    text = file.data.decode("utf-8")
    assert need.number in text
    assert "'=HYPERLINK(1) 电话138****5678" in text
    assert coordinators_browser.get("/reports/cases.csv").status_code == 200
    for name in ("cases", "needs"):
        for first, last, kept in (
            ("2000-01-01", "2026-11-08", "2025-11-08"),
            ("0001-01-01", "0001-01-02", "0001-01-01"),
        ):
            whole = coordinators_browser.get(f"/reports/{name}.csv?first={first}&last={last}")
            assert f'"{name}-{kept}-{last}.csv"' in whole.headers["Content-Disposition"]
    assert (
        'name="first" value="2025-11-08"' in coordinators_browser.get("/reports?first=2000-01-01&last=2026-11-08").text
    )
    with services.database.transaction() as tx:
        assert filed.get(tx, need.id).problem.startswith("=")
