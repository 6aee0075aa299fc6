"""Numbered choices: every turn can be answered with one digit. `0` is a person, `9` goes back (design §6)."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from conversations import phrases
from conversations.tables import conversations
from core.database import Transaction

MOST = 6
PERSON, BACK = "0", "9"
# Digits beside 0–9 and their full-width and circled forms, which Unicode itself knows.
_DIGITS = str.maketrans("〇零一壹二贰两三叁四肆五伍六陆七八九玖❶❷❸❹❺❻", "0011222334455667899123456")
_SIGNS = r"[\s.。、,，!！?？:：;；~～\"'“”‘’「」()\[\]【】<>《》\ufe0f\u20e3]*"
_DIGIT = re.compile(
    rf"^{_SIGNS}我?(?:选择|选|回复|回|按|发|要)?{_SIGNS}(?:([0-9])(?:号|项|条)?|第([0-9])(?:个|项|号|条|种)?){_SIGNS}$"
)


@dataclass(frozen=True)
class Choice:
    """Something a farmer can pick. `to` says who reads the payload: the bot, the service, or a case."""

    title: str
    payload: Mapping[str, Any]
    to: str = "bot"


@dataclass(frozen=True)
class Words:
    """Something to be said, with what can be picked as an answer. `asks_number`: digits are a quantity."""

    text: str
    choices: tuple[Choice, ...] = ()
    asks_number: bool = False
    files: tuple[UUID, ...] = field(default=())


@dataclass(frozen=True)
class Offered:
    """What a conversation has open to pick from."""

    choices: tuple[Choice, ...]
    asks_number: bool


def numbered(words: Words) -> str:
    """The text with its choices as numbered lines; where digits are a quantity, the choices are words."""
    if not words.choices:
        return words.text
    if words.asks_number:
        return f"{words.text}\n{phrases.OR_SAY.format(titles='、'.join(choice.title for choice in words.choices))}"
    lines = [f"{number} {choice.title}" for number, choice in enumerate(words.choices[:MOST], start=1)]
    return "\n".join([words.text, *lines, phrases.PERSON_OR_BACK.format(person=PERSON, back=BACK)])


def offer(tx: Transaction, conversation_id: UUID, words: Words) -> None:
    """Remember what can be picked now; words without choices close what was open."""
    kept = [{"title": c.title, "payload": dict(c.payload), "to": c.to} for c in words.choices[:MOST]]
    tx.execute(
        conversations.update()
        .where(conversations.c.id == conversation_id)
        .values(choices=kept, asks_number=words.asks_number)
    )


def close(tx: Transaction, conversation_id: UUID) -> None:
    """Nothing can be picked any more."""
    offer(tx, conversation_id, Words(""))


def close_the_bots(tx: Transaction, conversation_id: UUID) -> None:
    """What the bot or the service offered cannot be picked any more; what a case offered still can."""
    if not any(choice.to == "case" for choice in offered(tx, conversation_id).choices):
        close(tx, conversation_id)


def close_the_cases(tx: Transaction, conversation_id: UUID, case_id: UUID) -> None:
    """What this case offered cannot be picked any more."""
    ours = ("case", str(case_id))
    if any((choice.to, choice.payload.get("case_id")) == ours for choice in offered(tx, conversation_id).choices):
        close(tx, conversation_id)


def offered(tx: Transaction, conversation_id: UUID) -> Offered:
    """What can be picked now."""
    row = tx.execute(sa.select(conversations).where(conversations.c.id == conversation_id)).one()
    return Offered(tuple(Choice(c["title"], c["payload"], c["to"]) for c in row.choices), row.asks_number)


def digit_in(text: str) -> str | None:
    """The one digit that a message is, however it was typed: `1`, `１`, `①`, `1️⃣`, `1.`, `“1”`, `选1`, `一`, `第一个`."""
    found = _DIGIT.match(unicodedata.normalize("NFKC", text).translate(_DIGITS))
    return (found.group(1) or found.group(2)) if found else None


def picked(open_choices: Offered, text: str) -> Choice | None:
    """The choice that a message picks, by its number or by its title; by its title only where digits are a quantity."""
    said = re.sub(rf"^{_SIGNS}|{_SIGNS}$", "", unicodedata.normalize("NFKC", text))
    for number, choice in enumerate(open_choices.choices, start=1):
        title = unicodedata.normalize("NFKC", choice.title)
        if said == title or re.sub(rf"^{number}{_SIGNS}", "", said) == title:
            return choice
    digit = None if open_choices.asks_number else digit_in(text)
    if digit is not None and 1 <= int(digit) <= len(open_choices.choices):
        return open_choices.choices[int(digit) - 1]
    return None
