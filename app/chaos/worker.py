"""One process of a run: several people's hands, the router, the timers and whoever carries facts, all in turn."""

import logging
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from app.chaos import moves
from app.chaos.bell import Bell
from app.chaos.moves import Move, People
from app.chaos.plan import Journal, Line, Plan, read
from app.wiring import fact_handlers
from conversations import inbox
from conversations.incoming import Incoming
from conversations.incoming import Kind as MessageKind
from conversations.links import Links
from core import clock, logs, outbox, people
from core.database import Database, DatabaseUnavailable, Transaction
from core.errors import Refused
from core.people import Role
from core.secrets import Secrets
from handoff import auditor, cases, machine, routing, timers
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Opening, Said
from handoff.states import LIVE, Command, Kind, State, Urgency
from handoff.tables import cases as case_table

_IN_HAND = 0.7  # how often somebody looks at what is in hand before what waits
_TWICE, _LATE = 0.06, 0.03  # how often a button is pressed twice, and how often an old page is sent
_UNASKED = 0.25  # how often somebody looks for facts though nobody has rung
_SECOND_CASE = 0.1  # of the farmers have an incident or a second question beside their question
_TAKES_LOAD = frozenset({Command.CLAIM, Command.OFFER, Command.TRANSFER})
_PATIENCE = 0.1

Run = Callable[[Plan, int], None]


