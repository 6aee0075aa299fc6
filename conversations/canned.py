"""Replies kept ready: an expert's own, those shared by all, and the starters that are always there."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from conversations import phrases
from conversations.tables import canned_replies as table
from core import clock
from core.database import Transaction
from core.errors import NotFound, Refused
from core.people import Role, Staff

MOST_TITLE = 20
MOST_TEXT = 500
_VARIABLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Reply:
    """Words kept ready. `id` is a UUID as text, or the name of a starter; `object` the crop they are for, or empty.

    `staff_id` is whose they are; None means everybody's.
    """

    id: str
    title: str
    text: str
    object: str = ""
    staff_id: UUID | None = None

    @property
    def is_starter(self) -> bool:
        return self.id in phrases.STARTER_REPLIES


@dataclass(frozen=True)
class About:
    """What the variables stand for: the farmer's name, the crop, the place, the number of the case, whoever answers."""

    called: str = ""
    object: str = ""
    place: str = ""
    number: str = ""
    me: str = ""


def fill(text: str, about: About) -> str:
    """The words with every {称呼} filled in; where it is not known, with something that is never wrong."""
    fields = {name: field for field, name in phrases.REPLY_VARIABLES.items()}

    def value(match: re.Match[str]) -> str:
        field = fields.get(match.group(1))
        return match.group() if field is None else getattr(about, field) or phrases.REPLY_UNKNOWN[field]

    return _VARIABLE.sub(value, text)


def starters() -> list[Reply]:
    """What is there for everybody from the first day."""
    return [Reply(name, title, text) for name, (title, text) in phrases.STARTER_REPLIES.items()]


def of(tx: Transaction, staff_id: UUID) -> list[Reply]:
    """A person's own replies and then the shared ones, each by title; without the starters."""
    rows = tx.execute(
        sa.select(table)
        .where(sa.or_(table.c.staff_id == staff_id, table.c.staff_id.is_(None)))
        .order_by(table.c.staff_id.is_(None), table.c.title, table.c.id)
    )
    return [Reply(str(row.id), row.title, row.text, row.object, row.staff_id) for row in rows]


def for_case(tx: Transaction, staff_id: UUID, names: Collection[str]) -> list[Reply]:
    """Everything that this person may put in, those of the case's crop first, those of other crops last.

    `names` is what the case is about, with the larger things that it belongs to.
    """
    found = [*of(tx, staff_id), *starters()]
    return sorted(found, key=lambda reply: 1 if not reply.object else 0 if reply.object in names else 2)


def one(tx: Transaction, staff_id: UUID, reply_id: str) -> Reply:
    """One that this person may put in; raises NotFound."""
    found = next((reply for reply in [*of(tx, staff_id), *starters()] if reply.id == reply_id), None)
    if found is None:
        raise NotFound("没有这条常用语。")
    return found


def add(tx: Transaction, reply: Reply, staff: Staff) -> None:
    """Keep a new reply; the same id again changes nothing. Raises Refused like `change`."""
    _check(reply, staff)
    values = {"title": reply.title.strip(), "text": reply.text.strip(), "object": reply.object}
    tx.execute(
        pg_insert(table)
        .values(id=UUID(reply.id), staff_id=reply.staff_id, created_at=clock.now(), **values)
        .on_conflict_do_nothing(index_elements=["id"])
    )


def change(tx: Transaction, reply: Reply, staff: Staff) -> None:
    """Change the words of a reply. Raises Refused for what may not be kept, or by whom; NotFound for somebody else's."""
    _check(one(tx, staff.id, reply.id), staff)
    _check(reply, staff)
    values = {"title": reply.title.strip(), "text": reply.text.strip(), "object": reply.object}
    tx.execute(table.update().where(table.c.id == UUID(reply.id)).values(**values))


def remove(tx: Transaction, reply_id: str, staff: Staff) -> None:
    """Keep a reply no longer. Raises Refused, or NotFound for somebody else's."""
    _check(one(tx, staff.id, reply_id), staff)
    tx.execute(table.delete().where(table.c.id == UUID(reply_id)))


def may_change(reply: Reply, staff: Staff) -> bool:
    """One's own, and for coordinators the shared ones; the starters stay as they are."""
    if reply.is_starter:
        return False
    return reply.staff_id == staff.id or (reply.staff_id is None and staff.has(Role.COORDINATOR))


def _check(reply: Reply, staff: Staff) -> None:
    if not may_change(reply, staff):
        raise Refused("not_your_reply", "大家共用的常用语由协调员来改。")
    if not reply.title.strip() or not reply.text.strip():
        raise Refused("reply_incomplete", "请写名称和内容。")
    if len(reply.title) > MOST_TITLE or len(reply.text) > MOST_TEXT:
        raise Refused("reply_too_long", f"名称最多{MOST_TITLE}个字，内容最多{MOST_TEXT}个字。")
    unknown = [name for name in _VARIABLE.findall(reply.text) if name not in phrases.REPLY_VARIABLES.values()]
    if unknown:
        raise Refused("unknown_variable", f"不认识“{{{unknown[0]}}}”，请照页面上列出的写。")
