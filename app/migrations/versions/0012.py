"""the answer that stands."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE cases SET answered_at = first_answered_at")


def downgrade() -> None:
    op.drop_column("cases", "answered_at")
