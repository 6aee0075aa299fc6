"""timers that failed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_timers", sa.Column("try_after", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("case_timers", "try_after")
