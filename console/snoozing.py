"""Putting a case aside: the times that people think of, and once more what was chosen before."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from console import words
from core import clock
from handoff.cases import Case, Event
from handoff.states import Command, State


def times(chosen: str = "") -> list[tuple[str, str]]:
    """Times to look again, as people think of them; first one that had been `chosen` on a page from before."""
    now = clock.now().astimezone(words.CHINA)
    morning = now.replace(hour=8, minute=30, second=0, microsecond=0)
    found = [
        ((now + timedelta(hours=1)).isoformat(), "1小时后"),
        ((now + timedelta(hours=4)).isoformat(), "4小时后"),
        ((morning + timedelta(days=1)).isoformat(), "明天早上8:30"),
        ((morning + timedelta(days=3)).isoformat(), "3天后早上8:30"),
        ((morning + timedelta(days=7)).isoformat(), "7天后早上8:30"),
    ]
    before = until(chosen, "")
    if before is None or chosen in {value for value, _ in found}:
        return found
    return [(chosen, f"刚才选的：{words.clock_time(before)}"), *found]


def until(chosen: str, exactly: str) -> datetime | None:
    """The time chosen, or the one typed in, which is China's."""
    for text in (exactly, chosen):
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            continue
        return at if at.tzinfo else at.replace(tzinfo=words.CHINA)
    return None


def once_more(case: Case, events: Sequence[Event]) -> datetime | None:
    """Until when a case may be put aside again that has just come back; None where it did not, or something was done since.

    The time chosen before, where the farmer was quicker; where that has passed, as long again.
    """
    moved = [event for event in events if event.from_state != event.to_state]
    if case.state is not State.ACTIVE or not moved or moved[-1].from_state != State.SNOOZED:
        return None
    last = next((event for event in reversed(events) if event.command == Command.SNOOZE), None)
    chosen = until(str(last.payload.get("until", "")), "") if last is not None else None
    if last is None or chosen is None:
        return None
    return chosen if chosen > clock.now() else clock.now() + (chosen - last.at)
