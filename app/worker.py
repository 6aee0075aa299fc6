"""The worker: answers the doorbell. One process, several threads, stops cleanly on SIGTERM."""

import signal
import threading

import dramatiq
from dramatiq import Worker

from app.doorbell import ACTOR, QUEUE, RedisDoorbell, make_broker
from app.wiring import build, do_job
from core.logs import logger
from core.settings import Settings

log = logger()

THREADS = 8
_PATIENCE_SECONDS = 5.0


def run(settings: Settings) -> None:
    """Work until told to stop."""
    broker = make_broker(settings.redis_url, patience=_PATIENCE_SECONDS)
    dramatiq.set_broker(broker)
    services = build(settings, RedisDoorbell(settings.redis_url))

    def run_job(job: str, subject: str) -> None:
        do_job(services, job, subject)

    dramatiq.actor(actor_name=ACTOR, queue_name=QUEUE, broker=broker)(run_job)
    worker = Worker(broker, worker_threads=THREADS, worker_timeout=200)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    worker.start()
    log.info("worker_started", threads=THREADS)
    stop.wait()
    worker.stop(timeout=10_000)
    services.close()
    log.info("worker_stopped")
