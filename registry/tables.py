"""Tables of the registry: experts with their capacity and duties, and opened regions with their local numbers."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.database import Timestamp, metadata

experts = sa.Table(
    "experts",
    metadata,
    sa.Column("staff_id", sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("objects", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("places", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("topics", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("dialects", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("level", sa.SmallInteger, nullable=False, server_default="1"),
    sa.Column("capacity", sa.Integer, nullable=False, server_default="5"),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("last_given_at", Timestamp),
    sa.CheckConstraint("capacity > 0", name="capacity"),
    sa.CheckConstraint("level BETWEEN 1 AND 3", name="level"),
)

duty_rules = sa.Table(
    "duty_rules",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("staff_id", sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    sa.Column("days", sa.Text, nullable=False),
    sa.Column("from_minute", sa.SmallInteger, nullable=False),
    sa.Column("until_minute", sa.SmallInteger, nullable=False),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date),
    sa.CheckConstraint("days IN ('every', 'working', 'free')", name="days"),
    sa.CheckConstraint("0 <= from_minute AND from_minute < until_minute AND until_minute <= 1440", name="minutes"),
)

single_duties = sa.Table(
    "single_duties",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("staff_id", sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    sa.Column("start_at", Timestamp, nullable=False),
    sa.Column("end_at", Timestamp, nullable=False, index=True),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("made_at", Timestamp, nullable=False),
    sa.CheckConstraint("start_at < end_at", name="length"),
    sa.CheckConstraint("why IN ('single', 'swap')", name="why"),
)

absences = sa.Table(
    "absences",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("staff_id", sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    sa.Column("start_at", Timestamp, nullable=False),
    sa.Column("end_at", Timestamp, nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("made_at", Timestamp, nullable=False),
    sa.CheckConstraint("start_at < end_at", name="length"),
)

swaps = sa.Table(
    "duty_swaps",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("staff_id", sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    sa.Column("start_at", Timestamp, nullable=False),
    sa.Column("end_at", Timestamp, nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("taken_by", sa.ForeignKey("staff.id", ondelete="CASCADE")),
    sa.Column("taken_at", Timestamp),
    sa.CheckConstraint("start_at < end_at", name="length"),
)

regions = sa.Table(
    "regions",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("numbers", JSONB, nullable=False),
    sa.Column("opened_at", Timestamp, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
)
