"""The effects the service acts on, one function each, with exactly the fields of docs/bot-contract.md."""

from typing import Any, Dict, List, Optional

Effect = Dict[str, Any]


def answer_question(
    question: str, *, topic: Optional[str], sure: bool, object: Optional[str] = None, problem: Optional[str] = None
) -> Effect:
    """Look it up and answer; `question` is complete, in the farmer's words plus what was asked back."""
    return {
        "effect": "answer_question",
        "question": question,
        "object": object,
        "topic": topic,
        "problem": problem,
        "sure": sure,
    }


def ask(about: str) -> Effect:
    return {"effect": "ask", "about": about}


def reply(about: str) -> Effect:
    return {"effect": "reply", "about": about}


def keep_draft(form: str, *, asking: str, turns: int, fields: Dict[str, Any]) -> Effect:
    return {"effect": "keep_draft", "form": form, "asking": asking, "turns": turns, "fields": fields}


def drop_draft(form: str) -> Effect:
    return {"effect": "drop_draft", "form": form}


def file_need(
    *,
    service_type: str,
    demand_kind: str,
    object: Optional[str],
    place: str,
    problem: str,
    scale: Optional[str],
    urgency: str,
    visit: bool,
    phone: Optional[str],
    said: List[str],
) -> Effect:
    """File the need; the service answers with its number."""
    return {
        "effect": "file_need",
        "service_type": service_type,
        "demand_kind": demand_kind,
        "object": object,
        "place": place,
        "problem": problem,
        "scale": scale,
        "urgency": urgency,
        "visit": visit,
        "phone": phone,
        "said": said,
    }


def list_needs() -> Effect:
    return {"effect": "list_needs"}


def cancel_need(number: Optional[str]) -> Effect:
    return {"effect": "cancel_need", "number": number}


def hand_off(reason: str, question: Optional[str]) -> Effect:
    return {"effect": "hand_off", "reason": reason, "question": question}


def forget_me() -> Effect:
    return {"effect": "forget_me"}


def alarm(danger: str, about: Optional[str]) -> Effect:
    """Danger that the classifier heard; `about` is the kind of harm. Built at the door, not by an action."""
    return {"effect": "alarm", "danger": danger, "about": about}
