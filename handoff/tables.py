"""Tables of the cases: the case, its gapless event log, what was said in it, its timers."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from core.database import Timestamp, metadata
from handoff.states import ENDED, Kind, State

_ENDED = ", ".join(f"'{state}'" for state in sorted(ENDED))
ONE_LIVE_QUESTION = sa.text(f"kind = 'question' AND split_of IS NULL AND state NOT IN ({_ENDED})")

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("urgency", sa.Text, nullable=False),
    sa.Column("rank", sa.SmallInteger, nullable=False),
    sa.Column("level", sa.SmallInteger, nullable=False, server_default="1"),
    sa.Column("owner_id", sa.ForeignKey("staff.id")),
    sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease_until", Timestamp),
    sa.Column("return_to", sa.ForeignKey("staff.id")),
    sa.Column("conversation_id", sa.Uuid, nullable=False),
    sa.Column("farmer_id", sa.ForeignKey("farmers.id"), nullable=False),
    sa.Column("need_id", sa.Uuid),
    sa.Column("object", sa.Text, nullable=False, server_default=""),
    sa.Column("topic", sa.Text, nullable=False, server_default=""),
    sa.Column("problem", sa.Text, nullable=False, server_default=""),
    sa.Column("place_code", sa.Text, nullable=False, server_default=""),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("understood", JSONB, nullable=False, server_default="{}"),
    sa.Column("opened_at", Timestamp, nullable=False),
    sa.Column("due_at", Timestamp, nullable=False),
    sa.Column("resolve_by", Timestamp, nullable=False),
    sa.Column("promised_by", Timestamp),  # by when the farmer was told that somebody answers
    sa.Column("overdue_at", Timestamp),
    sa.Column("reminded_at", Timestamp),
    sa.Column("state_at", Timestamp, nullable=False),
    sa.Column("acted_at", Timestamp),
    sa.Column("last_farmer_at", Timestamp, nullable=False),
    sa.Column("first_answered_at", Timestamp),
    # The answer that stands; none while we owe the farmer one, for the first time or again.
    sa.Column("answered_at", Timestamp),
    sa.Column("ended_at", Timestamp),
    sa.Column("snoozed_until", Timestamp),
    sa.Column("desk_at", Timestamp),
    sa.Column("route_after", Timestamp),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),
    sa.Column("disputes", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("merged_into", sa.Uuid),
    sa.Column("follow_up_of", sa.Uuid),
    sa.Column("split_of", sa.Uuid),
    sa.Column("rating", sa.SmallInteger),
    sa.CheckConstraint(f"kind IN ({', '.join(repr(str(k)) for k in Kind)})", name="kind"),
    sa.CheckConstraint(f"state IN ({', '.join(repr(str(s)) for s in State)})", name="state"),
    sa.CheckConstraint("rating BETWEEN 1 AND 3", name="rating"),
    sa.CheckConstraint(
        "(state IN ('active', 'waiting_farmer', 'snoozed', 'offered')) <= (owner_id IS NOT NULL)", name="owner"
    ),
    sa.Index(
        "uq_cases_one_live_question",
        "conversation_id",
        unique=True,
        postgresql_where=ONE_LIVE_QUESTION,
    ),
    sa.Index("ix_cases_split_of", "split_of", postgresql_where=sa.text("split_of IS NOT NULL")),
    sa.Index("ix_cases_queue", "state", "rank", "due_at", "id"),
    sa.Index("ix_cases_owner", "owner_id", "state"),
    sa.Index("ix_cases_farmer", "farmer_id", "opened_at"),
    sa.Index("ix_cases_opened_at", "opened_at"),
    sa.Index("ix_cases_ended_at", "ended_at"),
)

case_events = sa.Table(
    "case_events",
    metadata,
    sa.Column("case_id", sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", Timestamp, nullable=False),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Uuid),
    sa.Column("actor_name", sa.Text, nullable=False),
    sa.Column("from_state", sa.Text, nullable=False),
    sa.Column("to_state", sa.Text, nullable=False),
    sa.Column("owner_id", sa.Uuid),
    sa.Column("level", sa.SmallInteger, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("payload", JSONB, nullable=False, server_default="{}"),
    sa.Column("idem_key", sa.Text, unique=True),
    sa.Index("ix_case_events_at", "at"),
)

case_entries = sa.Table(
    "case_entries",
    metadata,
    sa.Column("case_id", sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", Timestamp, nullable=False),
    sa.Column("said_by", sa.Text, nullable=False),
    sa.Column("author_id", sa.Uuid),
    sa.Column("author_name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("files", ARRAY(sa.Uuid), nullable=False, server_default="{}"),
    sa.Column("message_id", sa.Uuid),
    sa.CheckConstraint("said_by IN ('farmer', 'expert', 'bot', 'system', 'note')", name="said_by"),
    sa.Index(
        "uq_case_entries_message",
        "case_id",
        "message_id",
        unique=True,
        postgresql_where=sa.text("message_id IS NOT NULL"),
    ),
)

case_participants = sa.Table(
    "case_participants",
    metadata,
    sa.Column("case_id", sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("staff_id", sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("asked_by", sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("asked_at", Timestamp, nullable=False),
    sa.Index("ix_case_participants_staff", "staff_id"),
)

case_timers = sa.Table(
    "case_timers",
    metadata,
    sa.Column("case_id", sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("due_at", Timestamp, nullable=False),
    sa.Column("fired_at", Timestamp),
    sa.Column("try_after", Timestamp),  # of one that failed: it is left alone until then
    sa.Index("ix_case_timers_due", "due_at", postgresql_where=sa.text("fired_at IS NULL")),
)

# What a case can be found by; made and kept by `handoff.search`. A case without a row is found once the clock has caught up.
case_words = sa.Table(
    "case_words",
    metadata,
    sa.Column("case_id", sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("words", TSVECTOR, nullable=False),
    sa.Index("ix_case_words_words", "words", postgresql_using="gin"),
)

case_counters = sa.Table(
    "case_counters",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)
