"""Taking no more cases for a while, and taking them again."""

from uuid import UUID

from core.database import Transaction
from core.errors import Refused
from registry import experts


def pause(tx: Transaction, staff_id: UUID, *, paused: bool) -> str:
    """Pause an expert or end the pause; what was done, in words. Raises Refused for somebody who is no expert.

    Whoever ends a pause has waiting cases looked at again (`routing.look_again`), as after every change that brings somebody.
    """
    if experts.of(tx, staff_id) is None:
        raise Refused("not_an_expert", "还没有登记为专家，不接工单。")
    experts.pause(tx, staff_id, paused=paused)
    return "已暂停接单：不再派新工单，手上的照常办。" if paused else "已恢复接单。"
