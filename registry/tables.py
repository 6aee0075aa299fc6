"""Tables of the registry: experts with their capacity, and opened regions with their local numbers."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.database import Timestamp, metadata

experts = sa.Table(
    "experts",
    metadata,
    sa.Column("staff_id", sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("objects", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("places", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("capacity", sa.Integer, nullable=False, server_default="5"),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("capacity > 0", name="capacity"),
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
