"""What cases can be found by. The cases there are get their words from the clock, a portion at a time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_words",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_words_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_words")),
    )
    op.create_index("ix_case_words_words", "case_words", ["words"], unique=False, postgresql_using="gin")


def downgrade() -> None:
    op.drop_index("ix_case_words_words", table_name="case_words", postgresql_using="gin")
    op.drop_table("case_words")
