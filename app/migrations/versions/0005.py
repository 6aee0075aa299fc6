"""What experts know besides crops, and where a waiting case stands with the router."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("desk_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("route_after", sa.DateTime(timezone=True), nullable=True))
    op.add_column("experts", sa.Column("topics", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("experts", sa.Column("dialects", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("experts", sa.Column("level", sa.SmallInteger(), server_default="1", nullable=False))
    op.create_check_constraint(op.f("ck_experts_level"), "experts", "level BETWEEN 1 AND 3")
    op.add_column("experts", sa.Column("last_given_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("experts", "last_given_at")
    op.drop_constraint(op.f("ck_experts_level"), "experts")
    op.drop_column("experts", "level")
    op.drop_column("experts", "dialects")
    op.drop_column("experts", "topics")
    op.drop_column("cases", "route_after")
    op.drop_column("cases", "desk_at")
