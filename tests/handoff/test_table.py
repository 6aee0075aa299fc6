"""The transition table: every state, every command, everybody who may give it."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from core.database import Transaction
from core.errors import NotFound, Refused
from core.outbox import outbox
from core.people import Role
from handoff import cases, machine
from handoff.orders import FARMER, Actor, Said
from handoff.states import COMMAND_NAMES, LIVE, RULES, STATE_NAMES, Command, Kind, State, Who
from tests.handoff.kit import SYSTEM, Around, case_in, refusal_of

COMMANDS = sorted(RULES)


def everybody(around: Around) -> dict[str, tuple[Actor, set[Who]]]:
    """Who may try, and in what capacity the table sees them."""
    holder = {Who.OFFEREE} if around.case.state is State.OFFERED else {Who.OWNER}
    holds = holder if around.case.owner_id == around.owner.id else set()
    return {
        "farmer": (FARMER, {Who.FARMER}),
        "system": (SYSTEM, {Who.SYSTEM}),
        "a strange expert": (around.stranger, {Who.EXPERT}),
        "the owner or offeree": (around.owner, {Who.EXPERT} | holds),
        "coordinator": (around.coordinator, {Who.COORDINATOR}),
        "admin": (replace(around.stranger, id=None, roles=frozenset({Role.ADMIN})), set()),
    }


def expected(state: State, command: Command, capacities: set[Who]) -> str:
    """What the table says: the rule that refuses, or "" for what is allowed."""
    rule = RULES[command]
    if state not in rule.from_states:
        return "wrong_state"
    if not capacities & rule.who:
        return "wrong_person"
    if command is Command.CANCEL and capacities == {Who.FARMER} and state not in {State.QUEUED, State.OFFERED}:
        return "already_accepted"
    if command is Command.RESOLVE and capacities == {Who.SYSTEM} and state is not State.WAITING_FARMER:
        return "ball_is_with_us"
    return ""


@pytest.mark.parametrize("state", State)
def test_exactly_what_the_table_allows_is_allowed(tx: Transaction, state: State) -> None:
    around, wrong = case_in(tx, state), []
    for command in COMMANDS:
        for name, (actor, capacities) in everybody(around).items():
            wanted = expected(state, command, capacities)
            found = _tried(tx, around, command, actor, may_succeed=not wanted)
            if found != (wanted or RULES[command].to_state or state):
                wrong.append(f"{command} by {name}: {found} instead of {wanted or RULES[command].to_state or state}")
    assert wrong == []
    assert cases.get(tx, around.case.id) == around.case


def _tried(tx: Transaction, around: Around, command: Command, actor: Actor, *, may_succeed: bool) -> str:
    """The state that a command leads to, taken back at once, or the rule that refuses it."""
    cell = tx.begin_nested() if may_succeed else None
    try:
        return machine.apply(tx, around.case.id, command, actor, around.said()).state
    except Refused as refused:
        return refused.rule
    finally:
        if cell is not None:
            cell.rollback()


@pytest.mark.parametrize("state", State)
def test_the_buttons_shown_are_those_that_the_table_allows(tx: Transaction, state: State) -> None:
    around = case_in(tx, state)
    for actor, capacities in everybody(around).values():
        shown = machine.allowed(around.case, actor)
        assert shown == {
            c for c in COMMANDS if expected(state, c, capacities) in {"", "already_accepted", "ball_is_with_us"}
        }


def test_what_is_refused_leaves_nothing_behind(tx: Transaction) -> None:
    around = case_in(tx, State.QUEUED)
    facts = sa.select(sa.func.count()).select_from(outbox)
    before = cases.events(tx, around.case.id), cases.entries(tx, around.case.id), tx.execute(facts).scalar_one()
    with pytest.raises(Refused, match="wrong_state"):
        machine.apply(tx, around.case.id, Command.ANSWER, around.owner, Said(text="好的"))
    assert cases.get(tx, around.case.id) == around.case
    after = cases.events(tx, around.case.id), cases.entries(tx, around.case.id), tx.execute(facts).scalar_one()
    assert after == before


@pytest.mark.parametrize("command", [c for c in COMMANDS if RULES[c].needs_text or RULES[c].needs_reason])
def test_a_command_that_needs_words_is_refused_without_them(tx: Transaction, command: Command) -> None:
    rule = RULES[command]
    around = case_in(tx, sorted(rule.from_states & LIVE)[0])
    actor = around.coordinator if Who.COORDINATOR in rule.who else around.owner
    for missing, refused in (("text", "no_text"), ("reason", "no_reason")):
        if not getattr(rule, f"needs_{missing}"):
            continue
        for empty in ("", " \n "):
            said = replace(around.said(), **{missing: empty})
            assert refusal_of(lambda: machine.apply(tx, around.case.id, command, actor, said)) == refused  # noqa: B023


def test_files_are_words_enough(tx: Transaction) -> None:
    around = case_in(tx, State.ACTIVE)
    answered = machine.apply(tx, around.case.id, Command.ANSWER, around.owner, Said(files=(around.case.id,)))
    assert answered.state is State.ANSWERED


def test_every_state_and_command_has_a_name_for_staff() -> None:
    assert set(STATE_NAMES) == set(State)
    assert set(COMMAND_NAMES) == set(Command)


def test_a_refusal_says_in_chinese_what_is_not_possible(tx: Transaction) -> None:
    around = case_in(tx, State.RESOLVED)
    with pytest.raises(Refused) as refused:
        machine.apply(tx, around.case.id, Command.ANSWER, around.owner, around.said())
    assert refused.value.words == "工单现在是“已办结”，不能“答复”。"


def test_a_case_that_does_not_exist_is_not_found(tx: Transaction) -> None:
    around = case_in(tx, State.QUEUED)
    for command in (Command.CLAIM, Command.CANCEL):
        with pytest.raises(NotFound):
            machine.apply(tx, around.owner.id or around.case.id, command, around.coordinator, around.said())


@pytest.mark.parametrize("kind", Kind)
def test_the_table_holds_for_every_kind_of_case(tx: Transaction, kind: Kind) -> None:
    around = case_in(tx, State.RESOLVED, kind)
    assert machine.apply(tx, around.case.id, Command.REOPEN, around.coordinator).state is State.QUEUED
