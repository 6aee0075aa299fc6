"""What somebody does next to a case: by its state, by chance, and always something that a person could do on a page."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.database import Transaction
from handoff import cases as reading
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Said
from handoff.states import LIVE, Command, Kind, State
from handoff.tables import cases

Weights = Mapping[Command, int]

_TROUBLE: Mapping[State, Weights] = {
    State.QUEUED: {Command.CLAIM: 6, Command.OFFER: 3, Command.ADD: 1, Command.CANCEL: 1, Command.MERGE: 1},
    State.OFFERED: {Command.ACCEPT: 8, Command.DECLINE: 2, Command.CLAIM: 1, Command.ADD: 1, Command.ESCALATE: 1},
    State.ACTIVE: {
        Command.ANSWER: 12, Command.ASK_FARMER: 3, Command.TRANSFER: 3, Command.RELEASE: 2, Command.SNOOZE: 1,
        Command.ESCALATE: 1, Command.NOTE: 1, Command.FARMER_REPLIES: 1, Command.CONSULT: 1, Command.MERGE: 1,
    },
    State.WAITING_FARMER: {Command.FARMER_REPLIES: 6, Command.ANSWER: 2, Command.RELEASE: 1, Command.TRANSFER: 1},
    State.SNOOZED: {Command.WAKE: 2, Command.FARMER_REPLIES: 2, Command.TRANSFER: 1},
    State.ANSWERED: {Command.CONFIRM: 8, Command.DISPUTE: 2, Command.FARMER_REPLIES: 1, Command.ANSWER: 1, Command.RESOLVE: 1},
}  # fmt: skip
_TO_THE_END: Mapping[State, Weights] = {
    State.QUEUED: {Command.CLAIM: 1},
    State.OFFERED: {Command.ACCEPT: 1},
    State.ACTIVE: {Command.ANSWER: 1},
    State.WAITING_FARMER: {Command.ANSWER: 1},
    State.SNOOZED: {Command.WAKE: 1},
    State.ANSWERED: {Command.CONFIRM: 1},
}
_OF_FARMERS = frozenset({Command.ADD, Command.FARMER_REPLIES, Command.CONFIRM, Command.DISPUTE})
_OF_COORDINATORS = frozenset({Command.OFFER, Command.CANCEL, Command.MERGE, Command.ESCALATE, Command.RESOLVE})


@dataclass(frozen=True)
class People:
    """Everybody at the desk."""

    experts: Sequence[Actor]
    coordinator: Actor

    def named(self, staff_id: UUID | None) -> Actor:
        return next((one for one in self.experts if one.id == staff_id), self.coordinator)


@dataclass(frozen=True)
class Move:
    """A command to a case as somebody saw it on a page a moment ago."""

    case_id: UUID
    command: Command
    actor: Actor
    said: Said
    epoch: int


def some_case(tx: Transaction, *, in_hand: bool) -> Case | None:
    """Any live case; `in_hand`: one that somebody has, where there is one, since those who have their hands full take no more."""
    waits = sa.case((cases.c.state == State.QUEUED, 1), else_=0)
    row = tx.execute(
        sa.select(cases)
        .where(cases.c.state.in_(LIVE))
        .order_by(*([waits] if in_hand else []), sa.func.random())
        .limit(1)
    ).one_or_none()
    return None if row is None else reading.from_row(row)


def next_move(tx: Transaction, chance: random.Random, people: People, case: Case, key: str, *, finishing: bool) -> Move:
    """What happens to this case next; `key` stands in whatever is said, so that saying it twice can be seen."""
    weights = (_TO_THE_END if finishing else _TROUBLE)[case.state]
    command = chance.choices(list(weights), list(weights.values()))[0]
    said = Said(
        text=f"答复 {key}", reason="压力测试", outcome="remote", to=chance.choice(people.experts).id,
        until=clock.now() + timedelta(minutes=chance.randint(1, 30)),
        into=_another_of_the_farmer(tx, case) if command is Command.MERGE else None,
    )  # fmt: skip
    return Move(case.id, command, _who(chance, people, case, command), said, case.epoch)


def _who(chance: random.Random, people: People, case: Case, command: Command) -> Actor:
    if command in _OF_FARMERS:
        return FARMER
    if command is Command.CLAIM:
        return chance.choice(people.experts)
    if command in _OF_COORDINATORS:
        return people.coordinator
    return people.named(case.owner_id)


def _another_of_the_farmer(tx: Transaction, case: Case) -> UUID | None:
    others = sa.select(cases.c.id).where(
        cases.c.farmer_id == case.farmer_id,
        cases.c.state.in_(LIVE),
        cases.c.id != case.id,
        cases.c.kind == case.kind,
        cases.c.kind != Kind.INCIDENT,
    )
    return tx.execute(others.limit(1)).scalar_one_or_none()
