"""我的需求 and 取消需求: what a farmer sees of what he filed and asked."""

from uuid import UUID

from conversations import phrases, texts
from conversations.choices import Choice, Words
from core.database import Transaction
from core.errors import NotFound, Refused
from handoff import cases, machine
from handoff.cases import Case
from handoff.orders import FARMER, Said
from handoff.states import STATE_NAMES, Kind, State
from handoff.states import Command as CaseCommand
from needs import filed, review
from needs.filed import Need
from needs.statuses import Command

_LISTED = 5


def listing(tx: Transaction, farmer_id: UUID) -> Words:
    """The farmer's last needs and questions, one a line."""
    needs = filed.of_farmer(tx, farmer_id, most=_LISTED)
    questions = [case for case in cases.of_farmer(tx, farmer_id) if case.kind is Kind.QUESTION and case.is_live][
        :_LISTED
    ]
    lines: list[str] = []
    if needs:
        lines.append(phrases.MY_NEEDS)
        lines += [_line(need) for need in needs]
    if questions:
        lines.append(phrases.MY_CASES)
        lines += [f"{case.number} {texts.shorten(case.question, 14)}：{STATE_NAMES[case.state]}" for case in questions]
    return Words("\n".join(lines) if lines else phrases.NO_NEEDS)


def _line(need: Need) -> str:
    asked = phrases.COORDINATOR_ASKED.format(question=texts.shorten(need.question, 20)) if need.question else ""
    return f"{need.number} {need.title}：{need.status_name}{asked}"


def cancel(tx: Transaction, farmer_id: UUID, number: str | None) -> Words:
    """Cancel a need by its number, the only one there is, or ask which.

    A question that no expert has taken yet is among the choices, and is cancelled only when it is picked.
    """
    live = [need for need in filed.of_farmer(tx, farmer_id) if need.is_live]
    asked = [case for case in cases.of_farmer(tx, farmer_id) if case.kind is Kind.QUESTION]
    picked = next((case for case in asked if case.number == number), None)
    if picked is not None:
        return _withdraw(tx, picked)
    questions = [case for case in asked if case.state in {State.QUEUED, State.OFFERED}]
    if number is None and (questions or len(live) > 1):
        named = [(need.number, need.title) for need in live] + [(case.number, case.question) for case in questions]
        return Words(phrases.CANCEL_WHICH, tuple(_to_cancel(*one) for one in named[:_LISTED]))
    if not live:
        return Words(phrases.NOTHING_TO_CANCEL)
    wanted = [need for need in live if number in (None, need.number)]
    if not wanted:
        return Words(phrases.NOT_YOUR_NEED)
    try:
        need = review.apply(tx, wanted[0].id, Command.CANCEL, review.FARMER)
    except (Refused, NotFound):
        return Words(phrases.NOT_YOUR_NEED)
    return Words(phrases.NEED_CANCELLED.format(number=need.number))


def _to_cancel(number: str, title: str) -> Choice:
    title = texts.shorten(f"{number[-4:]} {title}", 14)
    return Choice(title, {"do": "cancel_need", "number": number}, "service")


def _withdraw(tx: Transaction, case: Case) -> Words:
    """A question that an expert has taken since it was shown stays with them."""
    try:
        machine.apply(tx, case.id, CaseCommand.CANCEL, FARMER, Said(reason=phrases.WITHDRAWN))
    except Refused:
        form = phrases.TAKEN_ALREADY if cases.get(tx, case.id).is_live else phrases.CASE_HAS_ENDED
        return Words(form.format(number=case.number))
    return Words(phrases.QUESTION_CANCELLED.format(number=case.number))