def work(plan: Plan, number: int) -> None:
    """Be process `number` of a run until it is told to stop. What it prints goes into a file of the run's folder."""
    out = os.open(plan.folder / f"worker-{number}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(out, sys.stdout.fileno())
    os.dup2(out, sys.stderr.fileno())
    logs.set_up(process=f"worker-{number}", as_json=True, level=logging.WARNING)
    clock.follow(plan.clock_url)
    Worker(plan, number).run()


class Worker:
    """The hands of one process. Whatever it was about to do when it was killed, its successor does with the same key."""

    def __init__(self, plan: Plan, number: int) -> None:
        self._plan, self._number = plan, number
        self._database = Database(plan.database_url, pool_size=2)
        self._bell = Bell(plan.redis_url)
        self._journal = Journal(plan.journal(number))
        self._chance = random.Random(f"{plan.seed} {number} {os.getpid()}")
        self._handlers = fact_handlers(Links("", Secrets("no link is ever made here")))
        self._people: People | None = None
        self._count = 0
        self._to_open = [own for own in range(plan.cases) if own % plan.processes == number]

    def run(self) -> None:
        self._take_up()
        while not self._is_over():
            try:
                self._step()
            except DatabaseUnavailable:
                time.sleep(_PATIENCE)
            except Exception as error:  # the edge of the process: whatever it is, the run reports it
                self._journal.note(what="error", error=repr(error)[:300])
                logs.logger().exception("chaos_error")
                time.sleep(_PATIENCE)

    def _is_over(self) -> bool:
        """Whether it was told to stop, or nobody is left to tell it: a run that was killed must not leave its people at work."""
        run = multiprocessing.parent_process()
        return self._plan.stopping.exists() or (run is not None and not run.is_alive())

    # --- after a kill

    def _take_up(self) -> None:
        """What the process before this one did not hear the end of is done once more, as a person presses the button again."""
        lines = list(read(self._plan.journal(self._number)))
        opened = {line["own"] for line in lines if line["what"] == "opened"}
        self._to_open = [own for own in self._to_open if own not in opened]
        self._count = max((_number(line["key"]) for line in lines if line["what"] == "begin"), default=0)
        ended = {line["key"] for line in lines if line["what"] in {"done", "refused"}}
        for line in lines:
            if line["what"] == "begin" and line["key"] not in ended:
                self._again(line)

    def _again(self, line: Line) -> None:
        actor = FARMER if line["actor"] is None else self._at_desk().named(UUID(line["actor"]))
        words = line["said"]
        said = Said(
            text=words["text"], reason=words["reason"], outcome=words["outcome"],
            to=UUID(words["to"]) if words["to"] else None, into=UUID(words["into"]) if words["into"] else None,
            until=datetime.fromisoformat(words["until"]),
        )  # fmt: skip
        self._do(Move(UUID(line["case"]), Command(line["command"]), actor, said, line["epoch"]), line["key"])

    # --- one step

    def _step(self) -> None:
        finishing = self._plan.finishing.exists()
        chosen = self._chance.random()
        if chosen < 0.15:
            self._open_some(finishing=finishing)
        elif chosen < 0.25:
            self._tick()
        else:
            self._act(finishing=finishing)

    def _tick(self) -> None:
        """What the clock does, in small bites, since a dozen do it; facts are carried when it rings, and now and then."""
        timers.fire_due(self._database, most=10)
        routing.run(self._database, most=3)
        if self._bell.has_rung() or self._chance.random() < _UNASKED:
            outbox.carry_up(self._database, self._handlers, most=20)

    def _open_some(self, *, finishing: bool) -> None:
        with self._database.transaction() as tx:
            live = tx.execute(
                sa.select(sa.func.count()).select_from(case_table).where(case_table.c.state.in_(LIVE))
            ).scalar_one()
        if self._to_open and live < self._plan.most_live and (finishing or self._is_due(self._to_open[0])):
            self._open(self._to_open[0])
            self._to_open.pop(0)

    def _is_due(self, own: int) -> bool:
        began = float((self._plan.folder / "began").read_text(encoding="ascii"))
        return time.time() - began >= self._plan.seconds * own / self._plan.cases

    def _open(self, own: int) -> None:
        """A farmer writes; the message and the case are written down together, so that a repeat is known for one."""
        openid = f"o-chaos-{own}"
        with self._database.transaction() as tx:
            incoming = Incoming(openid, f"{openid}:1", MessageKind.TEXT, clock.now(), text=f"叶子黄了 {own}")
            written = inbox.write_down(tx, incoming)
            if written.is_new:
                first = self._open_case(tx, openid, written.conversation_id, Kind.QUESTION)
                match random.Random(own).random() / _SECOND_CASE:
                    case chance if chance < 0.5:
                        self._open_case(tx, openid, written.conversation_id, Kind.INCIDENT)
                    case chance if chance < 1:
                        self._open_case(tx, openid, written.conversation_id, Kind.QUESTION, split_of=first.id)
        self._journal.note(what="opened", own=own, conversation=written.conversation_id)

    def _open_case(
        self, tx: Transaction, openid: str, conversation_id: UUID, kind: Kind, *, split_of: UUID | None = None
    ) -> Case:
        opening = Opening(
            kind=kind,
            conversation_id=conversation_id,
            farmer_id=people.meet(tx, openid).id,
            question="叶子黄了",
            reason="asked",
            urgency=self._chance.choice(list(Urgency)),
            split_of=split_of,
        )
        return machine.open_case(tx, opening, FARMER)

    def _act(self, *, finishing: bool) -> None:
        at_desk = self._at_desk()
        self._count += 1
        key = f"{self._number}-{self._count}"
        with self._database.transaction() as tx:
            case = moves.some_case(tx, in_hand=self._chance.random() < _IN_HAND)
            if case is None:
                time.sleep(_PATIENCE)
                return
            move = moves.next_move(tx, self._chance, at_desk, case, key, finishing=finishing)
        if not finishing and case.state is State.ACTIVE and self._chance.random() < _LATE:
            self._come_too_late(move, key)
            return
        self._do(move, key)
        if self._chance.random() < _TWICE:
            self._do(move, key)

    def _come_too_late(self, move: Move, key: str) -> None:
        """An old page: the case was given back and taken again by the same expert, and then the first page is sent."""
        owner = self._at_desk().named(self._owner(move.case_id))
        self._do(replace(move, command=Command.RELEASE, actor=self._at_desk().coordinator), f"{key}-released")
        taken = replace(move, command=Command.CLAIM, actor=owner, epoch=move.epoch + 1)
        self._do(taken, f"{key}-taken")
        self._do(replace(move, command=Command.ANSWER, actor=owner), key)

    def _owner(self, case_id: UUID) -> UUID | None:
        with self._database.transaction() as tx:
            return cases.get(tx, case_id).owner_id

    def _do(self, move: Move, key: str) -> None:
        """Give the command until it is known what came of it."""
        self._journal.note(
            what="begin", key=key, case=move.case_id, command=move.command, actor=move.actor.id, epoch=move.epoch,
            said={
                name: getattr(move.said, name) for name in ("text", "reason", "outcome", "to", "into")
            } | {"until": move.said.until and move.said.until.isoformat()},
        )  # fmt: skip
        while not self._is_over():
            try:
                with self._database.transaction() as tx:
                    machine.apply(
                        tx, move.case_id, move.command, move.actor, move.said, expected_epoch=move.epoch, idem_key=key
                    )
            except DatabaseUnavailable:
                time.sleep(_PATIENCE)
            except Refused as refusal:
                self._journal.note(what="refused", key=key, rule=refusal.rule)
                return
            else:
                self._journal.note(what="done", key=key, case=move.case_id, epoch=move.epoch)
                self._bell.ring()
                break
        if move.command in _TAKES_LOAD:
            self._look_at_loads()

    def _look_at_loads(self) -> None:
        with self._database.transaction() as tx:
            for finding in auditor.over_capacity(tx):
                self._journal.note(what="over", about=finding.about)

    def _at_desk(self) -> People:
        if self._people is None:
            with self._database.transaction() as tx:
                everyone = [Actor.staff(one) for one in people.everyone(tx)]
            found = [one for one in everyone if Role.EXPERT in one.roles]
            self._people = People(found, next(one for one in everyone if Role.COORDINATOR in one.roles))
        return self._people


def _number(key: str) -> int:
    """The 17 of 3-17 and of 3-17-taken: a process that comes after another goes on counting where that one was."""
    return int(key.split("-")[1])
