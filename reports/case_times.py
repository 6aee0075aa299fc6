"""How long cases took, replayed from their logs: to the first answer and to the end, and whether that was in time.

What is measured is how long one of us owed the next step. While the farmer does (he was asked for more, or has an
answer to try), no time passes (reference: handoff §3.1). The deadlines move as they do in `handoff/changes.py`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from uuid import UUID

from handoff import deadlines
from handoff.history import WITH_US, Told
from handoff.states import ENDED, Command, Kind, State
from registry.worktime import OFFICE_HOURS

_NO_TIME = timedelta(0)


@dataclass(frozen=True)
class Length:
    """How long something took: by the clock, and the part of it that was working time."""

    by_clock: timedelta
    working: timedelta


@dataclass(frozen=True)
class Part:
    """The way of a case to one of its two goals. `took` is None while it is not there, and when it ended elsewhere.

    `late`: it was reached after its deadline, or is not reached though that has passed. `by`: who answered.
    """

    took: Length | None
    late: bool
    by: UUID | None = None


@dataclass(frozen=True)
class Course:
    """A case from its opening to its first end; what came after a reopening is not part of it.

    `first_answer` is None for what nobody has to answer: incidents, and what was merged into another case.
    """

    first_answer: Part | None
    resolution: Part | None


@dataclass(frozen=True)
class Lengths:
    """Many lengths in a few figures. `tenth`: the length that nine in ten do not exceed (nearest rank).

    `in_time` of those that are done; `late` those done late and those overdue. None where nothing is done.
    """

    many: int
    in_time: int
    late: int
    typical: Length | None
    tenth: Length | None

    @property
    def share_in_time(self) -> int | None:
        """Of those done or overdue, how many hundredths were in time."""
        judged = self.in_time + self.late
        return round(100 * self.in_time / judged) if judged else None


def summed_up(parts: Iterable[Part]) -> Lengths:
    every = list(parts)
    took = [part.took for part in every if part.took is not None]
    return Lengths(
        many=len(took),
        in_time=sum(part.took is not None and not part.late for part in every),
        late=sum(part.late for part in every),
        typical=_both(took, _median),
        tenth=_both(took, _tenth),
    )


def course(told: Told, now: datetime) -> Course:
    """The course of a case as far as it has come by `now`."""
    watch, first, end = _Watch(told), None, None
    for step in told.steps[1:]:
        watch.go(step.at, step.to_state)
        if step.command == Command.ANSWER and first is None:
            first = Part(watch.length, watch.reached > watch.answer_by, step.actor_id)
        if step.to_state in ENDED:
            end = step.to_state
            break
    watch.stop(now)
    if first is None:
        first = Part(None, watch.reached > watch.answer_by)
    merged = end == State.MERGED
    return Course(
        first_answer=None if merged or told.kind is Kind.INCIDENT else first,
        resolution=None
        if merged
        else Part(watch.length if end == State.RESOLVED else None, watch.reached > watch.resolve_by),
    )


class _Watch:
    """Runs while one of us owes the next step. `reached`: until when it has run; the deadlines as they stand then."""

    def __init__(self, told: Told) -> None:
        self.answer_by = deadlines.first_answer(told.urgency, told.opened_at)
        self.resolve_by = deadlines.resolution(told.urgency, told.opened_at)
        self.reached = told.opened_at
        self._urgency = told.urgency
        self._by_clock = self._working = _NO_TIME
        self._since: datetime | None = told.opened_at
        self._asked_at: datetime | None = None

    @property
    def length(self) -> Length:
        return Length(self._by_clock, self._working)

    def go(self, at: datetime, to_state: str) -> None:
        """The case comes to a state at a moment."""
        if to_state not in WITH_US:
            self.stop(at)
        elif self._since is None:
            self._since = at
        if self._asked_at is not None and to_state != State.WAITING_FARMER:
            self.answer_by = deadlines.moved(self._urgency, self.answer_by, self._asked_at, at)
            self.resolve_by = deadlines.resolution_moved(self._urgency, self.resolve_by, self._asked_at, at)
            self._asked_at = None
        if to_state == State.WAITING_FARMER and self._asked_at is None:
            self._asked_at = at

    def stop(self, at: datetime) -> None:
        if self._since is not None:
            self._by_clock += at - self._since
            self._working += OFFICE_HOURS.between(self._since, at)
            self._since, self.reached = None, at


def _both(took: Sequence[Length], figure: Callable[[Sequence[timedelta]], timedelta]) -> Length | None:
    if not took:
        return None
    return Length(figure([one.by_clock for one in took]), figure([one.working for one in took]))


def _median(spans: Sequence[timedelta]) -> timedelta:
    return timedelta(seconds=median(span.total_seconds() for span in spans))


def _tenth(spans: Sequence[timedelta]) -> timedelta:
    return sorted(spans)[ceil(0.9 * len(spans)) - 1]
