"""One case with everything that belongs to it, as the page and the interface show it. Phones are masked here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import url_for

from console import current, words
from conversations import deliveries, inbox, quota
from conversations.deliveries import Sent
from conversations.quota import Allowance
from core import clock, people, reveals, sounds
from core import files as stored
from core.database import Transaction
from core.files import StoredFile
from core.people import Staff
from core.reveals import Reveal
from core.secrets import hide_phones, mask_phone
from handoff import cases, machine
from handoff.cases import Case, Entry, Event
from handoff.orders import Actor
from handoff.states import Command, Kind, State
from needs import filed
from registry import experts

_SOON = timedelta(minutes=5)
# The worst of the parts of an answer is what matters.
_WORST_FIRST = ("unsendable", "withdrawn", "held", "sending", "sent")


@dataclass(frozen=True)
class Media:
    """A photo, a recording or a film beside what was said."""

    id: UUID
    kind: str
    mime: str
    bytes: int

    @property
    def is_playable(self) -> bool:
        """Whether it can be played here; of WeChat's own recordings AMR can be made playable, SILK and Speex cannot."""
        return self.mime in sounds.READABLE

    @property
    def playable_url(self) -> str:
        return url_for("files.playable", file_id=self.id)

    @property
    def url(self) -> str:
        return url_for("files.show", file_id=self.id)

    @property
    def small_url(self) -> str:
        return url_for("files.small", file_id=self.id)


@dataclass(frozen=True)
class Line:
    """Something said, by whomever. `delivery` says how it is with the farmer: a key of DELIVERY_NAMES, or empty."""

    at: datetime
    said_by: str
    author: str
    text: str
    media: tuple[Media, ...] = ()
    seq: int | None = None
    delivery: str = ""


@dataclass(frozen=True)
class Tried:
    """What the farmer asked before, and what came of it."""

    asked: str
    outcome: str
    article: str


@dataclass(frozen=True)
class View:
    """One case for one member of staff."""

    case: Case
    lines: tuple[Line, ...]
    events: tuple[Event, ...]
    reveals: tuple[Reveal, ...]
    allowance: Allowance
    allowed: frozenset[Command]
    owner: Staff | None
    names: Mapping[UUID, str]
    called: str
    follows: bool
    phone_masked: str
    may_see_phone: bool
    need_number: str
    merged_into: str
    tried: tuple[Tried, ...]
    is_mine: bool

    @property
    def seen(self) -> int:
        """The last thing the farmer said, as far as this page knows."""
        return last_from_farmer(self.lines)

    @property
    def media(self) -> list[Media]:
        return [media for line in self.lines for media in line.media]


def masked(case: Case) -> Case:
    """The case without the numbers that farmers write into their words."""
    understood = {name: words.hide_in(value) for name, value in case.understood.items()}
    return replace(case, question=hide_phones(case.question), problem=hide_phones(case.problem), understood=understood)


def last_from_farmer(lines: Iterable[Line]) -> int:
    return max((line.seq for line in lines if line.said_by == "farmer" and line.seq is not None), default=0)


def look(tx: Transaction, case: Case, staff: Staff) -> View:
    """Gather what belongs to a case."""
    case = masked(case)
    everyone = people.everyone(tx)
    farmer = people.farmer(tx, case.farmer_id)
    need = filed.get(tx, case.need_id) if case.need_id else None
    return View(
        case=case,
        lines=tuple(thread(tx, case)),
        events=tuple(cases.events(tx, case.id)),
        reveals=tuple(reveals.of_case(tx, case.id)),
        allowance=quota.left(tx, case.conversation_id),
        allowed=_allowed(tx, case, staff),
        owner=next((one for one in everyone if one.id == case.owner_id), None),
        names={one.id: one.name for one in everyone},
        called=hide_phones(farmer.called),
        follows=farmer.following,
        phone_masked=masked_phone(
            people.encrypted_phone(tx, farmer.id) or (filed.encrypted_phone(tx, need.id) if need else None)
        ),
        may_see_phone=may_see_phone(case, staff),
        need_number=need.number if need else "",
        merged_into=cases.get(tx, case.merged_into).number if case.merged_into else "",
        tried=_tried(case.understood),
        is_mine=case.owner_id == staff.id,
    )


def may_become_article(case: Case, said: Iterable[Line | Entry]) -> bool:
    """Whether a case holds an answer worth keeping; incidents keep to what is needed."""
    return case.kind is not Kind.INCIDENT and any(one.said_by == "expert" and one.text for one in said)


