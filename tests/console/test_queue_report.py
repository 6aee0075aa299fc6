"""The report on the experts' queue: its page, its pictures, and its spreadsheet opened again."""

import io
import re
from datetime import date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from console import charts
from console.queue_view import shown
from conversations.services import Services
from core.people import Role
from registry import experts
from reports.asked import asked
from reports.grids import Column, grid
from reports.queue_figures import gather
from reports.queue_grids import as_grids
from reports.queue_sheets import write
from tests.conftest import Later
from tests.console import desk
from tests.console.desk import Browser
from tests.core.kit import member
from tests.reports import week
from tests.reports.week import COUNTY, NAME, OTHER_COUNTY, PERIOD, PHONE

WEEK = f"first={PERIOD.first}&last={PERIOD.last}"


def at(text: str) -> datetime:
    """A moment as a spreadsheet has it, without a zone."""
    return datetime.fromisoformat(text)


@pytest.fixture
def browser(services: Services, app: Flask, later: Later) -> Browser:
    """A coordinator at the console, after the week."""
    with services.database.transaction() as tx:
        week.happen(tx, later)
    desk.hire(services, "looking", Role.COORDINATOR, name="看报表的")
    return desk.log_in(app.test_client(), "looking")


def cells(page: str, title: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    after = page.partition(f"<h2>{title}</h2>")[2].partition("</section>")[0]
    body = re.search(r"<tbody>(.*?)</tbody>", after, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", body.group(1) if body else "", re.DOTALL)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]


def test_the_page_shows_the_figures_of_the_week(browser: Browser) -> None:
    page = browser.get(f"/reports?{WEEK}").text
    times = cells(page, "用时（本期新开的工单）")
    assert times[0] == ["首次答复", "3", "6小时", "1天7小时", "4小时", "13小时", "2", "2", "50%"]
    assert cells(page, "派单") == [["5", "1", "2", "1", "1", "0", "5分钟"]]
    assert cells(page, "按天")[:2] == [["11月2日", "3", "2", "2", "0"], ["11月3日", "1", "1", "0", "1"]]
    assert cells(page, "谢绝的原因") == [["不是我的专业", "2"]]
    assert ["农户确认解决", "1"] in cells(page, "工单怎么结束")
    people = {row[0]: row[1:] for row in cells(page, "按专家")}
    assert people["wang"] == ["0", "0%", "18小时30分", "4", "2", "1小时", "1", "0", "0", "1", "3"]
    assert people["li"] == ["1", "20%", "1天6小时", "3", "2", "18小时45分", "1", "1", "1", "1", "1"]
    assert cells(page, "值班")[0] == ["1天13小时", "4小时", "89%", "0.18"]
    assert ["升级到专业", "1"] in cells(page, "数量")


def test_what_the_page_is_narrowed_to_stays_chosen_and_goes_into_the_file(browser: Browser) -> None:
    page = browser.get(f"/reports?{WEEK}&county={OTHER_COUNTY}&kind=question&object=水稻").text
    assert cells(page, "派单") == [["3", "0", "1", "1", "1", "0", "—"]]
    for chosen in (OTHER_COUNTY, "question"):
        assert re.search(rf'value="{chosen}" selected', page)
    assert "<option selected>水稻</option>" in page
    link = re.search(r'href="(/reports/queue\.xlsx[^"]+)"', page)
    assert link is not None
    book = opened(browser, link.group(1).replace("&amp;", "&"))
    assert rows(book, "派单")[1][:3] == (3, 0, 1)
    assert "水稻" in str(rows(book, "说明")[1][0])


def test_an_empty_period_has_a_page_and_a_file(browser: Browser) -> None:
    for path in ("/reports?first=2020-01-01&last=2020-01-03", "/reports?first=2030-01-01&last=2030-01-03"):
        page = browser.get(path)
        assert page.status_code == 200
        assert cells(page.text, "派单") == [["0", "0", "0", "0", "0", "0", "—"]]
        book = opened(browser, path.replace("/reports", "/reports/queue.xlsx"))
        assert rows(book, "谢绝的原因") == [("原因", "次数（次）")]


def test_a_very_long_period_says_where_it_begins(browser: Browser) -> None:
    assert "一次最多看一年，下面从2025-11-08算起" in browser.get("/reports?first=2000-01-01&last=2026-11-08").text


def test_every_picture_is_described_and_has_no_style_of_its_own(browser: Browser) -> None:
    page = browser.get(f"/reports?{WEEK}").text
    pictures = re.findall(r"<svg class=\"chart\".*?</svg>", page, re.DOTALL)
    assert len(pictures) == 2
    for picture in pictures:
        drawn = ElementTree.fromstring(picture)
        assert drawn.get("role") == "img"
        told = {child.tag: child.text or "" for child in drawn if child.tag in {"title", "desc"}}
        assert len(told["title"]) > 3
        assert "表里" in told["desc"]
    assert " style=" not in page
    lines = list(ElementTree.fromstring(pictures[0]).iter("polyline"))
    assert [len((line.get("points") or "").split()) for line in lines] == [7, 7, 7, 7]


def test_only_coordinators_see_it(services: Services, app: Flask) -> None:
    for username, roles in {"e": {Role.EXPERT}, "a": {Role.ADMIN}, "c": {Role.COORDINATOR}}.items():
        desk.hire(services, username, *roles)
        client = desk.log_in(app.test_client(), username)
        expected = 200 if roles == {Role.COORDINATOR} else 403
        assert [client.get(path).status_code for path in ("/reports", "/reports/queue.xlsx")] == [expected] * 2
    assert app.test_client().get("/reports/queue.xlsx").status_code == 302


# --- the spreadsheet


def opened(browser: Browser, path: str) -> Workbook:
    file = browser.get(path)
    assert file.status_code == 200
    assert file.headers["Content-Disposition"].endswith('.xlsx"')
    return load_workbook(io.BytesIO(file.data))


def rows(book: Workbook, title: str) -> list[tuple[object, ...]]:
    sheet = book[title]
    assert isinstance(sheet, Worksheet)
    return list(sheet.iter_rows(values_only=True))


def test_the_spreadsheet_has_a_sheet_for_each_table_with_units_and_numbers(browser: Browser) -> None:
    book = opened(browser, f"/reports/queue.xlsx?{WEEK}")
    assert book.sheetnames == [
        "说明", "数量", "用时", "派单", "谢绝的原因", "工单怎么结束", "农户评价", "按专家", "按天", "值班", "工作时间没有人值班的时段",
    ]  # fmt: skip
    head, first, _ = rows(book, "用时")
    assert head[:3] == ("到哪一步", "完成（件）", "中位（小时）")
    assert first == ("首次答复", 3, 6, 31.5, 4, 13, 2, 2, 50)
    assert rows(book, "派单")[1] == (5, 1, 2, 1, 1, 0, 5)
    assert rows(book, "按天")[1] == (at("2026-11-02"), 3, 2, 2, 0)
    wang = rows(book, "按专家")[1]
    assert wang == ("wang", 0, 0, 18.5, 4, 2, 1, 1, 0, 0, 1, 3)
    assert rows(book, "农户评价")[1:] == [("满意", 1), ("一般", 0), ("不满意", 1)]
    assert rows(book, "工作时间没有人值班的时段")[1] == (at("2026-11-04 12:00"), at("2026-11-05 08:30"), 4)
    assert [len(book[title]._charts) for title in ("按天", "按专家", "派单")] == [1, 1, 0]


def test_no_farmer_is_in_the_page_or_the_spreadsheet(browser: Browser) -> None:
    page = browser.get(f"/reports?{WEEK}&county={COUNTY}").text
    book = opened(browser, f"/reports/queue.xlsx?{WEEK}")
    everything = page + str([row for title in book.sheetnames for row in rows(book, title)])
    for secret in (NAME, PHONE, "oFarmer", "叶子黄"):
        assert secret not in everything


def test_what_a_spreadsheet_would_run_stays_text(services: Services, later: Later) -> None:
    with services.database.transaction() as tx:
        week.begin(tx, later).at("10 10:00")
        experts.enrol(tx, member(tx, "=1+1", Role.EXPERT).id)
        made = asked(PERIOD)
        content = write(as_grids(gather(tx, made), lambda code: code), made, at("2026-11-10 10:00"))
    book = load_workbook(io.BytesIO(content))
    names = [cell for cell in book["按专家"]["A"] if "1+1" in str(cell.value)]
    assert [(cell.value, cell.data_type) for cell in names] == [("'=1+1", "s")]


# --- the pieces


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (None, "件", "—"),
        (timedelta(minutes=130), "小时", "2小时10分"),
        (timedelta(minutes=130, seconds=-1), "小时", "2小时10分"),
        (timedelta(0), "小时", "0"),
        (33, "%", "33%"),
        (0.18, "", "0.18"),
        (date(2026, 11, 2), "", "11月2日"),
        (at("2026-11-02 08:30"), "", "11月2日08:30"),
    ],
)
def test_values_are_told_in_words(value: object, unit: str, told: str) -> None:
    assert shown(value, Column("x", unit)) == told  # type: ignore[arg-type]


def test_a_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="2 wide"):
        grid("x", ["a", ("b", "件")], [(1,)])


def test_lines_keep_to_their_picture() -> None:
    days = [date(2026, 11, 2) + timedelta(days=at) for at in range(40)]
    for most in (0, 1, 7, 23, 180, 4001):
        lines = charts.over_days(days, [("x", [most] * 39 + [0])])
        highest, lowest = min(y for _, y in lines.lines[0].points), lines.lines[0].points[-1][1]
        assert float(lines.ticks[-1].text) >= most
        assert lines.ticks[-1].at <= highest <= lowest == lines.ticks[0].at
        assert not lines.dots
    assert len(charts.over_days(days[:1], [("x", [3])]).lines[0].points) == 1


def test_bars_are_as_long_as_their_numbers_and_long_names_are_cut() -> None:
    bars = charts.by_person([("欧阳农技站站长", (4, 2)), ("王", (0, 1))] + [("x", (0, 0))] * 19)
    first, second = bars.rows[0], bars.rows[1]
    assert first.bars[0].length == 2 * first.bars[1].length == 4 * second.bars[1].length
    assert (first.short, second.short, bars.left_out) == ("欧阳农技站…", "王", 1)
