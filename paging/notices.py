"""Notices: what one member of staff is told, once for each cause, and the sends that it leads to.

The notice is the truth: the console shows it, and a send only points to it. Whoever has seen it, or whose help is not
needed any more, is not sent it again.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock
from core.database import Transaction
from core.errors import NotFound
from handoff.states import RANK, Urgency
from handoff.tables import cases
from paging import contacts, rules
from paging.channels import Channel
from paging.rules import Chain, Step
from paging.tables import notice_sends, notices

_KEPT = timedelta(days=90)
_OPEN = (notices.c.seen_at.is_(None), notices.c.settled_at.is_(None))


@dataclass(frozen=True)
class News:
    """What somebody is to be told. `cause` makes it one notice a person, however often it is told.

    `any_hour`: sent to people who are not on duty as well. `every_channel`: whatever the rules of the person say.
    `epoch` of the case: set when it is only of interest while the case stays in the same hands.
    `path` is what the link leads to, within the console.
    """

    cause: str
    topic: str
    importance: Chain
    title: str
    text: str
    path: str
    any_hour: bool = False
    every_channel: bool = False
    case_id: UUID | None = None
    need_id: UUID | None = None
    epoch: int | None = None


@dataclass(frozen=True)
class Notice:
    """What somebody has been told. `settled_at`: since when its reason is gone."""

    id: UUID
    staff_id: UUID
    topic: str
    case_id: UUID | None
    need_id: UUID | None
    epoch: int | None
    importance: Chain
    any_hour: bool
    title: str
    text: str
    path: str
    made_at: datetime
    seen_at: datetime | None
    settled_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.seen_at is None and self.settled_at is None


@dataclass(frozen=True)
class Send:
    """A line of the log of what was sent. `result`: waiting, sent, dropped (not needed any more) or failed."""

    title: str
    channel: Channel
    due_at: datetime
    sent_at: datetime | None
    result: str


def tell(tx: Transaction, staff_id: UUID, news: News) -> bool:
    """Write a notice and plan how it is sent; False, and nothing, when this person has been told already."""
    at = clock.now()
    made = tx.execute(
        pg_insert(notices)
        .values(
            id=uuid4(), staff_id=staff_id, cause=news.cause, topic=news.topic, case_id=news.case_id, need_id=news.need_id,
            epoch=news.epoch, importance=news.importance, any_hour=news.any_hour, title=news.title, text=news.text,
            path=news.path, made_at=at,
        )
        .on_conflict_do_nothing(index_elements=["staff_id", "cause"])
        .returning(notices.c.id)
    ).one_or_none()  # fmt: skip
    if made is None:
        return False
    plan(tx, made.id, Channel.CONSOLE, 1, at, sent_at=at)
    for step in _steps(tx, staff_id, news):
        plan(tx, made.id, step.channel, 1, at + step.wait)
    return True


def _steps(tx: Transaction, staff_id: UUID, news: News) -> list[Step]:
    confirmed = [contact.channel for contact in contacts.of(tx, staff_id)]
    if news.every_channel:
        return [Step(channel, timedelta()) for channel in confirmed]
    return rules.steps(tx, staff_id, news.importance, confirmed)


def plan(
    tx: Transaction,
    notice_id: UUID,
    channel: Channel,
    attempt: int,
    due_at: datetime,
    *,
    sent_at: datetime | None = None,
) -> None:
    """Plan the nth send of a notice by a channel; one that is planned already stays as it is."""
    result = "waiting" if sent_at is None else "sent"
    tx.execute(
        pg_insert(notice_sends)
        .values(notice_id=notice_id, channel=channel, attempt=attempt, due_at=due_at, sent_at=sent_at, result=result)
        .on_conflict_do_nothing()
    )


# --- reading


def from_row(row: sa.Row[tuple[object, ...]]) -> Notice:
    """A notice from a row of its table."""
    return Notice(
        row.id, row.staff_id, row.topic, row.case_id, row.need_id, row.epoch, Chain(row.importance), row.any_hour,
        row.title, row.text, row.path, row.made_at, row.seen_at, row.settled_at,
    )  # fmt: skip


def get(tx: Transaction, notice_id: UUID) -> Notice:
    """The notice with this id; raises NotFound."""
    row = tx.execute(sa.select(notices).where(notices.c.id == notice_id)).one_or_none()
    if row is None:
        raise NotFound("没有这条通知。")
    return from_row(row)


def of(tx: Transaction, staff_id: UUID, *, most: int = 100) -> list[Notice]:
    """Somebody's notices: first those that are open, the important ones on top, the most urgent cases above all,
    then the others; each the latest first.
    """
    is_open, is_important = sa.and_(*_OPEN), notices.c.importance == Chain.IMPORTANT
    rows = tx.execute(
        sa.select(notices)
        .join(cases, cases.c.id == notices.c.case_id, isouter=True)
        .where(notices.c.staff_id == staff_id)
        .order_by(
            is_open.desc(),
            sa.and_(is_open, is_important).desc(),
            sa.case((is_open, sa.func.coalesce(cases.c.rank, RANK[Urgency.NORMAL])), else_=0),
            notices.c.made_at.desc(),
        )
        .limit(most)
    )
    return [from_row(row) for row in rows]


def unseen(tx: Transaction, staff_id: UUID) -> int:
    """How many notices wait to be looked at."""
    return tx.execute(sa.select(sa.func.count()).where(notices.c.staff_id == staff_id, *_OPEN)).scalar_one()


def has_open(tx: Transaction, staff_id: UUID, topic: str, case_id: UUID) -> bool:
    """Whether somebody has been told this of a case and has not looked yet."""
    return tx.execute(
        sa.select(
            sa.exists().where(
                notices.c.staff_id == staff_id, notices.c.topic == topic, notices.c.case_id == case_id, *_OPEN
            )
        )
    ).scalar_one()


def unsettled(tx: Transaction, *, case_id: UUID | None = None, need_id: UUID | None = None) -> list[Notice]:
    """The notices about a case or a need whose reason has not gone yet."""
    about = notices.c.case_id == case_id if case_id is not None else notices.c.need_id == need_id
    rows = tx.execute(sa.select(notices).where(about, notices.c.settled_at.is_(None)))
    return [from_row(row) for row in rows]


def log_of(tx: Transaction, staff_id: UUID, *, most: int = 30) -> list[Send]:
    """What was sent to somebody beside the console, and what came of it, the latest first."""
    rows = tx.execute(
        sa.select(notice_sends, notices.c.title)
        .join(notices, notices.c.id == notice_sends.c.notice_id)
        .where(notices.c.staff_id == staff_id, notice_sends.c.channel != Channel.CONSOLE)
        .order_by(sa.func.coalesce(notice_sends.c.sent_at, notice_sends.c.due_at).desc())
        .limit(most)
    )
    return [Send(row.title, Channel(row.channel), row.due_at, row.sent_at, row.result) for row in rows]


# --- seen and settled


def see(tx: Transaction, staff_id: UUID, notice_id: UUID) -> None:
    """Somebody has looked at this one; at somebody else's nothing happens."""
    _see(tx, staff_id, notices.c.id == notice_id)


