"""Whether a notice is still worth sending, asked at the last moment before it is sent."""

from core.database import Transaction
from paging import notices, reasons, whom
from paging.notices import Notice


def is_wanted(tx: Transaction, notice: Notice) -> bool:
    """Whether it is still open and whom it is for still works here; what has lost its reason unnoticed is settled."""
    if not notice.is_open or not whom.is_here(tx, notice.staff_id):
        return False
    if not reasons.stands(tx, notice):
        notices.settle(tx, [notice])
        return False
    return True
