"""Notice every failure that Rasa logs and swallows, so that half a turn is never acted on."""

import contextlib
import logging
from contextvars import ContextVar
from typing import Iterator, List, Optional

# Rasa only warns when it stops a runaway dialogue or loses a slot extraction: half a turn as well.
WARNINGS_THAT_COUNT = ("rasa.core.processor", "rasa.core.actions.action")

_noticed: ContextVar[Optional[List[str]]] = ContextVar("noticed", default=None)


class TroubleHandler(logging.Handler):
    """Writes down, for the turn under way, that something inside Rasa went wrong."""

    def emit(self, record: logging.LogRecord) -> None:
        noticed = _noticed.get()
        if noticed is None:
            return
        if record.levelno >= logging.ERROR or record.name in WARNINGS_THAT_COUNT:
            noticed.append(
                f"{record.name}: {record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else record.levelname}"
            )


@contextlib.contextmanager
def watched() -> Iterator[List[str]]:
    """Within this block, failures that Rasa logs (and then forgets) are collected in the list."""
    noticed: List[str] = []
    token = _noticed.set(noticed)
    try:
        yield noticed
    finally:
        _noticed.reset(token)


def watch_rasa() -> None:
    """Attach the handler, once, above every logger of Rasa, and let no setting of a level hide anything from it."""
    logger = logging.getLogger("rasa")
    logger.setLevel(logging.WARNING)
    if not any(isinstance(handler, TroubleHandler) for handler in logger.handlers):
        logger.addHandler(TroubleHandler(level=logging.WARNING))
