"""make bench's part on fairness: some days of a county's questions through the real router, with a clock that is moved.

Six experts of different crops, levels and hours take, decline and overlook what is offered to them by chance that can be
repeated; farmers come back. What is measured: how evenly the work is spread, how long farmers wait, and how many who come
back get the expert they know (reference: handoff §4.10).
"""

import heapq
import itertools
import math
import random
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from uuid import UUID, uuid4

import sqlalchemy as sa

from app import migrating
from app.stack.running import Ports, Stack
from core import clock, outbox, people
from core.database import Database, Transaction
from core.errors import Refused
from core.outbox import Fact
from core.people import Role
from handoff import cases, machine, routing, timers
from handoff.cases import Case
from handoff.orders import FARMER, NOTHING, Actor, Opening, Said
from handoff.states import Command, Kind, State, Urgency
from handoff.tables import case_events
from handoff.tables import cases as case_table
from registry import experts, roster
from registry.roster import Days
from registry.worktime import CHINA, OFFICE_HOURS
from reports import queue_figures
from reports.asked import Asked
from reports.period import Period

CASES, DAYS, SEED = 400, 10, 20260302
FIRST = date(2026, 3, 2)  # a Monday with two working weeks ahead
_STEP = timedelta(minutes=5)  # how often the house looks at what waits; the real one does every half second
_SELDOM = timedelta(minutes=45)  # and at night, or where nothing waits
_PATIENCE = timedelta(days=5)
_NOBODYS = frozenset({State.QUEUED, State.OFFERED})
_WITH_US = _NOBODYS | {State.ACTIVE}
_KNOWN = 0.45  # of the questions come from farmers who have asked before
_DECLINED, _OVERLOOKED, _FORGOTTEN, _NOT_SOLVED = 0.06, 0.05, 0.02, 0.05
_NORMAL, _URGENT = 0.85, 0.97  # up to these chances; the rest is of the most urgent
# How many questions come in each hour of the day, from 6 to 22, beside each other.
_HOURS = (2, 4, 7, 9, 9, 7, 5, 5, 6, 7, 7, 6, 6, 7, 6, 3)
_ASKED_ABOUT = (("水稻", 34), ("辣椒", 20), ("柑橘", 18), ("茶叶", 8), ("猪", 8), ("鸡", 6), ("", 6))


@dataclass(frozen=True)
class Colleague:
    """One of the team: what they know, at which level, how much at once, and when they are there."""

    name: str
    objects: tuple[str, ...]
    level: int
    capacity: int
    days: Days
    start: time_of_day
    end: time_of_day


TEAM = (
    Colleague("水稻甲", ("水稻",), 1, 5, Days.WORKING, time_of_day(8), time_of_day(17)),
    Colleague("水稻乙", ("水稻",), 1, 5, Days.WORKING, time_of_day(8), time_of_day(17)),
    Colleague("园艺", ("辣椒", "柑橘", "茶叶"), 1, 6, Days.WORKING, time_of_day(9), time_of_day(19)),
    Colleague("畜牧", ("猪", "鸡"), 1, 4, Days.EVERY, time_of_day(8), time_of_day(20)),
    Colleague("全科", (), 1, 6, Days.EVERY, time_of_day(8), time_of_day(21)),
    Colleague("专家组", (), 2, 3, Days.WORKING, time_of_day(9), time_of_day(17)),
)


@dataclass(frozen=True)
class Fairness:
    """What came of it. Waits are from the question to the first answer; shares are from 0 to 1.

    `gini`: of the cases that each of the county's own experts took for each hour on duty; `gini_alike`: the same of the two
    who know the same and are there at the same hours. `known`: of the questions of farmers who had had an answer before
    from somebody who was on duty when they asked again, those that the same expert answered first.
    """

    cases: int
    unanswered: int
    taken: dict[str, int]
    gini: float
    gini_alike: float
    waited_95: timedelta
    waited_longest: timedelta
    working_95: timedelta
    working_longest: timedelta
    known: float
    offers_per_case: float
    at_desk: int


def measure() -> str:
    """The table of one run in a database of its own."""
    with tempfile.TemporaryDirectory(prefix="nongwen-fairness-") as folder:
        overrides = {"CLOCK_URL": "", "DATABASE_URL": "", "REDIS_URL": ""}
        stack = Stack(Path(folder), Ports.all_free(), overrides=overrides, say=lambda text: None)
        try:
            stack.start(parts=())
            database = Database(stack.values["DATABASE_URL"], pool_size=2)
            migrating.migrate(database)
            found = simulate(database, many=CASES, days=DAYS, seed=SEED)
            database.close()
        finally:
            clock.follow("")
            stack.stop()
    return table(found)


