"""Who else has the page of a case open: a line above what was said, so that two people do not answer one farmer."""

from dataclasses import dataclass
from uuid import UUID

from flask import request

from console import current
from core import people
from core.presence import Doing


@dataclass(frozen=True)
class Colleague:
    """Somebody at the same case, by name."""

    name: str
    is_writing: bool


def beside_me(case_id: UUID) -> list[Colleague]:
    """Say that I am at this case and learn who else is, those who write first.

    Asks Redis: to be called outside of transactions, for cases that I have been let into. What it gives holds no
    times, so that a page changes only when somebody comes or goes.
    """
    doing = Doing.WRITING if request.args.get("writing") == "1" else Doing.LOOKING
    others = current.services().presence.sign(case_id, current.me().id, doing)
    if not others:
        return []
    with current.services().database.transaction() as tx:
        names = {one.id: one.name for one in people.everyone(tx)}
    found = [Colleague(names[one.staff_id], one.doing is Doing.WRITING) for one in others if one.staff_id in names]
    return sorted(found, key=lambda one: (not one.is_writing, one.name))
