"""Commands to a need, the same for the pages and for the interface."""

from dataclasses import dataclass

from console import current
from console.case_commands import MOST_TEXT, staff_id
from core.database import Transaction
from needs import review
from needs.filed import Need
from needs.review import Actor, Said
from needs.statuses import Command

COMMANDS = (
    Command.ACCEPT, Command.RETURN, Command.REJECT, Command.MERGE, Command.DISPATCH, Command.CLOSE, Command.NOTE,
    Command.CANCEL,
)  # fmt: skip


@dataclass(frozen=True)
class Order:
    """What a coordinator wants done to a need. `to` is an expert's username or id, `into` the number of a need."""

    command: Command
    text: str = ""
    into: str = ""
    to: str = ""


def carry_out(tx: Transaction, need: Need, order: Order, key: str | None) -> Need:
    """Do it, in the name of whoever asks. Raises Refused with the sentence of the rule."""
    said = Said(
        text=order.text.strip()[:MOST_TEXT],
        into=order.into.strip(),
        to=staff_id(tx, order.to) if order.to and order.command is Command.DISPATCH else None,
    )
    return review.apply(tx, need.id, order.command, Actor.staff(current.me()), said, idem_key=key)
