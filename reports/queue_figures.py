"""The figures of the experts' queue for a period: what came in, what became of it, how soon, day by day."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from core import clock
from core.database import Transaction
from core.secrets import hide_phones
from handoff import history
from handoff.history import Offer, Tally, Verdict
from handoff.states import Command, State
from reports import duty_hours, expert_work
from reports.asked import Asked
from reports.case_times import Lengths, course, summed_up
from reports.duty_hours import Coverage
from reports.expert_work import Work
from reports.period import CHINA

_MOST_REASONS = 12


@dataclass(frozen=True)
class Day:
    """One day of China. `waiting`: how many cases waited for one of us at its end, or now if it is today."""

    day: date
    opened: int
    answered: int
    resolved: int
    waiting: int


@dataclass(frozen=True)
class Offers:
    """What became of the offers made in a period: `made` is the sum of the others.

    `withdrawn`: ended by anything but the offeree or the time, such as an escalation. `reasons`: of those declined, the
    most frequent first; the rest, and what was given only once, under "". `until_accepted`: the median.
    """

    made: int
    accepted: int
    declined: int
    expired: int
    withdrawn: int
    open: int
    reasons: tuple[tuple[str, int], ...]
    until_accepted: timedelta | None


@dataclass(frozen=True)
class Figures:
    """All of it. Counts of events of the period, but times are of the cases that were opened in it, until now.

    `escalated` by the level that was reached; `released` and `transferred` are events; `disputed_once` are the first
    "not solved" of a case, `disputed_again` all later ones; `silent_*`: ended because the farmer said nothing.
    """

    asked: Asked
    opened: int
    answered: int
    resolved: int
    reopened: int
    transferred: int
    escalated: dict[int, int]
    released_by_system: int
    released_by_people: int
    disputed_once: int
    disputed_again: int
    silent_after_answer: int
    silent_when_asked: int
    outcomes: tuple[tuple[str, int], ...]
    ratings: dict[int, int]
    overdue_now: int
    first_answer: Lengths
    resolution: Lengths
    offers: Offers
    experts: tuple[Work, ...]
    unevenness: float | None
    days: tuple[Day, ...]
    coverage: Coverage


def gather(tx: Transaction, asked: Asked) -> Figures:
    """Read and count it all. Reads the log of the period and of the cases opened in it, and nothing older."""
    start, end, which, now = asked.period.start, asked.period.end, asked.which, clock.now()
    found = history.tallies(tx, start, end, which)
    courses = [course(told, now) for told in history.opened_between(tx, start, end, which)]
    made, verdicts = history.offers(tx, start, end, which), history.verdicts(tx, start, end, which)
    works = expert_work.by_expert(tx, asked, courses, made, verdicts)
    outcomes = Counter[str]()
    for tally in found:
        if tally.ends:
            outcomes[tally.outcome or tally.command] += tally.many
    return Figures(
        asked=asked,
        opened=_sum(tally for tally in found if not tally.from_state),
        answered=_sum(tally for tally in found if _answers(tally)),
        resolved=_sum(tally for tally in found if tally.ends and tally.to_state == State.RESOLVED),
        reopened=_sum(_of(found, Command.REOPEN)),
        transferred=_sum(_of(found, Command.TRANSFER)),
        escalated=_by_level(found),
        released_by_system=_sum(tally for tally in _of(found, Command.RELEASE) if tally.by_system),
        released_by_people=_sum(tally for tally in _of(found, Command.RELEASE) if not tally.by_system),
        disputed_once=sum(one.nth == 1 for one in verdicts),
        disputed_again=sum(one.nth > 1 for one in verdicts),
        silent_after_answer=_sum(tally for tally in _of(found, Command.CONFIRM) if tally.by_system),
        silent_when_asked=_sum(tally for tally in _of(found, Command.RESOLVE) if tally.by_system),
        outcomes=tuple(outcomes.most_common()),
        ratings=_ratings(verdicts),
        overdue_now=history.overdue_now(tx, which),
        first_answer=summed_up(one.first_answer for one in courses if one.first_answer is not None),
        resolution=summed_up(one.resolution for one in courses if one.resolution is not None),
        offers=_offers(made),
        experts=tuple(works),
        unevenness=expert_work.unevenness(works),
        days=tuple(_days(tx, asked, found)),
        coverage=duty_hours.coverage(tx, asked, expert_work.team(tx)),
    )


def _sum(tallies: Iterable[Tally]) -> int:
    return sum(tally.many for tally in tallies)


def _of(tallies: Iterable[Tally], command: Command) -> list[Tally]:
    return [tally for tally in tallies if tally.command == command]


def _answers(tally: Tally) -> bool:
    """An answer; what an expert adds to an answer is not another."""
    return tally.command == Command.ANSWER and tally.from_state != State.ANSWERED


def _by_level(tallies: Iterable[Tally]) -> dict[int, int]:
    levels = Counter[int]()
    for tally in tallies:
        if tally.goes_up:
            levels[tally.level] += tally.many
    return dict(sorted(levels.items()))


def _ratings(verdicts: Iterable[Verdict]) -> dict[int, int]:
    given = Counter(one.rating for one in verdicts if one.rating)
    return {rating: given[rating] for rating in (3, 2, 1)}


def _offers(made: Sequence[Offer]) -> Offers:
    ended = Counter(offer.ended for offer in made)
    known = {str(Command.ACCEPT), str(Command.DECLINE), str(Command.OFFER_EXPIRES), ""}
    waits = [
        (offer.ended_at - offer.made_at).total_seconds()
        for offer in made
        if offer.ended == Command.ACCEPT and offer.ended_at is not None
    ]
    return Offers(
        made=len(made),
        accepted=ended[Command.ACCEPT],
        declined=ended[Command.DECLINE],
        expired=ended[Command.OFFER_EXPIRES],
        withdrawn=sum(many for command, many in ended.items() if command not in known),
        open=ended[""],
        reasons=_reasons(offer.reason for offer in made if offer.ended == Command.DECLINE),
        until_accepted=timedelta(seconds=median(waits)) if waits else None,
    )


def _reasons(given: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Reasons are typed freely. One that nobody else gave may name a farmer, and says little: it is only counted."""
    counts = Counter(hide_phones(" ".join(reason.split())) for reason in given)
    shown = [(reason, many) for reason, many in counts.most_common(_MOST_REASONS) if many > 1 and reason]
    rest = counts.total() - sum(many for _, many in shown)
    return (*shown, ("", rest)) if rest else tuple(shown)


def _days(tx: Transaction, asked: Asked, tallies: Iterable[Tally]) -> list[Day]:
    """Every day of the period that has begun, those on which nothing happened included."""
    of_day: dict[date, list[Tally]] = {}
    for tally in tallies:
        of_day.setdefault(tally.day, []).append(tally)
    waiting = history.waiting_at(tx, asked.period.start, asked.which)
    day, last = asked.period.first, min(asked.period.last, clock.now().astimezone(CHINA).date())
    found = []
    while day <= last:
        here = of_day.get(day, [])
        waiting += sum(tally.adds_to_backlog for tally in here)
        found.append(
            Day(
                day,
                opened=_sum(tally for tally in here if not tally.from_state),
                answered=_sum(tally for tally in here if _answers(tally)),
                resolved=_sum(tally for tally in here if tally.ends and tally.to_state == State.RESOLVED),
                waiting=waiting,
            )
        )
        day += timedelta(days=1)
    return found
