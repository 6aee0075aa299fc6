"""Asking for a bearer token with name and password, and who a token belongs to."""

from flask import Response, jsonify

from console import current
from console.api import interface
from console.api_models import KeyHeader, Me, Token, TokenOrder
from core import people
from core.errors import Refused
from core.logs import logger
from handoff import cases
from registry import experts

log = logger()

pages = interface("api_tokens", "tokens", "Bearer tokens", needs_token=False)
about_me = interface("api_me", "me", "The caller")


@pages.post("/tokens", responses={"200": Token}, summary="A bearer token for name and password; throttled")
def issue(header: KeyHeader, body: TokenOrder) -> Response:
    try:
        with current.services().database.transaction() as tx:
            staff = people.log_in(tx, body.username.strip(), body.password)
            token = people.issue_token(tx, staff.id, label=body.label[:40] or "api", key=header.idempotency_key or None)
    except Refused as refusal:
        log.info("login_refused", rule=refusal.rule)
        response = jsonify(rule=refusal.rule, message=refusal.words)
        response.status_code = 401
        return response
    return jsonify(token=token)


@about_me.get("/me", responses={"200": Me}, summary="Who this token belongs to")
def show() -> Response:
    staff = current.me()
    with current.services().database.transaction() as tx:
        expert, held = experts.of(tx, staff.id), cases.load(tx, staff.id)
    return jsonify(
        Me(
            id=staff.id,
            username=staff.username,
            name=staff.name,
            unit=staff.unit,
            speciality=staff.speciality,
            roles=sorted(staff.roles),
            capacity=expert.capacity if expert else None,
            load=held,
        ).model_dump(mode="json")
    )