def _allowed(tx: Transaction, case: Case, staff: Staff) -> frozenset[Command]:
    """What this person may do now; nobody is shown a way to take a case that would be refused."""
    allowed = machine.allowed(case, Actor.staff(staff))
    may_claim = experts.of(tx, staff.id) is not None and is_claimable(case, staff)
    return allowed if may_claim else allowed - {Command.CLAIM}


def is_claimable(case: Case, staff: Staff) -> bool:
    """Whether it may be taken without having been offered: what is passed on may not, and one's own offer is accepted."""
    return case.state is not State.OFFERED or (case.return_to is None and case.owner_id != staff.id)


def may_see_phone(case: Case, staff: Staff) -> bool:
    """A phone number is for the expert who has accepted the case, and for coordinators (reference: domain §5.2)."""
    if not case.is_live:
        return False
    return staff.has(people.Role.COORDINATOR) or (case.owner_id == staff.id and case.state not in {"offered", "queued"})


def phone(encrypted: bytes | None) -> str:
    """The number in full; empty when there is none or it cannot be read."""
    if encrypted is None:
        return ""
    try:
        return current.services().secrets.decrypt(encrypted)
    except ValueError:
        return ""


def masked_phone(encrypted: bytes | None) -> str:
    return "" if encrypted is None else mask_phone(phone(encrypted))


def thread(tx: Transaction, case: Case) -> list[Line]:
    """Everything said in a case, oldest first: the farmer, the people, and what the service said on their behalf."""
    entries = cases.entries(tx, case.id)
    sent = deliveries.of_case(tx, case.id)
    media = media_of(tx, [file_id for entry in entries for file_id in entry.files])
    arrived: dict[int, list[Sent]] = {}
    for one in sent:
        if one.entry is not None:
            arrived.setdefault(one.entry, []).append(one)
    lines = [
        Line(
            at=entry.at,
            said_by=entry.said_by,
            author=words.actor(entry.author_name),
            text=hide_phones(entry.text),
            media=tuple(media[file_id] for file_id in entry.files if file_id in media),
            seq=entry.seq,
            delivery=_delivery_of(entry, arrived.get(entry.seq, [])),
        )
        for entry in entries
    ]
    lines += [_spoken(one) for one in sent if one.entry is None and one.content]
    return sorted(lines, key=lambda line: line.at)


def _spoken(one: Sent) -> Line:
    return Line(one.at, "bot", "机器人", hide_phones(one.content), delivery=delivery_of([one]))


def _delivery_of(entry: Entry, parts: list[Sent]) -> str:
    """How it is with what an expert said. A moment ago it may not be promised yet; what came by a merge never was."""
    if entry.said_by != "expert" or (not parts and clock.now() - entry.at > _SOON):
        return ""
    return delivery_of(parts)


def delivery_of(parts: list[Sent]) -> str:
    """How it is with all parts of what was said: the worst of them."""
    states = {"sending" if one.state in {"pending", "sending", "offered"} else one.state for one in parts}
    return next((state for state in _WORST_FIRST if state in states), "sending")


def media_of(tx: Transaction, file_ids: list[UUID]) -> dict[UUID, Media]:
    return {file.id: as_media(file) for file in stored.several(tx, file_ids)}


def as_media(file: StoredFile) -> Media:
    return Media(file.id, file.kind, file.mime, file.bytes)


def _tried(understood: Mapping[str, Any]) -> tuple[Tried, ...]:
    rows = understood.get("tried") or []
    return tuple(
        Tried(
            str(row.get("asked") or ""),
            words.OUTCOME_OF_TURN.get(str(row.get("outcome")), str(row.get("outcome") or "")),
            str(row.get("article") or ""),
        )
        for row in rows
        if isinstance(row, dict)
    )


def earlier(tx: Transaction, case: Case, lines: Iterable[Line]) -> list[Line]:
    """What farmer and bot said to each other lately, besides the lines of the case.

    Nothing for incidents: those keep to what is needed.
    """
    if case.kind is Kind.INCIDENT:
        return []
    in_case = {line.text for line in lines if line.said_by == "farmer"}
    said = [
        Line(message.received_at, "farmer", "农户", hide_phones(message.text))
        for message in inbox.lately(tx, case.conversation_id)
        if message.text and message.kind == "text" and hide_phones(message.text) not in in_case
    ]
    told = [
        Line(one.at, "bot", "机器人", hide_phones(one.content))
        for one in deliveries.of_conversation(tx, case.conversation_id, most=30)
        if one.content and one.case_id is None and one.need_id is None
    ]
    return sorted([*said, *told], key=lambda line: line.at)[-30:]
