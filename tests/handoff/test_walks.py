"""Random walks through the machine: what must hold after every step, whatever the steps were."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from core.database import Database, Transaction
from core.errors import Refused
from handoff import cases, machine
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Said
from handoff.states import PERSON_SPEAKS, Command, Kind, State
from tests.handoff.kit import SYSTEM, coordinator, expert, opened

# Which case, who, which of the things they may do, and somebody or something else that it is about.
STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(0, 20), st.integers(0, 2)), min_size=15, max_size=30
)


@dataclass
class World:
    """Three cases of one farmer, two of them questions of different conversations, and five who do things to them."""

    tx: Transaction
    cases: list[Case] = field(default_factory=list)
    people: list[Actor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cases = [opened(self.tx), opened(self.tx), opened(self.tx, Kind.NEED)]
        experts = [expert(self.tx, "wang", capacity=1), expert(self.tx, "li", capacity=2)]
        self.people = [FARMER, SYSTEM, *experts, coordinator(self.tx)]

    def step(self, which: int, who: int, choice: int, other: int) -> State:
        """Something that the table allows; a guard may still refuse it, and then nothing has changed."""
        before = [cases.get(self.tx, case.id) for case in self.cases]
        may = sorted(machine.allowed(before[which], self.people[who]) - {Command.NOTE})
        if not may:
            return before[which].state
        command, taker = may[choice % len(may)], self.people[2 + other % 2]
        until = clock.now() + timedelta(hours=1)
        said = Said(text="好的", reason="有事", to=taker.id, until=until, into=self.cases[other].id, rating=1 + other)
        try:
            moved = machine.apply(self.tx, self.cases[which].id, command, self.people[who], said)
        except Refused:
            assert [cases.get(self.tx, case.id) for case in self.cases] == before
            return before[which].state
        self._check(before, which, command)
        return moved.state

    def _check(self, before: list[Case], which: int, command: Command) -> None:
        after = [cases.get(self.tx, case.id) for case in self.cases]
        moved, was = after[which], before[which]
        assert [a for n, a in enumerate(after) if n != which] == [b for n, b in enumerate(before) if n != which]
        assert moved.version == was.version + 1
        assert moved.epoch >= was.epoch
        assert moved.owner_id == was.owner_id or moved.epoch > was.epoch
        assert was.is_live or command is Command.REOPEN or (command is Command.RATE and moved.state is was.state)
        assert (moved.owner_id is not None) or moved.state not in PERSON_SPEAKS
        assert (moved.ended_at is None) == moved.is_live
        log = cases.events(self.tx, moved.id)
        assert [event.seq for event in log] == list(range(moved.version + 1))
        assert [event.from_state for event in log[1:]] == [event.to_state for event in log[:-1]]
        assert log[-1].to_state == moved.state
        if command in {Command.CLAIM, Command.OFFER, Command.TRANSFER}:
            capacity = {self.people[2].id: 1, self.people[3].id: 2}.get(moved.owner_id, 5)
            assert cases.load(self.tx, moved.owner_id or uuid4()) <= capacity


def test_no_walk_through_the_machine_breaks_its_promises(migrated: Database) -> None:
    seen: set[State] = set()

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(STEPS)
    def walk(steps: list[tuple[int, int, int, int]]) -> None:
        with migrated.engine.connect() as tx:
            world = World(tx)
            seen.update(world.step(*step) for step in steps)
            tx.rollback()

    walk()
    assert seen == set(State), "walks that stay at the door prove nothing"
