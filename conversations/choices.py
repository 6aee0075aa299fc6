"""Numbered choices: every turn can be answered with one digit. `0` is a person, `9` goes back (design §6)."""

import re
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
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_WORDS_FOR_DIGITS = {"一": "1", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6", "零": "0", "九": "9"}


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
    """The text with its choices as numbered lines."""
    if not words.choices:
        return words.text
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


def offered(tx: Transaction, conversation_id: UUID) -> Offered:
    """What can be picked now."""
    row = tx.execute(sa.select(conversations).where(conversations.c.id == conversation_id)).one()
    return Offered(tuple(Choice(c["title"], c["payload"], c["to"]) for c in row.choices), row.asks_number)


def digit_in(text: str) -> str | None:
    """The one digit that a message is, however it was typed: `1`, `１`, `1.`, `选1`, `一`."""
    bare = re.sub(r"^(选|回复|我选|第)|[。.、,，!！\s个项号）)]+$", "", text.strip().translate(_DIGITS))
    bare = _WORDS_FOR_DIGITS.get(bare, bare)
    return bare if len(bare) == 1 and bare.isdigit() else None


def picked(open_choices: Offered, text: str) -> Choice | None:
    """The choice that a message picks, by its number or by its title."""
    if open_choices.asks_number:
        return None
    digit = digit_in(text)
    if digit is not None and 1 <= int(digit) <= len(open_choices.choices):
        return open_choices.choices[int(digit) - 1]
    return next((choice for choice in open_choices.choices if choice.title == text.strip()), None)
