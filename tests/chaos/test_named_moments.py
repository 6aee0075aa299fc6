"""Killed at the moments that hurt most, and stopped for longer than an offer lasts (reference: handoff §4.4).

After a kill somebody presses the same button again and the clock goes on: the farmer gets the answer, at most once more
for each kill. Whoever wakes up late is told that the case has changed hands.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app import wiring
from app.stack.running import Stack
from conversations import deliveries
from conversations.services import Services
from core import outbox
from core.people import Role, Staff
from handoff import auditor, cases, machine, routing, timers
from handoff.cases import Case
from handoff.orders import Said
from handoff.states import Command, State
from tests.app.conftest import until
from tests.chaos import hand
from tests.chaos.hand import Moment, Order, Platform
from tests.conftest import ROOT, Later
from tests.console import desk


class Office:
    """A case, two experts, and hands that are processes."""

    def __init__(self, services: Services, memory: Stack, folder: Path) -> None:
        self.services = replace(services, channel=Platform(folder))
        self._environment = {**memory.environment, "NONGWEN_HOME": str(folder), "PYTHONPATH": str(ROOT)}
        self._folder = folder
        self.wang = desk.hire(services, "wang", Role.EXPERT)
        self.li = desk.hire(services, "li", Role.EXPERT)
        self.chen = desk.hire(services, "chen", Role.COORDINATOR)
        self.case = desk.ask(services, "辣椒叶子卷起来了")
        desk.carry(self.services)

    def order(self, command: Command, moment: Moment, given: signal.Signals, plant: str = "") -> Order:
        return Order(
            str(self.case.id), str(self.wang.id), command, "pressed-once", moment, given, str(self._folder), plant
        )

    def begin(self, order: Order) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", "tests.chaos.hand", hand.as_argument(order)]
        return subprocess.Popen(line, cwd=ROOT, env=self._environment)

    def stopped(self, order: Order) -> subprocess.Popen[bytes]:
        """A hand that has come to its moment and stopped."""
        process = self.begin(order)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        return process

    def go_on(self, process: subprocess.Popen[bytes]) -> tuple[str, str]:
        """What comes of its command when it wakes up: done, or the rule that refuses it with its words."""
        process.send_signal(signal.SIGCONT)
        assert process.wait(timeout=60) == 0
        rule, words = json.loads((self._folder / "came").read_text(encoding="utf-8"))
        return rule, words

    def give(self, what: Command, staff: Staff | None = None, **said: object) -> Case:
        return desk.command(self.services, self.case, what, staff, **said)

    def offer(self) -> None:
        """The router's offer to wang, which lasts for minutes."""
        with self.services.database.transaction() as tx:
            machine.apply(tx, self.case.id, Command.OFFER, routing.ROUTER, Said(to=self.wang.id))
        desk.carry(self.services)

    def told(self) -> list[str]:
        """The answers that the platform was given."""
        file = self._folder / "platform"
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
        return [text for _, text in lines if hand.TEXT in text]

    def commands(self) -> list[str]:
        with self.services.database.transaction() as tx:
            return [event.command for event in cases.events(tx, self.case.id)]

    def undone(self) -> int:
        with self.services.database.transaction() as tx:
            return outbox.waiting(tx) + len(deliveries.conversations_with_due(tx))

    def findings(self) -> list[auditor.Finding]:
        with self.services.database.transaction() as tx:
            return auditor.look(tx)


@pytest.fixture
def office(services: Services, memory: Stack, tmp_path: Path) -> Office:
    return Office(services, memory, tmp_path)


Passed = Callable[[Office], None]
KILLED_AT = [Moment.BEFORE_COMMIT, Moment.BEFORE_DOORBELL, Moment.MID_LEASE, Moment.BEFORE_MARKED]


@pytest.mark.parametrize("moment", KILLED_AT)
def test_killed_at_this_moment_the_farmer_gets_the_answer_and_at_most_once_more(
    office: Office, later: Later, moment: Moment
) -> None:
    office.give(Command.CLAIM, office.wang)
    order = office.order(Command.ANSWER, moment, signal.SIGKILL)
    assert office.begin(order).wait(timeout=60) == -signal.SIGKILL
    assert ("answer" in office.commands()) is (moment is not Moment.BEFORE_COMMIT)
    assert len(office.told()) == (1 if moment is Moment.BEFORE_MARKED else 0)
    _everybody_goes_on(office, order, later)
    assert office.commands() == ["open", "claim", "answer"]
    assert len(office.told()) == (2 if moment is Moment.BEFORE_MARKED else 1)
    assert (office.undone(), office.findings()) == (0, [])


