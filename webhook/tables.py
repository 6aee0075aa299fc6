"""What the farmers' door remembers: the nonces of signed requests, so that none is used for another body."""

import sqlalchemy as sa

from core.database import Timestamp, metadata

nonces = sa.Table(
    "webhook_nonces",
    metadata,
    sa.Column("nonce", sa.Text, primary_key=True),
    sa.Column("timestamp", sa.BigInteger, primary_key=True),
    sa.Column("body_sha256", sa.Text, nullable=False),
    sa.Column("seen_at", Timestamp, nullable=False, index=True),
)
