"""绑定12345678: a member of staff shows which openid is theirs, so that they can be told through the official account."""

import re

from conversations import phrases
from conversations.outcomes import Outcome
from core.database import Transaction
from paging import contacts

_SAID = re.compile(r"\s*绑定\s*(\d{8})\s*")


def take(tx: Transaction, openid: str, heard: str) -> Outcome | None:
    """Take the openid on for whoever was shown this code in the console; None for words about anything else."""
    said = _SAID.fullmatch(heard)
    if said is None:
        return None
    outcome = Outcome("menu")
    outcome.say(phrases.BOUND if contacts.confirm_by_message(tx, openid, said.group(1)) else phrases.NOT_BOUND)
    return outcome
