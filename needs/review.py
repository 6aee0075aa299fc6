"""The one write path of needs: `file` makes one, `apply` moves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock, outbox, places
from core.database import Transaction
from core.errors import Refused
from core.logs import logger
from core.people import Role, Staff
from handoff import cases, machine, orders
from handoff.states import Command as CaseCommand
from handoff.states import Kind, Urgency
from handoff.states import Who as CaseWho
from needs import filed
from needs.filed import Need
from needs.statuses import COMMAND_NAMES, LIVE, REVIEW_WITHIN, RULES, STATUS_NAMES, Command, Status, Who
from needs.tables import need_counters, need_events, needs

log = logger()
_CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Actor:
    """Who gives a command to a need."""

    who: Who
    name: str
    id: UUID | None = None

    @classmethod
    def staff(cls, staff: Staff) -> "Actor":
        """A coordinator; raises Refused for anybody else."""
        if not staff.has(Role.COORDINATOR):
            raise Refused("wrong_person", "只有协调员可以审核需求。")
        return cls(Who.COORDINATOR, staff.name, staff.id)


FARMER = Actor(Who.FARMER, "农户")


@dataclass(frozen=True)
class Filing:
    """What a farmer files. `place` is as said; `consent` is what the farmer agreed to and when."""

    farmer_id: UUID
    conversation_id: UUID
    message_id: UUID | None
    service_type: str
    demand_kind: str
    problem: str
    place: str
    urgency: str
    object: str = ""
    industry: str = ""
    scale: str = ""
    visit: bool = False
    encrypted_phone: bytes | None = None
    said: tuple[str, ...] = ()
    files: tuple[UUID, ...] = ()
    consent: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """What comes with a command."""

    text: str = ""
    files: tuple[UUID, ...] = ()
    message_id: UUID | None = None
    into: str = ""
    to: UUID | None = None


NOTHING = Said()


def file(tx: Transaction, filing: Filing) -> Need:
    """File a need and give it its number. The same message files one need, however often it is carried out."""
    if filing.message_id is not None:
        row = tx.execute(sa.select(needs).where(needs.c.filed_by_message == filing.message_id)).one_or_none()
        if row is not None:
            return filed.from_row(row)
    at = clock.now()
    place = places.find(filing.place)
    county = place.county if place else places.UNKNOWN_COUNTY
    need_id = uuid4()
    tx.execute(
        needs.insert().values(
            id=need_id,
            number=_next_number(tx, county, at),
            farmer_id=filing.farmer_id,
            conversation_id=filing.conversation_id,
            filed_by_message=filing.message_id,
            status=Status.SUBMITTED,
            version=1,
            demand_kind=filing.demand_kind,
            service_type=filing.service_type,
            industry=filing.industry,
            object=filing.object,
            problem=filing.problem,
            scale=filing.scale,
            urgency=filing.urgency,
            visit=filing.visit,
            place_code=place.code if place else "",
            place_said=filing.place,
            phone=filing.encrypted_phone,
            consent=dict(filing.consent),
            said=list(filing.said),
            files=list(filing.files),
            filed_at=at,
            due_at=at + REVIEW_WITHIN[filing.urgency],
        )
    )
    need = filed.get(tx, need_id)
    _write_event(tx, need, "", Command.FILE, FARMER, NOTHING, None)
    outbox.write(tx, "need_filed", need_id=need.id)
    log.info("need_filed", need_id=str(need.id), urgency=need.urgency)
    return need


def apply(
    tx: Transaction,
    need_id: UUID,
    command: Command,
    actor: Actor,
    said: Said = NOTHING,
    *,
    idem_key: str | None = None,
) -> Need:
    """Move a need by one command and return it as it is then.

    The same `idem_key` given again with the same words changes nothing. Raises Refused, naming the rule, for whatever is
    not allowed, and for a key that did something else.
    """
    need = _lock(tx, need_id, said.into.strip())
    if idem_key is not None and _was_done(tx, need, idem_key, command, said):
        return need
    try:
        _check(need, command, actor, said)
        changes = _changes(tx, need, command, actor, said)
    except Refused as refusal:
        by = str(actor.id or actor.who)
        log.info(
            "need_command_refused", need_id=str(need_id), command=command, rule=refusal.rule, status=need.status, by=by
        )
        raise
    tx.execute(needs.update().where(needs.c.id == need_id).values(**changes))
    after = filed.get(tx, need_id)
    _write_event(tx, after, need.status, command, actor, said, idem_key)
    if command in _FACTS:
        outbox.write(tx, _FACTS[command], need_id=need_id, seq=after.version, by=actor.who)
    log.info("need_moved", need_id=str(need_id), command=command, to_status=after.status)
    return after


def add_files(tx: Transaction, need_id: UUID, files: tuple[UUID, ...]) -> None:
    """Photos that were still on their way when the need was filed: the need has them now, and its case if there is one."""
    need = _lock(tx, need_id, "")
    tx.execute(needs.update().where(needs.c.id == need_id).values(files=[*need.files, *files]))
    if need.case_id is not None:
        machine.take_in(tx, need.case_id, orders.Said(kind="image", files=files))


def allowed(need: Need) -> frozenset[Command]:
    """The commands that the status of a need allows a coordinator now."""
    return frozenset(
        command for command, rule in RULES.items() if need.status in rule.from_statuses and Who.COORDINATOR in rule.who
    )


_FACTS = {
    Command.ACCEPT: "need_accepted",
    Command.RETURN: "need_returned",
    Command.REPLY: "need_replied",
    Command.REJECT: "need_rejected",
    Command.MERGE: "need_merged",
    Command.DISPATCH: "need_dispatched",
    Command.CLOSE: "need_closed",
    Command.CANCEL: "need_cancelled",
}


def _lock(tx: Transaction, need_id: UUID, other: str) -> Need:
    """Lock the need, and the one it is merged into, in the order of their ids so that two merges cannot block each other."""
    query = sa.select(needs.c.id).where(sa.or_(needs.c.id == need_id, needs.c.number == other))
    tx.execute(query.order_by(needs.c.id).with_for_update())
    return filed.get(tx, need_id)


def _was_done(tx: Transaction, need: Need, idem_key: str, command: Command, said: Said) -> bool:
    """Whether this is the repetition of a command; one that only has the same key must not be lost without a word."""
    event = tx.execute(sa.select(need_events).where(need_events.c.idem_key == idem_key)).one_or_none()
    if event is None:
        return False
    if event.need_id != need.id:
        raise Refused("idempotency_key_reused", "这个请求编号已用于别的需求。")
    if event.command != command or event.text != (said.text or said.into) or not _went_alike(tx, need, command, said):
        raise Refused(
            "idempotency_key_reused", "这个请求编号已经用过，内容不一样，这一次没有做。请看一下需求，再发一次。"
        )
    return True


def _went_alike(tx: Transaction, need: Need, command: Command, said: Said) -> bool:
    """Whether it was merged into, or dispatched to, whom it names now."""
    if command is Command.MERGE:
        return need.merged_into is not None and filed.get(tx, need.merged_into).number == said.into.strip()
    if command is Command.DISPATCH and said.to is not None and need.case_id is not None:
        offers = [event for event in cases.events(tx, need.case_id) if event.command == CaseCommand.OFFER]
        return any(event.payload.get("to") == str(said.to) for event in offers)
    return True


def _check(need: Need, command: Command, actor: Actor, said: Said) -> None:
    rule = RULES[command]
    if need.status not in rule.from_statuses:
        raise Refused("wrong_state", f"需求现在是“{STATUS_NAMES[need.status]}”，不能“{COMMAND_NAMES[command]}”。")
    if actor.who not in rule.who:
        raise Refused("wrong_person", f"您不能对这个需求“{COMMAND_NAMES[command]}”。")
    if rule.text_is and not said.text.strip() and not said.files:
        raise Refused("no_text", f"请写{rule.text_is}。")


def _changes(tx: Transaction, need: Need, command: Command, actor: Actor, said: Said) -> dict[str, Any]:
    to_status = RULES[command].to_status or need.status
    changes: dict[str, Any] = {"status": to_status, "version": need.version + 1}
    if command is Command.RESUME:
        changes |= {"ended_at": None, "outcome": ""}
    if to_status not in LIVE:
        changes |= {"ended_at": clock.now(), "outcome": said.text}
    if need.status is Status.RETURNED and to_status is not Status.RETURNED:
        changes["question"] = ""
    match command:
        case Command.RETURN:
            changes["question"] = said.text
        case Command.REPLY:
            changes |= {
                "said": [*need.said, said.text] if said.text else list(need.said),
                "files": [*need.files, *said.files],
            }
        case Command.MERGE:
            changes["merged_into"] = _merge_target(tx, need, said).id
            _end_case(tx, need, actor, said)
        case Command.DISPATCH:
            changes["case_id"] = _open_case(tx, need, actor, said)
        case Command.CANCEL | Command.CLOSE:
            _end_case(tx, need, actor, said)
        case _:
            pass
    return changes


def _merge_target(tx: Transaction, need: Need, said: Said) -> Need:
    target = filed.numbered(tx, said.into.strip())
    if target.id == need.id or not target.is_live:
        raise Refused("merge_target", "只能并到另一个还在办的需求。")
    return target


def _open_case(tx: Transaction, need: Need, actor: Actor, said: Said) -> UUID:
    """Dispatch (派单): only this opens a case for a need, in the same queue as questions."""
    case = machine.open_case(
        tx,
        orders.Opening(
            kind=Kind.NEED,
            conversation_id=need.conversation_id,
            farmer_id=need.farmer_id,
            question=_as_question(need),
            reason="dispatched",
            urgency=Urgency(need.urgency) if need.urgency in set(Urgency) else Urgency.NORMAL,
            object=need.object,
            place_code=need.place_code,
            need_id=need.id,
            files=need.files,
            understood={"need": need.number, "said": list(need.said), "note": said.text},
        ),
        orders.Actor.system("dispatch"),
    )
    if said.to is not None:
        machine.apply(tx, case.id, CaseCommand.OFFER, _at_the_desk(actor), orders.Said(to=said.to))
    return case.id


def _as_question(need: Need) -> str:
    parts = (
        f"需求{need.number}：{need.title}",
        f"地点：{need.place_said}",
        f"规模：{need.scale}" if need.scale else "",
        "希望到现场" if need.visit else "",
        f"要解决：{need.problem}",
    )
    return "\n".join(part for part in parts if part)


def _end_case(tx: Transaction, need: Need, actor: Actor, said: Said) -> None:
    if need.case_id is None or not cases.get(tx, need.case_id).is_live:
        return
    reason = orders.Said(reason=said.text or "需求已结束", outcome="need_ended")
    machine.apply(tx, need.case_id, CaseCommand.CANCEL, _at_the_desk(actor), reason)


def _at_the_desk(actor: Actor) -> orders.Actor:
    """Who gives the command, as somebody who may do so to a case."""
    return orders.Actor(CaseWho.COORDINATOR, actor.name, actor.id, frozenset({Role.COORDINATOR}))


def _next_number(tx: Transaction, county: str, at: datetime) -> str:
    day = at.astimezone(_CHINA).date()
    last = tx.execute(
        pg_insert(need_counters)
        .values(county=county, day=day, last=1)
        .on_conflict_do_update(index_elements=["county", "day"], set_={"last": need_counters.c.last + 1})
        .returning(need_counters.c.last)
    ).scalar_one()
    return f"XQ-{county}-{day:%Y%m%d}-{last:04d}"


def _write_event(
    tx: Transaction, after: Need, from_status: str, command: Command, actor: Actor, said: Said, idem_key: str | None
) -> None:
    tx.execute(
        need_events.insert().values(
            need_id=after.id,
            seq=after.version,
            at=clock.now(),
            command=command,
            actor_id=actor.id,
            actor_name=actor.name,
            from_status=from_status,
            to_status=after.status,
            text=said.text or said.into,
            files=list(said.files),
            message_id=said.message_id,
            idem_key=idem_key,
        )
    )
