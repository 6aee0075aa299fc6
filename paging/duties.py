"""What duties bring: a reminder an hour before one begins, and at its start how much waits."""

from datetime import datetime, timedelta
from uuid import UUID

from core import clock
from core.database import Database, Transaction
from handoff import cases
from handoff.cases import Case
from handoff.states import RANK, State
from paging import notices, whom, wording
from paging.notices import News
from paging.rules import Chain
from registry.roster import Duty

REMIND_BEFORE = timedelta(minutes=60)
_BEGAN_WITHIN = timedelta(minutes=15)
_IN_HAND = {State.OFFERED, State.ACTIVE}


def look(database: Database) -> int:
    """Tell whose duty begins soon, or has just begun; the number told. Each duty is told of once, in any process."""
    at = clock.now()
    with database.transaction() as tx:
        beginning = _beginning(whom.duties(tx, at - _BEGAN_WITHIN, at + REMIND_BEFORE), at - _BEGAN_WITHIN)
        return sum(_remind(tx, duty) if duty.start > at else _sum_up(tx, duty) for duty in beginning)


def _beginning(duties: list[Duty], since: datetime) -> list[Duty]:
    """Those that begin after that moment; one that goes on where another ended, as at midnight, does not begin."""
    ends = {(duty.staff_id, duty.end) for duty in duties}
    return [duty for duty in duties if duty.start > since and (duty.staff_id, duty.start) not in ends]


def _remind(tx: Transaction, duty: Duty) -> bool:
    """A reminder, at any hour, since it is before a duty. Office hours that nobody planned need none."""
    if duty.why == "office" or not whom.is_here(tx, duty.staff_id):
        return False
    news = News(
        cause=f"duty_soon:{duty.start.isoformat()}",
        topic="duty_soon",
        importance=Chain.ORDINARY,
        title=wording.duty_soon(duty.start),
        text=wording.duty_soon_text(duty.start, _whole_end(tx, duty)),
        path=wording.ALL_NOTICES,
        any_hour=True,
    )
    return notices.tell(tx, duty.staff_id, news)


def _whole_end(tx: Transaction, duty: Duty) -> datetime:
    """When a duty really ends: what was looked at may cut it off."""
    ahead = whom.duties(tx, duty.start, duty.start + timedelta(days=1))
    return max(
        (one.end for one in ahead if one.staff_id == duty.staff_id and one.start <= duty.start), default=duty.end
    )


def _sum_up(tx: Transaction, duty: Duty) -> bool:
    """How much waits; nobody is told that nothing does."""
    waiting = _waiting_for(tx, duty.staff_id)
    if not waiting or not whom.is_here(tx, duty.staff_id):
        return False
    news = News(
        cause=f"duty_begins:{duty.start.isoformat()}",
        topic="duty_begins",
        importance=Chain.ORDINARY,
        title=wording.DUTY_BEGINS,
        text=wording.waiting(len(waiting), waiting[0]),
        path=wording.ALL_NOTICES,
    )
    return notices.tell(tx, duty.staff_id, news)


def _waiting_for(tx: Transaction, staff_id: UUID) -> list[Case]:
    """What waits for this person, the most urgent first: what they have in hand; for the desk what nobody could be given."""
    found = cases.queue(tx, _IN_HAND, owner_id=staff_id)
    if staff_id in whom.coordinators(tx):
        found += [case for case in cases.queue(tx, {State.QUEUED}) if case.desk_at is not None]
    return sorted(found, key=lambda case: (RANK[case.urgency], case.due_at))
