"""The expert's inbox: what waits for anybody, and what is mine."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from console import case_offer, case_view, current
from console.case_offer import Offer
from console.case_view import Media
from conversations import quota
from conversations.quota import Allowance
from core import clock, people
from core.database import Transaction
from core.people import Role, Staff
from handoff import cases
from handoff.cases import Case
from handoff.states import Kind, State
from registry import experts

pages = Blueprint("inbox", __name__)

MINE = {State.OFFERED, State.ACTIVE, State.WAITING_FARMER, State.SNOOZED, State.ANSWERED}
# What needs me now comes first.
_ORDER = (State.OFFERED, State.ACTIVE, State.WAITING_FARMER, State.SNOOZED, State.ANSWERED)
CONSULTED = "consulted"
_FEW, _ENDS_SOON = 2, timedelta(hours=6)


@dataclass(frozen=True)
class Card:
    """A case in a list. `key` makes taking it twice from the same card one claim.

    `offer` is there where it is offered to whoever looks, `waits_for` names whom else it is offered to,
    `allowance` is there where WeChat will soon let us send nothing more.
    """

    case: Case
    photo: Media | None
    photos: int
    voices: int
    offer: Offer | None = None
    waits_for: str = ""
    is_claimable: bool = True
    allowance: Allowance | None = None

    @property
    def key(self) -> str:
        return f"card:{self.case.id}:{self.case.version}"


@pages.get("/inbox")
def queue() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return render_template("inbox.html", **takeable(tx, current.me()))


@pages.get("/mine")
def mine() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        staff = current.me()
        profile = experts.of(tx, staff.id) if staff.has(Role.EXPERT) else None
        return render_template(
            "mine.html", groups=in_hand(tx, staff.id), paused=profile.paused if profile else None, back="mine"
        )


def takeable(tx: Transaction, staff: Staff) -> dict[str, list[Card]]:
    """What may be taken: the queue, what is offered to this person, and what is offered to others."""
    under_offer = cases.queue(tx, {State.OFFERED})
    return {
        "cards": waiting(tx),
        "offered": offers(tx, cases.queue(tx, {State.OFFERED}, owner_id=staff.id)),
        "elsewhere": _elsewhere(tx, [case for case in under_offer if case.owner_id != staff.id], staff),
    }


def waiting(tx: Transaction) -> list[Card]:
    """The queue: incidents on top, then by urgency and deadline."""
    queued = cases.queue(tx, {State.QUEUED})
    return as_cards(tx, sorted(queued, key=lambda case: case.kind is not Kind.INCIDENT))


def offers(tx: Transaction, found: list[Case]) -> list[Card]:
    """What has been offered to me and waits for yes or no, each with why and until when."""
    return [
        replace(card, offer=case_offer.of(card.case, cases.events(tx, card.case.id))) for card in as_cards(tx, found)
    ]


def _elsewhere(tx: Transaction, found: list[Case], staff: Staff) -> list[Card]:
    """What has been offered to others; what is not being passed on, anybody may take."""
    names = {one.id: one.name for one in people.everyone(tx)} if found else {}
    return [
        replace(
            card,
            waits_for=names.get(card.case.owner_id, "") if card.case.owner_id else "",
            is_claimable=case_view.is_claimable(card.case, staff),
        )
        for card in as_cards(tx, found)
    ]


def in_hand(tx: Transaction, staff_id: UUID) -> list[tuple[str, list[Card]]]:
    """My cases by state, what needs me now first; last, under CONSULTED, those that a colleague asked me to look at."""
    held = cases.queue(tx, MINE, owner_id=staff_id)
    cards = offers(tx, [case for case in held if case.state is State.OFFERED])
    cards += as_cards(tx, [case for case in held if case.state is not State.OFFERED])
    asked = as_cards(tx, [case for case in cases.consulted(tx, staff_id) if case.owner_id != staff_id])
    groups: list[tuple[str, list[Card]]] = [
        (state, [card for card in cards if card.case.state is state]) for state in _ORDER
    ]
    left = quota.left_in(tx, {case.conversation_id for case in held})
    return [(name, _warned(found, left)) for name, found in [*groups, (CONSULTED, asked)] if found]


def _warned(cards: list[Card], left: Mapping[UUID, Allowance]) -> list[Card]:
    """The cards, each with what may still be sent where that is little; what a colleague has is the colleague's."""
    return [
        replace(card, allowance=found)
        if (found := left.get(card.case.conversation_id)) is not None and is_low(found)
        else card
        for card in cards
    ]


def is_low(allowance: Allowance) -> bool:
    """Whether so little is left that the next message should be the answer (reference: handoff §3.5)."""
    ends_soon = allowance.until is None or allowance.until - clock.now() < _ENDS_SOON
    return allowance.remaining <= _FEW or ends_soon


def as_cards(tx: Transaction, found: list[Case]) -> list[Card]:
    files = cases.files_sent(tx, [case.id for case in found])
    media = case_view.media_of(tx, [file_id for sent in files.values() for file_id in sent])
    cards = []
    for case in found:
        sent = [media[file_id] for file_id in files.get(case.id, []) if file_id in media]
        photos = [one for one in sent if one.kind == "image"]
        voices = sum(one.kind == "voice" for one in sent)
        cards.append(Card(case_view.masked(case), photos[0] if photos else None, len(photos), voices))
    return cards
