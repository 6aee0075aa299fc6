"""Cases as the specification tells them, in plain Python: what the state machine is held against.

Nothing here is taken from `handoff.states`: a table that is checked against itself is right whatever it says
(reference: handoff §3.2 and its head; §4.2).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

# What may be commanded, from where to where ("=": it stays), by whom, what must come with it, and the fact that it is.
_TABLE = """
offer          | queued                                       | offered        | system coordinator       |        | case_offered
claim          | queued offered                               | active         | expert coordinator       |        | case_accepted
accept         | offered                                      | active         | offeree                  |        | case_accepted
decline        | offered                                      | queued         | offeree                  | reason |
offer_expires  | offered                                      | queued         | system                   |        |
ask_farmer     | active waiting_farmer                        | waiting_farmer | owner                    | text   | case_asked
farmer_replies | waiting_farmer snoozed active answered       | active         | farmer                   |        |
add            | queued offered                               | =              | farmer                   |        |
note           | queued offered active waiting_farmer snoozed answered | =     | expert coordinator       | text   |
answer         | active waiting_farmer answered               | answered       | owner                    | text   | case_answered
transfer       | active waiting_farmer snoozed                | offered        | owner coordinator        | reason | case_offered
escalate       | queued offered active waiting_farmer         | queued         | owner coordinator system |        | case_escalated
release        | active waiting_farmer snoozed                | queued         | owner coordinator system |        | case_released
snooze         | active                                       | snoozed        | owner                    |        |
wake           | snoozed                                      | active         | owner system             |        |
confirm        | answered                                     | resolved       | farmer owner system      |        | case_confirmed
dispute        | answered                                     | active         | farmer                   |        | case_disputed
resolve        | active waiting_farmer snoozed answered       | resolved       | owner coordinator system |        | case_resolved
cancel         | queued offered active waiting_farmer snoozed answered | cancelled | farmer coordinator   | reason | case_cancelled
merge          | queued offered active waiting_farmer snoozed answered | merged | coordinator             |        | case_merged
reopen         | resolved                                     | queued         | farmer coordinator       |        | case_reopened
"""


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    from_states: frozenset[str]
    to_state: str
    who: frozenset[str]
    needs: str
    fact: str


def _row(line: str) -> tuple[str, Row]:
    command, states, to_state, who, needs, fact = (cell.strip() for cell in line.split("|"))
    return command, Row(frozenset(states.split()), to_state, frozenset(who.split()), needs, fact)


TABLE = dict(_row(line) for line in _TABLE.strip().splitlines())
ENDED = {"resolved", "cancelled", "merged"}
HELD = {"offered", "active", "waiting_farmer"}  # what counts against an expert's limit
GIVES = {"offer", "claim", "transfer"}  # what puts a case into somebody's hands
_NEW_HANDS = GIVES | {"accept", "decline", "offer_expires", "escalate", "release", "reopen", "cancel", "merge"}
_HIGHEST_LEVEL = 3


@dataclass(repr=False)
class Person:
    """Somebody who gives commands. `role`: farmer, system, expert or coordinator."""

    role: str
    id: UUID | None = None
    capacity: int = 0
    level: int = 1
    paused: bool = False

    def __repr__(self) -> str:
        return f"{self.role} of level {self.level} for {self.capacity}"


@dataclass
class Said:
    """What comes with a command, as far as the rules ask for it."""

    text: str = "好的"
    reason: str = "有事"
    to: Person | None = None
    into: "Case | None" = None
    until: datetime | None = None


@dataclass(repr=False, eq=False)
class Case:
    """A case as its story so far makes it. `given`: whether it is in its owner's hands because it was given to them."""

    id: UUID
    kind: str
    urgency: str
    conversation: UUID
    since: datetime
    state: str = "queued"
    owner: UUID | None = None
    level: int = 1
    epoch: int = 0
    version: int = 0
    return_to: UUID | None = None
    lease_until: datetime | None = None
    by_hand: bool = False
    snoozed_until: datetime | None = None
    into: "Case | None" = None
    disputes: int = 0
    given: bool = False
    acted: datetime | None = None
    facts: list[str] = field(default_factory=lambda: ["case_opened"])
    had_by: list[tuple[datetime, UUID]] = field(default_factory=list)
    log: list[tuple[datetime, str]] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"{self.kind} {self.urgency}: {', '.join(command for _, command in self.log)} -> {self.state}"

    @property
    def is_live(self) -> bool:
        return self.state not in ENDED

    def as_it_must_be(self) -> dict[str, Any]:
        """The columns of its row that the story fixes."""
        return {
            "state": self.state, "owner_id": self.owner, "level": self.level, "epoch": self.epoch,
            "version": self.version, "return_to": self.return_to, "disputes": self.disputes,
            "merged_into": self.into.id if self.into else None,
        }  # fmt: skip


