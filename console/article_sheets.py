"""The articles as a spreadsheet: taking it away, and bringing it back after looking at what would change."""

import base64
import binascii
from collections import Counter
from collections.abc import Iterable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import current, once, refusals
from console.api import status_of
from core import clock
from core.errors import Refused
from knowledge import articles, sheets
from knowledge.sheets import Fate, Planned

pages = Blueprint("article_sheets", __name__)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_BYTES = 8 * 1024 * 1024
_FATE_NAMES = {Fate.NEW: "新文章（存为草稿）", Fate.CHANGED: "新的一版", Fate.SAME: "没有变化", Fate.WRONG: "没有导入"}


@pages.get("/articles/export.xlsx")
def export() -> Response:
    with current.services().database.transaction() as tx:
        content = sheets.write(articles.listed(tx))
    name = f"articles-{clock.now().date().isoformat()}.xlsx"
    return Response(content, mimetype=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@pages.get("/articles/import")
def show() -> ResponseReturnValue:
    return render_template("article_import.html", planned=None)


@pages.post("/articles/import")
def bring() -> ResponseReturnValue:
    """First what would change; then, with the same file sent back by the page, doing it."""
    try:
        content = _content()
        rows = sheets.read(content)
        with current.services().database.transaction() as tx:
            if request.form.get("confirmed") != "yes":
                planned = sheets.plan(tx, rows)
                sealed = base64.b64encode(content).decode()
                return render_template("article_import.html", planned=planned, sealed=sealed, fates=_FATE_NAMES)
            said = once.sent_once(tx, lambda: _counted(sheets.carry_out(tx, rows, by=current.me().name)))
    except Refused as refusal:
        refusals.note(refusal)
        return render_template("article_import.html", planned=None, refusal=refusal.words), status_of(refusal)
    flash(said, "done")
    return redirect(url_for("knowledge.listing"), 303)


def _counted(done: Iterable[Planned]) -> str:
    counts = Counter(one.fate for one in done)
    return "，".join(f"{_FATE_NAMES[fate]}{counts[fate]}篇" for fate in Fate if counts[fate]) + "。"


def _content() -> bytes:
    sent = request.files.get("sheet")
    if sent is not None and sent.filename:
        content = bytes(sent.read(_MOST_BYTES + 1))
    else:
        try:
            content = base64.b64decode(request.form.get("sealed", ""), validate=True)
        except binascii.Error:
            content = b""
    if not content:
        raise Refused("sheet_missing", "请选择一个 .xlsx 表格。")
    if len(content) > _MOST_BYTES:
        raise Refused("sheet_too_long", "表格太大了，请分几次导入。")
    return content
