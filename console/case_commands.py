"""Commands to a case, the same for the pages and for the interface: from what was written to the case machine."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from console import current
from console.current import as_uuid
from core import clock, people, places
from core import files as stored
from core.database import Transaction
from core.errors import Refused
from core.files import StoredFile
from core.people import Role, Staff
from handoff import cases, machine
from handoff.cases import Case
from handoff.orders import NOTHING_KNOWN, Actor, Known, Said
from handoff.states import HEARD, Command, Urgency
from knowledge import safety
from knowledge.topics import TOPICS
from registry import experts, roster

# What staff may do; the rest happens by itself or is the farmer's.
COMMANDS = (
    Command.CLAIM, Command.ACCEPT, Command.DECLINE, Command.ANSWER, Command.ASK_FARMER, Command.TRANSFER, Command.ESCALATE,
    Command.RELEASE, Command.SNOOZE, Command.RESOLVE, Command.NOTE, Command.CANCEL, Command.MERGE, Command.REOPEN,
    Command.WAKE, Command.OFFER, Command.CONFIRM, Command.CONSULT, Command.SPLIT,
    Command.AMEND,
)  # fmt: skip
TO_FARMER = frozenset({Command.ANSWER, Command.ASK_FARMER})
MOST_TEXT = 4000
MOST_PHOTOS = 9
MOST_RECORDINGS = 3  # each is a message of its own, and the platform lets us send five


class AskOnce(Refused):
    """Not a no, but a question: say it again with this rule among `confirmed` and it is done."""


@dataclass(frozen=True)
class Order:
    """What somebody wants done to a case. `to` is a username or a staff id, `into` a case number or id.

    `object` and `entries` are of a split: what the new case is about, and what the farmer said that goes along.
    `urgency`, `object`, `topic` and `place` are of an amendment, as they should be; None leaves them.
    `seen` is the last thing the farmer had said when it was written; None does not ask.
    """

    command: Command
    text: str = ""
    reason: str = ""
    outcome: str = ""
    to: str = ""
    until: datetime | None = None
    into: str = ""
    object: str | None = None
    urgency: str | None = None
    topic: str | None = None
    place: str | None = None
    entries: tuple[int, ...] = ()
    files: tuple[UUID, ...] = ()
    expected_epoch: int | None = None
    seen: int | None = None
    confirmed: frozenset[str] = frozenset()


def find(tx: Transaction, case_ref: str, staff: Staff) -> Case:
    """The case with this id or number, for this member of staff; raises NotFound."""
    case_id = as_uuid(case_ref)
    return cases.for_staff(tx, case_id if case_id else cases.numbered(tx, case_ref.strip()).id, staff)


def carry_out(tx: Transaction, case: Case, order: Order, key: str | None) -> Case:
    """Do it, in the name of whoever asks. Raises Refused with the sentence of the rule, AskOnce to be asked again."""
    staff = current.me()
    said = _said(tx, case, order)
    if key is not None and machine.repeats(tx, case.id, key, order.command, said):
        return cases.get(tx, case.id)
    if order.command in TO_FARMER:
        _look_before_sending(tx, machine.held(tx, case.id), order)
    files = _existing(tx, order.files)
    said = replace(said, kind=files[0].kind if files and not said.text else "text")
    if order.command is Command.SPLIT:
        return machine.split(
            tx, case.id, Actor.staff(staff), said, object_=object_named(order.object or ""), expected_epoch=order.expected_epoch, idem_key=key
        )  # fmt: skip
    return machine.apply(
        tx, case.id, order.command, Actor.staff(staff), said, expected_epoch=order.expected_epoch, idem_key=key
    )


def _said(tx: Transaction, case: Case, order: Order) -> Said:
    return Said(
        text=order.text.strip()[:MOST_TEXT],
        files=order.files,
        reason=order.reason.strip()[:500],
        outcome=_outcome(order),
        to=_colleague(tx, order) if order.to else None,
        until=order.until,
        into=find(tx, order.into, current.me()).id if order.into else None,
        entries=order.entries,
        known=_known(case, order) if order.command is Command.AMEND else NOTHING_KNOWN,
    )


def _look_before_sending(tx: Transaction, case: Case, order: Order) -> None:
    """Two things to look at once more before a farmer reads it."""
    if len(order.text) > MOST_TEXT:
        raise Refused("text_too_long", f"一次最多写{MOST_TEXT}个字，请分几次发。")
    if order.seen is not None and "farmer_wrote" not in order.confirmed:
        said = max((entry.seq for entry in cases.entries(tx, case.id) if entry.said_by == "farmer"), default=0)
        if said > order.seen:
            raise AskOnce("farmer_wrote", "您写的时候农户又发来了新内容，请先看一眼再发。")
    if "banned_pesticide" not in order.confirmed:
        warning = banned(order.text, case.object)
        if warning:
            raise AskOnce("banned_pesticide", f"{warning}如果不是建议使用，请确认后再发。")


def banned(text: str, object_: str) -> str:
    """The sentence about the pesticides of a text that may not be used on that crop; empty where there are none."""
    bans = safety.banned_in(text, object_)
    named = "；".join(f"{ban.said}（{ban.pesticide.name}，{ban.pesticide.notice}）" for ban in bans)
    return f"您写到了国家禁限用农药：{named}。" if bans else ""


def _existing(tx: Transaction, file_ids: tuple[UUID, ...]) -> list[StoredFile]:
    found = stored.several(tx, list(file_ids))
    if {file.id for file in found} != set(file_ids):
        raise Refused("no_such_file", "有照片没有传上来，请重新选择。")
    recordings = sum(file.kind == "voice" for file in found)
    if recordings > MOST_RECORDINGS:
        raise Refused("too_many_files", f"一次最多发{MOST_RECORDINGS}段语音，不发的请去掉勾选。")
    if len(found) - recordings > MOST_PHOTOS:
        raise too_many_photos()
    return found


def too_many_photos() -> Refused:
    return Refused("too_many_files", f"一次最多发{MOST_PHOTOS}张照片。")


def object_named(said: str) -> str:
    """A crop or animal by the name that anybody gives it; raises Refused for one nobody knows."""
    if not said.strip():
        return ""
    found = current.services().shelf.names.canonical_object(said.strip())
    if not found:
        raise Refused("unknown_object", f"不认识“{said.strip()[:20]}”，请换个叫法，或者空着。")
    return str(found)


def _outcome(order: Order) -> str:
    """How it ended. Whoever confirms for the farmer has heard it from him; other commands end nothing, or say it themselves."""
    if order.command is Command.CONFIRM:
        return HEARD
    return order.outcome.strip() if order.command is Command.RESOLVE else ""


def _known(case: Case, order: Order) -> Known:
    """What is put right; what is sent as it was shown stays. Raises Refused for a name that nobody knows."""
    if order.urgency is not None and order.urgency not in set(Urgency):
        raise Refused("unknown_urgency", "紧急程度只有特急、急、一般。")
    if order.topic and order.topic not in TOPICS:
        raise Refused("unknown_topic", f"没有“{order.topic[:20]}”这个主题，请从列表里选。")
    return Known(
        urgency=None if order.urgency is None else Urgency(order.urgency),
        object=None
        if order.object in {None, case.object, case.object.replace("|", "、")}
        else object_named(order.object or ""),
        topic=order.topic,
        place_code=None if order.place in {None, places.full_name(case.place_code)} else _place_code(order.place or ""),
    )


def _place_code(said: str) -> str:
    if not said.strip():
        return ""
    place = places.find(said)
    if place is None:
        raise Refused("unknown_place", f"没找到“{said.strip()[:20]}”是哪里，请写县和镇，比如“乳源大桥镇”。")
    return place.code


def _colleague(tx: Transaction, order: Order) -> UUID:
    """Who is meant: an expert who can take the case, or anybody with cases who is only to have a look."""
    if order.command is not Command.CONSULT:
        return staff_id(tx, order.to)
    wanted = as_uuid(order.to)
    for staff in people.everyone(tx):
        if staff.id == wanted or staff.username == order.to.strip():
            return staff.id
    raise Refused("no_such_expert", "没有这位同事。")


def staff_id(tx: Transaction, who: str) -> UUID:
    """An expert by username or id; raises Refused for somebody who takes no cases."""
    wanted = as_uuid(who)
    for staff in people.everyone(tx):
        if (staff.id == wanted or staff.username == who.strip()) and staff.active:
            if not staff.has(Role.EXPERT) or experts.of(tx, staff.id) is None:
                raise Refused("not_an_expert", f"{staff.name}还没有登记为专家，不能接工单。")
            return staff.id
    raise Refused("no_such_expert", "没有这位专家，或者已经停用。")


@dataclass(frozen=True)
class Candidate:
    """An expert who could take a case. `there`: on duty now; `dialects`: what they speak with farmers."""

    staff: Staff
    held: int
    capacity: int
    knows: bool
    there: bool
    dialects: tuple[str, ...] = ()

    @property
    def has_room(self) -> bool:
        return self.held < self.capacity


def candidates(tx: Transaction, object_: str, *, without: UUID | None = None) -> list[Candidate]:
    """Experts for a case about this object: those who have room, are on duty and know it first."""
    known = {expert.staff_id: expert for expert in experts.everyone(tx) if not expert.paused}
    held, there = cases.loads(tx), roster.on_duty(tx, clock.now())
    found = [
        Candidate(
            staff,
            held.get(staff.id, 0),
            known[staff.id].capacity,
            known[staff.id].knows({object_}),
            staff.id in there,
            known[staff.id].dialects,
        )
        for staff in people.everyone(tx)
        if staff.active and staff.has(Role.EXPERT) and staff.id in known and staff.id != without
    ]
    return sorted(
        found, key=lambda one: (not one.has_room, not one.there, not one.knows, one.held / one.capacity, one.staff.name)
    )


def colleagues(tx: Transaction, *, without: UUID | None = None) -> list[Staff]:
    """Whoever can be asked to have a look at a case: everybody with cases, but not whoever asks or has it."""
    return [
        one
        for one in people.everyone(tx)
        if one.active and one.has(Role.EXPERT, Role.COORDINATOR) and one.id not in {without, current.me().id}
    ]
