"""删除我的信息: the requests that farmers have made, and deleting the chat of one who has."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from conversations import talk
from conversations.tables import attachments, deliveries, messages, privacy_requests
from core import clock
from core.database import Transaction
from core.errors import NotFound, Refused
from handoff import cases
from needs import filed

_SENT_OR_DROPPED = ("sent", "unsendable", "withdrawn")


@dataclass(frozen=True)
class Request:
    """A farmer's wish to be forgotten. `still_open` are numbers of cases and needs that are being worked on."""

    id: int
    asked_at: datetime
    due_at: datetime
    done_at: datetime | None
    still_open: tuple[str, ...]

    @property
    def number(self) -> str:
        """As the farmer was told."""
        return f"SC-{self.id:06d}"


def asked(tx: Transaction, *, most: int = 200) -> list[Request]:
    """The requests, open ones first, the one due soonest at the top."""
    rows = tx.execute(
        sa.select(privacy_requests)
        .order_by(privacy_requests.c.done_at.is_not(None), privacy_requests.c.due_at, privacy_requests.c.id)
        .limit(most)
    )
    return [
        Request(row.id, row.asked_at, row.due_at, row.done_at, () if row.done_at else _still_open(tx, row.farmer_id))
        for row in rows
    ]


def erase(tx: Transaction, request_id: int, *, by: UUID) -> None:
    """Delete the words of a farmer's chat, as promised, and mark the request done. Twice does nothing more.

    Cases and needs keep their own record for three years. Raises Refused while something is being worked on.
    """
    row = tx.execute(
        sa.select(privacy_requests).where(privacy_requests.c.id == request_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("没有这个申请。")
    if row.done_at is not None:
        return
    still_open = _still_open(tx, row.farmer_id)
    if still_open:
        raise Refused("still_open", f"还有在办的：{'、'.join(still_open)}。办结以后才能删除聊天记录。")
    conversation_id = talk.ids(tx, row.farmer_id)
    if conversation_id is not None:
        _erase_chat(tx, conversation_id)
    tx.execute(
        privacy_requests.update()
        .where(privacy_requests.c.farmer_id == row.farmer_id, privacy_requests.c.done_at.is_(None))
        .values(done_at=clock.now(), done_by=by)
    )


def _still_open(tx: Transaction, farmer_id: UUID) -> tuple[str, ...]:
    live_cases = [case.number for case in cases.of_farmer(tx, farmer_id) if case.is_live]
    return (*live_cases, *(need.number for need in filed.of_farmer(tx, farmer_id) if need.is_live))


def _erase_chat(tx: Transaction, conversation_id: UUID) -> None:
    """Empty the words and keep the rows: they hold the order of things, and what happened for the statistics."""
    body = sa.func.jsonb_build_object(
        "openid", messages.c.body["openid"], "key", messages.c.key, "kind", messages.c.kind, "sent_at",
        messages.c.body["sent_at"],
    )  # fmt: skip
    outcome = sa.func.jsonb_build_object("outcome", messages.c.result["outcome"])
    tx.execute(
        messages.update()
        .where(messages.c.conversation_id == conversation_id, messages.c.state == "done")
        .values(text="", body=body, bot_reply=sa.null(), result=outcome)
    )
    tx.execute(
        deliveries.update()
        .where(deliveries.c.conversation_id == conversation_id, deliveries.c.state.in_(_SENT_OR_DROPPED))
        .values(content="", file_id=None)
    )
    tx.execute(
        attachments.update()
        .where(
            attachments.c.conversation_id == conversation_id,
            attachments.c.case_id.is_(None),
            attachments.c.need_id.is_(None),
        )
        .values(state="lost", file_id=None)
    )
