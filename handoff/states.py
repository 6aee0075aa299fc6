"""The states of a case, the commands that move it, and the table that says which may when. Nothing else may."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a case is about. One live *question* per conversation; needs and incidents are not bound by that."""

    QUESTION = "question"
    NEED = "need"
    INCIDENT = "incident"


class State(StrEnum):
    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
    WAITING_FARMER = "waiting_farmer"
    SNOOZED = "snoozed"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    MERGED = "merged"


ENDED = frozenset({State.RESOLVED, State.CANCELLED, State.MERGED})
LIVE = frozenset(State) - ENDED
# Who speaks to the farmer: a person in these states, the bot in all others.
PERSON_SPEAKS = frozenset({State.ACTIVE, State.WAITING_FARMER, State.SNOOZED})

STATE_NAMES = {
    State.QUEUED: "排队中",
    State.OFFERED: "已派给专家",
    State.ACTIVE: "处理中",
    State.WAITING_FARMER: "等农户补充",
    State.SNOOZED: "稍后再看",
    State.ANSWERED: "已答复",
    State.RESOLVED: "已办结",
    State.CANCELLED: "已取消",
    State.MERGED: "已合并",
}


class Urgency(StrEnum):
    """How soon a person must look. Sorted by `RANK`, the most urgent first."""

    CRITICAL = "特急"
    URGENT = "急"
    NORMAL = "一般"


# How a case can have ended, when a person says that it has.
OUTCOMES = frozenset({"remote", "visit", "training", "referred", "no_reply", "unsolved"})
HEARD = "heard"  # an expert has heard from the farmer that it is solved
RANK = {Urgency.CRITICAL: 0, Urgency.URGENT: 1, Urgency.NORMAL: 2}


class Command(StrEnum):
    OPEN = "open"
    OFFER = "offer"
    CLAIM = "claim"
    ACCEPT = "accept"
    DECLINE = "decline"
    OFFER_EXPIRES = "offer_expires"
    ASK_FARMER = "ask_farmer"
    FARMER_REPLIES = "farmer_replies"
    ADD = "add"
    NOTE = "note"
    ANSWER = "answer"
    TRANSFER = "transfer"
    ESCALATE = "escalate"
    RELEASE = "release"
    SNOOZE = "snooze"
    WAKE = "wake"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    RESOLVE = "resolve"
    CANCEL = "cancel"
    MERGE = "merge"
    SPLIT = "split"
    CONSULT = "consult"
    RATE = "rate"
    AMEND = "amend"
    REOPEN = "reopen"


class Who(StrEnum):
    """In what capacity somebody gives a command."""

    FARMER = "farmer"
    EXPERT = "expert"
    OWNER = "owner"
    OFFEREE = "offeree"
    COORDINATOR = "coordinator"
    SYSTEM = "system"


@dataclass(frozen=True)
class Rule:
    """One row of the table: from these states, by these people, to that state."""

    command: Command
    from_states: frozenset[State]
    to_state: State | None  # None: the state stays
    who: frozenset[Who]
    needs_text: bool = False
    needs_reason: bool = False


def _rule(
    command: Command,
    from_states: set[State] | frozenset[State],
    to_state: State | None,
    who: set[Who],
    *,
    needs_text: bool = False,
    needs_reason: bool = False,
) -> Rule:
    return Rule(command, frozenset(from_states), to_state, frozenset(who), needs_text, needs_reason)


_HELD = {State.ACTIVE, State.WAITING_FARMER, State.SNOOZED}

