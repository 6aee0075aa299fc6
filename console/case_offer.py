"""What somebody to whom a case is offered must know: why it came to them, from whom, until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from console import words
from core.secrets import hide_phones
from handoff.cases import Case, Event
from handoff.states import Command, State

_OFFERS = frozenset({Command.OFFER, Command.TRANSFER})


@dataclass(frozen=True)
class Offer:
    """`by` is empty where the router chose; `until` when the offer ends; `back_to` where it goes then."""

    why: str
    by: str
    until: datetime | None
    back_to: str


def of(case: Case, events: Iterable[Event]) -> Offer | None:
    """The offer that a case is under; None when it is under none. `events` are its log, oldest first."""
    if case.state is not State.OFFERED:
        return None
    last = next((one for one in reversed(list(events)) if one.command in _OFFERS), None)
    by = words.actor(last.actor_name) if last is not None else ""
    return Offer(
        why=hide_phones(str(last.payload.get("reason", ""))) if last is not None else "",
        by="" if by == words.SYSTEM else by,
        until=case.lease_until,
        back_to="转给您的同事手上" if case.return_to is not None else "队列",
    )
