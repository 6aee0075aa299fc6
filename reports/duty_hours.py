"""Hours on duty in a period, and the office hours in which nobody was. As the roster now tells of that time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core import clock
from core.database import Transaction
from registry import roster
from registry.experts import Expert
from registry.roster import Gap
from registry.worktime import OFFICE_HOURS
from reports.asked import Asked

_NO_TIME = timedelta(0)
_PIECE = timedelta(days=60)  # the roster answers for two months at a time


@dataclass(frozen=True)
class Coverage:
    """Office hours of a period until now, those of them with nobody on duty, and the gaps in which they lie."""

    office: timedelta
    uncovered: timedelta
    gaps: tuple[Gap, ...]

    @property
    def share_covered(self) -> int | None:
        """How many hundredths of the office hours had somebody on duty; a started hundredth without is not covered."""
        return int(100 * (self.office - self.uncovered) / self.office) if self.office else None


def worked(tx: Transaction, asked: Asked) -> dict[UUID, timedelta]:
    """For how long each expert was on duty; what was planned twice counts once."""
    found: dict[UUID, timedelta] = {}
    for start, end in _pieces(asked):
        reached: dict[UUID, datetime] = {}
        for duty in roster.duties(tx, start, end):  # by when they start
            begins = max(duty.start, reached.get(duty.staff_id, duty.start))
            found[duty.staff_id] = found.get(duty.staff_id, _NO_TIME) + max(_NO_TIME, duty.end - begins)
            reached[duty.staff_id] = max(begins, duty.end)
    return found


def coverage(tx: Transaction, asked: Asked, team: list[Expert]) -> Coverage:
    """When none of a team was on duty who cover the county and know the objects that are asked for.

    An empty county or no objects ask for anybody. Gaps outside office hours do not count.
    """
    wanted = asked.objects
    among = {
        one.staff_id
        for one in team
        if one.covers(asked.county) and (wanted is None or one.knows(wanted | {asked.object}))
    }
    gaps = [
        gap
        for start, end in _pieces(asked)
        for gap in roster.gaps(tx, start, end, among=among)
        if OFFICE_HOURS.between(gap.start, gap.end)
    ]
    return Coverage(
        office=sum((OFFICE_HOURS.between(start, end) for start, end in _pieces(asked)), _NO_TIME),
        uncovered=sum((OFFICE_HOURS.between(gap.start, gap.end) for gap in gaps), _NO_TIME),
        gaps=tuple(gaps),
    )


def _pieces(asked: Asked) -> Iterator[tuple[datetime, datetime]]:
    """The period until now, in pieces that the roster takes."""
    start, end = asked.period.start, min(asked.period.end, clock.now())
    while start < end:
        yield start, min(start + _PIECE, end)
        start += _PIECE
