"""Questions without an answer that need no article."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "questions_set_aside",
        sa.Column("core", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("core", name=op.f("pk_questions_set_aside")),
    )


def downgrade() -> None:
    op.drop_table("questions_set_aside")
