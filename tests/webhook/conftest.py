"""The door as an application, with a platform that knocks and a bot that can be made to think."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from app.stack import ports
from app.stack.running import Stack
from conversations import alarms
from conversations.bot import BotRequest
from conversations.services import Services
from conversations.tables import deliveries, messages
from core.settings import Settings
from knowledge import words
from tests.stand_ins import ScriptedBot
from tests.webhook.api_side import Api
from tests.webhook.platform_side import Knock, Wechat
from webhook.door import Door
from webhook.web import make_app


@dataclass
class ThinkingBot(ScriptedBot):
    """Answers only when it is let; `thinking` counts who waits."""

    may_answer: threading.Event = field(default_factory=threading.Event)
    is_asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def ask(self, request: BotRequest) -> Mapping[str, Any]:
        self.is_asked.release()
        assert self.may_answer.wait(30), "the test never let the bot answer"
        return super().ask(request)


@pytest.fixture(scope="session", autouse=True)
def warm() -> None:
    """Dictionaries are loaded, as they are before a webhook takes its first push: an answer has five seconds."""
    alarms.recognise("水稻纹枯病怎么防治", "")
    words.warm_up()


@pytest.fixture
def wechat(settings: Settings) -> Wechat:
    return Wechat(settings)


@pytest.fixture
def thinking() -> Iterator[ThinkingBot]:
    bot = ThinkingBot()
    yield bot
    bot.may_answer.set()


@pytest.fixture
def make_door(thinking: ThinkingBot) -> Iterator[Callable[..., Door]]:
    """Makes doors and closes them; `passive_seconds` may be shortened."""
    made: list[Door] = []

    def make(services: Services, **options: Any) -> Door:
        made.append(Door(services, **options))
        return made[-1]

    yield make
    thinking.may_answer.set()
    for door in made:
        door.close()


@pytest.fixture
def app(services: Services, make_door: Callable[..., Door]) -> Flask:
    return make_app(services, make_door(services))


@pytest.fixture
def knock(app: Flask, wechat: Wechat) -> Knock:
    return Knock(app.test_client(), wechat)


@pytest.fixture
def slow(services: Services, thinking: ThinkingBot) -> Services:
    """The service with a bot that answers only when it is let."""
    return replace(services, bot=thinking)


@pytest.fixture
def impatient(slow: Services, make_door: Callable[..., Door], wechat: Wechat) -> Knock:
    """A door that waits for the thinking bot only a moment."""
    return Knock(make_app(slow, make_door(slow, passive_seconds=0.3)).test_client(), wechat)


@pytest.fixture
def patient(slow: Services, make_door: Callable[..., Door], wechat: Wechat) -> Knock:
    """A door to the same service that waits as long as a test may take."""
    return Knock(make_app(slow, make_door(slow, passive_seconds=20)).test_client(), wechat)


@pytest.fixture
def stored(services: Services) -> Callable[[], list[Any]]:
    """The messages that are written down."""

    def look() -> list[Any]:
        with services.database.transaction() as tx:
            return list(tx.execute(sa.select(messages).order_by(messages.c.seq)))

    return look


@pytest.fixture
def promised(services: Services) -> Callable[[], list[Any]]:
    """The words that were promised, and how far they are."""

    def look() -> list[Any]:
        with services.database.transaction() as tx:
            return list(tx.execute(sa.select(deliveries).order_by(deliveries.c.seq)))

    return look


# --- the platform's API


@pytest.fixture
def api() -> Iterator[Api]:
    """A stand-in for the platform's API."""
    api = Api()
    yield api
    api.stop()


@pytest.fixture
def valkey(memory: Stack) -> Iterator[redis.Redis]:
    """The real Valkey, empty."""
    client = redis.Redis.from_url(memory.values["REDIS_URL"], socket_timeout=5)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def no_valkey() -> Iterator[redis.Redis]:
    """A Valkey that is not there."""
    client = redis.Redis.from_url(f"redis://127.0.0.1:{ports.free()}/0", socket_timeout=1, socket_connect_timeout=1)
    yield client
    client.close()
