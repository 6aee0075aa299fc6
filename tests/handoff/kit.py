"""Cases and the people around them, for the tests of this room and of those above it."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from core import clock, people
from core.database import Database, Transaction
from core.errors import Refused
from core.people import Role
from handoff import machine
from handoff.cases import Case
from handoff.orders import FARMER, NOTHING, Actor, Known, Opening, Said
from handoff.states import Command, Kind, State, Urgency
from registry import experts
from tests.core.kit import member

SYSTEM = Actor.system("test")


def expert(tx: Transaction, name: str = "wang", *, capacity: int = 5) -> Actor:
    """An expert who takes so many cases."""
    staff = member(tx, name, Role.EXPERT, unit="农技站")
    experts.enrol(tx, staff.id, capacity=capacity)
    return Actor.staff(staff)


def coordinator(tx: Transaction, name: str = "chen") -> Actor:
    """A coordinator who may take cases as well."""
    staff = member(tx, name, Role.COORDINATOR)
    experts.enrol(tx, staff.id)
    return Actor.staff(staff)


def opened(
    tx: Transaction,
    kind: Kind = Kind.QUESTION,
    *,
    openid: str = "o-farmer",
    conversation_id: UUID | None = None,
    question: str = "辣椒叶子卷起来了",
    urgency: Urgency = Urgency.NORMAL,
) -> Case:
    """A case of a farmer; every one in a conversation of its own unless told otherwise."""
    opening = Opening(
        kind=kind, conversation_id=conversation_id or uuid4(), farmer_id=people.meet(tx, openid).id, question=question,
        reason="no_answer", urgency=urgency,
    )  # fmt: skip
    return machine.open_case(tx, opening, FARMER)


@dataclass(frozen=True)
class Around:
    """A case with everybody who may do something to it. `into` is another live case of the same farmer."""

    case: Case
    owner: Actor
    stranger: Actor
    coordinator: Actor
    into: Case

    def said(self) -> Said:
        """Everything that any command asks for."""
        return Said(
            text="好的", reason="有事", outcome="solved", to=self.stranger.id, until=clock.now() + timedelta(hours=1),
            into=self.into.id, rating=3, known=Known(object="水稻"),
        )  # fmt: skip


def case_in(tx: Transaction, state: State, kind: Kind = Kind.QUESTION) -> Around:
    """A case that came to this state by commands, with `wang` as its owner or as who it is offered to."""
    around = Around(opened(tx, kind), expert(tx), expert(tx, "li"), coordinator(tx), opened(tx, kind))
    owner, said = around.owner, around.said()
    case = around.case
    for command, actor in _WAYS[state](around):
        to = Said(to=owner.id) if command is Command.OFFER else said
        case = machine.apply(tx, case.id, command, actor, to)
    assert case.state is state
    return Around(case, owner, around.stranger, around.coordinator, around.into)


Way = list[tuple[Command, Actor]]
_WAYS: dict[State, Callable[[Around], Way]] = {
    State.QUEUED: lambda a: [],
    State.OFFERED: lambda a: [(Command.OFFER, SYSTEM)],
    State.ACTIVE: lambda a: [(Command.CLAIM, a.owner)],
    State.WAITING_FARMER: lambda a: [(Command.CLAIM, a.owner), (Command.ASK_FARMER, a.owner)],
    State.SNOOZED: lambda a: [(Command.CLAIM, a.owner), (Command.SNOOZE, a.owner)],
    State.ANSWERED: lambda a: [(Command.CLAIM, a.owner), (Command.ANSWER, a.owner)],
    State.RESOLVED: lambda a: [(Command.CLAIM, a.owner), (Command.ANSWER, a.owner), (Command.CONFIRM, FARMER)],
    State.CANCELLED: lambda a: [(Command.CLAIM, a.owner), (Command.CANCEL, a.coordinator)],
    State.MERGED: lambda a: [(Command.CLAIM, a.owner), (Command.MERGE, a.coordinator)],
}


def refusal_of(act: Callable[[], object]) -> str:
    """The rule that says no, or "" when nothing does."""
    try:
        act()
    except Refused as refused:
        return refused.rule
    return ""


def refused(tx: Transaction, case: Case, command: Command, actor: Actor, said: Said = NOTHING, **more: Any) -> str:
    """The rule that refuses a command, or "" when it is done."""
    return refusal_of(lambda: machine.apply(tx, case.id, command, actor, said, **more))


def until_it_waits(database: Database, doing: "Future[object]") -> None:
    """Until what another thread is doing is done, or waits for a lock that we hold."""
    give_up = monotonic() + 60
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    while not doing.done():
        with database.transaction() as tx:
            if tx.execute(waiting).scalar_one():
                return
        assert monotonic() < give_up, "it neither ends nor waits"
        sleep(0.005)
