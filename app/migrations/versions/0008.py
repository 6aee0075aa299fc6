"""Reports find the cases and the log of a period without looking at all the others."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_opened_at", "cases", ["opened_at"], unique=False)
    op.create_index("ix_cases_ended_at", "cases", ["ended_at"], unique=False)
    op.create_index("ix_case_events_at", "case_events", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_case_events_at", table_name="case_events")
    op.drop_index("ix_cases_ended_at", table_name="cases")
    op.drop_index("ix_cases_opened_at", table_name="cases")
