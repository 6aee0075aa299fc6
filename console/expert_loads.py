"""Who holds how much: every expert with duty, limit and cases in hand, those who have left with cases in hand first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core import clock, people
from core.database import Transaction
from core.people import Role, Staff
from handoff import desk
from handoff.desk import Hand
from registry import experts, roster
from registry.experts import Expert
from registry.roster import Duty

_AHEAD = timedelta(days=4)
_BREAK = timedelta(hours=3)  # a pause at noon, after which the same person goes on


@dataclass(frozen=True)
class Load:
    """An expert at the desk. `until`: when the duty of now ends; `next_duty`: the one that follows, of the next days."""

    staff: Staff
    expert: Expert
    hand: Hand
    until: datetime | None
    next_duty: Duty | None

    @property
    def is_on_duty(self) -> bool:
        return self.until is not None

    @property
    def has_left(self) -> bool:
        """Off duty, and not back after a pause: what is in hand here waits for nobody."""
        soon = self.next_duty is not None and self.next_duty.start - clock.now() <= _BREAK
        return not self.is_on_duty and not soon

    @property
    def is_full(self) -> bool:
        return self.hand.held >= self.expert.capacity


def table(tx: Transaction) -> dict[str, object]:
    """Everybody's load, and of those who have left with cases in hand the ids, to pass all of them on at once."""
    found = loads(tx)
    left = [one for one in found if one.has_left and one.hand.movable]
    return {
        "loads": found,
        "left": [str(one.staff.id) for one in left],
        "left_cases": sum(one.hand.movable for one in left),
    }


def loads(tx: Transaction) -> list[Load]:
    """Every expert, those first who have left with cases in hand, then by how full they are."""
    at = clock.now()
    hands, duties = desk.hands(tx), _by_person(roster.duties(tx, at, at + _AHEAD))
    staff = {one.id: one for one in people.everyone(tx)}
    found = [
        _load(staff[one.staff_id], one, hands.get(one.staff_id, Hand()), duties.get(one.staff_id, []), at)
        for one in experts.everyone(tx)
        if one.staff_id in hands or (staff[one.staff_id].active and staff[one.staff_id].has(Role.EXPERT))
    ]
    return sorted(found, key=_most_pressing)


def _load(staff: Staff, expert: Expert, hand: Hand, duties: Sequence[Duty], at: datetime) -> Load:
    until: datetime | None = None
    for duty in duties:
        if duty.start <= (until or at) and duty.end > (until or at):
            until = duty.end
    following = next((duty for duty in duties if duty.start > (until or at)), None)
    return Load(staff, expert, hand, until, following)


def _by_person(duties: Sequence[Duty]) -> dict[UUID, list[Duty]]:
    found: dict[UUID, list[Duty]] = {}
    for duty in duties:
        found.setdefault(duty.staff_id, []).append(duty)
    return found


def _most_pressing(one: Load) -> tuple[bool, bool, float, str]:
    return (
        not (one.has_left and one.hand.movable),
        not one.is_on_duty,
        -one.hand.held / one.expert.capacity,
        one.staff.name,
    )
