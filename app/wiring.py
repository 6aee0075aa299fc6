"""The one composition root: builds `Services` and joins facts and jobs to the rooms that act on them."""

from collections.abc import Callable, Mapping
from functools import partial
from uuid import UUID

import redis

from app.presence import RedisPresence
from conversations import attachments, deliveries, facts, sending, turns
from conversations.links import Links
from conversations.rasa import RasaBot
from conversations.services import Services
from core import clock, outbox
from core.database import Database, DatabaseUnavailable
from core.jobs import Doorbell
from core.logs import logger
from core.outbox import Handler
from core.secrets import Secrets
from core.settings import Settings
from handoff import routing
from knowledge.shelf import Shelf
from needs import facts as need_facts
from paging import facts as paging_facts
from paging import mail
from paging import sending as paging_sending
from paging.channels import Channel, Pagers
from webhook import staff_pagers
from webhook.client import WeChatChannel

log = logger()


def build(settings: Settings, doorbell: Doorbell, *, pool_size: int = 20) -> Services:
    """Everything one process needs, from its settings."""
    clock.follow(settings.clock_url)
    database = Database(settings.database_url, pool_size=pool_size)
    store = redis.Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=1)
    bot = RasaBot(settings.rasa_url)
    channel = WeChatChannel(settings, store)
    presence = RedisPresence(settings.redis_url)

    def close() -> None:
        bot.close()
        presence.close()
        store.close()
        database.close()

    return Services(
        settings=settings,
        database=database,
        secrets=Secrets(settings.secret_key),
        bot=bot,
        channel=channel,
        doorbell=doorbell,
        shelf=Shelf(show_unapproved=settings.show_unapproved_articles),
        speech=None,
        close=close,
        pagers=_pagers(settings, channel),
        presence=presence,
    )


def _pagers(settings: Settings, channel: WeChatChannel) -> Pagers:
    by_mail = mail.from_settings(settings)
    return {**staff_pagers.from_settings(settings, channel), **({Channel.EMAIL: by_mail} if by_mail else {})}


def fact_handlers(links: Links) -> Mapping[str, list[Handler]]:
    """Which rooms act on which facts. The steps of a need come before the words about them."""
    handlers: dict[str, list[Handler]] = {}
    tell_about_case = partial(facts.tell_about_case, links=links)
    for topic in need_facts.TOPICS:
        handlers.setdefault(topic, []).append(need_facts.move_need)
    for topic in facts.CASE_TOPICS:
        handlers.setdefault(topic, []).append(tell_about_case)
    for topic in routing.FREEING:
        handlers.setdefault(topic, []).append(routing.on_freed)
    for topic in facts.NEED_TOPICS:
        handlers.setdefault(topic, []).append(facts.tell_about_need)
    for topic in paging_facts.CASE_TOPICS:
        handlers.setdefault(topic, []).append(paging_facts.tell_staff_of_case)
    for topic in paging_facts.NEED_TOPICS:
        handlers.setdefault(topic, []).append(paging_facts.tell_staff_of_need)
    return handlers


Job = Callable[[Services, str], object]


def _take_turns(services: Services, subject: str) -> object:
    return turns.take(services, UUID(subject))


def _deliver(services: Services, subject: str) -> object:
    return sending.deliver(services, UUID(subject))


def _fetch_media(services: Services, subject: str) -> object:
    attachments.fetch(services, UUID(subject))
    return None


def _carry_facts(services: Services, subject: str) -> object:
    """Carry facts up, then send what they promised. The subject is of no meaning."""
    carried = outbox.carry_up(services.database, fact_handlers(services.links))
    if carried:
        with services.database.transaction() as tx:
            waiting = deliveries.conversations_with_due(tx)
        for conversation_id in waiting:
            if not services.doorbell.ring("deliver", str(conversation_id)):
                sending.deliver(services, conversation_id)
    return carried


def _page_staff(services: Services, subject: str) -> object:
    """Send the notices that are due. The subject is of no meaning."""
    return paging_sending.run(services.database, services.pagers, console_url=services.settings.console_url)


# Every job by name. Each is safe to run twice, late or after a crash: see the docstring of what it calls.
JOBS: Mapping[str, Job] = {
    "take_turns": _take_turns,
    "deliver": _deliver,
    "fetch_media": _fetch_media,
    "carry_facts": _carry_facts,
    "page_staff": _page_staff,
}


def do_job(services: Services, job: str, subject: str) -> None:
    """Do one job. A failure is logged and nothing else: the row is still there, and the clock will find it."""
    try:
        JOBS[job](services, subject)
    except DatabaseUnavailable as error:
        log.warning("job_put_off", job=job, subject=subject, reason=str(error))
    except Exception:  # the edge of every job
        log.exception("job_failed", job=job, subject=subject)
