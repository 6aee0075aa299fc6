"""The staff interface under /api/v1: what the document says of it, how it says no, and its parts."""

import json
from http import HTTPStatus
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.info import Info
from flask_openapi3.models.security_scheme import SecurityScheme
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, Field, ValidationError

from console import refusals
from core.errors import NotFound, Refused

INFO = Info(
    title="Nongwen staff interface",
    version="1",
    description="What the pages of the console do, for programs. Bearer tokens come from `POST /api/v1/tokens` or from "
    "the page “访问令牌”. Commands take the header `Idempotency-Key`: the same key given again changes nothing, and is refused with "
    "`idempotency_key_reused` when it comes with something else.",
)
SECURITY: dict[str, SecurityScheme | dict[str, Any]] = {"bearer": {"type": "http", "scheme": "bearer"}}

_FORBIDDEN = frozenset({"wrong_person"})
_CONFLICTS = frozenset(
    {
        "wrong_state", "lost_it", "over_capacity", "one_live_question", "idempotency_key_reused", "already_accepted",
        "username_taken", "farmer_wrote", "still_open",
        "swap_is_gone", "swap_is_open",
    }
)  # fmt: skip


class Problem(BaseModel):
    """Why not: `rule` names the rule for programs, `message` is the sentence for people."""

    rule: str = Field(examples=["wrong_state"])
    message: str = Field(examples=["工单现在是“处理中”，不能“接单”。"])


def status_of(refusal: Refused) -> int:
    """The HTTP status of a refusal."""
    if isinstance(refusal, NotFound):
        return 404
    if refusal.rule in _FORBIDDEN:
        return 403
    return 409 if refusal.rule in _CONFLICTS else 422


def not_valid(error: ValidationError) -> Response:
    """What was sent has not the form that the document describes."""
    refusals.note_rule("not_valid")
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    body = json.dumps({"rule": "not_valid", "message": f"{field}: {first['msg']}"}, ensure_ascii=False)
    return Response(body, status=422, mimetype="application/json")


def interface(name: str, tag: str, about: str, *, needs_token: bool = True) -> APIBlueprint:
    """A part of the interface. Everything but asking for a token needs one."""
    problems: dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None] = {
        str(status): Problem for status in (400, 401, 403, 404, 409, 422, 429)
    }
    return APIBlueprint(
        name,
        __name__,
        url_prefix="/api/v1",
        abp_tags=[Tag(name=tag, description=about)],
        abp_security=[{"bearer": []}] if needs_token else [],
        abp_responses=problems,
    )
