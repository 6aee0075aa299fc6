"""Tables of paging: where each member of staff can be reached and by which rules, what they are told, and how it was sent."""

import sqlalchemy as sa

from core.database import Timestamp, metadata

contacts = sa.Table(
    "staff_contacts",
    metadata,
    sa.Column("staff_id", sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("confirmed_at", Timestamp, nullable=False),
    sa.CheckConstraint("channel IN ('email', 'wecom', 'wechat')", name="channel"),
)

contact_codes = sa.Table(
    "staff_contact_codes",
    metadata,
    sa.Column("staff_id", sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("made_at", Timestamp, nullable=False),
    sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    sa.CheckConstraint("channel IN ('email', 'wecom', 'wechat')", name="channel"),
)

paging_rules = sa.Table(
    "paging_rules",
    metadata,
    sa.Column("staff_id", sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("chain", sa.Text, primary_key=True),
    sa.Column("position", sa.SmallInteger, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("wait_minutes", sa.SmallInteger, nullable=False),
    sa.CheckConstraint("chain IN ('ordinary', 'important')", name="chain"),
    sa.CheckConstraint("channel IN ('console', 'email', 'wecom', 'wechat')", name="channel"),
    sa.CheckConstraint("wait_minutes BETWEEN 0 AND 720", name="wait_minutes"),
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("staff_id", sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("case_id", sa.ForeignKey("cases.id", ondelete="CASCADE")),
    sa.Column("need_id", sa.ForeignKey("needs.id", ondelete="CASCADE")),
    sa.Column("epoch", sa.Integer),
    sa.Column("importance", sa.Text, nullable=False),
    sa.Column("any_hour", sa.Boolean, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("made_at", Timestamp, nullable=False),
    sa.Column("seen_at", Timestamp),
    sa.Column("settled_at", Timestamp),
    sa.CheckConstraint("importance IN ('ordinary', 'important')", name="importance"),
    sa.UniqueConstraint("staff_id", "cause"),
    sa.Index("ix_notices_staff", "staff_id", "made_at"),
    sa.Index("ix_notices_unseen", "staff_id", postgresql_where=sa.text("seen_at IS NULL AND settled_at IS NULL")),
    sa.Index("ix_notices_case", "case_id", postgresql_where=sa.text("settled_at IS NULL")),
    sa.Index("ix_notices_need", "need_id", postgresql_where=sa.text("settled_at IS NULL")),
)

notice_sends = sa.Table(
    "notice_sends",
    metadata,
    sa.Column("notice_id", sa.ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("attempt", sa.SmallInteger, primary_key=True),
    sa.Column("due_at", Timestamp, nullable=False),
    sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("claimed_until", Timestamp),
    sa.Column("sent_at", Timestamp),
    sa.Column("result", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("channel IN ('console', 'email', 'wecom', 'wechat')", name="channel"),
    sa.CheckConstraint("result IN ('waiting', 'sent', 'dropped', 'failed')", name="result"),
    sa.Index("ix_notice_sends_due", "due_at", postgresql_where=sa.text("result = 'waiting'")),
)
