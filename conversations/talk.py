"""The state of one conversation: whose it is, what it was last about, what is half filled in and what is expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from conversations.tables import conversations
from core import people
from core.database import Transaction
from core.people import Farmer


@dataclass(frozen=True)
class Conversation:
    """A conversation with its farmer. `expects` is what the next message answers, beside the choices."""

    id: UUID
    farmer: Farmer
    draft: Mapping[str, Any] | None
    context: Mapping[str, str]
    expects: Mapping[str, Any] | None
    last_question: str


def get(tx: Transaction, conversation_id: UUID) -> Conversation:
    row = tx.execute(sa.select(conversations).where(conversations.c.id == conversation_id)).one()
    farmer = people.farmer(tx, row.farmer_id)
    return Conversation(row.id, farmer, row.draft, row.context, row.expects, row.last_question)


def change(tx: Transaction, conversation_id: UUID, **values: object) -> None:
    """Change columns of the conversation; JSON null must be given as `sqlalchemy.null()`."""
    tx.execute(conversations.update().where(conversations.c.id == conversation_id).values(**values))


def ids(tx: Transaction, farmer_id: UUID) -> UUID | None:
    """The conversation of a farmer."""
    return tx.execute(sa.select(conversations.c.id).where(conversations.c.farmer_id == farmer_id)).scalar_one_or_none()
