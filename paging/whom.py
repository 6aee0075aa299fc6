"""Who may be told: coordinators and administrators, and who of them and of the experts is on duty."""

from datetime import datetime, timedelta
from uuid import UUID

from core import people
from core.database import Transaction
from core.people import Role
from registry import roster

_LOOK_AHEAD = timedelta(days=14)
_NOBODY_KNOWS = timedelta(hours=1)


def coordinators(tx: Transaction) -> list[UUID]:
    return _with(tx, Role.COORDINATOR)


def desk(tx: Transaction, at: datetime) -> list[UUID]:
    """The coordinators on duty; all of them where none is."""
    everybody, present = coordinators(tx), on_duty(tx, at)
    return [one for one in everybody if one in present] or everybody


def alarmed(tx: Transaction) -> list[UUID]:
    """Who hears of an incident, at any hour: every coordinator and administrator."""
    return _with(tx, Role.COORDINATOR, Role.ADMIN)


def is_here(tx: Transaction, staff_id: UUID) -> bool:
    """Whether this person still works here."""
    return people.member(tx, staff_id).active


def may_open_cases(tx: Transaction, staff_id: UUID) -> bool:
    """Whether a link to a case would let this person in; an administrator may only know of it."""
    return people.member(tx, staff_id).has(Role.EXPERT, Role.COORDINATOR)


def on_duty(tx: Transaction, at: datetime) -> frozenset[UUID]:
    """Who is on duty. Coordinators and administrators without a plan are taken to be there in office hours, as experts are."""
    return roster.on_duty(tx, at, also=alarmed(tx))


def duties(tx: Transaction, start: datetime, end: datetime) -> list[roster.Duty]:
    """The duties of everybody between two moments, as `on_duty` sees them."""
    return roster.duties(tx, start, end, also=alarmed(tx))


def next_duty(tx: Transaction, staff_id: UUID, at: datetime) -> datetime:
    """When this person is on duty again; an hour from now, to look again, for somebody who has no duty in sight."""
    ahead = duties(tx, at, at + _LOOK_AHEAD)
    return next((duty.start for duty in ahead if duty.staff_id == staff_id), at + _NOBODY_KNOWS)


def _with(tx: Transaction, *roles: Role) -> list[UUID]:
    return [staff.id for staff in people.everyone(tx) if staff.active and staff.has(*roles)]
