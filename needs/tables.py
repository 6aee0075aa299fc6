"""Tables of the needs: the need itself, its log, and the counters behind its numbers."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.database import Timestamp, metadata

needs = sa.Table(
    "needs",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("farmer_id", sa.ForeignKey("farmers.id"), nullable=False),
    sa.Column("conversation_id", sa.Uuid, nullable=False),
    sa.Column("filed_by_message", sa.Uuid, unique=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("channel", sa.Text, nullable=False, server_default="wechat_text"),
    sa.Column("demand_kind", sa.Text, nullable=False),
    sa.Column("service_type", sa.Text, nullable=False),
    sa.Column("industry", sa.Text, nullable=False, server_default=""),
    sa.Column("object", sa.Text, nullable=False, server_default=""),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("scale", sa.Text, nullable=False, server_default=""),
    sa.Column("urgency", sa.Text, nullable=False),
    sa.Column("visit", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("place_code", sa.Text, nullable=False),
    sa.Column("place_said", sa.Text, nullable=False),
    sa.Column("phone", sa.LargeBinary),
    sa.Column("consent", JSONB, nullable=False),
    sa.Column("said", JSONB, nullable=False),
    sa.Column("files", ARRAY(sa.Uuid), nullable=False, server_default="{}"),
    sa.Column("filed_at", Timestamp, nullable=False),
    sa.Column("due_at", Timestamp, nullable=False),
    sa.Column("question", sa.Text, nullable=False, server_default=""),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),
    sa.Column("case_id", sa.Uuid),
    sa.Column("merged_into", sa.Uuid),
    sa.Column("ended_at", Timestamp),
    sa.Index("ix_needs_status", "status", "due_at"),
    sa.Index("ix_needs_farmer", "farmer_id", "filed_at"),
    sa.Index("ix_needs_place", "place_code", "filed_at"),
)

need_events = sa.Table(
    "need_events",
    metadata,
    sa.Column("need_id", sa.ForeignKey("needs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", Timestamp, nullable=False),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Uuid),
    sa.Column("actor_name", sa.Text, nullable=False),
    sa.Column("from_status", sa.Text, nullable=False),
    sa.Column("to_status", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False, server_default=""),
    sa.Column("files", ARRAY(sa.Uuid), nullable=False, server_default="{}"),
    sa.Column("message_id", sa.Uuid),
    sa.Column("idem_key", sa.Text, unique=True),
)

need_counters = sa.Table(
    "need_counters",
    metadata,
    sa.Column("county", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)
