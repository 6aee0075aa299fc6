"""Migrations: numbered, one head, up and down and up again with data in the tables, and equal to the code's tables."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from app import migrating
from app.stack.running import Stack
from app.tables import ROOMS, metadata
from core.database import Database, DatabaseUnavailable

VERSIONS = Path(migrating.__file__).parent / "migrations" / "versions"


@pytest.fixture
def empty(memory: Stack) -> Iterator[Database]:
    """A database of its own without tables."""
    admin = memory.values["DATABASE_URL"].replace("/nongwen?", "/postgres?")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS migrating")
        connection.execute("CREATE DATABASE migrating")
        database = Database(memory.values["DATABASE_URL"].replace("/nongwen?", "/migrating?"), pool_size=4)
        yield database
        database.close()
        connection.execute("DROP DATABASE migrating")


def tables(database: Database) -> set[str]:
    with database.transaction() as tx:
        return set(sa.inspect(tx).get_table_names()) - {"alembic_version"}


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(migrating.configuration())


def fill(database: Database) -> int:
    """A row in every table that exists, children after their parents; the number of tables that have one."""
    filled = 0
    for table in metadata.sorted_tables:
        if table.name not in tables(database):
            continue
        with database.transaction() as tx:
            if tx.execute(sa.text(f'SELECT count(*) FROM "{table.name}"')).scalar_one():
                filled += 1
                continue
            columns = {column["name"]: column for column in sa.inspect(tx).get_columns(table.name)}
            parents = {
                key["constrained_columns"][0]: (key["referred_table"], key["referred_columns"][0])
                for key in sa.inspect(tx).get_foreign_keys(table.name)
            }
            values: dict[str, object] = {}
            for name, column in columns.items():
                if name in parents:
                    other, of = parents[name]
                    values[name] = tx.execute(sa.text(f'SELECT "{of}" FROM "{other}" LIMIT 1')).scalar_one_or_none()
                elif column["default"] is None and not column.get("identity") and not column["nullable"]:
                    values[name] = _value(table, name, column["type"])
            names, given = ", ".join(f'"{name}"' for name in values), ", ".join(f":{name}" for name in values)
            tx.execute(sa.text(f'INSERT INTO "{table.name}" ({names}) VALUES ({given})'), values)
            filled += 1
    return filled


def _value(table: sa.Table, name: str, kind: sa.types.TypeEngine[object]) -> object:
    """Something that the column takes; of a column with a list of words, the first; what ends, ends later than it starts."""
    for constraint in table.constraints:
        if isinstance(constraint, sa.CheckConstraint):
            found = re.search(rf"\b{name} (?:IN \(|= )'(\w+)'", str(constraint.sqltext))
            if found:
                return found.group(1)
    if isinstance(kind, sa.Uuid):
        return "00000000-0000-0000-0000-000000000001"
    if isinstance(kind, sa.DateTime):
        return f"2026-11-22T0{3 if name == 'end_at' else 2}:00:00+00:00"
    if isinstance(kind, sa.Date):
        return "2026-11-22"
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.Integer):
        return 2 if name.startswith("until") else 1
    if isinstance(kind, sa.LargeBinary):
        return b"x"
    if isinstance(kind, sa.ARRAY):
        return []
    return "{}" if "JSON" in type(kind).__name__.upper() else "x"


def test_there_is_one_head_and_the_numbers_go_up_by_one() -> None:
    assert len(scripts().get_heads()) == 1
    numbers = [script.revision for script in reversed(list(scripts().walk_revisions()))]
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]
    assert sorted(file.stem for file in VERSIONS.glob("[0-9]*.py")) == numbers


def test_the_migrations_make_exactly_the_tables_of_the_code(empty: Database) -> None:
    migrating.migrate(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert tables(empty) == set(metadata.tables)


def test_every_room_that_has_tables_is_gathered() -> None:
    found = {room.__name__ for room in ROOMS}
    here = Path(migrating.__file__).parent.parent
    having = {file.parent.name for file in here.glob("*/tables.py") if file.parent.name != "app"}
    assert {name.partition(".")[0] for name in found} >= having


def test_every_migration_goes_up_and_down_and_up_again_with_data(empty: Database) -> None:
    revisions = [script.revision for script in reversed(list(scripts().walk_revisions()))]
    before = "base"
    for revision in revisions:
        migrating.migrate(empty, to=revision)
        with_it = tables(empty)
        assert fill(empty) == len(with_it)
        migrating.migrate_down(empty, to=before)
        migrating.migrate(empty, to=revision)
        assert tables(empty) == with_it
        before = revision
    assert fill(empty) == len(metadata.tables)
    migrating.migrate_down(empty, to="base")
    assert tables(empty) == set()


def test_migrating_what_is_migrated_changes_nothing(empty: Database) -> None:
    migrating.migrate(empty)
    filled = fill(empty)
    migrating.migrate(empty)
    with empty.transaction() as tx:
        counts = [tx.execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in metadata.tables]
    assert sum(counts) == filled


def test_several_processes_may_migrate_at_once(empty: Database) -> None:
    at_once = threading.Barrier(3)

    def migrate() -> None:
        at_once.wait(20)
        migrating.migrate(empty)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(migrate) for _ in range(3)]:
            done.result(60)
    assert tables(empty) == set(metadata.tables)


def test_without_a_database_migrating_says_so(tmp_path: Path) -> None:
    database = Database(f"postgresql://nongwen@/nongwen?host={tmp_path}")
    with pytest.raises(DatabaseUnavailable):
        migrating.migrate(database)
    database.close()