OFFER_MINUTES = {"特急": 3, "急": 10, "一般": 10}
# Whoever has a case and does nothing loses it: by the clock for what is urgent; one working day, so at least these hours.
OWNER_GONE = {"特急": timedelta(hours=1), "急": timedelta(hours=4), "一般": timedelta(hours=7.5)}


class World:
    """All cases and people, and what the specification says of a command."""

    def __init__(self, people: list[Person]) -> None:
        self.people = {person.id: person for person in people if person.id is not None}
        self.cases: list[Case] = []

    def load(self, staff_id: UUID | None) -> int:
        return sum(case.owner == staff_id and case.state in HELD for case in self.cases)

    def given(self, staff_id: UUID | None) -> int:
        """What somebody holds because it was given to them, cases that came back to them by themselves aside."""
        return sum(case.owner == staff_id and case.state in HELD and case.given for case in self.cases)

    def open(self, case: Case) -> str:
        """Open a case, or say which rule refuses it."""
        if case.kind == "question" and self.live_question(case.conversation) is not None:
            return "one_live_question"
        self.cases.append(case)
        return ""

    def live_question(self, conversation: UUID) -> Case | None:
        found = [c for c in self.cases if c.kind == "question" and c.is_live and c.conversation == conversation]
        return found[0] if found else None

    def refuses(
        self, case: Case, command: str, by: Person, said: Said, at: datetime, *, epoch: int | None = None
    ) -> str:
        """The rule that refuses a command, or "": the table, the person, the epoch, the words, the guards, the limit."""
        row = TABLE[command]
        if case.state not in row.from_states:
            return "wrong_state"
        if not self._capacities(case, by) & row.who:
            return "wrong_person"
        if epoch is not None and epoch != case.epoch:
            return "lost_it"
        if row.needs and not getattr(said, row.needs):
            return f"no_{row.needs}"
        return self._guard(case, command, by, said, at) or self._limit(case, command, by, said)

    def _capacities(self, case: Case, by: Person) -> set[str]:
        found = {by.role}
        if by.id is not None and by.id == case.owner:
            found.add("offeree" if case.state == "offered" else "owner")
        return found

    def _guard(self, case: Case, command: str, by: Person, said: Said, at: datetime) -> str:
        if command == "snooze" and (said.until is None or said.until <= at):
            return "snooze_in_the_past"
        if command == "cancel" and by.role == "farmer" and case.state not in {"queued", "offered"}:
            return "already_accepted"
        if command == "resolve" and by.role == "system" and case.state != "waiting_farmer":
            return "ball_is_with_us"
        if command == "claim" and case.return_to is not None and case.owner != by.id:
            return "being_passed_on"  # what the router offered anybody may take, what a colleague passes on is for one
        if command == "merge":
            if said.into is None or said.into is case:
                return "merge_into_what"
            if not said.into.is_live:
                return "merge_target"
            return "merge_kind" if said.into.kind != case.kind or case.kind == "incident" else ""
        if command == "reopen" and by.role == "farmer" and at - case.since > timedelta(days=7):
            return "too_late_to_reopen"
        bound = command == "reopen" and case.kind == "question"
        return "one_live_question" if bound and self.live_question(case.conversation) is not None else ""

    def _limit(self, case: Case, command: str, by: Person, said: Said) -> str:
        if command not in GIVES:
            return ""
        if command != "claim":
            if said.to is None:
                return "nobody_named"
            if said.to.id == case.owner:
                return "to_the_owner"
            if said.to.paused:
                return "not_taking_cases"
        taker = by if command == "claim" else said.to
        assert taker is not None
        own_offer = case.state == "offered" and case.owner == taker.id  # which counts already
        return "over_capacity" if self.load(taker.id) - own_offer >= taker.capacity else ""

    def move(self, case: Case, command: str, by: Person, said: Said, at: datetime) -> None:
        """Let a command that nothing refuses happen."""
        before = case.state
        case.state = TABLE[command].to_state if TABLE[command].to_state != "=" else case.state
        goes_up = command == "dispute" and case.disputes > 0  # not solved for the second time
        case.version += 1
        case.epoch += command in _NEW_HANDS or goes_up
        back = command in {"decline", "offer_expires"} and case.return_to is not None
        if command in GIVES:
            case.return_to = case.owner if command == "transfer" else None
            case.owner = by.id if command == "claim" else said.to.id if said.to else None
            case.given = True
        elif back:
            case.state, case.owner, case.given = "active", case.return_to, False
        elif command in {"decline", "offer_expires", "release", "reopen", "escalate"}:
            case.owner = None
        elif goes_up:
            case.state, case.owner, case.level = "queued", None, min(case.level + 1, _HIGHEST_LEVEL)
        if before in {"snoozed", "answered"} and case.state in HELD:
            case.given = command in GIVES
        if command in {"accept", "decline", "offer_expires", "escalate"}:
            case.return_to = None
        self._note(case, command, by, said, at, moved=case.state != before)
        if command == "merge" and said.into is not None:  # whoever has the other one sees that the farmer has said more
            news = "add" if said.into.state in {"queued", "offered"} else "farmer_replies"
            self.move(said.into, news, Person("farmer"), Said(), at)

    def _note(self, case: Case, command: str, by: Person, said: Said, at: datetime, *, moved: bool) -> None:
        """What a command leaves behind beside state and owner."""
        case.level = min(case.level + (command == "escalate"), _HIGHEST_LEVEL)
        case.disputes += command == "dispute"
        case.into = said.into if command == "merge" else case.into
        case.snoozed_until = said.until if command == "snooze" else case.snoozed_until
        if case.state == "offered" and command in GIVES:
            case.by_hand = by.role != "system" and case.urgency == "一般"  # then it waits for whoever it was handed to
            case.lease_until = at + timedelta(minutes=60 if case.by_hand else OFFER_MINUTES[case.urgency])
        if moved or command in {"ask_farmer", "answer"}:  # asked or answered again, a farmer has his whole time
            case.since = at
        if moved or (by.id is not None and by.id == case.owner):
            case.acted = at
        if case.owner is not None:
            case.had_by.append((at, case.owner))
        case.log.append((at, command))
        if TABLE[command].fact:
            case.facts.append(TABLE[command].fact)
        if command == "dispute" and case.state == "queued":
            case.facts.append("case_escalated")

    # --- time

    def may_happen(self, case: Case, command: str, at: datetime) -> bool:
        """Whether it is time for this command of a timer."""
        passed = at - case.since
        return {
            "offer_expires": case.lease_until is not None and at >= case.lease_until,
            "wake": case.snoozed_until is not None and at >= case.snoozed_until,
            "confirm": passed >= timedelta(hours=72),
            "resolve": passed >= timedelta(days=7),
            "release": at - (case.acted or case.since) >= OWNER_GONE[case.urgency],
        }.get(command, False)

    def forgotten(self, case: Case, at: datetime) -> str:
        """The command that a timer should have given to this case by now, or ""."""
        must = {"offered": "offer_expires", "snoozed": "wake", "answered": "confirm", "waiting_farmer": "resolve"}
        waits = timedelta(days=15) if case.state == "offered" and case.by_hand else timedelta(0)
        if case.state in must and self.may_happen(case, must[case.state], at - waits):
            return must[case.state]
        gone = case.state == "active" and self.may_happen(case, "release", at)
        slack = timedelta(days=15) if case.urgency == "一般" else timedelta(0)
        return "release" if gone and at - (case.acted or case.since) >= OWNER_GONE[case.urgency] + slack else ""

    # --- routing

    def could_be_asked(self, case: Case, at: datetime) -> list[Person]:
        """Who could be offered a waiting case: of its level, with room, and not having had it lately."""
        lately = {who for when, who in case.had_by if when > at - timedelta(hours=4)}
        return [
            one for one in self.people.values()
            if one.role == "expert" and not one.paused and one.level == case.level and one.id not in lately
            and self.load(one.id) < one.capacity
        ]  # fmt: skip

    def offers(self, case: Case, at: datetime) -> int:
        """How many have been asked at this level, since the case last came to it or back from somebody's hands."""
        found = disputes = 0
        for when, command in case.log:
            disputes += command == "dispute"
            if command in {"escalate", "reopen", "release"} or (command == "dispute" and disputes > 1):
                found = 0
            found += command == "offer" and when > at - timedelta(hours=4)
        return found
