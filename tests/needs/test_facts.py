"""What happens to the case of a need moves the need."""

from uuid import UUID, uuid4

import pytest

from core.database import Transaction
from handoff import machine
from handoff.orders import FARMER, Actor, Said
from handoff.states import Command
from handoff.states import Kind as CaseKind
from needs import facts as handlers
from needs import filed, review
from needs.filed import Need
from needs.statuses import Command as NeedCommand
from needs.statuses import Status
from tests.handoff.kit import coordinator as case_coordinator
from tests.handoff.kit import expert, opened
from tests.needs.kit import coordinator, facts, need_in


class Moved:
    """A dispatched need; `after` does something to its case, carries the facts up and says where the need is."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.chen, self.wang = coordinator(tx), expert(tx)
        self.need: Need = need_in(tx, Status.DISPATCHED, self.chen)
        self._carried = len(facts(tx))

    @property
    def case_id(self) -> UUID:
        return self.need.case_id or uuid4()

    def after(self, *steps: tuple[Command, Actor]) -> Status:
        for command, actor in steps:
            machine.apply(
                self._tx, self.case_id, command, actor, Said(text=f"第{command}", reason="有事", outcome="remote")
            )
        return self.carried()

    def carried(self) -> Status:
        for fact in facts(self._tx, since=self._carried):
            if fact.topic in handlers.TOPICS:
                handlers.move_need(self._tx, fact)
        self._carried = len(facts(self._tx))
        self.need = filed.get(self._tx, self.need.id)
        return self.need.status


@pytest.fixture
def moved(tx: Transaction) -> Moved:
    return Moved(tx)


def test_the_steps_of_the_case_are_the_steps_of_the_need(moved: Moved, tx: Transaction) -> None:
    assert moved.after((Command.CLAIM, moved.wang)) is Status.IN_PROGRESS
    assert moved.after((Command.ASK_FARMER, moved.wang)) is Status.IN_PROGRESS
    assert moved.after((Command.FARMER_REPLIES, FARMER)) is Status.IN_PROGRESS
    assert moved.after((Command.ANSWER, moved.wang)) is Status.ANSWERED
    assert moved.after((Command.CONFIRM, FARMER)) is Status.FOLLOW_UP
    log = {event.command: event for event in filed.events(tx, moved.need.id)}
    assert log["answer"].text == "第answer"
    assert log["answer"].actor_name.startswith("工单ZJ-")


def test_a_case_that_the_expert_ends_leaves_the_need_to_the_follow_up(moved: Moved) -> None:
    assert moved.after((Command.CLAIM, moved.wang), (Command.RESOLVE, moved.wang)) is Status.FOLLOW_UP


@pytest.mark.parametrize("command", [Command.DISPUTE, Command.FARMER_REPLIES])
def test_a_farmer_for_whom_it_is_not_solved_has_his_need_worked_on_again(moved: Moved, command: Command) -> None:
    moved.after((Command.CLAIM, moved.wang), (Command.ANSWER, moved.wang))
    assert moved.after((command, FARMER)) is Status.IN_PROGRESS
    assert moved.after((Command.ANSWER, moved.wang), (Command.FARMER_REPLIES, FARMER)) is Status.IN_PROGRESS


def test_a_case_opened_again_opens_its_need_again(moved: Moved, tx: Transaction) -> None:
    moved.after((Command.CLAIM, moved.wang), (Command.RESOLVE, moved.wang))
    review.apply(tx, moved.need.id, NeedCommand.CLOSE, moved.chen, review.Said(text="好了"))
    assert moved.after((Command.REOPEN, FARMER)) is Status.IN_PROGRESS
    assert (moved.need.ended_at, moved.need.outcome) == (None, "")


def test_what_a_farmer_adds_before_the_answer_moves_nothing(moved: Moved) -> None:
    moved.after((Command.CLAIM, moved.wang), (Command.ANSWER, moved.wang), (Command.DISPUTE, FARMER))
    before = moved.need.version
    assert moved.after((Command.FARMER_REPLIES, FARMER)) is Status.IN_PROGRESS
    assert moved.need.version == before


def test_an_answer_told_late_is_still_written_into_the_need(moved: Moved, tx: Transaction) -> None:
    moved.after((Command.CLAIM, moved.wang), (Command.ANSWER, moved.wang), (Command.CONFIRM, FARMER))
    assert moved.need.status is Status.FOLLOW_UP
    assert "第answer" in [event.text for event in filed.events(tx, moved.need.id)]


def test_a_second_answer_after_a_dispute_leaves_the_need_answered(moved: Moved) -> None:
    steps = (Command.CLAIM, moved.wang), (Command.ANSWER, moved.wang), (Command.DISPUTE, FARMER)
    assert moved.after(*steps, (Command.ANSWER, moved.wang)) is Status.ANSWERED


def test_a_case_taken_from_the_expert_gives_the_need_back_to_the_coordinator(moved: Moved, tx: Transaction) -> None:
    assert moved.after((Command.CANCEL, case_coordinator(tx, "li"))) is Status.ACCEPTED
    again = review.apply(tx, moved.need.id, NeedCommand.DISPATCH, moved.chen)
    assert again.case_id != moved.case_id


def test_a_case_merged_into_another_gives_the_need_back_to_the_coordinator(moved: Moved, tx: Transaction) -> None:
    other = opened(tx, CaseKind.NEED)
    machine.apply(tx, moved.case_id, Command.MERGE, case_coordinator(tx, "li"), Said(into=other.id))
    assert moved.carried() is Status.ACCEPTED


@pytest.mark.parametrize("ends", [NeedCommand.CLOSE, NeedCommand.CANCEL])
def test_a_need_that_ended_is_not_moved_by_the_end_of_its_case(
    moved: Moved, tx: Transaction, ends: NeedCommand
) -> None:
    ended = review.apply(tx, moved.need.id, ends, moved.chen, review.Said(text="好了"))
    assert moved.carried() is ended.status


def test_cases_that_are_no_needs_move_nothing(moved: Moved, tx: Transaction) -> None:
    case = opened(tx)
    machine.apply(tx, case.id, Command.CLAIM, moved.wang)
    assert moved.carried() is Status.DISPATCHED
