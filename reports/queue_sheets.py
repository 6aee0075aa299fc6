"""The report on the experts' queue as a spreadsheet: one sheet a table, pictures beside days and experts.

No farmer is in it. Texts are stored as texts, so that nothing in them is ever run, and lose what `exports.safe` takes.
"""

import io
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.asked import Asked
from reports.exports import safe
from reports.grids import Column, Grid, Value
from reports.queue_grids import QueueGrids

NOTES = (
    "数量按发生的时间计。用时只看本期新开的工单，算到现在；等农户的时间（请农户补充、答复后等反馈）不算。",
    "按时和超时按各工单的期限判断，期限随等农户的时间顺延；到期还没有答复也算超时。紧急事件和并掉的工单不算首次答复。",
    "农户说没解决、评价，都记在最后答复的专家名下。现在手上和占上限是导出时的情况，不分地方和类别。",
    "基尼系数比的是每个值班小时接了几件：0是人人一样，接近1是都由一个人接。只算在值班表上的专家。",
    "值班按现在的值班表推算。涉及农户的内容不得对外发布。",
)
_TITLE_LENGTH = 31  # what a spreadsheet allows


def write(grids: QueueGrids, asked: Asked, made_at: datetime) -> bytes:
    """The report as an xlsx file."""
    book = Workbook()
    about = book.active
    assert isinstance(about, Worksheet)
    _write_about(about, asked, made_at)
    for grid in grids:
        sheet = book.create_sheet(_title(grid))
        _fill(sheet, grid)
        if grid is grids.days and grid.rows:
            _draw_days(sheet, grid)
        if grid is grids.experts and grid.rows:
            _draw_experts(sheet, grid)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_about(sheet: Worksheet, asked: Asked, made_at: datetime) -> None:
    sheet.title = "说明"
    lines = ("专家队列报表", asked.told, f"导出时间 {made_at:%Y-%m-%d %H:%M}", *NOTES)
    for line, text in enumerate(lines, start=1):
        _put(sheet, line, 1, text, bold=line == 1)
    sheet.column_dimensions["A"].width = 90


def _title(grid: Grid) -> str:
    return grid.title.partition("（")[0][:_TITLE_LENGTH]


def _fill(sheet: Worksheet, grid: Grid) -> None:
    for at, column in enumerate(grid.columns, start=1):
        _put(sheet, 1, at, column.head, bold=True)
        sheet.column_dimensions[get_column_letter(at)].width = max(12, 2 * len(column.head) + 2)
    for line, row in enumerate(grid.rows, start=2):
        for at, (column, value) in enumerate(zip(grid.columns, row, strict=True), start=1):
            _put(sheet, line, at, value, column)
    sheet.freeze_panes = "B2"


def _put(
    sheet: Worksheet, line: int, at: int, value: Value, column: Column | None = None, *, bold: bool = False
) -> None:
    cell = sheet.cell(line, at)
    assert isinstance(cell, Cell)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.font = Font(bold=bold)
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", safe(value))
        cell.data_type = "s"
    elif isinstance(value, datetime):
        cell.value = value.replace(tzinfo=None)  # spreadsheets know no zones; these are China's
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif column is not None and value is not None:
        cell.value = column.number(value)


def _draw_days(sheet: Worksheet, grid: Grid) -> None:
    chart = LineChart()
    chart.title = grid.title
    last = len(grid.rows) + 1
    chart.add_data(
        Reference(sheet, min_col=2, max_col=len(grid.columns), min_row=1, max_row=last), titles_from_data=True
    )
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    chart.x_axis.number_format = "mm-dd"
    _place(sheet, chart, grid)


def _draw_experts(sheet: Worksheet, grid: Grid) -> None:
    chart = BarChart()
    chart.type = "bar"
    chart.title = grid.title
    last = len(grid.rows) + 1
    for name in ("接单", "答复"):
        at = [column.name for column in grid.columns].index(name) + 1
        chart.add_data(Reference(sheet, min_col=at, min_row=1, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    _place(sheet, chart, grid)


def _place(sheet: Worksheet, chart: LineChart | BarChart, grid: Grid) -> None:
    """Beside the table, with axes that newer programs would else leave out."""
    chart.width, chart.height = 24, 11  # centimetres
    chart.x_axis.delete = chart.y_axis.delete = False
    sheet.add_chart(chart, f"{get_column_letter(len(grid.columns) + 2)}2")
