"""Passing a case on at the end of a shift: to an expert, or back to the queue."""

from uuid import UUID

from core import clock
from core.database import Transaction
from handoff import cases as reading
from handoff.cases import Case
from handoff.machine import apply, was_done
from handoff.orders import Actor, Said
from handoff.states import Command, State
from registry import experts, roster

# What can be passed on: what is offered comes back by itself within minutes, what is answered waits for its farmer.
MOVABLE = frozenset({State.QUEUED, State.ACTIVE, State.WAITING_FARMER, State.SNOOZED})


def pass_on(
    tx: Transaction, case_id: UUID, actor: Actor, *, to: UUID | None, reason: str, expected_epoch: int, key: str
) -> Case:
    """Offer a case to an expert, or put it back into the queue (`to` is None), and return it as it is then.

    What its owner, who is on duty, does not get rid of comes back to them: a transfer. Where the owner has left it
    must not come back to nobody, so it goes through the queue to the expert. The same `key` again changes nothing.
    Raises Refused, naming the rule, and NotFound.
    """
    if was_done(tx, case_id, key):
        return reading.get(tx, case_id)
    said = Said(to=to, reason=reason)
    if to is None:
        return apply(tx, case_id, Command.RELEASE, actor, said, expected_epoch=expected_epoch, idem_key=key)
    experts.locked(tx, to)  # before the case, as everywhere: two who pass cases on must not wait for each other
    case = reading.get(tx, case_id)
    if case.state is State.QUEUED:
        return apply(tx, case_id, Command.OFFER, actor, said, expected_epoch=expected_epoch, idem_key=key)
    if case.owner_id == to or case.owner_id in roster.on_duty(tx, clock.now()):
        return apply(tx, case_id, Command.TRANSFER, actor, said, expected_epoch=expected_epoch, idem_key=key)
    free = apply(
        tx,
        case_id,
        Command.RELEASE,
        actor,
        Said(reason=reason),
        expected_epoch=expected_epoch,
        idem_key=f"{key}:release",
    )
    return apply(tx, case_id, Command.OFFER, actor, said, expected_epoch=free.epoch, idem_key=key)
