"""Words on their way to a farmer: promised with the deed, delivered at least once, held when WeChat allows nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa

from conversations import phrases, quota, texts
from conversations.quota import Spent
from conversations.tables import conversations, deliveries, messages
from core import clock
from core.database import Transaction

PASSIVE_SECONDS = 4.2  # WeChat hangs up after five, counted from when it began to call
_CONFIRM_WITHIN = timedelta(seconds=20)
_LEASE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=10)
_MOST_NOT_ARRIVED = 50
_UNSENT = ("pending", "sending")


@dataclass(frozen=True)
class Delivery:
    """One message on its way. `attempts` counts the tries so far, this one included; `spent` is what it cost."""

    id: UUID
    conversation_id: UUID
    kind: str
    content: str
    file_id: UUID | None
    attempts: int
    case_id: UUID | None
    spent: Spent


@dataclass(frozen=True)
class Sent:
    """A message to a farmer as staff see it in a thread."""

    id: UUID
    at: datetime
    kind: str
    content: str
    file_id: UUID | None
    state: str
    via: str
    case_id: UUID | None
    entry: int | None
    need_id: UUID | None
    last_error: str


@dataclass(frozen=True)
class About:
    """What a message to a farmer belongs to, so that staff see beside it whether it arrived."""

    message_id: UUID | None = None
    case_id: UUID | None = None
    entry: int | None = None
    need_id: UUID | None = None


NOTHING_SPECIAL = About()


def promise(
    tx: Transaction,
    conversation_id: UUID,
    text: str,
    about: About = NOTHING_SPECIAL,
    *,
    files: tuple[tuple[UUID, str], ...] = (),
    not_before: datetime | None = None,
) -> None:
    """Promise words to a farmer in the transaction that gives reason for them. `files` are ids with their kinds.

    `not_before` leaves time for the answer to travel as the passive reply.
    """
    at = clock.now()
    rows: list[dict[str, object]] = [{"kind": "text", "content": part, "file_id": None} for part in texts.split(text)]
    rows += [{"kind": kind, "content": "", "file_id": file_id} for file_id, kind in files]
    for row in rows:
        tx.execute(
            deliveries.insert().values(
                id=uuid4(),
                conversation_id=conversation_id,
                message_id=about.message_id,
                case_id=about.case_id,
                entry=about.entry,
                need_id=about.need_id,
                promised_at=at,
                changed_at=at,
                next_try_at=not_before or at,
                **row,
            )
        )


def was_promised(tx: Transaction, conversation_id: UUID, text: str, *, since: datetime) -> bool:
    """Whether exactly these words were promised to a farmer since then."""
    found = sa.select(deliveries.c.id).where(
        deliveries.c.conversation_id == conversation_id,
        deliveries.c.content == text,
        deliveries.c.promised_at > since,
    )
    return tx.execute(sa.select(found.exists())).scalar_one()


# --- the passive reply


def take_for_passive(tx: Transaction, message_id: UUID, *, push: int, hint_at_more: bool) -> str | None:
    """The text of the passive reply to a message, now marked as offered; None when there is nothing to say.

    Everything that waits for this farmer goes along as far as it fits, the oldest first. Only the latest push
    of a message is answered, so that a message said twice at once is not answered twice.
    """
    conversation_id = tx.execute(sa.select(messages.c.conversation_id).where(messages.c.id == message_id)).scalar_one()
    _lock(tx, conversation_id)
    message = tx.execute(sa.select(messages).where(messages.c.id == message_id)).one()
    if message.pushes != push:
        return None
    again = _offered_before(tx, message_id)
    if again:
        _offer_again(tx, message_id)
        return texts.clean("\n\n".join(again))
    waiting = tx.execute(
        sa.select(deliveries)
        .where(deliveries.c.conversation_id == message.conversation_id, deliveries.c.state.in_(["pending", "held"]))
        .order_by(deliveries.c.seq)
    ).all()
    words = [row for row in waiting if row.kind == "text"]
    taken, text = _as_many_as_fit([row.content for row in words], hint=phrases.MORE_WAITS if hint_at_more else "")
    if taken == 0:
        return None
    _mark(tx, [row.id for row in words[:taken]], state="offered", via="passive", offered_for=message_id)
    return text


def _offered_before(tx: Transaction, message_id: UUID) -> list[str]:
    rows = tx.execute(
        sa.select(deliveries.c.content)
        .where(deliveries.c.offered_for == message_id, deliveries.c.state.in_(["offered", "sent"]))
        .order_by(deliveries.c.seq)
    )
    return [row.content for row in rows]


def _offer_again(tx: Transaction, message_id: UUID) -> None:
    """The platform asks again, so it did not hear the reply, whatever we thought when it was written."""
    tx.execute(
        deliveries.update()
        .where(deliveries.c.offered_for == message_id, deliveries.c.state.in_(["offered", "sent"]))
        .values(state="offered", changed_at=clock.now())
    )


def _as_many_as_fit(parts: list[str], *, hint: str) -> tuple[int, str]:
    text = ""
    for taken, part in enumerate(parts):
        longer = f"{text}\n\n{part}" if text else part
        rest = texts.size("\n" + hint) if hint and taken + 1 < len(parts) else 0
        if texts.size(longer) + rest > texts.MOST_BYTES:
            if taken == 0:
                return 1, part
            return taken, f"{text}\n{hint}" if hint else text
        text = longer
    return len(parts), text


def passive_arrived(tx: Transaction, message_id: UUID) -> None:
    """The passive reply was written to a connection that the platform still held."""
    tx.execute(
        deliveries.update()
        .where(deliveries.c.offered_for == message_id, deliveries.c.state == "offered")
        .values(state="sent", changed_at=clock.now())
    )


def take_back_unconfirmed(tx: Transaction) -> list[UUID]:
    """Passive replies that nobody confirmed in time go out as customer-service messages; whose they are."""
    rows = tx.execute(
        deliveries.update()
        .where(deliveries.c.state == "offered", deliveries.c.changed_at < clock.now() - _CONFIRM_WITHIN)
        .values(state="pending", via="", offered_for=None, changed_at=clock.now(), next_try_at=clock.now())
        .returning(deliveries.c.conversation_id)
    )
    return list({row.conversation_id for row in rows})


def was_answered(tx: Transaction, message_id: UUID) -> bool:
    """Whether the passive reply to this message has been handed over."""
    return bool(_offered_before(tx, message_id))


# --- sending


def claim_next(tx: Transaction, conversation_id: UUID) -> Delivery | None:
    """The next message to send to this farmer, now ours for a while; None when there is none or none may go.

    One at a time and in order: the row of the conversation is locked while we choose, and what goes with a passive
    reply must have arrived first. When the allowance is used up, everything that waits is held until the farmer writes.
    """
    _lock(tx, conversation_id)
    row = tx.execute(
        sa.select(deliveries)
        .where(deliveries.c.conversation_id == conversation_id, deliveries.c.state.in_([*_UNSENT, "offered"]))
        .order_by(deliveries.c.seq)
        .limit(1)
    ).one_or_none()
    at = clock.now()
    if row is None or row.state == "offered" or row.next_try_at > at:
        return None
    spent = quota.spend(tx, conversation_id)
    if spent is None:
        hold_all(tx, conversation_id, "no allowance")
        return None
    tx.execute(
        deliveries.update()
        .where(deliveries.c.id == row.id)
        .values(state="sending", attempts=row.attempts + 1, next_try_at=at + _LEASE, changed_at=at)
    )
    return Delivery(row.id, conversation_id, row.kind, row.content, row.file_id, row.attempts + 1, row.case_id, spent)


def sent(tx: Transaction, delivery: Delivery) -> None:
    _mark(tx, [delivery.id], state="sent", via="customer_service", last_error="")


def try_later(tx: Transaction, delivery: Delivery, error: str) -> None:
    """It was not sent and may be later: wait twice as long as last time. The allowance is given back."""
    pause = min(timedelta(seconds=2**delivery.attempts), _LONGEST_PAUSE)
    quota.give_back(tx, delivery.conversation_id, delivery.spent)
    _mark(tx, [delivery.id], state="pending", next_try_at=clock.now() + pause, last_error=error)


def hold(tx: Transaction, delivery: Delivery, error: str) -> None:
    """The platform allows nothing now: hold this and whatever else waits until the farmer writes."""
    quota.close(tx, delivery.conversation_id)
    hold_all(tx, delivery.conversation_id, error)


def hold_all(tx: Transaction, conversation_id: UUID, reason: str) -> None:
    """Hold everything that waits for this farmer."""
    tx.execute(
        deliveries.update()
        .where(deliveries.c.conversation_id == conversation_id, deliveries.c.state.in_(_UNSENT))
        .values(state="held", changed_at=clock.now(), last_error=reason)
    )


def hold_due(tx: Transaction, conversation_id: UUID, reason: str) -> None:
    """Hold what can no longer go with a passive reply that is being waited for."""
    tx.execute(
        deliveries.update()
        .where(
            deliveries.c.conversation_id == conversation_id,
            deliveries.c.state.in_(_UNSENT),
            deliveries.c.next_try_at <= clock.now(),
        )
        .values(state="held", changed_at=clock.now(), last_error=reason)
    )


def unsendable(tx: Transaction, delivery: Delivery, error: str) -> None:
    """It will never be delivered as it is; staff see it beside the message."""
    quota.give_back(tx, delivery.conversation_id, delivery.spent)
    _mark(tx, [delivery.id], state="unsendable", last_error=error)


def release_held(tx: Transaction, conversation_id: UUID, *, not_before: datetime) -> None:
    """The farmer has written: what was held may go, with the passive reply if it fits."""
    tx.execute(
        deliveries.update()
        .where(deliveries.c.conversation_id == conversation_id, deliveries.c.state == "held")
        .values(state="pending", next_try_at=not_before, changed_at=clock.now())
    )


def withdraw_unsent(tx: Transaction, conversation_id: UUID) -> None:
    """The farmer has left: nothing more is sent."""
    tx.execute(
        deliveries.update()
        .where(deliveries.c.conversation_id == conversation_id, deliveries.c.state.in_([*_UNSENT, "held"]))
        .values(state="withdrawn", changed_at=clock.now())
    )


def conversations_with_due(tx: Transaction, *, most: int = 200) -> list[UUID]:
    """Conversations for which something should have been sent by now."""
    rows = tx.execute(
        sa.select(deliveries.c.conversation_id)
        .where(deliveries.c.state.in_(_UNSENT), deliveries.c.next_try_at <= clock.now())
        .distinct()
        .limit(most)
    )
    return [row.conversation_id for row in rows]


def on_their_way(tx: Transaction, conversation_id: UUID) -> int:
    """How many messages to this farmer are promised and not sent yet."""
    waiting = sa.select(sa.func.count()).where(
        deliveries.c.conversation_id == conversation_id, deliveries.c.state.in_(_UNSENT)
    )
    return tx.execute(waiting).scalar_one()


def _lock(tx: Transaction, conversation_id: UUID) -> None:
    """One at a time decides what of a conversation goes which way, or a message would go both ways."""
    tx.execute(sa.select(conversations.c.id).where(conversations.c.id == conversation_id).with_for_update())


def _mark(tx: Transaction, delivery_ids: list[UUID], **values: object) -> None:
    tx.execute(deliveries.update().where(deliveries.c.id.in_(delivery_ids)).values(changed_at=clock.now(), **values))


# --- what staff see


def of_case(tx: Transaction, case_id: UUID) -> list[Sent]:
    """What was said to the farmer for a case, and whether it arrived."""
    rows = tx.execute(sa.select(deliveries).where(deliveries.c.case_id == case_id).order_by(deliveries.c.seq))
    return [_sent(row) for row in rows]


def of_need(tx: Transaction, need_id: UUID) -> list[Sent]:
    """What was said to the farmer for a need, and whether it arrived."""
    rows = tx.execute(sa.select(deliveries).where(deliveries.c.need_id == need_id).order_by(deliveries.c.seq))
    return [_sent(row) for row in rows]


def of_conversation(tx: Transaction, conversation_id: UUID, *, most: int = 100) -> list[Sent]:
    """What was said in a conversation lately, oldest first."""
    rows = tx.execute(
        sa.select(deliveries)
        .where(deliveries.c.conversation_id == conversation_id)
        .order_by(deliveries.c.seq.desc())
        .limit(most)
    )
    return [_sent(row) for row in reversed(rows.all())]


def not_arrived(
    tx: Transaction, case_ids: Collection[UUID], need_ids: Collection[UUID], conversation_ids: Collection[UUID]
) -> list[Sent]:
    """What was said for these cases and needs and has not reached the farmer, the latest first.

    `conversation_ids` are theirs: by them it is found without reading all that was ever sent.
    """
    rows = tx.execute(
        sa.select(deliveries)
        .where(
            deliveries.c.conversation_id.in_(conversation_ids),
            deliveries.c.state.in_(["held", "unsendable"]),
            sa.or_(deliveries.c.case_id.in_(case_ids), deliveries.c.need_id.in_(need_ids)),
        )
        .order_by(deliveries.c.seq.desc())
        .limit(_MOST_NOT_ARRIVED)
    )
    return [_sent(row) for row in rows]


def _sent(row: sa.Row[tuple[object, ...]]) -> Sent:
    return Sent(
        row.id, row.promised_at, row.kind, row.content, row.file_id, row.state, row.via, row.case_id, row.entry, row.need_id,
        row.last_error,
    )  # fmt: skip
