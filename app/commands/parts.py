"""Running one part of the service: webhook, console, worker, clock."""

import argparse
from typing import Any

from app import clockwork, worker
from app.doorbell import RedisDoorbell
from app.serving import serve
from app.wiring import build
from core import logs
from core.settings import Settings

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
    from webhook.web import make_app

    settings = _settings("webhook")
    services = build(settings, RedisDoorbell(settings.redis_url), pool_size=40)
    with services.database.transaction() as tx:
        services.shelf.warm_up(tx)  # the first farmer must not wait for the dictionary
    serve(make_app(services), host=settings.webhook_host, port=settings.webhook_port, threads=_WEBHOOK_THREADS)
    return 0


def _console(chosen: argparse.Namespace) -> int:
    from console.web import make_app

    settings = _settings("console")
    services = build(settings, RedisDoorbell(settings.redis_url))
    serve(make_app(services), host=settings.console_host, port=settings.console_port, threads=_CONSOLE_THREADS)
    return 0


def _worker(chosen: argparse.Namespace) -> int:
    worker.run(_settings("worker"))
    return 0


def _clock(chosen: argparse.Namespace) -> int:
    clockwork.run(_settings("clock"))
    return 0
