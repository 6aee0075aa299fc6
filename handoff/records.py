"""What is written beside the row of a case: its number, its log, what was said, its facts."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock, outbox
from core.database import Transaction
from handoff import cases as reading
from handoff import search
from handoff.cases import Case
from handoff.orders import Actor, Said
from handoff.states import Command, Who
from handoff.tables import case_counters, case_entries, case_events, case_participants

CHINA = ZoneInfo("Asia/Shanghai")


def next_number(tx: Transaction, at: datetime) -> str:
    day = at.astimezone(CHINA).date()
    last = tx.execute(
        pg_insert(case_counters)
        .values(day=day, last=1)
        .on_conflict_do_update(index_elements=["day"], set_={"last": case_counters.c.last + 1})
        .returning(case_counters.c.last)
    ).scalar_one()
    return f"ZJ-{day:%Y%m%d}-{last:04d}"


def write_event(
    tx: Transaction,
    before: Case,
    after: Case,
    command: Command,
    actor: Actor,
    who: Who,
    said: Said,
    idem_key: str | None,
) -> None:
    payload = {
        name: str(value)
        for name, value in (
            ("reason", said.reason), ("outcome", said.outcome), ("to", said.to), ("until", said.until), ("into", said.into),
            ("rating", said.rating),
        )
        if value
    }  # fmt: skip
    payload |= {name: str(value) for name, value in said.known.named().items()}
    tx.execute(
        case_events.insert().values(
            case_id=after.id,
            seq=after.version,
            at=clock.now(),
            command=command,
            who=who,
            actor_id=actor.id,
            actor_name=actor.name,
            from_state="" if command is Command.OPEN else before.state,
            to_state=after.state,
            owner_id=after.owner_id,
            level=after.level,
            epoch=after.epoch,
            payload=payload,
            idem_key=idem_key,
        )
    )


_SPOKEN = {
    Command.ASK_FARMER: "expert",
    Command.ANSWER: "expert",
    Command.NOTE: "note",
    Command.FARMER_REPLIES: "farmer",
    Command.ADD: "farmer",
    Command.DISPUTE: "farmer",
    Command.REOPEN: "farmer",
    Command.CONSULT: "note",
}


def write_said(tx: Transaction, case: Case, command: Command, actor: Actor, said: Said) -> int | None:
    said_by = _SPOKEN.get(command)
    if said_by is None or (said_by == "farmer") is not (actor.who is Who.FARMER) or not (said.text or said.files):
        return None
    return write_entry(tx, case, actor, said, said_by=said_by)


def write_entry(tx: Transaction, case: Case, actor: Actor, said: Said, *, said_by: str) -> int:
    seq = _next_seq(tx, case)
    tx.execute(
        pg_insert(case_entries)
        .values(
            case_id=case.id,
            seq=seq,
            at=clock.now(),
            said_by=said_by,
            author_id=actor.id,
            author_name=actor.name,
            kind=said.kind,
            text=said.text,
            files=list(said.files),
            message_id=said.message_id,
        )
        .on_conflict_do_nothing()
    )
    search.note(tx, case, said.text)
    return seq


def copy_entries(tx: Transaction, from_case: Case, into: Case, entries: tuple[int, ...]) -> None:
    """What a farmer said in one case, said in another as well: those of the `entries` that are his."""
    rows = tx.execute(
        sa.select(case_entries).where(case_entries.c.case_id == from_case.id).order_by(case_entries.c.seq)
    )
    for row in rows.all():
        if row.seq in entries and row.said_by == "farmer":
            _copy(tx, into, row)


def split_by(tx: Transaction, idem_key: str) -> UUID:
    """The case that was made by the split with this key."""
    event = tx.execute(sa.select(case_events.c.payload).where(case_events.c.idem_key == idem_key)).one()
    return UUID(event.payload["into"])


def ask_colleague(tx: Transaction, case: Case, actor: Actor, said: Said) -> None:
    """Let a colleague see the case among those that they were asked about."""
    tx.execute(
        pg_insert(case_participants)
        .values(case_id=case.id, staff_id=said.to, asked_by=actor.id, asked_at=clock.now())
        .on_conflict_do_update(
            index_elements=["case_id", "staff_id"], set_={"asked_by": actor.id, "asked_at": clock.now()}
        )
    )


def move_entries(tx: Transaction, merged: Case) -> None:
    assert merged.merged_into is not None
    into = reading.get(tx, merged.merged_into)
    rows = tx.execute(sa.select(case_entries).where(case_entries.c.case_id == merged.id).order_by(case_entries.c.seq))
    for row in rows.all():
        _copy(tx, into, row)


def _copy(tx: Transaction, into: Case, entry: sa.Row[Any]) -> None:
    """The same words, said by the same person at the same time, in another case."""
    known = {**entry._mapping, "case_id": into.id, "seq": _next_seq(tx, into)}
    tx.execute(pg_insert(case_entries).values(known).on_conflict_do_nothing())
    search.note(tx, into, entry.text)


def _next_seq(tx: Transaction, case: Case) -> int:
    last = tx.execute(sa.select(sa.func.max(case_entries.c.seq)).where(case_entries.c.case_id == case.id)).scalar_one()
    return (last or 0) + 1


FACTS = {
    Command.CLAIM: "case_accepted",
    Command.DECLINE: "case_declined",
    Command.OFFER_EXPIRES: "case_offer_expired",
    Command.FARMER_REPLIES: "case_farmer_wrote",
    Command.ADD: "case_farmer_wrote",
    Command.NOTE: "case_noted",
    Command.CONSULT: "case_consulted",
    Command.SNOOZE: "case_snoozed",
    Command.RATE: "case_rated",
    Command.AMEND: "case_amended",
    Command.SPLIT: "case_split",
    Command.ACCEPT: "case_accepted",
    Command.OFFER: "case_offered",
    Command.TRANSFER: "case_offered",
    Command.ASK_FARMER: "case_asked",
    Command.ANSWER: "case_answered",
    Command.DISPUTE: "case_disputed",
    Command.CONFIRM: "case_confirmed",
    Command.RESOLVE: "case_resolved",
    Command.CANCEL: "case_cancelled",
    Command.MERGE: "case_merged",
    Command.REOPEN: "case_reopened",
    Command.ESCALATE: "case_escalated",
    Command.RELEASE: "case_released",
}


def write_facts(
    tx: Transaction, before: Case, after: Case, command: Command, actor: Actor, said: Said, seq: int | None
) -> None:
    """What others hear of a command. `from`: whose case it was, where that has changed; `goes_up`: it is of a higher level."""
    by = "staff" if actor.id is not None else str(actor.who)
    topics = [FACTS[command]] if command in FACTS else []
    if command is Command.DISPUTE and after.owner_id is None:
        topics.append(FACTS[Command.ESCALATE])
    for topic in topics:
        ids = {"entry": seq, "version": after.version, "by": by, "staff_id": actor.id}
        ids |= {"from": before.owner_id} if before.owner_id != after.owner_id else {}
        ids |= {"goes_up": 1} if after.level > before.level else {}
        if said.to is not None or said.into is not None:
            ids |= {"to": said.to, "into": said.into}
        outbox.write(tx, topic, case_id=after.id, **{name: value for name, value in ids.items() if value is not None})
