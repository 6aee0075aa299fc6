"""Fixtures of the console: its application over the real services, and staff of every role."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient

from app.presence import RedisPresence
from console.web import make_app
from conversations.services import Services
from core.people import Role, Staff
from core.settings import Settings
from tests.console import desk
from tests.console.desk import Browser, Program


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Plain HTTP, as test clients speak it, and a corner of Valkey of our own, empty at the start."""
    store = settings.redis_url.rpartition("/")[0] + "/7"
    with redis.Redis.from_url(store) as client:
        client.flushdb()
    return settings.model_copy(update={"cookies_need_https": False, "redis_url": store})


@pytest.fixture
def services(services: Services) -> Iterator[Services]:
    """The service with signs of life in that corner of Valkey."""
    presence = RedisPresence(services.settings.redis_url)
    yield replace(services, presence=presence)
    presence.close()


@pytest.fixture
def app(services: Services) -> Flask:
    app = make_app(services)
    app.testing = True
    return app


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def expert(services: Services) -> Staff:
    return desk.hire(services, "expert", Role.EXPERT, name="王农")


@pytest.fixture
def expert2(services: Services) -> Staff:
    return desk.hire(services, "expert2", Role.EXPERT, name="李芳")


@pytest.fixture
def coordinator(services: Services) -> Staff:
    return desk.hire(services, "coordinator", Role.COORDINATOR, name="陈协调")


@pytest.fixture
def admin(services: Services) -> Staff:
    return desk.hire(services, "admin", Role.ADMIN, name="管理员")


@pytest.fixture
def experts_browser(app: Flask, expert: Staff) -> Browser:
    return desk.log_in(app.test_client(), "expert")


@pytest.fixture
def coordinators_browser(app: Flask, coordinator: Staff) -> Browser:
    return desk.log_in(app.test_client(), "coordinator")


@pytest.fixture
def admins_browser(app: Flask, admin: Staff) -> Browser:
    return desk.log_in(app.test_client(), "admin")


@pytest.fixture
def experts_program(services: Services, app: Flask, expert: Staff) -> Program:
    return desk.program(services, app.test_client(), expert)


@pytest.fixture
def second_experts_program(services: Services, app: Flask, expert2: Staff) -> Program:
    return desk.program(services, app.test_client(), expert2)


@pytest.fixture
def coordinators_program(services: Services, app: Flask, coordinator: Staff) -> Program:
    return desk.program(services, app.test_client(), coordinator)
