"""When a case came to its state, when its owner last acted, and by when it should end."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("resolve_by", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("state_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True))
    # A case that is under way counts as having come to its state with the last line of its log, and may take five days more.
    op.execute(
        "UPDATE cases SET resolve_by = due_at + interval '5 days', state_at = COALESCE("
        "(SELECT max(at) FROM case_events WHERE case_events.case_id = cases.id), opened_at)"
    )
    op.alter_column("cases", "resolve_by", nullable=False)
    op.alter_column("cases", "state_at", nullable=False)


def downgrade() -> None:
    op.drop_column("cases", "acted_at")
    op.drop_column("cases", "state_at")
    op.drop_column("cases", "reminded_at")
    op.drop_column("cases", "resolve_by")