# Reference: handoff §3.2. `open` makes the case and so has no row.
RULES: dict[Command, Rule] = {
    rule.command: rule
    for rule in (
        _rule(Command.OFFER, {State.QUEUED}, State.OFFERED, {Who.SYSTEM, Who.COORDINATOR}),
        # What is offered and not accepted yet anybody else may take, as on-call systems let them; the offer then ends.
        _rule(Command.CLAIM, {State.QUEUED, State.OFFERED}, State.ACTIVE, {Who.EXPERT, Who.COORDINATOR}),
        _rule(Command.ACCEPT, {State.OFFERED}, State.ACTIVE, {Who.OFFEREE}),
        _rule(Command.DECLINE, {State.OFFERED}, State.QUEUED, {Who.OFFEREE}, needs_reason=True),
        _rule(Command.OFFER_EXPIRES, {State.OFFERED}, State.QUEUED, {Who.SYSTEM}),
        _rule(
            Command.ASK_FARMER, {State.ACTIVE, State.WAITING_FARMER}, State.WAITING_FARMER, {Who.OWNER}, needs_text=True
        ),
        _rule(
            Command.FARMER_REPLIES,
            {State.WAITING_FARMER, State.SNOOZED, State.ACTIVE, State.ANSWERED},
            State.ACTIVE,
            {Who.FARMER},
        ),
        _rule(Command.ADD, {State.QUEUED, State.OFFERED}, None, {Who.FARMER}),
        _rule(Command.NOTE, LIVE, None, {Who.EXPERT, Who.COORDINATOR}, needs_text=True),
        _rule(
            Command.ANSWER,
            {State.ACTIVE, State.WAITING_FARMER, State.ANSWERED},
            State.ANSWERED,
            {Who.OWNER},
            needs_text=True,
        ),
        _rule(Command.TRANSFER, _HELD, State.OFFERED, {Who.OWNER, Who.COORDINATOR}, needs_reason=True),
        _rule(
            Command.ESCALATE,
            {State.QUEUED, State.OFFERED, State.ACTIVE, State.WAITING_FARMER},
            State.QUEUED,
            {Who.OWNER, Who.COORDINATOR, Who.SYSTEM},
        ),
        _rule(Command.RELEASE, _HELD, State.QUEUED, {Who.OWNER, Who.COORDINATOR, Who.SYSTEM}),
        _rule(Command.SNOOZE, {State.ACTIVE}, State.SNOOZED, {Who.OWNER}),
        _rule(Command.WAKE, {State.SNOOZED}, State.ACTIVE, {Who.OWNER, Who.SYSTEM}),
        _rule(Command.CONFIRM, {State.ANSWERED}, State.RESOLVED, {Who.FARMER, Who.OWNER, Who.SYSTEM}),
        _rule(Command.DISPUTE, {State.ANSWERED}, State.ACTIVE, {Who.FARMER}),
        _rule(Command.RESOLVE, _HELD | {State.ANSWERED}, State.RESOLVED, {Who.OWNER, Who.COORDINATOR, Who.SYSTEM}),
        _rule(Command.CANCEL, LIVE, State.CANCELLED, {Who.FARMER, Who.COORDINATOR}, needs_reason=True),
        _rule(Command.MERGE, LIVE, State.MERGED, {Who.COORDINATOR}),
        _rule(
            Command.SPLIT, _HELD | {State.QUEUED, State.ANSWERED}, None, {Who.OWNER, Who.COORDINATOR}, needs_text=True
        ),
        _rule(Command.CONSULT, _HELD | {State.ANSWERED}, None, {Who.OWNER, Who.COORDINATOR}, needs_text=True),
        _rule(Command.AMEND, LIVE, None, {Who.OWNER, Who.COORDINATOR}),
        _rule(Command.RATE, {State.ANSWERED, State.RESOLVED}, None, {Who.FARMER}),
        _rule(Command.REOPEN, {State.RESOLVED}, State.QUEUED, {Who.FARMER, Who.COORDINATOR}),
    )
}

COMMAND_NAMES = {
    Command.OPEN: "开单",
    Command.OFFER: "派给专家",
    Command.CLAIM: "接单",
    Command.ACCEPT: "接受",
    Command.DECLINE: "谢绝",
    Command.OFFER_EXPIRES: "派单超时",
    Command.ASK_FARMER: "请农户补充",
    Command.FARMER_REPLIES: "农户回复",
    Command.ADD: "农户补充",
    Command.NOTE: "内部备注",
    Command.ANSWER: "答复",
    Command.TRANSFER: "转给同事",
    Command.ESCALATE: "升级",
    Command.RELEASE: "放回队列",
    Command.SNOOZE: "稍后再看",
    Command.WAKE: "继续处理",
    Command.CONFIRM: "确认解决",
    Command.DISPUTE: "反映未解决",
    Command.RESOLVE: "办结",
    Command.CANCEL: "取消",
    Command.MERGE: "合并",
    Command.SPLIT: "拆出一个工单",
    Command.CONSULT: "请同事看看",
    Command.RATE: "评价",
    Command.AMEND: "改工单信息",
    Command.REOPEN: "重新打开",
}
