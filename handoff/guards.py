"""Who may give a command to a case now: the table, the person, and the guards of single commands. Each refusal names its rule."""

from core import clock, people
from core.database import Transaction
from core.errors import Refused
from core.people import Role
from handoff import cases as reading
from handoff import deadlines
from handoff.cases import Case
from handoff.orders import Actor, Said
from handoff.states import COMMAND_NAMES, LIVE, OUTCOMES, RULES, STATE_NAMES, Command, Kind, State, Who
from registry.experts import Expert

ONE_LIVE_QUESTION = "这位农户已有一个在办的问题，请补充到那个工单。"


def check_taker(tx: Transaction, case: Case, command: Command, said: Said, expert: Expert | None) -> None:
    if command is not Command.CLAIM:
        _check_colleague(tx, case, said, expert)
    if expert is None:
        raise Refused("not_an_expert", "您还没有登记为专家，请联系管理员。")
    # Whoever claims what is offered to them holds it already.
    others = reading.load(tx, expert.staff_id) - (case.state is State.OFFERED and case.owner_id == expert.staff_id)
    if others >= expert.capacity:
        advice = "请先办结手上的" if command is Command.CLAIM else "请选别人"
        raise Refused("over_capacity", f"同时处理的工单已到上限（{expert.capacity}个），{advice}。")


def _check_colleague(tx: Transaction, case: Case, said: Said, expert: Expert | None) -> None:
    if said.to is None:
        raise Refused("nobody_named", "请选择要转给谁。")
    if said.to == case.owner_id:
        raise Refused("to_the_owner", "工单已经在这位专家手上。")
    if expert is None:
        raise Refused("not_an_expert", "这位同事没有登记为专家，请选别人。")
    if expert.paused or not people.member(tx, expert.staff_id).active:
        raise Refused("not_taking_cases", "这位专家现在不接单，请选别人。")


def check(tx: Transaction, case: Case, command: Command, actor: Actor, said: Said, expected_epoch: int | None) -> Who:
    rule = RULES[command]
    if case.state not in rule.from_states:
        raise Refused("wrong_state", f"工单现在是“{STATE_NAMES[case.state]}”，不能“{COMMAND_NAMES[command]}”。")
    acting = capacities(case, actor) & rule.who
    if not acting:
        raise Refused("wrong_person", _why_not(case, command))
    if expected_epoch is not None and expected_epoch != case.epoch:
        raise Refused("lost_it", "这个工单已经换人处理，您看到的不是最新情况，请刷新。")
    if rule.needs_text and not said.text.strip() and not said.files:
        raise Refused("no_text", "请写内容。")
    if rule.needs_reason and not said.reason.strip():
        raise Refused("no_reason", "请写原因。")
    _guard(tx, case, command, actor, said)
    return sorted(acting)[0]


def _why_not(case: Case, command: Command) -> str:
    if command in {Command.ANSWER, Command.ASK_FARMER, Command.SNOOZE}:
        return "只有接了这个工单的专家可以这样做。"
    if command in {Command.ACCEPT, Command.DECLINE}:
        return "这个工单没有派给您。"
    return f"您不能对这个工单“{COMMAND_NAMES[command]}”。"


def capacities(case: Case, actor: Actor) -> set[Who]:
    if actor.who in {Who.FARMER, Who.SYSTEM}:
        return {actor.who}
    found: set[Who] = set()
    if Role.COORDINATOR in actor.roles:
        found.add(Who.COORDINATOR)
    if Role.EXPERT in actor.roles:
        found.add(Who.EXPERT)
    if case.owner_id is not None and case.owner_id == actor.id:
        found.add(Who.OFFEREE if case.state is State.OFFERED else Who.OWNER)
    return found


def _guard(tx: Transaction, case: Case, command: Command, actor: Actor, said: Said) -> None:
    if command is Command.SNOOZE and (said.until is None or said.until <= clock.now()):
        raise Refused("snooze_in_the_past", "请选一个以后的时间。")
    if command is Command.CANCEL and actor.who is Who.FARMER and case.state not in {State.QUEUED, State.OFFERED}:
        raise Refused("already_accepted", "专家已经在处理。")
    if command is Command.RESOLVE and actor.who is Who.SYSTEM and case.state is not State.WAITING_FARMER:
        raise Refused("ball_is_with_us", "只有等农户补充太久的工单会自动办结。")
    if command is Command.RESOLVE and actor.who is Who.EXPERT and said.outcome not in {*OUTCOMES, ""}:
        raise Refused("no_such_outcome", "请从列表里选办理结果。")
    if command is Command.MERGE:
        _guard_merge(tx, case, said)
    if command is Command.CLAIM and case.return_to is not None and case.owner_id != actor.id:
        raise Refused("being_passed_on", "工单正在转给另一位专家，请等他接受或谢绝。")
    if command is Command.CONSULT:
        _guard_consult(tx, case, said)
    if command is Command.RATE and (said.rating not in {1, 2, 3} or case.kind is Kind.INCIDENT):
        raise Refused("no_such_rating", "评价只能是满意、一般、不满意。")
    if command is Command.SPLIT and (case.kind is not Kind.QUESTION or said.into is None):
        raise Refused("only_questions_split", "只有提问可以拆出一个新工单。")
    if command is Command.AMEND and all(value == getattr(case, name) for name, value in said.known.named().items()):
        raise Refused("nothing_changed", "和原来一样，没有改动。")
    if command is Command.REOPEN:
        _guard_reopen(tx, case, actor)


def _guard_reopen(tx: Transaction, case: Case, actor: Actor) -> None:
    if actor.who is Who.FARMER and (case.ended_at or clock.now()) < clock.now() - deadlines.REOPENED_WITHIN:
        raise Refused("too_late_to_reopen", "办结超过七天的工单不再打开，请开新的。")
    is_bound = case.kind is Kind.QUESTION and case.split_of is None
    if is_bound and reading.live_question(tx, case.conversation_id):
        raise Refused("one_live_question", ONE_LIVE_QUESTION)


def _guard_consult(tx: Transaction, case: Case, said: Said) -> None:
    if said.to is None:
        raise Refused("nobody_named", "请选择请谁看。")
    if said.to == case.owner_id:
        raise Refused("to_the_owner", "工单已经在这位专家手上。")
    colleague = people.member(tx, said.to)
    if not colleague.active or not colleague.has(Role.EXPERT, Role.COORDINATOR):
        raise Refused("not_taking_cases", "这位同事现在看不了工单，请选别人。")


def _guard_merge(tx: Transaction, case: Case, said: Said) -> None:
    if said.into is None or said.into == case.id:
        raise Refused("merge_into_what", "请选择要合并到哪个工单。")
    into = reading.get(tx, said.into)
    if into.state not in LIVE or into.farmer_id != case.farmer_id:
        raise Refused("merge_target", "只能合并到同一农户还在办的工单。")
    if into.kind is not case.kind or case.kind is Kind.INCIDENT:
        raise Refused("merge_kind", "提问只能并到提问，需求只能并到需求；紧急事件要一件一件处理。")
