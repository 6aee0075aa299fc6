"""Why somebody is told: whether the reason for a notice still stands. Asked before it is told, and before each send."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from core import clock
from core.database import Transaction
from handoff import cases, deadlines
from handoff.cases import Case
from handoff.states import Kind, State
from needs import filed
from needs.filed import Need
from needs.statuses import Status
from paging.notices import Notice

_UNTAKEN = frozenset({State.QUEUED, State.OFFERED})
_WITH_US = _UNTAKEN | {State.ACTIVE, State.SNOOZED}


def stands(tx: Transaction, notice: Notice) -> bool:
    """Whether it is still worth telling; what is about no case and no need always is."""
    if notice.need_id is not None:
        return is_under_review(filed.get(tx, notice.need_id))
    if notice.case_id is not None:
        return stands_for(cases.get(tx, notice.case_id), notice.topic, notice.staff_id, notice.epoch, notice.made_at)
    return True


def is_under_review(need: Need) -> bool:
    """Whether a need still waits for its first review."""
    return need.status is Status.SUBMITTED


def stands_for(case: Case, topic: str, staff_id: UUID, epoch: int | None, since: datetime | None = None) -> bool:
    """The same for a case as it is now; `since` is when it was told."""
    if epoch is not None and case.epoch != epoch:
        return False
    return case.is_live and _STANDS[topic](case, staff_id, since or clock.now())


def _is_offered(case: Case, staff_id: UUID, since: datetime) -> bool:
    return case.state is State.OFFERED and case.owner_id == staff_id


def _is_untaken_incident(case: Case, staff_id: UUID, since: datetime) -> bool:
    return case.kind is Kind.INCIDENT and case.state in _UNTAKEN


def _is_at_desk(case: Case, staff_id: UUID, since: datetime) -> bool:
    return case.state is State.QUEUED and case.desk_at is not None


def _is_unanswered(case: Case, staff_id: UUID, since: datetime) -> bool:
    return case.state in _WITH_US and case.answered_at is None


def _is_untaken(case: Case, staff_id: UUID, since: datetime) -> bool:
    return case.state in _UNTAKEN


def _is_live(case: Case, staff_id: UUID, since: datetime) -> bool:
    return True


def _waits_for_owner(case: Case, staff_id: UUID, since: datetime) -> bool:
    """Its owner has done nothing since."""
    return (
        case.state is State.ACTIVE and case.owner_id == staff_id and (case.acted_at is None or case.acted_at <= since)
    )


def _is_of_others(case: Case, staff_id: UUID, since: datetime) -> bool:
    """It has not come back to who had it."""
    return case.owner_id != staff_id


def _window_closes(case: Case, staff_id: UUID, since: datetime) -> bool:
    """Nobody has answered, the farmer has not written, which would open the window anew, and it is still open."""
    closes = case.last_farmer_at + deadlines.WINDOW_CLOSES
    return case.state in _WITH_US and case.last_farmer_at <= since and clock.now() < closes


Reason = Callable[[Case, UUID, datetime], bool]
_STANDS: dict[str, Reason] = {
    "case_offered": _is_offered,
    "case_opened": _is_untaken_incident,
    "case_at_desk": _is_at_desk,
    "case_overdue": _is_unanswered,
    "case_still_overdue": _is_unanswered,
    "case_takes_long": _is_live,
    "owner_silent": _waits_for_owner,
    "window_closing": _window_closes,
    "case_escalated": _is_untaken,
    "case_disputed": _waits_for_owner,
    "case_farmer_wrote": _waits_for_owner,
    "case_consulted": _is_live,
    "case_noted": _waits_for_owner,
    "case_amended": _waits_for_owner,
    "case_released": _is_of_others,
    "case_declined": _waits_for_owner,
    "case_offer_expired": _waits_for_owner,
}
