"""What cases can be found by (the clock fills it in portions), and for which case or need a number was looked at."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
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
    op.add_column("phone_reveals", sa.Column("case_id", sa.Uuid(), nullable=True))
    op.add_column("phone_reveals", sa.Column("need_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_phone_reveals_case_id"), "phone_reveals", ["case_id"], unique=False)
    op.create_index(op.f("ix_phone_reveals_at"), "phone_reveals", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_phone_reveals_at"), table_name="phone_reveals")
    op.drop_index(op.f("ix_phone_reveals_case_id"), table_name="phone_reveals")
    op.drop_column("phone_reveals", "need_id")
    op.drop_column("phone_reveals", "case_id")
    op.drop_index("ix_case_words_words", table_name="case_words", postgresql_using="gin")
    op.drop_table("case_words")
