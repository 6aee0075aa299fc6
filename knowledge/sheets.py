"""Articles as a spreadsheet, out and in: one row an article, several entries of a cell on lines of their own."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from pydantic import ValidationError

from core.database import Transaction
from core.errors import NotFound, Refused
from knowledge import articles, desk, drafting, telling
from knowledge.article_files import ArticleText
from knowledge.articles import Article, State
from knowledge.topics import TOPICS

MOST_ROWS = 5000
_MOST_UNPACKED = 100 * 1024 * 1024
_VERSION, _STATE = "版本", "状态"
_LISTS = ("also_topics", "asked_as", "steps", "avoid", "look_alikes", "regions", "sources", "safety")
# Signed and reviewed only by hand; a row cannot say who did.
_READ_ONLY = ("reviewed_by", "approved_by")
_WIDE = {"question": 28, "asked_as": 40, "look_for": 40, "first": 36, "steps": 60, "avoid": 36, "look_alikes": 36}


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"


@dataclass(frozen=True)
class Row:
    """One row, read: the line in the sheet, the text if it is one, the version its writer had seen, and what is wrong."""

    line: int
    title: str
    text: ArticleText | None
    seen: int | None
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Planned:
    """What would be done with a row, and why not."""

    row: Row
    fate: Fate
    why: str = ""


def write(every: Iterable[Article]) -> bytes:
    """The articles as an xlsx file that `read` understands. Every cell is text: nothing in it is ever run."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "知识库"
    heads = [*(telling.FIELD_NAMES[name] for name in ArticleText.model_fields), _STATE, _VERSION]
    rows = [heads, *(_cells(article) for article in every)]
    for line, cells in enumerate(rows, start=1):
        for column, value in enumerate(cells, start=1):
            cell = sheet.cell(line, column)
            assert isinstance(cell, Cell)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=line > 1, vertical="top")
            cell.font = Font(bold=line == 1)
    for column, name in enumerate(ArticleText.model_fields, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = _WIDE.get(name, 14)
    sheet.freeze_panes = "C2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(article: Article) -> list[str]:
    fields = article.text.model_dump(mode="json")
    texts = ["\n".join(value) if isinstance(value, list) else str(value) for value in fields.values()]
    return [*texts, telling.STATE_NAMES[article.state], str(article.version)]


def read(content: bytes) -> tuple[Row, ...]:
    """The rows of a sheet. Raises Refused for what is no xlsx file or has no known columns."""
    lines = _lines(content)
    heads = [_text(value) for value in next(lines, ())]
    columns = {name: heads.index(head) for name, head in telling.FIELD_NAMES.items() if head in heads}
    if not {"title", "steps"} <= set(columns):
        raise Refused("sheet_unknown", "看不懂这张表：第一行要有“标题”“步骤”这些栏目。请先导出一份，在上面改。")
    version_at = heads.index(_VERSION) if _VERSION in heads else None
    rows: list[Row] = []
    for line, values in enumerate(lines, start=2):
        if len(rows) >= MOST_ROWS:
            raise Refused("sheet_too_long", f"一次最多导入{MOST_ROWS}行。")
        cells = {name: _text(values[at]) if at < len(values) else "" for name, at in columns.items()}
        if any(cells.values()):
            seen = _text(values[version_at]) if version_at is not None and version_at < len(values) else ""
            rows.append(_row(line, cells, int(seen) if seen.isdecimal() else None))
    return tuple(rows)


def _lines(content: bytes) -> Iterator[Sequence[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > _MOST_UNPACKED:
                raise Refused("sheet_too_long", "表格太大了，请分几次导入。")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise Refused("sheet_unreadable", "这个文件打不开，请用 .xlsx 格式的表格。") from error
    sheet = book.worksheets[0] if book.worksheets else None
    return iter(()) if sheet is None else sheet.iter_rows(values_only=True)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def _row(line: int, cells: dict[str, str], seen: int | None) -> Row:
    fields: dict[str, object] = {
        name: [part.strip() for part in value.split("\n") if part.strip()] if name in _LISTS else value
        for name, value in cells.items()
        if name not in _READ_ONLY
    }
    objects = [part for part in cells.get("object", "").replace("、", "|").split("|") if part]
    problems = [part for part in cells.get("problem", "").replace("、", "|").split("|") if part]
    fields["object"] = drafting.canonical(objects)
    fields["problem"] = drafting.canonical_problems(problems, objects)
    fields.setdefault("look_for", "")
    fields.setdefault("call_expert", "")
    fields["id"] = cells.get("id") or "x"
    if not cells.get("sources"):
        fields["sources"] = ["common-practice"]
    if cells.get("topic") not in TOPICS:
        return Row(line, cells["title"], None, seen, (f"{telling.FIELD_NAMES['topic']}：请选一个主题",))
    try:
        text = ArticleText.model_validate(fields)
    except ValidationError as error:
        return Row(line, cells["title"], None, seen, telling.of_shape(error))
    return Row(line, cells["title"], text if cells.get("id") else text.model_copy(update={"id": ""}), seen)


def plan(tx: Transaction, rows: Iterable[Row]) -> tuple[Planned, ...]:
    """What an import would do; changes nothing."""
    return tuple(_planned(tx, row) for row in rows)


def _planned(tx: Transaction, row: Row) -> Planned:
    if row.text is None:
        return Planned(row, Fate.WRONG, "；".join(row.wrong))
    if not row.text.id:
        return Planned(row, Fate.NEW)
    try:
        current = articles.get(tx, row.text.id)
    except NotFound:
        return Planned(row, Fate.NEW)
    as_before = current.text.model_copy(update=dict.fromkeys(_READ_ONLY, ""))
    if row.text == as_before:
        return Planned(row, Fate.SAME)
    if row.seen != current.version:
        return Planned(row, Fate.WRONG, "导出以后别人又改过这一篇，请重新导出再改")
    wrong = desk.wrong_with(row.text) if current.state is State.PUBLISHED else ()
    return Planned(row, Fate.WRONG, "；".join(wrong)) if wrong else Planned(row, Fate.CHANGED)


def carry_out(tx: Transaction, rows: Iterable[Row], *, by: str) -> tuple[Planned, ...]:
    """Do it: new articles come in as drafts, changed ones as new versions; wrong rows are left out."""
    planned = plan(tx, rows)
    for one in planned:
        text = one.row.text
        if text is None or one.fate not in {Fate.NEW, Fate.CHANGED}:
            continue
        if one.fate is Fate.NEW:
            new = text.model_copy(update={"id": text.id or desk.new_id(tx, text.title)})
            desk.add(tx, new, by=by, publish=False)
        else:
            assert one.row.seen is not None
            desk.save(tx, text, seen=one.row.seen, by=by, publish=False)
    return planned
