"""One need with everything that belongs to it, as the page and the interface show it. Phones are masked here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from console import case_view, words
from console.case_view import Line, Media
from conversations import deliveries
from core import people
from core.database import Transaction
from core.people import Farmer
from core.secrets import hide_phones
from handoff import cases
from handoff.cases import Case
from needs import filed, review
from needs.filed import Event, Need
from needs.statuses import Command, Status


@dataclass(frozen=True)
class View:
    """One need for a coordinator."""

    need: Need
    farmer: Farmer
    media: tuple[Media, ...]
    phone_masked: str
    events: tuple[Event, ...]
    told: tuple[Line, ...]
    allowed: frozenset[Command]
    similar: tuple[Need, ...]
    case: Case | None
    case_owner: str
    merged_into: str
    consent: tuple[str, ...]


def look(tx: Transaction, need: Need) -> View:
    """Gather what belongs to a need."""
    farmer = people.farmer(tx, need.farmer_id)
    case = cases.get(tx, need.case_id) if need.case_id else None
    media = case_view.media_of(tx, list(need.files))
    return View(
        need=masked(need),
        farmer=farmer,
        media=tuple(media[file_id] for file_id in need.files if file_id in media),
        phone_masked=case_view.masked_phone(
            filed.encrypted_phone(tx, need.id) or people.encrypted_phone(tx, farmer.id)
        ),
        events=tuple(filed.events(tx, need.id)),
        told=tuple(_told(tx, need)),
        allowed=review.allowed(need),
        similar=tuple(filed.like(tx, need)),
        case=case,
        case_owner=people.member(tx, case.owner_id).signature if case and case.owner_id else "",
        merged_into=filed.get(tx, need.merged_into).number if need.merged_into else "",
        consent=tuple(_consent(need.consent)),
    )


def _told(tx: Transaction, need: Need) -> list[Line]:
    return [
        Line(one.at, "bot", "服务", hide_phones(one.content), delivery=case_view.delivery_of([one]))
        for one in deliveries.of_need(tx, need.id)
        if one.content
    ]


def _consent(consent: Mapping[str, Any]) -> list[str]:
    scopes = consent.get("scopes")
    return [words.CONSENT_NAMES.get(str(scope), str(scope)) for scope in scopes] if isinstance(scopes, list) else []


def masked(need: Need) -> Need:
    """The need without the numbers that farmers write into their words."""
    return replace(
        need,
        problem=hide_phones(need.problem),
        scale=hide_phones(need.scale),
        place_said=hide_phones(need.place_said),
        said=tuple(hide_phones(text) for text in need.said),
        question=hide_phones(need.question),
        outcome=hide_phones(need.outcome),
    )


def is_overdue(need: Need) -> bool:
    """Whether a coordinator should have looked by now: the deadline is for the review only."""
    return need.status is Status.SUBMITTED and words.is_past(need.due_at)
