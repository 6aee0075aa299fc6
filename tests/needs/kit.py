"""Needs in every status, for the tests of this room and of those above it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from core import people
from core.database import Transaction
from core.errors import Refused
from core.outbox import Fact, outbox
from needs import review
from needs.filed import Need
from needs.review import FARMER, Actor, Filing, Said
from needs.statuses import Command, Status, Who
from tests.core.kit import member

CASE = Actor(Who.CASE, "工单ZJ-20261122-0001")


def coordinator(tx: Transaction, name: str = "chen") -> Actor:
    return Actor.staff(member(tx, name, people.Role.COORDINATOR))


def filing(tx: Transaction, *, openid: str = "o-farmer", **changed: Any) -> Filing:
    """What a farmer files: 请专家到乳源大桥镇看柑橘."""
    values = {
        "conversation_id": uuid4(), "message_id": uuid4(), "service_type": "技术指导", "demand_kind": "技术",
        "problem": "柑橘叶子发黄", "place": "乳源大桥镇", "urgency": "一般", "object": "柑橘", "visit": True,
        "said": ("我要申请专家下乡", "柑橘叶子发黄"), "consent": {"version": "2026-11"},
    } | changed  # fmt: skip
    return Filing(farmer_id=people.meet(tx, openid).id, **values)


def filed_need(tx: Transaction, **changed: Any) -> Need:
    return review.file(tx, filing(tx, **changed))


def need_in(tx: Transaction, status: Status, chen: Actor) -> Need:
    """A need that came to this status by commands."""
    need = filed_need(tx)
    into = filed_need(tx).number
    for command, actor, said in _WAYS[status](chen, into):
        need = review.apply(tx, need.id, command, actor, said)
    assert need.status is status
    return need


Step = tuple[Command, Actor, Said]
_OK = Said(text="好的")
_DISPATCHED: Callable[[Actor], list[Step]] = lambda chen: [  # noqa: E731
    (Command.ACCEPT, chen, _OK),
    (Command.DISPATCH, chen, _OK),
]
_WAYS: dict[Status, Callable[[Actor, str], list[Step]]] = {
    Status.SUBMITTED: lambda chen, into: [],
    Status.RETURNED: lambda chen, into: [(Command.RETURN, chen, Said(text="多大面积？"))],
    Status.ACCEPTED: lambda chen, into: [(Command.ACCEPT, chen, _OK)],
    Status.DISPATCHED: lambda chen, into: _DISPATCHED(chen),
    Status.IN_PROGRESS: lambda chen, into: [*_DISPATCHED(chen), (Command.START, CASE, _OK)],
    Status.ANSWERED: lambda chen, into: [*_DISPATCHED(chen), (Command.ANSWER, CASE, _OK)],
    Status.FOLLOW_UP: lambda chen, into: [*_DISPATCHED(chen), (Command.FINISH, CASE, _OK)],
    Status.CLOSED: lambda chen, into: [(Command.ACCEPT, chen, _OK), (Command.CLOSE, chen, _OK)],
    Status.REJECTED: lambda chen, into: [(Command.REJECT, chen, _OK)],
    Status.MERGED: lambda chen, into: [(Command.MERGE, chen, Said(into=into))],
    Status.CANCELLED: lambda chen, into: [(Command.CANCEL, FARMER, _OK)],
}


def refused(
    tx: Transaction, need: Need, command: Command, actor: Actor, said: Said = review.NOTHING, **more: Any
) -> str:
    """The rule that refuses a command, or "" when it is done."""
    try:
        review.apply(tx, need.id, command, actor, said, **more)
    except Refused as refusal:
        return refusal.rule
    return ""


def facts(tx: Transaction, *, since: int = 0) -> list[Fact]:
    """The facts written so far, oldest first."""
    rows = tx.execute(sa.select(outbox.c.topic, outbox.c.ids).order_by(outbox.c.id).offset(since))
    return [Fact(row.topic, row.ids) for row in rows]
