"""Migrations: numbered, run up and down by Alembic, one at a time however many processes try."""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from core.database import Database, DatabaseUnavailable

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 730_551_202


def configuration(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration; without a connection only for looking at the scripts."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s")
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def migrate(database: Database, *, to: str = "head") -> None:
    """Bring the database to a revision, upwards."""
    _run(database, lambda config: command.upgrade(config, to))


def migrate_down(database: Database, *, to: str) -> None:
    """Take the database back to a revision."""
    _run(database, lambda config: command.downgrade(config, to))


def write_migration(database: Database, *, number: str, message: str) -> None:
    """Write the migration that makes the tables what the code says."""
    _run(database, lambda config: command.revision(config, message, autogenerate=True, rev_id=number))


def _run(database: Database, act: Callable[[Config], object]) -> None:
    if not database.is_reachable():
        raise DatabaseUnavailable("no connection")
    with database.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        try:
            act(configuration(connection))
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()
