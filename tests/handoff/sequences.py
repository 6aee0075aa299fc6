"""Random sequences of everything that can happen to cases, each step held against the plain-Python model (reference: handoff §4.2)."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import ClassVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core import clock, outbox, people
from core.database import Database, Transaction
from handoff import auditor, cases, machine, orders, routing, timers
from handoff.states import Command, Kind, Urgency
from handoff.tables import case_entries, case_events, case_timers
from registry import experts, roster
from registry.roster import Days
from tests.core import kit as staff_kit
from tests.handoff import model
from tests.handoff.kit import coordinator, expert, refusal_of
from tests.handoff.model import TABLE, Person, Said, World

# A Monday morning with a week of working days ahead.
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PAUSES = [timedelta(minutes=4), timedelta(minutes=11), timedelta(hours=5), timedelta(days=1, hours=1), timedelta(days=4), timedelta(days=8)]  # fmt: skip
_LEADS_ON = [
    "claim", "accept", "answer", "farmer_replies", "ask_farmer", "snooze", "dispute", "transfer", "release", "decline",
    "wake", "confirm", "reopen", "resolve", "merge",
]  # fmt: skip
_BESIDE = sorted(set(TABLE) - set(_LEADS_ON))
FACTS = {row.fact for row in TABLE.values() if row.fact} | {"case_opened"}


class StandingClock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.at = MONDAY

    def now(self, *, fresh: bool = False) -> datetime:
        return self.at


class OneTransaction:
    """A database of which nothing is kept: every transaction of it is a part of one that is rolled back at the end."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self._tx.begin_nested():
            yield self._tx


@dataclass(frozen=True)
class Given:
    """A command as it was given, for being given again."""

    case: model.Case
    command: str
    by: Person
    said: Said
    key: str
    was_done: bool


