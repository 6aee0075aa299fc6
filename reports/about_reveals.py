"""Who looked at farmers' telephone numbers: the list for coordinators, and the same as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from core import reveals
from core.database import Transaction
from core.reveals import Reveal
from handoff import cases
from needs import filed
from reports.exports import as_csv
from reports.period import CHINA, Period

PAGE = 100
_MOST_IN_A_FILE = 50_000


@dataclass(frozen=True)
class Look:
    """One look at a number, with the number of the case or need it was for; both are empty where that was not kept."""

    reveal: Reveal
    case_number: str
    need_number: str

    @property
    def farmer(self) -> str:
        """What he is called, and a mark that tells two of the same name apart without saying who he is."""
        return f"{self.reveal.called or '农户'}（{str(self.reveal.farmer_id)[:4]}）"


def listed(tx: Transaction, period: Period, staff_id: UUID | None, *, page: int = 1, most: int = PAGE) -> list[Look]:
    """The looks of a period, of one person or of all, the latest first."""
    found = reveals.between(tx, period.start, period.end, staff_id=staff_id, most=most, page=page)
    of_cases = cases.numbers(tx, {one.case_id for one in found if one.case_id})
    of_needs = filed.numbers(tx, {one.need_id for one in found if one.need_id})
    return [
        Look(
            one,
            of_cases.get(one.case_id, "") if one.case_id else "",
            of_needs.get(one.need_id, "") if one.need_id else "",
        )
        for one in found
    ]


def csv(tx: Transaction, period: Period, staff_id: UUID | None) -> str:
    """The same as a file for spreadsheets."""
    head = ("时间", "谁", "看了谁的电话", "为什么", "工单", "需求")
    return as_csv(head, (_row(look) for look in listed(tx, period, staff_id, most=_MOST_IN_A_FILE)))


def _row(look: Look) -> Sequence[object]:
    at = look.reveal.at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    return at, look.reveal.staff_name, look.farmer, look.reveal.reason, look.case_number, look.need_number
