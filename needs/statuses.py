"""The statuses of a filed need, the commands that move it, and the table that says which may when (reference: domain §6.2)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Status(StrEnum):
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"
    CANCELLED = "cancelled"


STATUS_NAMES = {
    Status.SUBMITTED: "待受理",
    Status.RETURNED: "待补充",
    Status.ACCEPTED: "已受理",
    Status.DISPATCHED: "已派单",
    Status.IN_PROGRESS: "办理中",
    Status.ANSWERED: "已答复",
    Status.FOLLOW_UP: "待回访",
    Status.CLOSED: "已办结",
    Status.REJECTED: "不予受理",
    Status.MERGED: "已并单",
    Status.CANCELLED: "已取消",
}
ENDED = frozenset({Status.CLOSED, Status.REJECTED, Status.MERGED, Status.CANCELLED})
LIVE = frozenset(Status) - ENDED
_IN_HAND = frozenset({Status.ACCEPTED, Status.DISPATCHED, Status.IN_PROGRESS, Status.ANSWERED, Status.FOLLOW_UP})


class Command(StrEnum):
    FILE = "file"
    ACCEPT = "accept"
    RETURN = "return"
    REPLY = "reply"
    REJECT = "reject"
    MERGE = "merge"
    DISPATCH = "dispatch"
    START = "start"
    ANSWER = "answer"
    FINISH = "finish"
    TAKE_BACK = "take_back"
    RESUME = "resume"
    NOTE = "note"
    CLOSE = "close"
    CANCEL = "cancel"


COMMAND_NAMES = {
    Command.FILE: "提交",
    Command.ACCEPT: "受理",
    Command.RETURN: "退回补充",
    Command.REPLY: "农户补充",
    Command.REJECT: "不予受理",
    Command.MERGE: "并单",
    Command.DISPATCH: "派单",
    Command.START: "专家接单",
    Command.ANSWER: "专家答复",
    Command.FINISH: "专家办结",
    Command.TAKE_BACK: "专家退单",
    Command.RESUME: "专家接着办",
    Command.NOTE: "内部备注",
    Command.CLOSE: "办结",
    Command.CANCEL: "取消",
}


class Who(StrEnum):
    FARMER = "farmer"
    COORDINATOR = "coordinator"
    CASE = "case"  # what happened to the case that a dispatch opened


@dataclass(frozen=True)
class Rule:
    """One row of the table. `text_is` names what the text must be, for the refusal when it is missing."""

    from_statuses: frozenset[Status]
    to_status: Status | None
    who: frozenset[Who]
    text_is: str = ""


def _rule(
    from_statuses: set[Status] | frozenset[Status], to_status: Status | None, who: set[Who], text_is: str = ""
) -> Rule:
    return Rule(frozenset(from_statuses), to_status, frozenset(who), text_is)


RULES: dict[Command, Rule] = {
    Command.ACCEPT: _rule({Status.SUBMITTED, Status.RETURNED}, Status.ACCEPTED, {Who.COORDINATOR}),
    Command.RETURN: _rule(
        {Status.SUBMITTED, Status.ACCEPTED, Status.RETURNED}, Status.RETURNED, {Who.COORDINATOR}, "要问农户的话"
    ),
    Command.REPLY: _rule({Status.RETURNED}, Status.SUBMITTED, {Who.FARMER}, "补充的内容"),
    Command.REJECT: _rule(
        {Status.SUBMITTED, Status.RETURNED, Status.ACCEPTED}, Status.REJECTED, {Who.COORDINATOR}, "原因和别的途径"
    ),
    Command.MERGE: _rule(LIVE, Status.MERGED, {Who.COORDINATOR}),
    Command.DISPATCH: _rule({Status.ACCEPTED}, Status.DISPATCHED, {Who.COORDINATOR}),
    Command.START: _rule({Status.DISPATCHED}, Status.IN_PROGRESS, {Who.CASE}),
    Command.ANSWER: _rule({Status.DISPATCHED, Status.IN_PROGRESS, Status.ANSWERED}, Status.ANSWERED, {Who.CASE}),
    Command.FINISH: _rule({Status.DISPATCHED, Status.IN_PROGRESS, Status.ANSWERED}, Status.FOLLOW_UP, {Who.CASE}),
    Command.TAKE_BACK: _rule({Status.DISPATCHED, Status.IN_PROGRESS, Status.ANSWERED}, Status.ACCEPTED, {Who.CASE}),
    Command.RESUME: _rule({Status.ANSWERED, Status.FOLLOW_UP, Status.CLOSED}, Status.IN_PROGRESS, {Who.CASE}),
    Command.NOTE: _rule(LIVE, None, {Who.COORDINATOR}, "备注"),
    Command.CLOSE: _rule(_IN_HAND, Status.CLOSED, {Who.COORDINATOR}, "办理结果"),
    Command.CANCEL: _rule(LIVE, Status.CANCELLED, {Who.FARMER, Who.COORDINATOR}),
}

URGENCIES = ("特急", "急", "一般", "可排期")
# How soon a coordinator must look, in working time (reference: domain §6.2).
REVIEW_WITHIN = {
    "特急": timedelta(minutes=30),
    "急": timedelta(hours=4),
    "一般": timedelta(days=1),
    "可排期": timedelta(days=1),
}
SERVICE_TYPES = (
    "技术指导",
    "技能培训",
    "成果转化",
    "创业辅导",
    "政策宣传",
    "规划设计",
    "科普活动",
    "检验检测转介",
    "其他",
)
DEMAND_KINDS = ("技术", "人才", "项目", "产业", "培训", "科普", "政策", "投诉转介", "其他")
