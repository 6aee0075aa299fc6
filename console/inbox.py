"""The expert's inbox: what waits for anybody, and what is mine."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from console import case_view, current
from console.case_view import Media
from core.database import Transaction
from core.people import Role
from handoff import cases
from handoff.cases import Case
from handoff.states import Kind, State
from registry import experts

pages = Blueprint("inbox", __name__)

MINE = {State.OFFERED, State.ACTIVE, State.WAITING_FARMER, State.SNOOZED, State.ANSWERED}
# What needs me now comes first.
_ORDER = (State.OFFERED, State.ACTIVE, State.WAITING_FARMER, State.SNOOZED, State.ANSWERED)


@dataclass(frozen=True)
class Card:
    """A case in a list. `key` makes taking it twice from the same card one claim."""

    case: Case
    photo: Media | None
    photos: int
    voices: int

    @property
    def key(self) -> str:
        return f"card:{self.case.id}:{self.case.version}"


@pages.get("/inbox")
def queue() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return render_template("inbox.html", cards=waiting(tx), offered=offered(tx, current.me().id))


@pages.get("/mine")
def mine() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        staff = current.me()
        profile = experts.of(tx, staff.id) if staff.has(Role.EXPERT) else None
        return render_template(
            "mine.html", groups=in_hand(tx, staff.id), paused=profile.paused if profile else None, back="mine"
        )


def waiting(tx: Transaction) -> list[Card]:
    """The queue: incidents on top, then by urgency and deadline."""
    queued = cases.queue(tx, {State.QUEUED})
    return as_cards(tx, sorted(queued, key=lambda case: case.kind is not Kind.INCIDENT))


def offered(tx: Transaction, staff_id: UUID) -> list[Card]:
    """What has been offered to me and waits for yes or no."""
    return as_cards(tx, cases.queue(tx, {State.OFFERED}, owner_id=staff_id))


def in_hand(tx: Transaction, staff_id: UUID) -> list[tuple[State, list[Card]]]:
    """My cases by state, what needs me now first."""
    cards = as_cards(tx, cases.queue(tx, MINE, owner_id=staff_id))
    return [(state, found) for state in _ORDER if (found := [card for card in cards if card.case.state is state])]


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
