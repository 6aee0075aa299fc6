"""What each expert had to do in a period, and how evenly it was spread."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import mean
from uuid import UUID

from core import people
from core.database import Transaction
from core.people import Role
from handoff import cases, history
from handoff.history import Offer, Verdict
from handoff.states import Command
from registry import experts
from registry.experts import Expert
from reports import duty_hours
from reports.asked import Asked
from reports.case_times import Course, Lengths, summed_up

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Work:
    """One expert. `held` and `capacity` are of now and of all cases, the rest of what is asked for.

    `taken`: cases claimed or accepted. `first_answers`: of the cases opened in the period that they answered first.
    `disputes` and `ratings` are laid at the door of whoever had answered last. `capacity` is 0 for who is no expert now,
    and `on_duty` is nothing for whom the router never chooses.
    """

    staff_id: UUID
    name: str
    held: int
    capacity: int
    on_duty: timedelta
    taken: int
    answered: int
    declined: int
    expired: int
    disputes: int
    ratings: tuple[int, ...]
    first_answers: Lengths

    @property
    def share_used(self) -> int | None:
        """Of what they may hold at once, how many hundredths they hold now."""
        return round(100 * self.held / self.capacity) if self.capacity else None

    @property
    def rating(self) -> float | None:
        """The mean of their ratings, from 1 (not content) to 3 (content)."""
        return round(mean(self.ratings), 2) if self.ratings else None


def team(tx: Transaction) -> list[Expert]:
    """The experts who work here now, those whom the router may choose from."""
    working = {one.id for one in people.everyone(tx) if one.active and one.has(Role.EXPERT)}
    return [one for one in experts.everyone(tx) if one.staff_id in working]


def by_expert(
    tx: Transaction, asked: Asked, courses: Sequence[Course], offers: Sequence[Offer], verdicts: Sequence[Verdict]
) -> list[Work]:
    """Everybody who is an expert or did an expert's work in the period, the busiest first."""
    capacity = {one.staff_id: one.capacity for one in experts.everyone(tx)}
    here = {one.staff_id for one in team(tx)}
    done = history.done_by(tx, asked.period.start, asked.period.end, asked.which)
    held, on_duty = cases.loads(tx), duty_hours.worked(tx, asked)
    ended = Counter((offer.staff_id, offer.ended) for offer in offers)
    firsts = defaultdict(list)
    for one in courses:
        if one.first_answer is not None and one.first_answer.by is not None:
            firsts[one.first_answer.by].append(one.first_answer)
    names = {one.id: one.name for one in people.everyone(tx)}
    busy = {who for who, command in done if command in {Command.CLAIM, Command.ACCEPT, Command.ANSWER}}
    found = [
        Work(
            staff_id=who,
            name=names.get(who, ""),
            held=held.get(who, 0),
            capacity=capacity.get(who, 0),
            on_duty=on_duty.get(who, timedelta(0)) if who in here else timedelta(0),
            taken=done.get((who, Command.CLAIM), 0) + done.get((who, Command.ACCEPT), 0),
            answered=done.get((who, Command.ANSWER), 0),
            declined=ended[who, Command.DECLINE],
            expired=ended[who, Command.OFFER_EXPIRES],
            disputes=sum(one.answered_by == who and one.nth > 0 for one in verdicts),
            ratings=tuple(one.rating for one in verdicts if one.answered_by == who and one.rating),
            first_answers=summed_up(firsts[who]),
        )
        for who in busy | here | {offer.staff_id for offer in offers}
    ]
    return sorted(found, key=lambda work: (-work.taken, -work.answered, work.name, str(work.staff_id)))


def unevenness(works: Sequence[Work]) -> float | None:
    """The Gini coefficient of cases taken for each hour on duty, over everybody who was on duty.

    With x the cases that one took divided by the hours that one was on duty, n people and m the mean of x: the sum of
    |x_i - x_j| over all pairs, each counted twice, divided by 2 n² m. 0: everybody takes the same in an hour; near 1:
    one takes all. None for fewer than two people on duty, and where nobody took anything.
    """
    rates = [work.taken / (work.on_duty / _HOUR) for work in works if work.on_duty]
    if len(rates) < 2 or not any(rates):
        return None
    apart = sum(abs(one - other) for one in rates for other in rates)
    return round(apart / (2 * len(rates) ** 2 * mean(rates)), 2)
