"""What an operator does now and then: migrate, load the starter articles, add staff, open a region, publish the menu."""

import argparse
import getpass
from pathlib import Path
from typing import Any

import redis
import yaml

from app import migrating
from core import logs, people
from core.database import Database
from core.people import Role
from core.settings import Settings
from knowledge import articles
from registry import experts, regions
from webhook.client import WeChatChannel

MENU = Path(__file__).parent.parent.parent / "webhook" / "menu.yaml"


def register(commands: Any) -> None:
    commands.add_parser("migrate", help="bring the database to the present tables").set_defaults(run=_migrate)
    load = commands.add_parser("load-articles", help="load the starter articles that are new or changed")
    load.set_defaults(run=_load_articles)
    add = commands.add_parser("add-staff", help="add an expert, a coordinator or an administrator")
    add.add_argument("username")
    add.add_argument("name")
    add.add_argument("--role", action="append", required=True, choices=[role.value for role in Role])
    add.add_argument("--unit", default="")
    add.add_argument("--speciality", default="")
    add.set_defaults(run=_add_staff)
    opening = commands.add_parser("open-region", help="open a region from its TOML file with its local numbers")
    opening.add_argument("file", type=Path)
    opening.add_argument("--by", required=True, help="who answers for the numbers")
    opening.set_defaults(run=_open_region)
    commands.add_parser("publish-menu", help="show webhook/menu.yaml below the conversation").set_defaults(
        run=_publish_menu
    )
    write = commands.add_parser("write-migration", help="write the migration for changed tables")
    write.add_argument("number")
    write.add_argument("message")
    write.set_defaults(run=_write_migration)


def _database() -> Database:
    settings = Settings.from_environment()
    logs.set_up(process="chores", as_json=settings.log_json)
    return Database(settings.database_url, pool_size=2)


def _migrate(chosen: argparse.Namespace) -> int:
    migrating.migrate(_database())
    return 0


def _write_migration(chosen: argparse.Namespace) -> int:
    migrating.write_migration(_database(), number=chosen.number, message=chosen.message)
    return 0


def load_articles(database: Database) -> articles.Loaded:
    """Load the starter articles."""
    with database.transaction() as tx:
        return articles.load_starter(tx, is_all=True)


def _load_articles(chosen: argparse.Namespace) -> int:
    loaded = load_articles(_database())
    for sentence in loaded.wrong:
        print(sentence)
    print(
        f"{len(loaded.new)} new, {len(loaded.changed)} changed, {len(loaded.unchanged)} as before, "
        f"{len(loaded.kept)} kept as edited in the desk, {len(loaded.gone)} retired without a file, {len(loaded.wrong)} wrong"
    )
    return 1 if loaded.wrong else 0


def _add_staff(chosen: argparse.Namespace) -> int:
    password = getpass.getpass("Password: ")
    with _database().transaction() as tx:
        added = people.hire(
            tx,
            username=chosen.username,
            password=password,
            name=chosen.name,
            roles={Role(role) for role in chosen.role},
            unit=chosen.unit,
            speciality=chosen.speciality,
        )
        if Role.EXPERT in added.roles:
            experts.enrol(tx, added.id)
    print(f"{added.username} may log in.")
    return 0


def _open_region(chosen: argparse.Namespace) -> int:
    region = regions.read_file(chosen.file)
    with _database().transaction() as tx:
        regions.open_region(tx, region, opened_by=chosen.by)
    print(f"{region.name} is open.")
    return 0


def publish_menu(settings: Settings) -> None:
    """Show the menu file below the conversation."""
    menu = yaml.safe_load(MENU.read_text(encoding="utf-8"))
    store = redis.Redis.from_url(settings.redis_url, socket_timeout=2)
    WeChatChannel(settings, store).publish_menu(menu)


def _publish_menu(chosen: argparse.Namespace) -> int:
    publish_menu(Settings.from_environment())
    print("The menu is published.")
    return 0
