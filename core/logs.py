"""Logs: a constant event name and its ids, one line each; never words, openids, names, phones or tokens."""

import logging
import sys

import structlog


def set_up(*, process: str, as_json: bool, level: int = logging.INFO) -> None:
    """Send every log line of this process from `level` on to stdout, with the name of the process on it."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(levelname)s %(name)s %(message)s")


def logger() -> structlog.typing.FilteringBoundLogger:
    """The log of whoever asks."""
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return log
