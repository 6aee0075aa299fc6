"""我的需求 and 取消需求: what a farmer sees of what he filed and asked."""

from uuid import UUID

from conversations import phrases, texts
from conversations.choices import Choice, Words
from core.database import Transaction
from core.errors import NotFound, Refused
from handoff import cases
from handoff.states import STATE_NAMES, Kind
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
    """Cancel a need by its number, the only one there is, or ask which."""
    live = [need for need in filed.of_farmer(tx, farmer_id) if need.is_live]
    if not live:
        return Words(phrases.NOTHING_TO_CANCEL)
    if number is None and len(live) > 1:
        choices = tuple(
            Choice(
                texts.shorten(f"{need.number[-4:]} {need.title}", 14),
                {"do": "cancel_need", "number": need.number},
                "service",
            )
            for need in live[:_LISTED]
        )
        return Words(phrases.CANCEL_WHICH, choices)
    wanted = [need for need in live if number in (None, need.number)]
    if not wanted:
        return Words(phrases.NOT_YOUR_NEED)
    try:
        need = review.apply(tx, wanted[0].id, Command.CANCEL, review.FARMER)
    except (Refused, NotFound):
        return Words(phrases.NOT_YOUR_NEED)
    return Words(phrases.NEED_CANCELLED.format(number=need.number))
