"""Who is on duty when, for programs."""

from datetime import timedelta
from uuid import UUID

from flask import Response, jsonify

from console import current
from console.api import interface
from console.api_models import DutyOut, GapOut, Person, Roster, RosterQuery, SwapOut
from core import clock, people
from core.people import Staff
from core.secrets import hide_phones
from handoff import routing
from registry import roster, swaps

pages = interface("api_roster", "roster", "Who is on duty when, and when nobody is")


@pages.get(
    "/roster",
    responses={"200": Roster},
    summary="Duties from now on, the times when no expert is there, and the duties that somebody would like to swap",
)
def show(query: RosterQuery) -> Response:
    start = clock.now()
    end = start + timedelta(days=query.days)
    with current.services().database.transaction() as tx:
        staff = {one.id: one for one in people.everyone(tx)}
        takers = {one.staff_id for one in routing.taking_cases(tx)}
        found = Roster(
            start=start,
            end=end,
            duties=[
                DutyOut(
                    person=_person(staff, duty.staff_id),
                    start=duty.start,
                    end=duty.end,
                    why=duty.why,
                    takes_cases=duty.staff_id in takers,
                )
                for duty in roster.duties(tx, start, end)
            ],
            gaps=[GapOut(start=gap.start, end=gap.end) for gap in roster.gaps(tx, start, end, among=takers)],
            swaps=[
                SwapOut(
                    id=one.id,
                    person=_person(staff, one.staff_id),
                    start=one.start,
                    end=one.end,
                    note=hide_phones(one.note),
                )
                for one in swaps.open_now(tx)
            ],
        )
    return jsonify(found.model_dump(mode="json"))


def _person(staff: dict[UUID, Staff], staff_id: UUID) -> Person:
    one = staff[staff_id]
    return Person(id=one.id, username=one.username, name=one.name)
