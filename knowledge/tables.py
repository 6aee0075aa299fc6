"""Tables of the knowledge: articles as they are now, and every version there ever was."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.database import Timestamp, metadata

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("also_topics", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("asked_as", ARRAY(sa.Text), nullable=False),
    sa.Column("look_for", sa.Text, nullable=False),
    sa.Column("first", sa.Text, nullable=False),
    sa.Column("steps", ARRAY(sa.Text), nullable=False),
    sa.Column("avoid", ARRAY(sa.Text), nullable=False),
    sa.Column("look_alikes", ARRAY(sa.Text), nullable=False),
    sa.Column("call_expert", sa.Text, nullable=False),
    sa.Column("regions", ARRAY(sa.Text), nullable=False),
    sa.Column("season", sa.Text, nullable=False),
    sa.Column("sources", ARRAY(sa.Text), nullable=False),
    sa.Column("safety", ARRAY(sa.Text), nullable=False),
    sa.Column("reviewed_by", sa.Text, nullable=False),
    sa.Column("approved_by", sa.Text, nullable=False),
    sa.Column("valid_until", sa.Date, nullable=False),
    sa.Column("source_hash", sa.Text, nullable=False),
    sa.Column("edited_by", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", Timestamp, nullable=False),
    sa.Column("updated_at", Timestamp, nullable=False),
    sa.CheckConstraint("state IN ('draft', 'published', 'retired')", name="state"),
    sa.CheckConstraint("version > 0", name="version"),
)

article_versions = sa.Table(
    "article_versions",
    metadata,
    sa.Column("article_id", sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("content", JSONB, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", Timestamp, nullable=False),
)
