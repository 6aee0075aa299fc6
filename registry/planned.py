"""What was planned and can still be undone: single duties, absences, and the last day of a rule."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.database import Transaction
from core.errors import NotFound, Refused
from registry.roster import BY_SWAP
from registry.tables import absences, duty_rules, single_duties


@dataclass(frozen=True)
class Planned:
    """A single duty or an absence, from `start` until before `end`; `reason` is empty for duties."""

    id: UUID
    staff_id: UUID
    start: datetime
    end: datetime
    reason: str = ""


def single_duties_ahead(tx: Transaction) -> list[Planned]:
    """The single duties that are not over, the soonest first; those got by a swap are not a plan to undo."""
    rows = tx.execute(
        sa.select(single_duties)
        .where(single_duties.c.end_at > clock.now(), single_duties.c.why == "single")
        .order_by(single_duties.c.start_at)
    )
    return [Planned(row.id, row.staff_id, row.start_at, row.end_at) for row in rows]


def drop_single(tx: Transaction, duty_id: UUID) -> None:
    """Undo a single duty. One that is gone already stays so."""
    tx.execute(single_duties.delete().where(single_duties.c.id == duty_id, single_duties.c.why == "single"))


def absences_ahead(tx: Transaction) -> list[Planned]:
    """The absences that are not over, the soonest first, without those that a swap brought."""
    rows = tx.execute(
        sa.select(absences).where(absences.c.end_at > clock.now(), ~BY_SWAP).order_by(absences.c.start_at)
    )
    return [Planned(row.id, row.staff_id, row.start_at, row.end_at, row.reason) for row in rows]


def end_rule(tx: Transaction, rule_id: UUID, last_day: date | None) -> None:
    """Let a rule hold for the last time on a day; None lets it go on. Raises Refused for a day before its first."""
    row = tx.execute(sa.select(duty_rules.c.first_day).where(duty_rules.c.id == rule_id)).one_or_none()
    if row is None:
        raise NotFound("没有这个固定值班，可能已经删掉了。")
    if last_day is not None and last_day < row.first_day:
        raise Refused("rule_ends_before_it_begins", "结束的日子在开始之前；不要这个值班了，请按删除。")
    tx.execute(duty_rules.update().where(duty_rules.c.id == rule_id).values(last_day=last_day))
