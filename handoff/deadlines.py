"""By when: every span of time that a case knows, in one place.

What is 特急 or 急 runs by the clock, at any hour; what is 一般 runs in working time, in which a day has as many hours as an
office has, so that "one day" is the same time on the next working day (reference: handoff, head; domain §6.2).
"""

from datetime import datetime, timedelta

from handoff.states import Urgency
from registry.worktime import OFFICE_HOURS

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

# By the clock for what is urgent; in working days for what is not.
FIRST_ANSWER = {Urgency.CRITICAL: 2 * _HOUR, Urgency.URGENT: 8 * _HOUR, Urgency.NORMAL: _DAY}
OWNER_REMINDED = {Urgency.CRITICAL: _HOUR / 4, Urgency.URGENT: 2 * _HOUR, Urgency.NORMAL: _DAY / 2}
OWNER_GONE = {Urgency.CRITICAL: _HOUR, Urgency.URGENT: 4 * _HOUR, Urgency.NORMAL: _DAY}
RESOLUTION = {Urgency.CRITICAL: _DAY, Urgency.URGENT: 3 * _DAY, Urgency.NORMAL: 5 * _DAY}

OFFER = {urgency: timedelta(minutes=3 if urgency is Urgency.CRITICAL else 10) for urgency in Urgency}
# What a colleague is handed by a person waits for them to be there, unless it is urgent; then they have this long.
HANDED_OVER = _HOUR
CONFIRM = timedelta(hours=72)  # a farmer who is silent so long after an answer has what he wanted
NUDGE = timedelta(hours=24)  # a farmer who was asked for a photo is asked once more
NO_REPLY = timedelta(days=7)  # and then the case ends
WINDOW_CLOSES = timedelta(hours=48)  # the platform's own limit after a farmer's message
WINDOW_WARNING = timedelta(hours=40)
REMIND_AGAIN = timedelta(hours=24)  # of a case that is overdue
REOPENED_WITHIN = timedelta(days=7)


def first_answer(urgency: Urgency, start: datetime) -> datetime:
    """By when somebody must have answered a question that came at `start`."""
    return _after(urgency, start, FIRST_ANSWER[urgency])


def resolution(urgency: Urgency, start: datetime) -> datetime:
    """By when a case should have come to its end; in working days for all but the most urgent."""
    return _after(_ends_by(urgency), start, RESOLUTION[urgency])


def owner_reminded(urgency: Urgency, start: datetime) -> datetime:
    """When an owner who has done nothing since `start` is reminded."""
    return _after(urgency, start, OWNER_REMINDED[urgency])


def owner_gone(urgency: Urgency, start: datetime) -> datetime:
    """When a case is taken from an owner who has done nothing since `start`."""
    return _after(urgency, start, OWNER_GONE[urgency])


def offer_ends(urgency: Urgency, start: datetime) -> datetime:
    """Until when an offer holds."""
    return start + OFFER[urgency]


def handed_over(urgency: Urgency, start: datetime, there: datetime) -> datetime:
    """The same for what a person passes to a colleague at `start`, who is on duty from `there` on."""
    return there + HANDED_OVER if urgency is Urgency.NORMAL else offer_ends(urgency, start)


def moved(urgency: Urgency, due_at: datetime, paused_at: datetime, resumed_at: datetime) -> datetime:
    """A deadline whose clock stood still between two moments; one that had passed stays as it was."""
    if due_at <= paused_at:
        return due_at
    if urgency is Urgency.NORMAL:
        return OFFICE_HOURS.add(resumed_at, OFFICE_HOURS.between(paused_at, due_at))
    return due_at + (resumed_at - paused_at)


def resolution_moved(urgency: Urgency, due_at: datetime, paused_at: datetime, resumed_at: datetime) -> datetime:
    """The same for the end of a case, which is due in working time unless the case is of the most urgent."""
    return moved(_ends_by(urgency), due_at, paused_at, resumed_at)


def _ends_by(urgency: Urgency) -> Urgency:
    """By which urgency's clock a case comes to its end."""
    return urgency if urgency is Urgency.CRITICAL else Urgency.NORMAL


def _after(urgency: Urgency, start: datetime, span: timedelta) -> datetime:
    if urgency is Urgency.NORMAL:
        return OFFICE_HOURS.add(start, span / _DAY * OFFICE_HOURS.day)
    return start + span
