"""Small facts that every process must know and that end by themselves, such as "the account may only answer"."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock
from core.database import Timestamp, Transaction, metadata

flags = sa.Table(
    "flags",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("until", Timestamp, nullable=False),
)


def raise_flag(tx: Transaction, name: str, lasting: timedelta) -> None:
    """Raise a flag for a while; raising it again makes it last from now."""
    until = clock.now() + lasting
    tx.execute(
        pg_insert(flags)
        .values(name=name, until=until)
        .on_conflict_do_update(index_elements=["name"], set_={"until": until})
    )


def is_raised(tx: Transaction, name: str) -> bool:
    until = tx.execute(sa.select(flags.c.until).where(flags.c.name == name)).scalar_one_or_none()
    return until is not None and until > clock.now()


def lower_flag(tx: Transaction, name: str) -> None:
    tx.execute(flags.delete().where(flags.c.name == name))
