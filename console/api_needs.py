"""Needs, for programs."""

from flask import Response, jsonify

from console import api_cases, current, need_view, once, words
from console.api import interface
from console.api_models import (
    Farmer,
    KeyHeader,
    NeedCommandPath,
    NeedDetail,
    NeedEvent,
    NeedList,
    NeedOrder,
    NeedOut,
    NeedPath,
    NeedQuery,
)
from console.need_commands import Order, carry_out
from core.database import Transaction
from core.secrets import hide_phones
from needs import filed
from needs.filed import Need
from needs.statuses import COMMAND_NAMES, LIVE, Command

pages = interface("api_needs", "needs", "What farmers have filed, from review to the end")


@pages.get(
    "/needs", responses={"200": NeedList}, summary="List needs, the one to be looked at soonest first, what ended last"
)
def listing(query: NeedQuery) -> Response:
    with current.services().database.transaction() as tx:
        found = filed.listed(tx, set(query.status) or None, most=query.limit, page=query.page)
        counts = filed.counts(tx)
    return jsonify(
        NeedList(
            needs=[summary(need) for need in found],
            counts={str(status): count for status, count in counts.items()},
            total=sum(counts[status] for status in set(query.status) or LIVE),
            page=query.page,
            limit=query.limit,
        ).model_dump(mode="json")
    )


@pages.get(
    "/needs/<string:number>", responses={"200": NeedDetail}, summary="One need with everything that belongs to it"
)
def show(path: NeedPath) -> Response:
    with current.services().database.transaction() as tx:
        return jsonify(_detail(tx, filed.numbered(tx, path.number)))


@pages.post(
    "/needs/<string:number>/<string:command>", responses={"200": NeedDetail}, summary="Give a command to a need"
)
def do(path: NeedCommandPath, header: KeyHeader, body: NeedOrder) -> Response:
    order = Order(path.command, text=body.text or body.reason or body.note, into=body.into, to=body.to)
    with current.services().database.transaction() as tx:
        need = filed.numbered(tx, path.number)
        after = carry_out(tx, need, order, once.command_key(header.idempotency_key, path.command))
        answer = _detail(tx, after)
    current.ring()
    return jsonify(answer)


def summary(need: Need) -> NeedOut:
    """A need in a list."""
    need = need_view.masked(need)
    return NeedOut(
        id=need.id,
        number=need.number,
        status=need.status,
        status_name=need.status_name,
        title=need.title,
        channel=need.channel,
        demand_kind=need.demand_kind,
        service_type=need.service_type,
        industry=need.industry,
        object=need.object,
        problem=need.problem,
        scale=need.scale,
        urgency=need.urgency,
        visit=need.visit,
        place_code=need.place_code,
        place=words.place(need.place_code),
        place_said=need.place_said,
        filed_at=need.filed_at,
        due_at=need.due_at,
        overdue=need_view.is_overdue(need),
        ended_at=need.ended_at,
        outcome=need.outcome,
        question=need.question,
    )


def _detail(tx: Transaction, need: Need) -> dict[str, object]:
    view = need_view.look(tx, need)
    return NeedDetail(
        **summary(need).model_dump(),
        said=list(view.need.said),
        files=[api_cases.file_out(media) for media in view.media],
        farmer=Farmer(called=view.farmer.called, following=view.farmer.following, phone_masked=view.phone_masked),
        consent=dict(need.consent),
        case=view.case.number if view.case else "",
        merged_into=view.merged_into,
        similar=[other.number for other in view.similar],
        messages=[api_cases.said(line) for line in view.told],
        events=[
            NeedEvent(
                seq=event.seq,
                at=event.at,
                command=event.command,
                command_name=COMMAND_NAMES[Command(event.command)],
                actor=event.actor_name,
                from_status=event.from_status,
                to_status=event.to_status,
                text=hide_phones(event.text),
            )
            for event in view.events
        ],
        commands=sorted(view.allowed),
    ).model_dump(mode="json")
