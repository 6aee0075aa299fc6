"""Running one part of the service: webhook, console, worker, clock."""

import argparse
from typing import Any

from app import clockwork, worker
from app.doorbell import RedisDoorbell
from app.serving import serve
from app.wiring import build
from conversations.services import Services
from core import logs
from core.database import DatabaseUnavailable
from core.settings import Settings
from knowledge import words

log = logs.logger()

_WEBHOOK_THREADS = 64
_CONSOLE_THREADS = 16


def register(commands: Any) -> None:
    for name, run in (("webhook", _webhook), ("console", _console), ("worker", _worker), ("clock", _clock)):
        commands.add_parser(name, help=f"run the {name}").set_defaults(run=run)


def _settings(process: str) -> Settings:
    settings = Settings.from_environment()
    logs.set_up(process=process, as_json=settings.log_json)
    return settings


def _webhook(chosen: argparse.Namespace) -> int:
    from webhook.web import MOST_WIRE_BYTES, make_app

    settings = _settings("webhook")
    services = build(settings, RedisDoorbell(settings.redis_url), pool_size=40)
    _warm_up(services)
    serve(
        make_app(services),
        host=settings.webhook_host,
        port=settings.webhook_port,
        threads=_WEBHOOK_THREADS,
        most_body_bytes=MOST_WIRE_BYTES,
        trusted_proxies=settings.trusted_proxies,
    )
    return 0


def _warm_up(services: Services) -> None:
    """Prepare dictionary and articles, so that the first farmer or expert need not wait; without the database they must."""
    try:
        with services.database.transaction() as tx:
            services.shelf.warm_up(tx)
    except DatabaseUnavailable as error:
        log.warning("started_without_database", reason=str(error))


def _console(chosen: argparse.Namespace) -> int:
    from console.web import MOST_BODY_BYTES, make_app

    settings = _settings("console")
    services = build(settings, RedisDoorbell(settings.redis_url))
    words.warm_up()  # what experts write is cut into words, while their case is locked
    _warm_up(services)
    serve(
        make_app(services),
        host=settings.console_host,
        port=settings.console_port,
        threads=_CONSOLE_THREADS,
        most_body_bytes=MOST_BODY_BYTES,
        trusted_proxies=settings.trusted_proxies,
    )
    return 0


def _worker(chosen: argparse.Namespace) -> int:
    settings = _settings("worker")
    words.warm_up()  # a case is opened with its words, while the day's counter of cases is locked
    worker.run(settings)
    return 0


def _clock(chosen: argparse.Namespace) -> int:
    settings = _settings("clock")
    words.warm_up()
    clockwork.run(settings)
    return 0
