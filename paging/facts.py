"""Facts come up: what happened to a case or a need, told to those of the staff whom it concerns.

Each fact makes one notice a person, however often it is acted on; a notice whose reason is gone is settled.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from core import clock
from core.database import Transaction
from core.outbox import Fact
from handoff import cases, deadlines
from handoff.cases import Case
from handoff.states import Kind, State, Urgency
from needs import filed
from paging import notices, reasons, whom, wording
from paging.notices import News
from paging.rules import Chain

Told = Callable[[Transaction, Case, Fact], Sequence[UUID]]


@dataclass(frozen=True)
class _Rule:
    """Who is told of a fact. `chain` is None where the urgency of the case decides how much it matters.

    `of_hands`: only of interest while the case stays in the hands of whoever is told.
    """

    told: Told
    chain: Chain | None = None
    of_hands: bool = False


def tell_staff_of_case(tx: Transaction, fact: Fact) -> None:
    """Settle what has become of no interest by this, then tell whom it concerns."""
    case = cases.get(tx, fact.uuid("case_id"))
    stale = [notice for notice in notices.unsettled(tx, case_id=case.id) if not reasons.stands(tx, notice)]
    notices.settle(tx, stale)
    rule = _TOLD.get(fact.topic)
    if rule is None:
        return
    for staff_id in rule.told(tx, case, fact):
        news = _news(tx, case, fact, rule, staff_id)
        is_told = fact.topic in _ONCE and notices.has_open(tx, staff_id, fact.topic, case.id)
        if not is_told and reasons.stands_for(case, fact.topic, staff_id, news.epoch):
            notices.tell(tx, staff_id, news)


def _news(tx: Transaction, case: Case, fact: Fact, rule: _Rule, staff_id: UUID) -> News:
    alarms = case.kind is Kind.INCIDENT or case.urgency is Urgency.CRITICAL
    presses = case.kind is Kind.INCIDENT or case.urgency is not Urgency.NORMAL
    is_mine = rule.of_hands or (case.owner_id == staff_id and fact.topic not in _NOT_OF_HANDS)
    return News(
        cause=f"{fact.topic}:{fact.id}",
        topic=fact.topic,
        importance=rule.chain or (Chain.IMPORTANT if presses else Chain.ORDINARY),
        title=wording.case_title(fact.topic, case),
        text=_text(fact.topic, case),
        path=f"/cases/{case.number}" if whom.may_open_cases(tx, staff_id) else wording.ALL_NOTICES,
        # Whoever has what is urgent may lose it at night.
        any_hour=alarms or (presses and case.owner_id == staff_id),
        every_channel=fact.topic in _ALARMS and alarms,
        case_id=case.id,
        epoch=case.epoch if is_mine else None,
    )


def _text(topic: str, case: Case) -> str:
    more = ""
    if topic == "case_offered":
        more = wording.offer(case)
    elif topic == "window_closing":
        more = wording.until(case.last_farmer_at + deadlines.WINDOW_CLOSES)
    return f"{wording.about_case(case)}。{more}"


# --- who is told what


def _offeree(tx: Transaction, case: Case, fact: Fact) -> Sequence[UUID]:
    return [case.owner_id] if case.owner_id is not None else []


def _owner(tx: Transaction, case: Case, fact: Fact) -> Sequence[UUID]:
    return [case.owner_id] if case.owner_id is not None and whom.is_here(tx, case.owner_id) else []


def _desk(tx: Transaction, case: Case, fact: Fact) -> Sequence[UUID]:
    return whom.desk(tx, clock.now())


def _owner_else_desk(tx: Transaction, case: Case, fact: Fact) -> Sequence[UUID]:
    """Whoever it is only offered to does not have it yet: that leaves it with the desk."""
    is_taken = case.state not in {State.QUEUED, State.OFFERED}
    return (_owner(tx, case, fact) if is_taken else []) or _desk(tx, case, fact)


def _owner_of_noted(tx: Transaction, case: Case, fact: Fact) -> Sequence[UUID]:
    """What a colleague notes; what somebody notes for themselves they know."""
    return [one for one in _owner(tx, case, fact) if str(one) != fact.ids.get("staff_id")]


def _former_owner(tx: Transaction, case: Case, fact: Fact) -> Sequence[UUID]:
    """From whom a case was taken, unless they gave it back themselves."""
    if "from" not in fact.ids or fact.ids["from"] == fact.ids.get("staff_id"):
        return []
    return [fact.uuid("from")]


def _everybody_for_incidents(tx: Transaction, case: Case, fact: Fact) -> Sequence[UUID]:
    return whom.alarmed(tx) if case.kind is Kind.INCIDENT else []


def _colleague(tx: Transaction, case: Case, fact: Fact) -> Sequence[UUID]:
    return [fact.uuid("to")] if "to" in fact.ids else []


_TOLD = {
    "case_offered": _Rule(_offeree, of_hands=True),
    "case_opened": _Rule(_everybody_for_incidents, Chain.IMPORTANT),
    "case_at_desk": _Rule(_desk),
    "case_overdue": _Rule(_owner_else_desk),
    "case_still_overdue": _Rule(_owner_else_desk),
    "case_takes_long": _Rule(_owner_else_desk),
    "owner_silent": _Rule(_owner, of_hands=True),
    "window_closing": _Rule(_owner_else_desk, Chain.IMPORTANT),
    "case_escalated": _Rule(_desk),
    "case_disputed": _Rule(_owner, of_hands=True),
    "case_farmer_wrote": _Rule(_owner, Chain.ORDINARY, of_hands=True),
    "case_consulted": _Rule(_colleague, Chain.ORDINARY),
    "case_noted": _Rule(_owner_of_noted, Chain.ORDINARY, of_hands=True),
    "case_amended": _Rule(_owner_of_noted, of_hands=True),
    "case_released": _Rule(_former_owner, Chain.ORDINARY),
    # To whoever passed it on it comes back; otherwise it has no owner then.
    "case_declined": _Rule(_owner, of_hands=True),
    "case_offer_expired": _Rule(_owner, of_hands=True),
}
_NOT_OF_HANDS = frozenset({"case_consulted", "case_released"})
# At once and by every channel, where a life or a farm hangs on it (reference: handoff §3.5).
_ALARMS = frozenset({"case_opened", "case_offered", "case_at_desk", "case_overdue", "case_escalated"})
# A farmer may write ten times before his expert looks: one notice is enough until then.
_ONCE = frozenset({"case_farmer_wrote"})
# After these a notice may have lost its reason; they tell nobody anything.
_SETTLING = (
    "case_accepted", "case_asked", "case_answered", "case_confirmed", "case_resolved",
    "case_cancelled", "case_merged", "case_snoozed",
)  # fmt: skip
CASE_TOPICS = (*_TOLD, *_SETTLING)


# --- needs

_FILED = "need_filed"
NEED_TOPICS = (
    _FILED, "need_accepted", "need_returned", "need_replied", "need_rejected", "need_merged", "need_dispatched",
    "need_closed", "need_cancelled",
)  # fmt: skip


def tell_staff_of_need(tx: Transaction, fact: Fact) -> None:
    """A need that waits for its review is told to the coordinators; once it is reviewed, that is settled."""
    need = filed.get(tx, fact.uuid("need_id"))
    open_ones = notices.unsettled(tx, need_id=need.id)
    notices.settle(tx, [notice for notice in open_ones if not reasons.stands(tx, notice)])
    if fact.topic != _FILED or not reasons.is_under_review(need):
        return
    news = News(
        cause=f"{fact.topic}:{fact.id}",
        topic=fact.topic,
        importance=Chain.ORDINARY,
        title=wording.NEED_TITLE,
        text=f"{wording.about_need(need)}。",
        path=f"/needs/{need.number}",
        need_id=need.id,
    )
    for staff_id in whom.desk(tx, clock.now()):
        notices.tell(tx, staff_id, news)
