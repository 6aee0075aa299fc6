"""One line in the log for every no that a member of staff hears: who, where, and which rule."""

from flask import g, request

from console import current
from core.errors import Refused
from core.logs import logger

log = logger()


def note(refusal: Refused) -> None:
    """For a page that answers a refusal itself; what rises to the edge is noted there."""
    note_rule(refusal.rule)


def note_rule(rule: str) -> None:
    """The same for a no that has only a name, such as that of a closed door."""
    staff = g.get("staff") or current.known()
    log.info("console_refused", staff_id=str(staff.id) if staff else "", endpoint=request.endpoint, rule=rule)
