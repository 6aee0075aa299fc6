"""Lists as CSV files for spreadsheets: phones masked, no openid, nothing that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from core.database import Transaction
from core.places import full_name
from core.secrets import hide_phones
from handoff.cases import Case
from handoff.states import STATE_NAMES
from needs import filed
from reports.about_cases import KIND_NAMES, opened_in
from reports.period import CHINA, Period

_BOM = "\ufeff"  # without it a Chinese Excel reads UTF-8 as GBK
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def needs_csv(tx: Transaction, period: Period) -> str:
    """The needs that were filed in a period."""
    head = (
        "编号", "状态", "服务类型", "需求类别", "产业", "作物畜禽", "要解决的问题", "规模", "紧急程度", "到现场", "地点", "地点（农户说）", "登记时间",
        "审核期限", "结束时间", "结果",
    )  # fmt: skip
    rows = (
        (
            need.number, need.status_name, need.service_type, need.demand_kind, need.industry, need.object, need.problem,
            need.scale, need.urgency, "是" if need.visit else "否", full_name(need.place_code), need.place_said,
            _time(need.filed_at), _time(need.due_at), _time(need.ended_at), need.outcome,
        )
        for need in filed.filed_between(tx, period.start, period.end)
    )  # fmt: skip
    return as_csv(head, rows)


def cases_csv(tx: Transaction, period: Period) -> str:
    """The cases that were opened in a period. The words of incidents stay where they are."""
    head = (
        "编号",
        "类别",
        "状态",
        "紧急程度",
        "作物畜禽",
        "主题",
        "问题",
        "地点",
        "开单时间",
        "应答期限",
        "首次答复",
        "结束时间",
        "结果",
        "农户说没解决（次）",
    )
    return as_csv(head, (_case_row(case) for case in opened_in(tx, period)))


def _case_row(case: Case) -> Sequence[object]:
    asked = "" if case.kind == "incident" else case.question
    return (
        case.number, KIND_NAMES[case.kind], STATE_NAMES[case.state], case.urgency, case.object, case.topic, asked,
        full_name(case.place_code), _time(case.opened_at), _time(case.due_at), _time(case.first_answered_at),
        _time(case.ended_at), case.outcome, case.disputes,
    )  # fmt: skip


def as_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV text that Excel opens as it is meant."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([safe(str(value)) for value in row])
    return _BOM + out.getvalue()


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, with mobile numbers masked."""
    masked = hide_phones(text)
    return "'" + masked if masked.lstrip().startswith(_FORMULA) or masked.startswith(("\t", "\r")) else masked


def _time(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
