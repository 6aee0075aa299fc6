"""The clock: finds what is due and what was forgotten, rings for it, and does it itself when nobody can hear.

Losing a ring loses nothing: every few moments it looks at the rows (design §4).
"""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.doorbell import RedisDoorbell
from app.wiring import JOBS, build, fact_handlers
from conversations import attachments, deliveries, inbox
from conversations.services import Services
from core import outbox
from core.database import DatabaseUnavailable
from core.logs import logger
from core.settings import Settings
from handoff import timers
from webhook import guard

log = logger()

TICK_SECONDS = 0.5
_TURN_GRACE = timedelta(seconds=2)
_CLEAN_EVERY_TICKS = 240


def run(settings: Settings) -> None:
    """Tick until told to stop."""
    services = build(settings, RedisDoorbell(settings.redis_url))
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    log.info("clock_started")
    with ThreadPoolExecutor(8, thread_name_prefix="clock") as pool:
        ticks = 0
        while not stop.wait(TICK_SECONDS):
            ticks += 1
            tick(services, pool)
            if ticks % _CLEAN_EVERY_TICKS == 0:
                _clean(services)
    services.close()
    log.info("clock_stopped")


def tick(services: Services, pool: ThreadPoolExecutor) -> None:
    """Look once at everything that may be due."""
    try:
        timers.fire_due(services.database)
        outbox.carry_up(services.database, fact_handlers())
        for job, subject in _due(services):
            if not services.doorbell.ring(job, subject):
                pool.submit(_do, services, job, subject)
    except DatabaseUnavailable as error:
        log.warning("clock_without_database", reason=str(error))
    except Exception:  # the edge: the clock must not stop for one bad row
        log.exception("tick_failed")


def _due(services: Services) -> list[tuple[str, str]]:
    with services.database.transaction() as tx:
        deliveries.take_back_unconfirmed(tx)
        waiting = [("take_turns", str(found)) for found in inbox.conversations_waiting(tx, older_than=_TURN_GRACE)]
        unsent = [("deliver", str(found)) for found in deliveries.conversations_with_due(tx)]
        wanted = [("fetch_media", str(found)) for found in attachments.wanted(tx)]
    return waiting + unsent + wanted


def _do(services: Services, job: str, subject: str) -> None:
    try:
        JOBS[job](services, subject)
    except DatabaseUnavailable as error:
        log.warning("job_put_off", job=job, subject=subject, reason=str(error))
    except Exception:  # the edge of every job, as in the worker
        log.exception("job_failed", job=job, subject=subject)


def _clean(services: Services) -> None:
    try:
        with services.database.transaction() as tx:
            guard.forget_old_nonces(tx)
    except DatabaseUnavailable:
        return
