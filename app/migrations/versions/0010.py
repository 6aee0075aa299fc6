"""Telling staff: addresses, rules, notices, and how each was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_addresses()
    _create_rules()
    _create_notices()
    _create_sends()


def _create_addresses() -> None:
    op.create_table(
        "staff_contacts",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("confirmed_at", _AT, nullable=False),
        sa.CheckConstraint("channel IN ('email', 'wecom', 'wechat')", name=op.f("ck_staff_contacts_channel")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_contacts_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "channel", name=op.f("pk_staff_contacts")),
    )
    op.create_table(
        "staff_contact_codes",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", _AT, nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("channel IN ('email', 'wecom', 'wechat')", name=op.f("ck_staff_contact_codes_channel")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_contact_codes_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "channel", name=op.f("pk_staff_contact_codes")),
    )


def _create_rules() -> None:
    op.create_table(
        "paging_rules",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("wait_minutes", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("chain IN ('ordinary', 'important')", name=op.f("ck_paging_rules_chain")),
        sa.CheckConstraint("channel IN ('console', 'email', 'wecom', 'wechat')", name=op.f("ck_paging_rules_channel")),
        sa.CheckConstraint("wait_minutes BETWEEN 0 AND 720", name=op.f("ck_paging_rules_wait_minutes")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_paging_rules_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_id", "chain", "position", name=op.f("pk_paging_rules")),
    )


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("need_id", sa.Uuid(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=True),
        sa.Column("importance", sa.Text(), nullable=False),
        sa.Column("any_hour", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("made_at", _AT, nullable=False),
        sa.Column("seen_at", _AT, nullable=True),
        sa.Column("settled_at", _AT, nullable=True),
        sa.CheckConstraint("importance IN ('ordinary', 'important')", name=op.f("ck_notices_importance")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_notices_staff_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notices_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name=op.f("fk_notices_need_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("staff_id", "cause", name=op.f("uq_notices_staff_id_cause")),
    )
    op.create_index("ix_notices_staff", "notices", ["staff_id", "made_at"])
    unseen, unsettled = sa.text("seen_at IS NULL AND settled_at IS NULL"), sa.text("settled_at IS NULL")
    op.create_index("ix_notices_unseen", "notices", ["staff_id"], postgresql_where=unseen)
    op.create_index("ix_notices_case", "notices", ["case_id"], postgresql_where=unsettled)
    op.create_index("ix_notices_need", "notices", ["need_id"], postgresql_where=unsettled)


def _create_sends() -> None:
    op.create_table(
        "notice_sends",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", _AT, nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("claimed_until", _AT, nullable=True),
        sa.Column("sent_at", _AT, nullable=True),
        sa.Column("result", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("channel IN ('console', 'email', 'wecom', 'wechat')", name=op.f("ck_notice_sends_channel")),
        sa.CheckConstraint("result IN ('waiting', 'sent', 'dropped', 'failed')", name=op.f("ck_notice_sends_result")),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_notice_sends_notice_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notice_id", "channel", "attempt", name=op.f("pk_notice_sends")),
    )
    op.create_index("ix_notice_sends_due", "notice_sends", ["due_at"], postgresql_where=sa.text("result = 'waiting'"))


def downgrade() -> None:
    for table in ("notice_sends", "notices", "paging_rules", "staff_contact_codes", "staff_contacts"):
        op.drop_table(table)
