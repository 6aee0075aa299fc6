"""The clock: finds what is due and what was forgotten, rings for it, and does it itself when nobody can hear.

Losing a ring loses nothing: every few moments it looks at the rows (design §4).
"""

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx

from app.doorbell import RedisDoorbell
from app.wiring import build, do_job, fact_handlers
from conversations import attachments, deliveries, inbox
from conversations.services import Services
from core import once, outbox
from core.database import DatabaseUnavailable
from core.logs import logger
from core.settings import Settings
from handoff import auditor, routing, search, timers
from paging import duties, duty_swaps, notices
from paging import sending as paging_sending
from webhook import guard

log = logger()

TICK_SECONDS = 0.5
_RING_AGAIN_SECONDS = 2.0
_TURN_GRACE = timedelta(seconds=2)
_CLEAN_EVERY_TICKS = 240
_AUDIT_EVERY_TICKS = 600
_DUTIES_EVERY_TICKS = 20
_HEARTBEAT_TIMEOUT_SECONDS = 5

Task = tuple[str, str]


def run(settings: Settings) -> None:
    """Tick until told to stop."""
    services = build(settings, RedisDoorbell(settings.redis_url))
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    log.info("clock_started")
    with ThreadPoolExecutor(8, thread_name_prefix="clock") as pool:
        hand = Clock(services, pool)
        ticks = 0
        while not stop.wait(TICK_SECONDS):
            ticks += 1
            hand.tick()
            if ticks % _DUTIES_EVERY_TICKS == 0:
                hand.look_at_duties()
            if ticks % _CLEAN_EVERY_TICKS == 0:
                clean(services)
            if ticks % _AUDIT_EVERY_TICKS == 0:
                audit(services)
    services.close()
    log.info("clock_stopped")


class Clock:
    """Looks at the rows and sees that what is due gets done, by the worker or, if nobody hears, by itself."""

    def __init__(
        self, services: Services, pool: ThreadPoolExecutor, *, ring_again_seconds: float = _RING_AGAIN_SECONDS
    ) -> None:
        self._services = services
        self._pool = pool
        self._ring_again_seconds = ring_again_seconds
        self._rung_at: dict[Task, float] = {}
        self._under_way: set[Task] = set()

    def tick(self) -> None:
        """Look once at everything that may be due."""
        try:
            self._step(lambda: timers.fire_due(self._services.database))
            self._step(lambda: routing.run(self._services.database))
            self._step(lambda: outbox.carry_up(self._services.database, fact_handlers(self._services.links)))
            self._step(self._see_to_what_is_due)
        except DatabaseUnavailable as error:
            log.warning("clock_without_database", reason=str(error))

    def look_at_duties(self) -> None:
        """Tell staff whose duty begins soon or has begun, and of duties that change hands."""
        try:
            self._step(lambda: duties.look(self._services.database))
            self._step(lambda: duty_swaps.look(self._services.database))
        except DatabaseUnavailable as error:
            log.warning("clock_without_database", reason=str(error))

    def _step(self, step: Callable[[], object]) -> None:
        """One thing of several: a row that fails it must not keep the others from being done."""
        try:
            step()
        except DatabaseUnavailable:
            raise
        except Exception:  # the edge of every step
            log.exception("tick_failed")

    def _see_to_what_is_due(self) -> None:
        now = time.monotonic()
        lately = {task: at for task, at in self._rung_at.items() if now - at < self._ring_again_seconds}
        self._rung_at = lately
        for task in _due(self._services):
            if task in lately or task in self._under_way:
                continue
            if self._services.doorbell.ring(*task):
                self._rung_at[task] = now
            else:
                self._under_way.add(task)
                self._pool.submit(self._do, *task)

    def _do(self, job: str, subject: str) -> None:
        try:
            do_job(self._services, job, subject)
        finally:
            self._under_way.discard((job, subject))


def _due(services: Services) -> list[Task]:
    with services.database.transaction() as tx:
        deliveries.take_back_unconfirmed(tx)
        waiting = [("take_turns", str(found)) for found in inbox.conversations_waiting(tx, older_than=_TURN_GRACE)]
        unsent = [("deliver", str(found)) for found in deliveries.conversations_with_due(tx)]
        wanted = [("fetch_media", str(found)) for found in attachments.wanted(tx)]
        pages = [("page_staff", "now")] if paging_sending.is_due(tx) else []
    return waiting + unsent + wanted + pages


def audit(services: Services) -> None:
    """Have the auditor look; where it finds nothing, tell the watch outside, whose alarm is that nobody calls."""
    try:
        found = auditor.audit(services.database)
    except DatabaseUnavailable as error:
        log.warning("clock_without_database", reason=str(error))
        return
    except Exception:  # the edge of the audit: whatever fails it must not stop the clock
        log.exception("audit_failed")
        return
    if found or not services.settings.heartbeat_url:
        return
    try:
        httpx.get(services.settings.heartbeat_url, timeout=_HEARTBEAT_TIMEOUT_SECONDS)
    except httpx.HTTPError as error:
        log.warning("heartbeat_not_heard", reason=str(error))


def clean(services: Services) -> None:
    """Forget what nobody needs any more, and make a portion of old cases findable."""
    try:
        with services.database.transaction() as tx:
            guard.forget_old_nonces(tx)
            notices.forget_old(tx)
            once.forget_old(tx)
        with services.database.transaction() as tx:
            search.catch_up(tx)
    except DatabaseUnavailable as error:
        log.warning("clock_without_database", reason=str(error))
    except Exception:  # the edge of cleaning: whatever fails it must not stop the clock
        log.exception("clean_failed")
