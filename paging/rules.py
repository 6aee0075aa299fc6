"""How somebody wants to be told: a chain of steps for ordinary and another for important notices (reference: handoff §1, G7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from core.database import Transaction
from core.errors import Refused
from paging.channels import Channel
from paging.tables import paging_rules

# The waits that the page offers, in minutes after the notice was made.
WAITS = (0, 5, 10, 30)


class Chain(StrEnum):
    """How much a notice matters, and so by which chain it is sent."""

    ORDINARY = "ordinary"
    IMPORTANT = "important"


CHAIN_NAMES = {Chain.ORDINARY: "一般通知", Chain.IMPORTANT: "重要通知"}


@dataclass(frozen=True)
class Step:
    """Send by this channel so long after the notice was made."""

    channel: Channel
    wait: timedelta


def steps(tx: Transaction, staff_id: UUID, chain: Chain, confirmed: Sequence[Channel]) -> list[Step]:
    """What is to be done for a notice besides showing it in the console: only channels that are `confirmed`.

    Who has set nothing is told by every confirmed channel at once.
    """
    own = of(tx, staff_id, chain)
    if own is None:
        return [Step(channel, timedelta()) for channel in confirmed]
    return [Step(channel, own[channel]) for channel in confirmed if channel in own]


def of(tx: Transaction, staff_id: UUID, chain: Chain) -> Mapping[Channel, timedelta] | None:
    """What somebody has set for a chain: channels and waits, the console always among them; None for nothing yet."""
    rows = tx.execute(
        sa.select(paging_rules)
        .where(paging_rules.c.staff_id == staff_id, paging_rules.c.chain == chain)
        .order_by(paging_rules.c.position)
    ).all()
    return {Channel(row.channel): timedelta(minutes=row.wait_minutes) for row in rows} or None


def set_chain(tx: Transaction, staff_id: UUID, chain: Chain, waits: Mapping[Channel, int]) -> None:
    """Set a chain: minutes to wait by channel; a channel that is left out is not used.

    The console is always the first step, which also keeps "nothing but the console" apart from "nothing set".
    Raises Refused for a wait that is not among WAITS.
    """
    if set(waits.values()) - set(WAITS):
        raise Refused("paging_wait", "请从列表里选择等待时间。")
    tx.execute(paging_rules.delete().where(paging_rules.c.staff_id == staff_id, paging_rules.c.chain == chain))
    chosen = {channel: minutes for channel, minutes in waits.items() if channel is not Channel.CONSOLE}
    ordered = [(Channel.CONSOLE, 0), *sorted(chosen.items(), key=lambda step: (step[1], step[0]))]
    rows = [
        {"staff_id": staff_id, "chain": chain, "position": at, "channel": channel, "wait_minutes": minutes}
        for at, (channel, minutes) in enumerate(ordered)
    ]
    tx.execute(paging_rules.insert(), rows)
