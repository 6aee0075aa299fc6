"""What a farmer was promised is kept with the case."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("promised_by", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "INSERT INTO case_timers (case_id, kind, epoch, due_at) SELECT id, 'promise', 0, due_at FROM cases "
        "WHERE state IN ('queued', 'offered', 'active', 'snoozed') AND answered_at IS NULL AND overdue_at IS NULL"
    )


def downgrade() -> None:
    op.execute("DELETE FROM case_timers WHERE kind = 'promise'")
    op.drop_column("cases", "promised_by")
