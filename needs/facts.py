"""What happens to a case moves the need that it was opened for."""

from core.database import Transaction
from core.errors import Refused
from core.logs import logger
from core.outbox import Fact
from handoff import cases
from handoff.states import State
from needs import filed
from needs.review import Actor, Said, apply
from needs.statuses import RULES, Command, Who

log = logger()

_STEPS = {
    "case_accepted": Command.START,
    "case_answered": Command.ANSWER,
    "case_resolved": Command.FINISH,
    "case_confirmed": Command.FINISH,
    "case_disputed": Command.RESUME,
    "case_reopened": Command.RESUME,
    "case_farmer_wrote": Command.RESUME,
    "case_cancelled": Command.TAKE_BACK,
    "case_merged": Command.TAKE_BACK,
}
TOPICS = tuple(_STEPS)


def move_need(tx: Transaction, fact: Fact) -> None:
    """Take the step of the need that follows from a fact about its case; nothing for cases that are no needs."""
    need = filed.by_case(tx, fact.uuid("case_id"))
    step = _STEPS[fact.topic]
    if need is None or need.status not in RULES[step].from_statuses:
        return
    case = cases.get(tx, fact.uuid("case_id"))
    if step is Command.RESUME and (not case.is_live or case.state is State.ANSWERED):
        return
    answer = cases.entry(tx, case.id, int(fact.ids["entry"])).text if fact.topic == "case_answered" else ""
    try:
        apply(tx, need.id, step, Actor(Who.CASE, f"工单{case.number}"), Said(text=answer))
    except Refused as refusal:
        log.info("need_step_skipped", need_id=str(need.id), topic=fact.topic, rule=refusal.rule)
