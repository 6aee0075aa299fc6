"""Cases, for programs."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, jsonify, url_for

from console import case_offer, case_view, current, once, words
from console.api import interface
from console.api_models import (
    CaseCommandPath,
    CaseDetail,
    CaseEvent,
    CaseList,
    CaseOrder,
    CaseOut,
    CasePath,
    CaseQuery,
    Facts,
    Farmer,
    FileOut,
    KeyHeader,
    Offer,
    Person,
    Quota,
    Said,
)
from console.case_commands import Order, carry_out, find
from console.case_view import Line, Media, View
from core import people
from core.database import Transaction
from core.people import Staff
from handoff import cases, relations
from handoff.cases import Case
from handoff.states import COMMAND_NAMES, OUTCOMES, STATE_NAMES, Command

pages = interface("api_cases", "cases", "Questions, dispatched needs and incidents in the hands of people")


@pages.get(
    "/cases",
    responses={"200": CaseList},
    summary="List cases, the most urgent first, what ended last and the latest of it first",
)
def listing(query: CaseQuery) -> Response:
    mine = current.me().id if query.mine else None
    with current.services().database.transaction() as tx:
        states = set(query.state) or None
        found = cases.queue(tx, states, owner_id=mine, most=query.limit, page=query.page)
        staff = {one.id: one for one in people.everyone(tx)}
        numbers = _numbers_around(tx, found)
        listed = [summary(case, staff, numbers) for case in found]
        total = cases.count(tx, states, owner_id=mine)
        return jsonify(CaseList(cases=listed, total=total, page=query.page, limit=query.limit).model_dump(mode="json"))


@pages.get("/cases/<string:id>", responses={"200": CaseDetail}, summary="One case with everything that belongs to it")
def show(path: CasePath) -> Response:
    with current.services().database.transaction() as tx:
        return jsonify(_detail(tx, find(tx, path.id, current.me())))


@pages.post(
    "/cases/<string:id>/<string:command>",
    responses={"200": CaseDetail},
    summary="Give a command to a case",
    description="Refused with 409 when the state has changed or another expert was quicker. `farmer_wrote` (409) and "
    "`banned_pesticide` (422) ask once: send the same again with the rule among `confirmed`.",
)
def do(path: CaseCommandPath, header: KeyHeader, body: CaseOrder) -> Response:
    with current.services().database.transaction() as tx:
        case = find(tx, path.id, current.me())
        after = carry_out(tx, case, _order(path.command, body), once.command_key(header.idempotency_key, path.command))
        answer = _detail(tx, after)
    current.ring()
    return jsonify(answer)


def _order(command: Command, body: CaseOrder) -> Order:
    return Order(
        command=command,
        text=body.text or (body.note if command is Command.NOTE else ""),
        reason=body.reason or body.note or ("" if body.outcome in OUTCOMES else body.outcome),
        outcome=body.outcome if body.outcome in OUTCOMES else "",
        to=body.to,
        until=body.until if body.until is None or body.until.tzinfo else body.until.replace(tzinfo=words.CHINA),
        into=body.into,
        object=body.object,
        urgency=body.urgency,
        topic=body.topic,
        place=body.place,
        entries=tuple(body.entries),
        files=tuple(body.files),
        expected_epoch=body.expected_epoch,
        seen=body.seen,
        confirmed=frozenset(body.confirmed),
    )


def _numbers_around(tx: Transaction, found: list[Case]) -> dict[UUID, str]:
    """The numbers of the cases that these name."""
    around = {other for case in found for other in (case.merged_into, case.follow_up_of, case.split_of) if other}
    return cases.numbers(tx, around) if around else {}


def summary(case: Case, staff: Mapping[UUID, Staff], numbers: Mapping[UUID, str]) -> CaseOut:
    """A case in a list. `numbers`: those of the cases that it names."""
    case = case_view.masked(case)
    return CaseOut(
        id=case.id,
        number=case.number,
        kind=case.kind,
        kind_name=words.KIND_NAMES[case.kind],
        state=case.state,
        state_name=STATE_NAMES[case.state],
        urgency=case.urgency,
        level=case.level,
        owner=_person(staff, case.owner_id),
        epoch=case.epoch,
        version=case.version,
        object=case.object,
        topic=case.topic,
        problem=case.problem,
        place_code=case.place_code,
        place=words.place(case.place_code),
        question=case.question,
        reason=case.reason,
        reason_name=words.why(case.reason),
        opened_at=case.opened_at,
        due_at=case.due_at,
        resolve_by=case.resolve_by,
        overdue=case.overdue_at is not None,
        desk_at=case.desk_at,
        lease_until=case.lease_until,
        return_to=_person(staff, case.return_to),
        last_farmer_at=case.last_farmer_at,
        first_answered_at=case.first_answered_at,
        ended_at=case.ended_at,
        snoozed_until=case.snoozed_until,
        outcome=case.outcome,
        outcome_name=words.outcome(case.outcome),
        disputes=case.disputes,
        rating=case.rating,
        merged_into=_number(numbers, case.merged_into),
        follow_up_of=_number(numbers, case.follow_up_of),
        split_of=_number(numbers, case.split_of),
    )


def _number(numbers: Mapping[UUID, str], case_id: UUID | None) -> str:
    return numbers.get(case_id, "") if case_id else ""


def _person(staff: Mapping[UUID, Staff], staff_id: UUID | None) -> Person | None:
    found = staff.get(staff_id) if staff_id else None
    return None if found is None else Person(id=found.id, username=found.username, name=found.name)


def _detail(tx: Transaction, case: Case) -> dict[str, object]:
    view = case_view.look(tx, case, current.me())
    staff = {one.id: one for one in people.everyone(tx)}
    asked = cases.participants(tx, case.id)
    around = relations.of(tx, case)
    short = summary(case, staff, _numbers_around(tx, [case]))
    return CaseDetail(
        **short.model_dump(),
        farmer=Farmer(called=view.called, following=view.follows, phone_masked=view.phone_masked),
        facts=Facts(
            object=case.object,
            topic=case.topic,
            problem=case.problem,
            place=words.place(case.place_code),
            understood=dict(view.case.understood),
        ),
        thread=[said(line) for line in view.lines],
        media=[file_out(media) for media in view.media],
        events=_events(view),
        quota=Quota(remaining=view.allowance.remaining, until=view.allowance.until),
        commands=sorted(view.allowed),
        need=view.need_number,
        offer=_offer(view),
        participants=[
            Person(id=one.id, username=one.username, name=one.name) for one in staff.values() if one.id in asked
        ],
        followed_up_by=[other.number for other in around.followed_by],
        split_off=[other.number for other in around.split_off],
    ).model_dump(mode="json")


def _offer(view: View) -> Offer | None:
    found = case_offer.of(view.case, view.events)
    return None if found is None else Offer(why=found.why, by=found.by, until=found.until)


def _events(view: View) -> list[CaseEvent]:
    return [
        CaseEvent(
            seq=event.seq,
            at=event.at,
            command=event.command,
            command_name=COMMAND_NAMES[Command(event.command)],
            actor=words.actor(event.actor_name),
            from_state=event.from_state,
            to_state=event.to_state,
            payload={key: words.hide_in(value) for key, value in event.payload.items()},
        )
        for event in view.events
    ]


def said(line: Line) -> Said:
    return Said(
        seq=line.seq,
        at=line.at,
        said_by=line.said_by,
        author=line.author,
        text=line.text,
        files=[file_out(media) for media in line.media],
        delivery=line.delivery,
        delivery_name=words.DELIVERY_NAMES.get(line.delivery, ""),
    )


def file_out(media: Media) -> FileOut:
    url = url_for("api_files.show", id=media.id)
    return FileOut(id=media.id, kind=media.kind, mime=media.mime, bytes=media.bytes, url=url)
