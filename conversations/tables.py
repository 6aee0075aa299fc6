"""Tables of the conversations: who we talk with, what came in, what goes out, and what may still be sent."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from core.database import Timestamp, metadata

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("farmer_id", sa.ForeignKey("farmers.id"), nullable=False, unique=True),
    sa.Column("turn_token", sa.Uuid),
    sa.Column("turn_until", Timestamp),
    sa.Column("draft", JSONB),
    sa.Column("context", JSONB, nullable=False, server_default="{}"),
    sa.Column("choices", JSONB, nullable=False, server_default="[]"),
    sa.Column("asks_number", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("expects", JSONB),
    sa.Column("last_question", sa.Text, nullable=False, server_default=""),
    sa.Column("started_at", Timestamp, nullable=False),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("seq", sa.BigInteger, sa.Identity(), nullable=False, unique=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("body", JSONB, nullable=False),
    sa.Column("received_at", Timestamp, nullable=False),
    sa.Column("pushes", sa.Integer, nullable=False, server_default="1"),
    sa.Column("last_push_at", Timestamp, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_try_at", Timestamp, nullable=False),
    sa.Column("bot_reply", JSONB),
    sa.Column("result", JSONB),
    sa.Column("done_at", Timestamp),
    sa.Column("case_id", sa.Uuid),
    sa.CheckConstraint("state IN ('waiting', 'done')", name="state"),
    sa.Index("ix_messages_conversation", "conversation_id", "seq"),
    sa.Index("ix_messages_waiting", "next_try_at", postgresql_where=sa.text("state = 'waiting'")),
)

attachments = sa.Table(
    "attachments",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("message_id", sa.ForeignKey("messages.id"), nullable=False, unique=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("media_id", sa.Text, nullable=False),
    sa.Column("media_url", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="wanted"),
    sa.Column("file_id", sa.ForeignKey("stored_files.id")),
    sa.Column("case_id", sa.Uuid),
    sa.Column("need_id", sa.Uuid),
    sa.Column("arrived_at", Timestamp, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_try_at", Timestamp, nullable=False),
    sa.CheckConstraint("state IN ('wanted', 'stored', 'lost')", name="state"),
    sa.Index("ix_attachments_wanted", "next_try_at", postgresql_where=sa.text("state = 'wanted'")),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("seq", sa.BigInteger, sa.Identity(), nullable=False, unique=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("message_id", sa.ForeignKey("messages.id")),
    sa.Column("case_id", sa.Uuid),
    sa.Column("entry", sa.Integer),
    sa.Column("need_id", sa.Uuid),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("file_id", sa.ForeignKey("stored_files.id")),
    sa.Column("state", sa.Text, nullable=False, server_default="pending"),
    sa.Column("via", sa.Text, nullable=False, server_default=""),
    sa.Column("offered_for", sa.Uuid),
    sa.Column("promised_at", Timestamp, nullable=False),
    sa.Column("next_try_at", Timestamp, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("changed_at", Timestamp, nullable=False),
    sa.Column("last_error", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint(
        "state IN ('pending', 'sending', 'offered', 'sent', 'held', 'unsendable', 'withdrawn')", name="state"
    ),
    sa.CheckConstraint("kind IN ('text', 'image', 'voice')", name="kind"),
    sa.Index("ix_deliveries_conversation", "conversation_id", "seq"),
    sa.Index("ix_deliveries_case", "case_id", "seq"),
    sa.Index(
        "ix_deliveries_unsent", "next_try_at", postgresql_where=sa.text("state IN ('pending', 'sending', 'offered')")
    ),
    sa.Index("ix_deliveries_offered_for", "offered_for"),
)

quota_grants = sa.Table(
    "quota_grants",
    metadata,
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("granted_at", Timestamp, nullable=False),
    sa.Column("expires_at", Timestamp, nullable=False),
    sa.Column("remaining", sa.Integer, nullable=False),
    sa.CheckConstraint("kind IN ('message', 'tap')", name="kind"),
    sa.CheckConstraint("remaining >= 0", name="remaining"),
)

privacy_requests = sa.Table(
    "privacy_requests",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("farmer_id", sa.ForeignKey("farmers.id"), nullable=False),
    sa.Column("asked_at", Timestamp, nullable=False),
    sa.Column("due_at", Timestamp, nullable=False),
    sa.Column("done_at", Timestamp),
    sa.Column("done_by", sa.Uuid),
)

# Questions without an answer that somebody at the desk has looked at and needs no article for.
set_aside = sa.Table(
    "questions_set_aside",
    metadata,
    sa.Column("core", sa.Text, primary_key=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Timestamp, nullable=False),
)

canned_replies = sa.Table(
    "canned_replies",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("staff_id", sa.ForeignKey("staff.id", ondelete="CASCADE"), index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", Timestamp, nullable=False),
)