class CaseMachine(RuleBasedStateMachine):
    """Cases of one farmer in three conversations; three experts of two levels, a coordinator, the farmer, the system."""

    database: ClassVar[Database]
    seen: ClassVar[set[str]]

    @initialize()
    def begin(self) -> None:
        ids = Random(0)  # which of two equals comes first depends on their ids
        machine.uuid4 = staff_kit.uuid4 = lambda: UUID(int=ids.getrandbits(128), version=4)  # type: ignore[attr-defined]
        self.clock = clock._clock = StandingClock()  # type: ignore[assignment]
        self.connection = self.database.engine.connect()
        self.tx = self.connection
        self.outer = self.connection.begin()
        self.db: Database = OneTransaction(self.tx)  # type: ignore[assignment]
        self.actors = {
            "wang": expert(self.tx, capacity=1), "li": expert(self.tx, "li", capacity=2),
            "zhao": expert(self.tx, "zhao", capacity=2), "chen": coordinator(self.tx),
            "farmer": orders.FARMER, "system": orders.Actor.system("test"),
        }  # fmt: skip
        who = {name: actor.id for name, actor in self.actors.items()}
        assert who["zhao"]
        experts.enrol(self.tx, who["zhao"], capacity=2, level=2)
        for name in ("wang", "li", "zhao", "chen"):
            roster.plan_rule(self.tx, who[name], Days.EVERY, time(0), time(0), first_day=date(2020, 1, 1))  # type: ignore[arg-type]
        self.people = [
            Person("expert", who["wang"], 1), Person("expert", who["li"], 2), Person("expert", who["zhao"], 2, level=2),
            Person("coordinator", who["chen"], 5), Person("farmer"), Person("system"),
        ]  # fmt: skip
        self.world = World(self.people)
        self.farmer = people.meet(self.tx, "o-farmer").id
        self.conversations = [uuid4() for _ in range(3)]
        self.given: list[Given] = []
        self.heard: list[tuple[str, str]] = []
        self.keys = itertools.count()
        self.now = MONDAY
        for where, urgency in enumerate(Urgency):
            self.open(where, Kind.QUESTION, urgency)
        self.open(0, Kind.NEED, Urgency.URGENT)

    def teardown(self) -> None:
        if hasattr(self, "connection"):
            self.seen |= {command for case in self.world.cases for _, command in case.log}
            self.outer.rollback()
            self.connection.close()

    # --- what happens

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One rule for all, since random sequences over many rules leave most of them out."""
        data.draw(st.sampled_from(_WHAT_HAPPENS))(self, data)

    def open_another(self, data: st.DataObject) -> None:
        if len(self.world.cases) < 7:
            kind, urgency = data.draw(st.sampled_from(sorted(Kind))), data.draw(st.sampled_from(sorted(Urgency)))
            self.open(data.draw(st.integers(0, 2)), kind, urgency)

    def open(self, where: int, kind: Kind, urgency: Urgency) -> None:
        self._later(timedelta(seconds=1))
        opening = orders.Opening(
            kind, self.conversations[where], self.farmer, question="辣椒叶子卷起来了", reason="no_answer", urgency=urgency
        )  # fmt: skip
        expected = model.Case(UUID(int=0), kind, urgency, self.conversations[where], self.now)
        opened: list[cases.Case] = []
        make = partial(machine.open_case, self.tx, opening, orders.FARMER)
        refusal = refusal_of(lambda: opened.append(self._in_part(make)))
        expected.id = opened[0].id if opened else expected.id
        assert refusal == self.world.open(expected)

    def command_anything(self, data: st.DataObject) -> None:
        """Any cell of the table, most of them refused."""
        case, by = data.draw(st.sampled_from(self.world.cases)), data.draw(st.sampled_from(self.people))
        self._command(data, case, data.draw(st.sampled_from(sorted(TABLE))), by, self._drawn(data))

    def command_what_leads_on(self, data: st.DataObject) -> None:
        """Something that the model allows and that somebody who works on cases does most, so that sequences get somewhere."""
        self._command_one_of(data, _LEADS_ON)

    def command_what_is_beside(self, data: st.DataObject) -> None:
        """Something else that the model allows: what would seldom come up among all commands."""
        self._command_one_of(data, _BESIDE)

    def _command_one_of(self, data: st.DataObject, commands: list[str]) -> None:
        ready: dict[str, list[tuple[model.Case, Person]]] = {}
        for case, command, by in itertools.product(self.world.cases, commands, self.people):
            if not self.world.refuses(case, command, by, self._fitting(case), self.now):
                ready.setdefault(command, []).append((case, by))
        if ready:
            new = sorted(set(ready) - {given.command for given in self.given})
            command = data.draw(st.sampled_from([*new, *new, *sorted(ready)]))
            case, by = data.draw(st.sampled_from(ready[command]))
            self._command(data, case, command, by, self._fitting(case))

    def give_again(self, data: st.DataObject) -> None:
        """A command whose answer was lost comes again with the same key; with another case's key it is refused."""
        done = [one for one in self.given if one.was_done]
        if not done:
            return
        again, other = data.draw(st.sampled_from(done)), data.draw(st.sampled_from(self.world.cases))
        before = self._everything()
        assert self._refusal(again.case, again.command, again.by, again.said, again.key) == ""
        if other is not again.case:
            refusal = self._refusal(other, again.command, again.by, again.said, again.key)
            assert refusal == "idempotency_key_reused"
        assert self._everything() == before

    def time_passes(self, data: st.DataObject) -> None:
        self._later(data.draw(st.sampled_from(PAUSES)))
        self._fire_timers()

    def _fire_timers(self) -> None:
        timers.fire_due(self.db, most=1000)
        self._follow("timer")
        assert [self.world.forgotten(case, self.now) for case in self.world.cases] == [""] * len(self.world.cases)

    def the_router_runs(self, data: st.DataObject) -> None:
        self._later(routing.LOOK_AGAIN + timedelta(seconds=1))
        self._fire_timers()
        for _ in range(3):  # what was sent a level up is offered there in the next round
            routing.run(self.db)
        self._follow("router")
        for case in self.world.cases:
            waits = case.state == "queued" and case.kind != "incident"
            if waits and self.world.offers(case, self.now) < routing.MOST_OFFERS:
                assert self.world.could_be_asked(case, self.now) == []

    def an_expert_pauses(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.people[:3]))
        one.paused = not one.paused
        assert one.id is not None
        experts.pause(self.tx, one.id, paused=one.paused)

    # --- what must hold after every step

    @invariant()
    def every_row_is_what_its_story_makes_it(self) -> None:
        for case in getattr(self, "world", World([])).cases:
            row = cases.get(self.tx, case.id)  # a case that disappeared raises
            assert {name: getattr(row, name) for name in case.as_it_must_be()} == case.as_it_must_be()
            assert auditor.rebuilt(self.tx, case.id) == auditor.Rebuilt(
                row.state, row.owner_id, row.level, row.epoch, row.version
            )
            assert (row.ended_at is None) == case.is_live

    @invariant()
    def nobody_was_given_more_than_the_limit(self) -> None:
        for person in self.people if hasattr(self, "people") else []:
            if person.id is not None:
                assert self.world.given(person.id) <= person.capacity
                assert cases.load(self.tx, person.id) == self.world.load(person.id)

    @invariant()
    def every_fact_is_told_once_and_in_order(self) -> None:
        if not hasattr(self, "world"):
            return
        tell: outbox.Handler = lambda tx, fact: self.heard.append((fact.ids["case_id"], fact.topic))  # noqa: E731
        outbox.carry_up(self.db, {topic: [tell] for topic in FACTS}, most=1000)
        for case in self.world.cases:
            assert [topic for case_id, topic in self.heard if case_id == str(case.id)] == case.facts

    @invariant()
    def every_live_case_has_somebody_or_something_that_will_remind_of_it(self) -> None:
        if not hasattr(self, "world"):
            return
        timed = {
            row.case_id
            for row in self.tx.execute(sa.select(case_timers.c.case_id).where(case_timers.c.fired_at.is_(None)))
        }
        assert {case.id for case in self.world.cases if case.is_live} == timed
        findings = auditor.look(self.tx)
        assert [finding.fault for finding in findings if finding.fault is not auditor.Fault.FACT_STUCK] == []

    # --- how

    def _command(self, data: st.DataObject, case: model.Case, command: str, by: Person, said: Said) -> None:
        self._later(timedelta(seconds=1))
        epoch = data.draw(st.sampled_from([case.epoch, None, case.epoch, None, case.epoch - 1]))
        key = f"key-{next(self.keys)}"
        expected = self.world.refuses(case, command, by, said, self.now, epoch=epoch)
        before = self._everything() if expected else None
        assert self._refusal(case, command, by, said, key, epoch) == expected
        if expected:
            assert self._everything() == before
        else:
            self.world.move(case, command, by, said, self.now)
        self.given.append(Given(case, command, by, said, key, was_done=not expected))

    def _refusal(
        self, case: model.Case, command: str, by: Person, said: Said, key: str, epoch: int | None = None
    ) -> str:
        words = orders.Said(
            text=said.text, reason=said.reason, outcome="remote", until=said.until,
            to=said.to.id if said.to else None, into=said.into.id if said.into else None,
        )  # fmt: skip
        actor = next(actor for actor in self.actors.values() if (actor.id, str(actor.who)) == (by.id, self._who(by)))
        return refusal_of(
            lambda: self._in_part(
                lambda: machine.apply(
                    self.tx, case.id, Command(command), actor, words, expected_epoch=epoch, idem_key=key
                )
            )
        )

    @staticmethod
    def _who(by: Person) -> str:
        return by.role if by.id is None else "expert"

    def _in_part(self, act: Callable[[], cases.Case]) -> cases.Case:
        with self.tx.begin_nested():
            return act()

    def _drawn(self, data: st.DataObject) -> Said:
        return Said(
            text=data.draw(st.sampled_from(["好的", "好的", " "])).strip(),
            reason=data.draw(st.sampled_from(["有事", "有事", ""])),
            to=data.draw(st.sampled_from([None, *self.people[:4]])),
            into=data.draw(st.sampled_from([None, *self.world.cases])),
            until=data.draw(st.sampled_from([None, self.now, self.now + timedelta(hours=6)])),
        )

    def _fitting(self, case: model.Case) -> Said:
        """Everything that any command asks for, with a colleague who has room for one more."""
        free = [
            one for one in self.people[:4]
            if one.id != case.owner and not one.paused and self.world.load(one.id) < one.capacity
        ]  # fmt: skip
        others = [one for one in self.world.cases if one is not case and one.is_live and one.kind == case.kind]
        return Said(
            to=free[case.version % len(free)] if free else None, until=self.now + timedelta(hours=6),
            into=others[0] if others else None,
        )  # fmt: skip

    def _later(self, pause: timedelta) -> None:
        self.clock.at += pause
        self.now = self.clock.at

    def _follow(self, who: str) -> None:
        """Let the model do what timers or the router did, checking that each was allowed to."""
        for case in self.world.cases:
            rows = self.tx.execute(
                sa.select(case_events)
                .where(case_events.c.case_id == case.id, case_events.c.seq > case.version)
                .order_by(case_events.c.seq)
            ).all()
            for row in rows:
                assert row.actor_name.split(":")[1] == who
                to = self.world.people.get(UUID(row.payload["to"])) if "to" in row.payload else None
                if who == "timer":
                    assert self.world.may_happen(case, row.command, self.now), row.command
                system, said = self.people[5], Said(to=to)
                assert self.world.refuses(case, row.command, system, said, self.now) == ""
                self.world.move(case, row.command, system, said, self.now)

    def _everything(self) -> list[object]:
        """What a refused or repeated command must leave as it was."""
        counts = [
            self.tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in (case_events, case_entries, case_timers, outbox.outbox)
        ]
        return [*counts, *(cases.get(self.tx, case.id) for case in self.world.cases)]


_WHAT_HAPPENS = [
    *[CaseMachine.command_what_leads_on] * 9, *[CaseMachine.command_what_is_beside] * 3, CaseMachine.command_anything,
    CaseMachine.time_passes, CaseMachine.give_again, CaseMachine.the_router_runs, CaseMachine.open_another,
    CaseMachine.an_expert_pauses,
]  # fmt: skip
