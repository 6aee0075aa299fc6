"""Cases are split, rated, followed up, and shown to colleagues."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_participants",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_case_participants_asked_by")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_participants_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_participants_staff_id")),
        sa.PrimaryKeyConstraint("case_id", "staff_id", name=op.f("pk_case_participants")),
    )
    op.create_index("ix_case_participants_staff", "case_participants", ["staff_id"], unique=False)
    op.add_column("cases", sa.Column("split_of", sa.Uuid(), nullable=True))
    op.add_column("cases", sa.Column("rating", sa.SmallInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_cases_rating"), "cases", "rating BETWEEN 1 AND 3")
    op.create_index("ix_cases_split_of", "cases", ["split_of"], postgresql_where=sa.text("split_of IS NOT NULL"))
    _one_live_question("split_of IS NULL AND ")


def downgrade() -> None:
    _one_live_question("")
    op.drop_index("ix_cases_split_of", table_name="cases")
    op.drop_constraint(op.f("ck_cases_rating"), "cases")
    op.drop_column("cases", "rating")
    op.drop_column("cases", "split_of")
    op.drop_index("ix_case_participants_staff", table_name="case_participants")
    op.drop_table("case_participants")


def _one_live_question(besides: str) -> None:
    """One live question in a conversation; what was split off another does not count."""
    op.drop_index("uq_cases_one_live_question", table_name="cases")
    where = f"kind = 'question' AND {besides}state NOT IN ('cancelled', 'merged', 'resolved')"
    op.create_index(
        "uq_cases_one_live_question", "cases", ["conversation_id"], unique=True, postgresql_where=sa.text(where)
    )