def _everybody_goes_on(office: Office, order: Order, later: Later) -> None:
    """The expert presses again, and the clock does what it does: more than once, since a lease must end first."""
    hand.press(office.services, order)
    later(seconds=40)
    conversation_id = str(office.case.conversation_id)
    for job, subject in (("carry_facts", "now"), ("deliver", conversation_id), ("deliver", conversation_id)):
        wiring.do_job(office.services, job, subject)


# --- stopped, and woken when it is late


def to_a_colleague(office: Office) -> None:
    """The offer has run out, and a colleague has taken the case."""
    office.give(Command.CLAIM, office.li)


def to_nobody(office: Office) -> None:
    """The offer has run out, and the case waits."""


def to_the_same_again(office: Office) -> None:
    """The offer has run out, and the same expert has got another, which the open page knows nothing of."""
    office.offer()


@pytest.mark.parametrize(
    ("passed", "rule", "owner"),
    [(to_a_colleague, "wrong_state", "li"), (to_nobody, "wrong_state", ""), (to_the_same_again, "lost_it", "wang")],
)
def test_an_offer_taken_by_somebody_who_was_stopped_for_longer_than_it_lasts_is_refused_with_words(
    office: Office, later: Later, passed: Passed, rule: str, owner: str
) -> None:
    assert wake_up_late(office, later, passed)[0] == rule
    case = desk.case_now(office.services, office.case.id)
    assert case.owner_id == (getattr(office, owner).id if owner else None)
    assert case.state is {"li": State.ACTIVE, "wang": State.OFFERED, "": State.QUEUED}[owner]
    assert office.findings() == []


def wake_up_late(office: Office, later: Later, passed: Passed, plant: str = "") -> tuple[str, str]:
    """Offered to wang, whose process stops with the page open until the offer is over; then he accepts."""
    office.offer()
    process = office.stopped(office.order(Command.ACCEPT, Moment.PAGE_OPEN, signal.SIGSTOP, plant))
    later(minutes=11)
    assert timers.fire_due(office.services.database) >= 1
    desk.carry(office.services)
    passed(office)
    rule, words = office.go_on(process)
    assert bool(words) is (rule != "done")
    return rule, words


def test_without_the_epoch_a_page_from_before_would_take_the_case(office: Office, later: Later) -> None:
    assert wake_up_late(office, later, to_the_same_again, plant="no_epoch")[0] == "done"


@pytest.mark.parametrize(("plant", "came"), [("", "lost_it"), ("no_epoch", "done")])
def test_an_answer_from_before_the_case_was_given_back_and_taken_again_is_refused_by_the_epoch(
    office: Office, plant: str, came: str
) -> None:
    office.give(Command.CLAIM, office.wang)
    process = office.stopped(office.order(Command.ANSWER, Moment.PAGE_OPEN, signal.SIGSTOP, plant))
    office.give(Command.RELEASE, office.chen, reason="换人")
    office.give(Command.CLAIM, office.wang)
    rule, words = office.go_on(process)
    assert rule == came
    assert ("请刷新" in words) is (came == "lost_it")
    assert len(office.told()) == (1 if came == "done" else 0)


def test_stopped_in_the_middle_of_accepting_the_offer_ends_for_nobody_else(office: Office, later: Later) -> None:
    """Its locks hold, so the timer passes the case over; what it then commits is whole and counts."""
    office.offer()
    process = office.stopped(office.order(Command.ACCEPT, Moment.BEFORE_COMMIT, signal.SIGSTOP))
    later(minutes=11)
    assert timers.fire_due(office.services.database) == 0
    process.send_signal(signal.SIGCONT)
    until(lambda: "accept" in office.commands())
    assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])  # once more, when the commit is over
    assert office.go_on(process) == ("done", "")
    timers.fire_due(office.services.database)
    assert desk.case_now(office.services, office.case.id).owner_id == office.wang.id
    assert office.commands() == ["open", "offer", "accept"]
