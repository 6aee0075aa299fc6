"""Routing: which expert a waiting case is offered to, and what happens when there is none.

A case is offered to the best of those who are on duty, take cases, know the crop, cover the place, have the level and room
for one more, and have not had it in their hands a short while ago. After three who did not take it, or where there is nobody,
it goes one level up; where no level has anybody it goes to the coordinators' desk. It is looked at again as soon as an
expert is free, and every half minute in any case, however old it is (reference: handoff §3.5).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, outbox, people
from core.database import Database, DatabaseUnavailable, Transaction
from core.errors import Refused
from core.logs import logger
from core.outbox import Fact
from core.people import Role
from handoff import cases as reading
from handoff.cases import Case
from handoff.machine import apply
from handoff.orders import Actor, Said
from handoff.states import Command, Kind, State
from handoff.tables import case_events, cases
from knowledge import dialects, names
from registry import experts, roster
from registry.experts import HIGHEST_LEVEL, Expert

log = logger()

ROUTER = Actor.system("router")
LOOK_AGAIN = timedelta(seconds=30)
_AFTER_A_BUG = timedelta(minutes=5)
MOST_OFFERS = 3  # at one level: to one expert, and to the next two
MOST_AT_ONCE = 3  # offers that one expert has before them; nobody can look at twenty within ten minutes
_NOT_SOLVED_BELOW = 2  # so often not solved, it is for the next level alone
NOT_AGAIN = timedelta(hours=4)  # who had a case and let it go is not asked again so soon
STILL_KNOWN = timedelta(days=180)  # for so long a farmer's last expert is the first choice
_AHEAD = timedelta(days=14)  # beyond the longest holiday, with the nights around it
_ROUTED = (Kind.QUESTION, Kind.NEED)  # incidents are for the coordinators' desk
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """Somebody whom a case may be offered to. `speaks`: the farmer's dialect, where that is known and they speak it.

    `why`: the reasons for it, in words for the case's log.
    """

    expert: Expert
    load: int
    offers: int
    is_last_expert: bool
    named: int
    near: int
    speaks: str = ""

    @property
    def why(self) -> str:
        reasons = [
            "上次答复过这位农户" if self.is_last_expert else "",
            "专长对口" if self.named else "",
            "负责这个地方" if self.near else "",
            f"会说{self.speaks}" if self.speaks else "",
            f"手上{self.load}/{self.expert.capacity}个",
        ]
        return "，".join(reason for reason in reasons if reason)


def run(database: Database, *, most: int = 100) -> int:
    """Look at every waiting case that is due for it, the most urgent first; the number that was looked at.

    Safe in several processes at once: what two of them offer at the same time, `apply` gives to one. A case that cannot be
    looked at is logged and put off, so that the others go on. Raises DatabaseUnavailable.
    """
    seen: list[UUID] = []
    while len(seen) < most and _look_at_one(database, seen):
        pass
    return len(seen)


def _look_at_one(database: Database, seen: list[UUID]) -> bool:
    """Look at the next case that is not among those seen, and note it there; False when there is none."""
    row: sa.Row[Any] | None = None
    try:
        with database.transaction() as tx:
            row = _next(tx, seen)
            if row is not None:
                seen.append(row.id)
                _place_if_still_there(tx, reading.from_row(row))
    except DatabaseUnavailable:
        raise
    except Exception:  # the edge of one case: a bug or a bad row must not keep all others in the queue
        if row is None:
            raise
        log.exception("router_failed", case_id=str(row.id))
        with database.transaction() as tx:
            tx.execute(cases.update().where(cases.c.id == row.id).values(route_after=clock.now() + _AFTER_A_BUG))
    return row is not None


def _place_if_still_there(tx: Transaction, case: Case) -> None:
    """Somebody may take a case, or a farmer withdraw it, while we look whom to ask: then there is nothing to do."""
    try:
        with tx.begin_nested():
            place(tx, case)
    except Refused as refusal:
        log.info("router_came_late", case_id=str(case.id), rule=refusal.rule)


def place(tx: Transaction, case: Case) -> Case:
    """Offer a waiting case to the best expert there is, or send it up, or to the coordinators' desk.

    It is sent up to somebody who could take it now, never to somebody who is asleep: by the time they are there,
    those of its own level are as well.
    """
    above = case.level < HIGHEST_LEVEL and _is_anybody_above(tx, case)
    if _offers(tx, case) < MOST_OFFERS or not above:
        found = candidates(tx, case)
        for candidate in found:
            offered = _offer(tx, case, candidate) if candidate.offers < MOST_AT_ONCE else None
            if offered is not None:
                return offered
        if any(candidate.offers >= MOST_AT_ONCE for candidate in found):
            return _wait(tx, case)
    if above:
        return apply(tx, case.id, Command.ESCALATE, ROUTER, Said(reason="本级没有人接"), expected_epoch=case.epoch)
    return _to_desk(tx, case)


def look_again(tx: Transaction) -> None:
    """Somebody is free, or on duty: waiting cases need not wait for the next round.

    They are locked in the order of their ids, as two cases always are, so that two who do this cannot block each other.
    """
    waiting = (
        sa.select(cases.c.id)
        .where(cases.c.state == State.QUEUED, cases.c.route_after.is_not(None))
        .order_by(cases.c.id)
        .with_for_update()
    )
    tx.execute(cases.update().where(cases.c.id.in_(waiting)).values(route_after=None))


def on_freed(tx: Transaction, fact: Fact) -> None:
    """An expert may have room again."""
    look_again(tx)


# Facts after which somebody may have room again.
FREEING = (
    "case_answered", "case_resolved", "case_cancelled", "case_merged", "case_released", "case_declined",
    "case_offer_expired", "case_escalated", "case_snoozed", "case_accepted", "case_amended",
)  # fmt: skip


def first_on_duty(tx: Transaction, case: Case, *, at: datetime) -> datetime | None:
    """When the next expert for this case is on duty: `at` itself where one is then; None where nobody will be for two weeks."""
    suited = {one.staff_id for one in _suited(tx, case)}
    return next((duty.start for duty in roster.duties(tx, at, at + _AHEAD) if duty.staff_id in suited), None)


def is_anybody(tx: Transaction, case: Case) -> bool:
    """Whether anybody, on duty or not, is of the level of this case and suits it."""
    return any(one.level >= case.level for one in _suited(tx, case))


def candidates(tx: Transaction, case: Case, *, at: datetime | None = None) -> list[Candidate]:
    """Whom a case may be offered to, the best first.

    The farmer's last expert, then those who know the crop by name, then those of the place, then those who speak the
    dialect that he writes, then the least load for their limit, then whoever has waited longest. They are of the level
    of the case: specialists are kept for what was sent up to them. Where none of its level is there, those below it are
    asked who have not had it, unless they are who could not solve it.
    """
    at = at or clock.now()
    on_duty, loads, gone = roster.on_duty(tx, at), reading.loads(tx), _had_it_lately(tx, case, at)
    last, offers = _last_expert(tx, case, at), reading.open_offers(tx)
    dialect = dialects.heard(case.question)
    found = [
        Candidate(
            expert,
            loads.get(expert.staff_id, 0),
            offers.get(expert.staff_id, 0),
            expert.staff_id == last,
            named=int(bool(expert.objects)) + int(case.topic != "" and case.topic in expert.topics),
            near=max((len(code) for code in expert.places if case.place_code.startswith(code)), default=0),
            speaks=dialect.name if dialect and dialect.is_among(expert.dialects) else "",
        )
        for expert in _suited(tx, case)
        if expert.staff_id in on_duty and expert.staff_id not in gone
    ]
    free = sorted((one for one in found if one.load < one.expert.capacity), key=_rank)
    fitting = [
        one for one in free if one.expert.level == case.level or (one.is_last_expert and one.expert.level > case.level)
    ]
    if fitting or case.disputes >= _NOT_SOLVED_BELOW:
        return fitting
    return [one for one in free if one.expert.level < case.level]


def names_of(case: Case) -> frozenset[str]:
    """What a case is about, with the larger things that it belongs to: 柑橘, 果树."""
    return names_in(case.object)


def names_in(object_: str) -> frozenset[str]:
    """The same for an object, or for several with `|` between them."""
    known = names.known().things
    found, waiting = set[str](), object_.split("|")
    while waiting:
        name = waiting.pop()
        if name and name not in found:
            found.add(name)
            waiting += known[name].part_of if name in known else ()
    return frozenset(found)


def _suited(tx: Transaction, case: Case) -> list[Expert]:
    """Whoever works here, takes cases and knows about this one, at whatever level."""
    wanted = names_of(case)
    return [one for one in taking_cases(tx) if _suits(one, case, wanted)]


def taking_cases(tx: Transaction) -> list[Expert]:
    """Whoever works here as an expert and has not paused, on duty or not."""
    working = {one.id for one in people.everyone(tx) if one.active and one.has(Role.EXPERT)}
    return [one for one in experts.everyone(tx) if one.staff_id in working and not one.paused]


def _suits(expert: Expert, case: Case, wanted: Iterable[str]) -> bool:
    return (
        (not case.object or expert.knows(frozenset(wanted)))
        and (not case.topic or not expert.topics or case.topic in expert.topics)
        and expert.covers(case.place_code)
    )


def _rank(one: Candidate) -> tuple[object, ...]:
    expert = one.expert
    return (
        not one.is_last_expert,
        -one.named,
        -one.near,
        not one.speaks,
        one.load / expert.capacity,
        expert.last_given_at or _NEVER,
        str(expert.staff_id),
    )


def _next(tx: Transaction, seen: list[UUID]) -> sa.Row[Any] | None:
    return tx.execute(
        sa.select(cases)
        .where(
            cases.c.state == State.QUEUED,
            cases.c.kind.in_(_ROUTED),
            sa.or_(cases.c.route_after.is_(None), cases.c.route_after <= clock.now()),
            cases.c.id.not_in(seen),
        )
        .order_by(cases.c.rank, cases.c.due_at, cases.c.opened_at, cases.c.id)
        .limit(1)
    ).one_or_none()


def _offer(tx: Transaction, case: Case, candidate: Candidate) -> Case | None:
    said = Said(to=candidate.expert.staff_id, reason=candidate.why)
    try:
        with tx.begin_nested():
            return apply(tx, case.id, Command.OFFER, ROUTER, said, expected_epoch=case.epoch)
    except Refused as refusal:
        log.info("offer_not_made", case_id=str(case.id), rule=refusal.rule)
        return None


def _wait(tx: Transaction, case: Case) -> Case:
    """Whoever could be asked is asked about others just now: look again as soon as one of these is settled."""
    tx.execute(
        cases.update()
        .where(cases.c.id == case.id, cases.c.state == State.QUEUED, cases.c.epoch == case.epoch)
        .values(route_after=clock.now() + LOOK_AGAIN)
    )
    return reading.get(tx, case.id)


def _to_desk(tx: Transaction, case: Case) -> Case:
    """Nobody can be asked: the coordinators see it, once; it is looked at again all the same."""
    at = clock.now()
    moved = tx.execute(
        cases.update()
        .where(cases.c.id == case.id, cases.c.state == State.QUEUED, cases.c.epoch == case.epoch)
        .values(route_after=at + LOOK_AGAIN, desk_at=sa.func.coalesce(cases.c.desk_at, at))
        .returning(cases.c.id)
    ).one_or_none()
    if moved is not None and case.desk_at is None:
        outbox.write(tx, "case_at_desk", case_id=case.id)
        log.info("case_at_desk", case_id=str(case.id), level=case.level)
    return reading.get(tx, case.id)


def _offers(tx: Transaction, case: Case) -> int:
    """How many have been asked since the case came to this level, or came back to the queue from somebody's hands."""
    since = sa.select(sa.func.max(case_events.c.seq)).where(
        case_events.c.case_id == case.id,
        sa.or_(
            case_events.c.command.in_([Command.OPEN, Command.ESCALATE, Command.REOPEN, Command.RELEASE]),
            sa.and_(case_events.c.command == Command.DISPUTE, case_events.c.to_state == State.QUEUED),
        ),
    )
    asked = sa.select(sa.func.count()).where(
        case_events.c.case_id == case.id,
        case_events.c.command == Command.OFFER,
        case_events.c.seq > since.scalar_subquery(),
        case_events.c.at > clock.now() - NOT_AGAIN,
    )
    return tx.execute(asked).scalar_one()


