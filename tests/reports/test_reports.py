"""The figures of a period, counted from what is in the database."""

from datetime import date, timedelta

import sqlalchemy as sa

from conversations import inbox
from conversations.services import Services
from core import clock
from handoff.states import Kind
from needs.tables import needs as needs_table
from reports import about_cases, about_needs, about_turns, exports
from reports.period import Period, chosen
from tests.console import desk
from tests.console.desk import OPENID, PHONE


def this_month() -> Period:
    return chosen("", "")


def test_a_period_is_counted_in_days_of_china() -> None:
    period = chosen("2026-11-01", "2026-11-30")
    assert period == Period(date(2026, 11, 1), date(2026, 11, 30))
    assert period.start.isoformat() == "2026-11-01T00:00:00+08:00"
    assert period.end.isoformat() == "2026-12-01T00:00:00+08:00"
    assert chosen("2026-11-30", "2026-11-01").first == date(2026, 11, 1)
    assert (chosen("nonsense", "").last - chosen("nonsense", "").first) == timedelta(days=29)


def test_needs_are_counted_by_status_town_object_and_kind(services: Services) -> None:
    for number in range(6):
        desk.file_need(services, openid=f"{OPENID}{number}")
    old = desk.file_need(services, openid=f"{OPENID}9", object="茶叶")
    with services.database.transaction() as tx:
        long_ago = clock.now() - timedelta(days=100)
        tx.execute(needs_table.update().where(needs_table.c.id == old.id).values(filed_at=long_ago))
        tables = {table.title: table for table in about_needs.tables(tx, this_month())}
    assert [(cell.name, cell.shown) for cell in tables["按状态"].cells] == [("待受理", "6")]
    assert [(cell.name, cell.shown) for cell in tables["按乡镇"].cells] == [("乳源瑶族自治县大桥镇", "6")]
    assert [(cell.name, cell.shown) for cell in tables["按作物畜禽"].cells] == [("柑橘", "6")]


def test_an_empty_period_has_no_figures_and_breaks_nothing(services: Services) -> None:
    with services.database.transaction() as tx:
        assert [table.cells for table in about_cases.tables(about_cases.opened_in(tx, this_month()))] == [(), ()]
        assert about_turns.shares(tx, this_month()) == (0, 0)


def test_messages_are_counted_by_what_came_of_them(services: Services) -> None:
    with services.database.transaction() as tx:
        for outcome in ("answer", "answer", "hand_off", "emergency", "smalltalk"):
            message = desk.farmer_says(tx, "水稻纹枯病")
            inbox.finish(tx, message.id, {"outcome": outcome}, case_id=None)
        assert about_turns.shares(tx, this_month()) == (2, 2)
        table = about_turns.table(tx, this_month())
    assert (table.cells[0].name, table.cells[0].count) == ("机器人直接答复", 2)


def test_exports_name_no_openid_and_no_full_number_and_keep_incidents_to_themselves(services: Services) -> None:
    desk.file_need(services, problem=f"打我电话{PHONE}")
    desk.ask(services, f"柑橘黄叶，电话{PHONE}")
    desk.ask(services, "我爸打药头晕", kind=Kind.INCIDENT, reason="poisoning", openid=f"{OPENID}2")
    with services.database.transaction() as tx:
        texts = [exports.needs_csv(tx, this_month()), exports.cases_csv(tx, this_month())]
        assert tx.execute(sa.text("SELECT count(*) FROM farmers WHERE openid LIKE 'oNongwen%'")).scalar_one() == 2
    for text in texts:
        assert OPENID not in text
        assert PHONE not in text
        assert "138****5678" in text
    assert "打药头晕" not in texts[1]