def table(found: Fairness) -> str:
    """What was found, for people."""
    rows = [
        (f"cases in {DAYS} days", found.cases),
        ("cases without an answer", found.unanswered),
        ("cases taken by each", "，".join(f"{name} {many}" for name, many in found.taken.items())),
        ("Gini of cases taken for each hour on duty, county level", f"{found.gini:.2f}"),
        ("the same of two who know the same", f"{found.gini_alike:.2f}"),
        ("wait for the first answer, 95th percentile", _in_hours(found.waited_95, found.working_95)),
        ("the longest wait", _in_hours(found.waited_longest, found.working_longest)),
        ("who came back while the expert they knew was on duty, and was answered by them", f"{found.known:.0%}"),
        ("offers for each case", f"{found.offers_per_case:.2f}"),
        ("cases that the coordinators' desk saw", found.at_desk),
    ]
    return "\n".join(["| | |", "| --- | --: |", *(f"| {what} | {value} |" for what, value in rows)])


def _in_hours(by_clock: timedelta, working: timedelta) -> str:
    return f"{by_clock / timedelta(hours=1):.1f} h by the clock, {working / timedelta(hours=1):.1f} h of office hours"


def simulate(database: Database, *, many: int, days: int, seed: int) -> Fairness:
    """So many cases over so many days in an empty database. The clock of this process is moved, and left where it stops."""
    county = _County(database, random.Random(seed))
    county.plan(many, days)
    county.run()
    with database.transaction() as tx:
        return _judge(tx, days, county.team)


class _County:
    """Farmers, experts and the house, moved from one thing that happens to the next."""

    def __init__(self, database: Database, chance: random.Random) -> None:
        self._database, self._chance = database, chance
        self._happens: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._farmers: list[tuple[str, UUID, str]] = []
        self._handlers: dict[str, list[outbox.Handler]] = {topic: [routing.on_freed] for topic in routing.FREEING}
        for topic, act in (
            ("case_offered", self._on_offered), ("case_accepted", self._on_accepted), ("case_answered", self._on_answered),
            ("case_disputed", self._on_accepted),
        ):  # fmt: skip
            self._handlers[topic] = [*self._handlers.get(topic, []), act]
        clock.put(datetime.combine(FIRST, time_of_day(), CHINA))
        with database.transaction() as tx:
            self.team = {_hire(tx, one): one for one in TEAM}

    def plan(self, many: int, days: int) -> None:
        """When farmers ask."""
        self._until = clock.now() + timedelta(days=days)
        for _ in range(many):
            day = FIRST + timedelta(days=self._chance.randrange(days))
            hour = self._chance.choices(range(6, 22), _HOURS)[0]
            at = datetime.combine(day, time_of_day(hour), CHINA) + timedelta(seconds=self._chance.randrange(3600))
            self._at(at, self._ask)

    def run(self) -> None:
        """Until nothing is planned any more and nothing waits, or has waited for days."""
        at = clock.now()
        give_up = self._until + _PATIENCE
        while at < give_up and (self._happens or self._is_any(_WITH_US)):
            at += _STEP if 6 <= at.astimezone(CHINA).hour < 22 and self._is_any(_NOBODYS) else _SELDOM
            while self._happens and self._happens[0][0] <= at:
                when, _, act = heapq.heappop(self._happens)
                clock.put(when)
                act()
                self._house()
            clock.put(at)
            self._house()

    def _is_any(self, states: frozenset[State]) -> bool:
        with self._database.transaction() as tx:
            found = sa.select(case_table.c.id).where(case_table.c.state.in_(states)).limit(1)
            return tx.execute(found).one_or_none() is not None

    def _house(self) -> None:
        timers.fire_due(self._database)
        routing.run(self._database)
        outbox.carry_up(self._database, self._handlers)

    def _at(self, at: datetime, act: Callable[[], None]) -> None:
        heapq.heappush(self._happens, (at, next(self._order), act))

    def _in(self, minutes: float, act: Callable[[], None]) -> None:
        self._at(clock.now() + timedelta(minutes=minutes), act)

    # --- farmers

    def _ask(self) -> None:
        if self._farmers and self._chance.random() < _KNOWN:
            openid, conversation_id, object_ = self._chance.choice(self._farmers)
        else:
            openid, conversation_id = f"o-fair-{len(self._farmers)}", uuid4()
            object_ = self._chance.choices(*zip(*_ASKED_ABOUT, strict=True))[0]
            self._farmers.append((openid, conversation_id, object_))
        drawn = self._chance.random()
        urgency = Urgency.NORMAL if drawn < _NORMAL else Urgency.URGENT if drawn < _URGENT else Urgency.CRITICAL
        try:
            with self._database.transaction() as tx:
                opening = Opening(
                    kind=Kind.QUESTION, conversation_id=conversation_id, farmer_id=people.meet(tx, openid).id,
                    question="叶子黄了", reason="no_answer", urgency=urgency, object=object_,
                )  # fmt: skip
                machine.open_case(tx, opening, FARMER)
        except Refused:  # asked again before the answer to the last question was settled: that case has it then
            self._in(60 * self._chance.uniform(6, 30), self._ask)

    def _on_answered(self, tx: Transaction, fact: Fact) -> None:
        """Half of the farmers say what came of it; of the others nothing is heard."""
        if self._chance.random() < 0.5:
            command = Command.DISPUTE if self._chance.random() < 2 * _NOT_SOLVED else Command.CONFIRM
            self._in(60 * self._chance.uniform(1, 10), self._does(fact, command, lambda case: FARMER))

    # --- experts

    def _on_offered(self, tx: Transaction, fact: Fact) -> None:
        drawn = self._chance.random()
        if drawn < _OVERLOOKED:
            return
        command = Command.DECLINE if drawn < _OVERLOOKED + _DECLINED else Command.ACCEPT
        self._in(self._chance.expovariate(1 / 3), self._does(fact, command, self._owner))

    def _on_accepted(self, tx: Transaction, fact: Fact) -> None:
        if self._chance.random() >= _FORGOTTEN:
            self._in(self._chance.lognormvariate(math.log(25), 0.7), self._does(fact, Command.ANSWER, self._owner))

    def _owner(self, case: Case) -> Actor:
        with self._database.transaction() as tx:
            return Actor.staff(people.member(tx, case.owner_id)) if case.owner_id else FARMER

    def _does(self, fact: Fact, command: Command, who: Callable[[Case], Actor]) -> Callable[[], None]:
        """Somebody gives a command to the case as the fact told of it; whoever comes too late does nothing."""

        def act() -> None:
            with self._database.transaction() as tx:
                case = cases.get(tx, fact.uuid("case_id"))
            if case.version < fact.ids.get("version", 0) or command not in machine.allowed(case, who(case)):
                return
            said = Said(text="先排水") if command is Command.ANSWER else Said(reason="今天忙不过来")
            with self._database.transaction() as tx:
                machine.apply(tx, case.id, command, who(case), said if command in _SAID else NOTHING)

        return act


