"""Writing down what farmers send, once, before anything is promised."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from conversations.incoming import Incoming, Kind
from conversations.tables import attachments, conversations, messages
from core import clock, people
from core.database import Transaction

# WeChat hangs up after five seconds and says it again (reference: wechat §1.5); we may have read the first push late.
_PLATFORM_PATIENCE = timedelta(seconds=3.5)


@dataclass(frozen=True)
class Written:
    """Where a message was written down. `push` counts how often the platform has said it, from 1."""

    message_id: UUID
    conversation_id: UUID
    push: int
    since_previous: timedelta = timedelta(0)

    @property
    def is_new(self) -> bool:
        return self.push == 1

    @property
    def follows_silence(self) -> bool:
        """The platform says it again because it heard nothing in time; sooner, it is only a second copy."""
        return self.since_previous >= _PLATFORM_PATIENCE


@dataclass(frozen=True)
class Message:
    """A message or event as written down. `bot_reply` is what the bot answered, kept before it is acted on."""

    id: UUID
    seq: int
    conversation_id: UUID
    kind: Kind
    text: str
    incoming: Incoming
    received_at: datetime
    attempts: int
    bot_reply: Mapping[str, Any] | None
    is_done: bool
    result: Mapping[str, Any] | None


def write_down(tx: Transaction, incoming: Incoming) -> Written:
    """Write down what a farmer sent and plan the answer; a repeat only counts the push.

    WeChat posts a message again when it hears nothing for five seconds.
    The unique key makes the repeats harmless, whichever process they reach.
    """
    farmer = people.meet(tx, incoming.openid)
    conversation_id = _conversation_of(tx, farmer.id)
    at = clock.now()
    body = asdict(incoming) | {"sent_at": incoming.sent_at.isoformat()}
    written = tx.execute(
        pg_insert(messages)
        .values(
            id=uuid4(),
            conversation_id=conversation_id,
            key=incoming.key,
            kind=incoming.kind,
            text=incoming.text,
            body=body,
            received_at=at,
            last_push_at=at,
            next_try_at=at,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(messages.c.id)
    ).scalar_one_or_none()
    if written is not None:
        return Written(written, conversation_id, 1)
    return _count_push(tx, incoming.key, at)


def _count_push(tx: Transaction, key: str, at: datetime) -> Written:
    before = tx.execute(sa.select(messages).where(messages.c.key == key).with_for_update()).one()
    tx.execute(messages.update().where(messages.c.id == before.id).values(pushes=before.pushes + 1, last_push_at=at))
    return Written(before.id, before.conversation_id, before.pushes + 1, at - before.last_push_at)


def _conversation_of(tx: Transaction, farmer_id: UUID) -> UUID:
    tx.execute(
        pg_insert(conversations)
        .values(id=uuid4(), farmer_id=farmer_id, started_at=clock.now())
        .on_conflict_do_nothing(index_elements=["farmer_id"])
    )
    found: UUID = tx.execute(sa.select(conversations.c.id).where(conversations.c.farmer_id == farmer_id)).scalar_one()
    return found


def want_media(tx: Transaction, message: Message) -> UUID:
    """Plan the fetching of what a farmer attached; the platform keeps it three days only."""
    at = clock.now()
    attachment_id = uuid4()
    tx.execute(
        pg_insert(attachments)
        .values(
            id=attachment_id,
            message_id=message.id,
            conversation_id=message.conversation_id,
            kind=message.kind,
            media_id=message.incoming.media_id,
            media_url=message.incoming.media_url,
            arrived_at=at,
            next_try_at=at,
        )
        .on_conflict_do_nothing(index_elements=["message_id"])
    )
    wanted: UUID = tx.execute(sa.select(attachments.c.id).where(attachments.c.message_id == message.id)).scalar_one()
    return wanted


def next_waiting(tx: Transaction, conversation_id: UUID) -> Message | None:
    """The oldest message of a conversation that has no answer yet, if it is due."""
    row = tx.execute(
        sa.select(messages)
        .where(messages.c.conversation_id == conversation_id, messages.c.state == "waiting")
        .order_by(messages.c.seq)
        .limit(1)
    ).one_or_none()
    if row is None or row.next_try_at > clock.now():
        return None
    return from_row(row)


def get(tx: Transaction, message_id: UUID) -> Message:
    return from_row(tx.execute(sa.select(messages).where(messages.c.id == message_id)).one())


def pushes(tx: Transaction, message_id: UUID) -> int:
    """How often the platform has said this message so far."""
    counted: int = tx.execute(sa.select(messages.c.pushes).where(messages.c.id == message_id)).scalar_one()
    return counted


def lately(tx: Transaction, conversation_id: UUID, *, most: int = 20) -> list[Message]:
    """What a farmer sent lately, oldest first."""
    rows = tx.execute(
        sa.select(messages)
        .where(messages.c.conversation_id == conversation_id)
        .order_by(messages.c.seq.desc())
        .limit(most)
    )
    return [from_row(row) for row in reversed(rows.all())]


def outcomes_between(tx: Transaction, start: datetime, end: datetime) -> dict[str, int]:
    """How many messages that came from `start` until before `end` had which outcome."""
    outcome = messages.c.result["outcome"].astext
    rows = tx.execute(
        sa.select(outcome.label("outcome"), sa.func.count().label("many"))
        .where(messages.c.received_at >= start, messages.c.received_at < end, messages.c.result.is_not(None))
        .group_by(outcome)
    )
    return {row.outcome: row.many for row in rows if row.outcome}


def conversations_waiting(tx: Transaction, *, older_than: timedelta, most: int = 200) -> list[UUID]:
    """Conversations with a due message that nobody has answered for a while."""
    at = clock.now()
    rows = tx.execute(
        sa.select(messages.c.conversation_id)
        .where(messages.c.state == "waiting", messages.c.next_try_at <= at - older_than)
        .group_by(messages.c.conversation_id)
        .order_by(sa.func.min(messages.c.seq))
        .limit(most)
    )
    return [row.conversation_id for row in rows]


def keep_bot_reply(tx: Transaction, message_id: UUID, reply: Mapping[str, Any]) -> None:
    """Keep what the bot answered before it is acted on, so that a crash does not ask again."""
    tx.execute(messages.update().where(messages.c.id == message_id).values(bot_reply=dict(reply)))


def put_off(tx: Transaction, message: Message, pause: timedelta) -> None:
    """Try this message again after a pause, with the same reply of the bot if there is one."""
    tx.execute(
        messages.update()
        .where(messages.c.id == message.id)
        .values(attempts=message.attempts + 1, next_try_at=clock.now() + pause)
    )


def finish(tx: Transaction, message_id: UUID, result: Mapping[str, Any], *, case_id: UUID | None) -> None:
    """The message is answered."""
    tx.execute(
        messages.update()
        .where(messages.c.id == message_id)
        .values(state="done", done_at=clock.now(), result=dict(result), case_id=case_id)
    )


def from_row(row: sa.Row[tuple[object, ...]]) -> Message:
    body = dict(row.body) | {"sent_at": datetime.fromisoformat(row.body["sent_at"]), "kind": Kind(row.kind)}
    return Message(
        row.id,
        row.seq,
        row.conversation_id,
        Kind(row.kind),
        row.text,
        Incoming(**body),
        row.received_at,
        row.attempts,
        row.bot_reply,
        row.state == "done",
        row.result,
    )
