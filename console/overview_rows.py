"""A live case as the coordinators' lists show it: why it is where it is, who has been asked, and how it is with its deadline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from console import case_view, words
from core import clock, people
from core.database import Transaction
from core.secrets import hide_phones
from handoff import cases, desk
from handoff.cases import Case, Event
from handoff.desk import CLOCK_RUNS, Story
from handoff.states import State

_SOON = timedelta(hours=2)


@dataclass(frozen=True)
class Row:
    """A live case in a list of the coordinators. `risk`: late, soon, or empty; `asked`: who was asked and said no."""

    case: Case
    owner: str
    here_because: str
    asked: str
    risk: str

    @property
    def is_counted(self) -> bool:
        """Whether a clock runs towards the first answer."""
        return self.case.answered_at is None and self.case.state in CLOCK_RUNS


def as_rows(tx: Transaction, found: list[Case]) -> list[Row]:
    ids = [case.id for case in found]
    events, stories = cases.last_events(tx, ids), desk.stories(tx, ids)
    names = {one.id: one.name for one in people.everyone(tx)}
    return [
        Row(
            case_view.masked(case),
            names.get(case.owner_id, "") if case.owner_id else "",
            hide_phones(_because(case, events[case.id], stories[case.id], names)),
            hide_phones(_asked(stories[case.id])),
            _risk(case),
        )
        for case in found
    ]


def _because(case: Case, event: Event, story: Story, names: Mapping[UUID, str]) -> str:
    """Why it is where it is, from its last step: 王农 1小时前接单，还没答复."""
    ago = f"{words.since(event.at)}前"
    owner = names.get(case.owner_id, "") if case.owner_id else ""
    match case.state:
        case State.QUEUED if case.desk_at is not None:
            return f"{_came(case, event, ago)}。{words.since(case.desk_at)}前起没有人可派，请您派给一位专家"
        case State.QUEUED:
            return f"{_came(case, event, ago)}，等人接单"
        case State.OFFERED:
            why = f"（{story.why_offered}）" if story.why_offered else ""
            return f"{words.since(case.state_at)}前派给{owner}{why}，等他接受"
        case State.ACTIVE:
            return (
                f"农户{ago}来话，等{owner}答复"
                if event.command in {"farmer_replies", "dispute"}
                else f"{owner}在处理，最后动作：{ago}"
            )
        case State.WAITING_FARMER:
            return f"{owner}{words.since(case.state_at)}前请农户补充，等农户"
        case State.SNOOZED:
            return f"{owner}放到{words.clock_time(case.snoozed_until)}再看"
        case State.ANSWERED:
            return f"{owner}{words.since(case.state_at)}前答复，等农户说解决没有"
        case _:
            return ""


def _came(case: Case, event: Event, ago: str) -> str:
    """How a case came into the queue, with the reason of whoever put it there."""
    who = words.actor(event.actor_name)
    came = {
        "add": f"农户{ago}又有补充",
        "decline": f"{who}{ago}谢绝",
        "release": f"{who}{ago}放回",
        "offer_expires": f"{ago}派出后没人接",
        "escalate": f"{ago}升级到{words.LEVEL_NAMES.get(case.level, '')}",
        "reopen": f"{ago}重新打开",
    }
    reason = event.payload.get("reason", "") if event.command in {"decline", "release", "escalate"} else ""
    return came.get(event.command, words.why(case.reason)) + (f"：{reason}" if reason else "")


def _asked(story: Story) -> str:
    """问过3位专家，1次没有回应，谢绝：李芳（县畜牧站）“今天下乡”; empty when nobody was asked."""
    if not story.asked:
        return ""
    declines = [
        f"{event.actor_name}“{reason}”" if (reason := event.payload.get("reason", "")) else event.actor_name
        for event in story.declines
    ]
    parts = (
        f"问过{story.asked}位专家",
        f"{story.expired}次没有回应" if story.expired else "",
        f"谢绝：{'、'.join(declines)}" if declines else "",
    )
    return "，".join(part for part in parts if part)


def _risk(case: Case) -> str:
    if desk.is_late(case):
        return "late"
    counted = case.answered_at is None and case.state in CLOCK_RUNS
    return "soon" if counted and case.due_at - clock.now() < _SOON else ""