def _had_it_lately(tx: Transaction, case: Case, at: datetime) -> set[UUID]:
    """Who had this case in hand not long ago, since it was opened, and let it go."""
    opened = sa.select(sa.func.max(case_events.c.seq)).where(
        case_events.c.case_id == case.id, case_events.c.command.in_([Command.OPEN, Command.REOPEN])
    )
    rows = tx.execute(
        sa.select(case_events.c.owner_id)
        .where(
            case_events.c.case_id == case.id,
            case_events.c.owner_id.is_not(None),
            case_events.c.at > at - NOT_AGAIN,
            case_events.c.seq > opened.scalar_subquery(),
        )
        .distinct()
    )
    return {row.owner_id for row in rows}


def _last_expert(tx: Transaction, case: Case, at: datetime) -> UUID | None:
    """Who last answered this farmer, in this case or another."""
    return tx.execute(
        sa.select(case_events.c.actor_id)
        .join(cases, cases.c.id == case_events.c.case_id)
        .where(
            cases.c.farmer_id == case.farmer_id,
            case_events.c.command == Command.ANSWER,
            case_events.c.at > at - STILL_KNOWN,
        )
        .order_by(case_events.c.at.desc())
        .limit(1)
    ).scalar_one_or_none()


def _is_anybody_above(tx: Transaction, case: Case) -> bool:
    """Whether somebody of a higher level suits the case and is on duty."""
    on_duty = roster.on_duty(tx, clock.now())
    return any(one.level > case.level and one.staff_id in on_duty for one in _suited(tx, case))