def see_all(tx: Transaction, staff_id: UUID, until: datetime) -> None:
    """Somebody has looked at everything that there was at that moment."""
    _see(tx, staff_id, notices.c.made_at <= until)


def see_case(tx: Transaction, staff_id: UUID, case_id: UUID) -> None:
    """Who has opened a case has seen what they were told of it."""
    _see(tx, staff_id, notices.c.case_id == case_id)


def see_need(tx: Transaction, staff_id: UUID, need_id: UUID) -> None:
    """Who has opened a need has seen what they were told of it."""
    _see(tx, staff_id, notices.c.need_id == need_id)


def _see(tx: Transaction, staff_id: UUID, which: sa.ColumnElement[bool]) -> None:
    tx.execute(
        notices.update()
        .where(notices.c.staff_id == staff_id, notices.c.seen_at.is_(None), which)
        .values(seen_at=clock.now())
    )


def settle(tx: Transaction, found: Iterable[Notice]) -> None:
    """The reason for these is gone: nothing more is sent, and they are not counted any more."""
    gone = [notice.id for notice in found]
    if gone:
        tx.execute(notices.update().where(notices.c.id.in_(gone)).values(settled_at=clock.now()))


def settle_all_but(tx: Transaction, topic: str, causes: Collection[str]) -> None:
    """Of one topic, the reason for all but these causes is gone."""
    gone = (notices.c.topic == topic, notices.c.settled_at.is_(None), notices.c.cause.not_in(list(causes)))
    tx.execute(notices.update().where(*gone).values(settled_at=clock.now()))


def forget_old(tx: Transaction) -> None:
    """Nobody needs to know after three months whom the system told what."""
    tx.execute(notices.delete().where(notices.c.made_at < clock.now() - _KEPT))
