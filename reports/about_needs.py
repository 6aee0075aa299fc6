"""How many needs, by status, town, object and kind of service."""

from collections import Counter
from collections.abc import Callable

from core.database import Transaction
from core.places import by_code, full_name
from needs import filed
from needs.filed import Need
from needs.statuses import STATUS_NAMES, Status
from reports.period import Period
from reports.tallies import Table, personal, plain

UNKNOWN = "未说明"


def tables(tx: Transaction, period: Period) -> list[Table]:
    """The tables about the needs that were filed in a period."""
    found = filed.filed_between(tx, period.start, period.end)
    statuses = Counter(need.status for need in found)
    return [
        plain("按状态", [(STATUS_NAMES[status], statuses[status]) for status in Status if statuses[status]]),
        personal("按乡镇", _count(found, lambda need: town_of(need.place_code))),
        personal("按作物畜禽", _count(found, lambda need: need.object or UNKNOWN)),
        personal("按服务类型", _count(found, lambda need: need.service_type)),
        personal("按产业", _count(found, lambda need: need.industry or UNKNOWN)),
        plain("按紧急程度", _count(found, lambda need: need.urgency)),
    ]


def town_of(code: str) -> str:
    """County and town of a division code."""
    place = by_code(code) if code else None
    if place is None:
        return UNKNOWN
    parent = by_code(place.parent) if place.kind == "town" and place.parent else None
    return f"{parent.name}{place.name}" if parent else full_name(code)


def _count(found: list[Need], name: Callable[[Need], str]) -> list[tuple[str, int]]:
    return Counter(name(need) for need in found).most_common()