_SAID = frozenset({Command.ANSWER, Command.DECLINE})


def _hire(tx: Transaction, one: Colleague) -> UUID:
    staff = people.hire(
        tx, username=f"fair-{uuid4().hex[:8]}", password=uuid4().hex, name=one.name, roles={Role.EXPERT}, unit="农技站"
    )
    experts.enrol(tx, staff.id, objects=one.objects, level=one.level, capacity=one.capacity)
    roster.plan_rule(tx, staff.id, one.days, one.start, one.end, first_day=FIRST)
    return staff.id


# --- what came of it


def _judge(tx: Transaction, days: int, team: dict[UUID, Colleague]) -> Fairness:
    period = Period(FIRST, FIRST + timedelta(days=days + 3))
    works = queue_figures.gather(tx, Asked(period)).experts
    rates = {work.staff_id: work.taken / (work.on_duty / timedelta(hours=1)) for work in works}
    found = tx.execute(sa.select(case_table).order_by(case_table.c.opened_at)).all()
    first = _first_answers(tx)
    waits = sorted(first[row.id][0] - row.opened_at for row in found if row.id in first)
    working = sorted(OFFICE_HOURS.between(row.opened_at, first[row.id][0]) for row in found if row.id in first)
    offers = tx.execute(
        sa.select(sa.func.count()).select_from(case_events).where(case_events.c.command == Command.OFFER)
    ).scalar_one()
    return Fairness(
        cases=len(found),
        unanswered=len(found) - len(waits),
        taken={work.name: work.taken for work in works},
        gini=gini([rates[who] for who, one in team.items() if one.level == 1]),
        gini_alike=gini([rates[who] for who, one in team.items() if one.objects == ("水稻",)]),
        waited_95=_percentile(waits),
        waited_longest=waits[-1],
        working_95=_percentile(working),
        working_longest=working[-1],
        known=_known(tx, period, found, first),
        offers_per_case=offers / len(found),
        at_desk=sum(row.desk_at is not None for row in found),
    )


First = dict[UUID, tuple[datetime, UUID]]


def _first_answers(tx: Transaction) -> First:
    rows = tx.execute(
        sa.select(case_events.c.case_id, case_events.c.at, case_events.c.actor_id)
        .where(case_events.c.command == Command.ANSWER)
        .order_by(case_events.c.at.desc())
    )
    return {row.case_id: (row.at, row.actor_id) for row in rows}


def _known(tx: Transaction, period: Period, found: Sequence[sa.Row[tuple[object, ...]]], first: First) -> float:
    """Of the cases whose farmer had an answer from somebody who is on duty: the share that the same person answered first."""
    duties = roster.duties(tx, period.start, period.end)
    before: dict[UUID, list[tuple[datetime, UUID]]] = defaultdict(list)
    same = []
    for row in found:
        told = [who for at, who in before[row.farmer_id] if at < row.opened_at]
        there = {duty.staff_id for duty in duties if duty.covers(row.opened_at)}
        if row.id in first:
            if told and told[-1] in there:
                same.append(told[-1] == first[row.id][1])
            before[row.farmer_id].append(first[row.id])
    return statistics.mean(same) if same else 1.0


def gini(shares: Sequence[float]) -> float:
    """0 where all have the same; near 1 where one has everything."""
    apart = sum(abs(one - other) for one in shares for other in shares)
    return apart / (2 * len(shares) * sum(shares)) if any(shares) else 0.0


def _percentile(ordered: Sequence[timedelta], share: float = 0.95) -> timedelta:
    """The length that so many do not exceed (nearest rank)."""
    return ordered[math.ceil(share * len(ordered)) - 1]
