"""The database: one PostgreSQL, one transaction at a time, opened by whoever decides."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError

# A transaction is all a function of a room ever gets. It never commits; whoever opened it does.
Transaction = sa.Connection

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Timestamp = sa.DateTime(timezone=True)


class DatabaseUnavailable(Exception):
    """PostgreSQL cannot be reached or dropped the connection; nothing of the transaction was kept."""


class Database:
    """A pool of connections to PostgreSQL."""

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        self.engine = sa.create_engine(
            _with_driver(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=5,
            pool_pre_ping=True,
            hide_parameters=True,  # an error in a log names the statement, never what a farmer said
            connect_args={"connect_timeout": 5, "options": "-c timezone=utc -c lock_timeout=10000"},
        )

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction, commit it at the end, roll it back on any error.

        Raises DatabaseUnavailable when the connection is refused or lost, also where somebody took its loss for a failure
        of his own and went on.
        """
        try:
            with self.engine.begin() as tx:
                yield tx
        except (OperationalError, PendingRollbackError, sa.exc.TimeoutError) as error:
            raise DatabaseUnavailable(type(error).__name__) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise DatabaseUnavailable(type(error).__name__) from error
            raise

    def is_reachable(self) -> bool:
        """Whether a statement can be run now."""
        try:
            with self.transaction() as tx:
                tx.execute(sa.select(1))
        except DatabaseUnavailable:
            return False
        return True

    def close(self) -> None:
        self.engine.dispose()


def _with_driver(url: str) -> str:
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
