"""Photos, recordings and films: fetched at once, kept with the question or given to the case they belong to."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from conversations import deliveries, phrases
from conversations.services import Services
from conversations.tables import attachments
from core import clock, files
from core.database import Transaction
from core.errors import PassiveOnly, Refused, TryLater, Unsendable, WindowClosed
from core.logs import logger
from handoff import machine
from handoff.orders import Said
from needs import review

log = logger()

HELD_FOR = timedelta(hours=24)
_MOST_ATTEMPTS = 8
_LONGEST_PAUSE = timedelta(minutes=15)


def fetch(services: Services, attachment_id: UUID) -> None:
    """Fetch one attachment and put it where it belongs. A second fetch of a stored one does nothing.

    The platform deletes media after three days, so this is tried at once and again until it is there.
    """
    with services.database.transaction() as tx:
        row = tx.execute(
            sa.select(attachments).where(attachments.c.id == attachment_id).with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None or row.state != "wanted" or row.next_try_at > clock.now():
            return
        pause = min(timedelta(seconds=5 * 2**row.attempts), _LONGEST_PAUSE)
        tx.execute(
            attachments.update()
            .where(attachments.c.id == attachment_id)
            .values(attempts=row.attempts + 1, next_try_at=clock.now() + pause)
        )
    try:
        content = services.channel.fetch(row.media_id, row.media_url)
    except TryLater:
        if row.attempts + 1 >= _MOST_ATTEMPTS:
            _give_up(services, attachment_id, "out of tries")
        return
    except (Unsendable, PassiveOnly, WindowClosed) as error:
        _give_up(services, attachment_id, type(error).__name__)
        return
    _keep(services, attachment_id, content)


def _keep(services: Services, attachment_id: UUID, content: bytes) -> None:
    try:
        with services.database.transaction() as tx:
            row = tx.execute(sa.select(attachments).where(attachments.c.id == attachment_id).with_for_update()).one()
            if row.state != "wanted":
                return
            file = files.store(tx, services.settings.media_folder, content, kind=row.kind)
            tx.execute(
                attachments.update().where(attachments.c.id == attachment_id).values(state="stored", file_id=file.id)
            )
            if row.case_id is not None:
                _add_to_case(tx, row.case_id, row.kind, (file.id,), "")
            if row.need_id is not None:
                review.add_files(tx, row.need_id, (file.id,))
        log.info("attachment_stored", attachment_id=str(attachment_id), bytes=len(content))
    except Refused as refusal:
        _give_up(services, attachment_id, refusal.rule)


def _give_up(services: Services, attachment_id: UUID, reason: str) -> None:
    with services.database.transaction() as tx:
        row = tx.execute(sa.select(attachments).where(attachments.c.id == attachment_id).with_for_update()).one()
        if row.state != "wanted":
            return
        tx.execute(attachments.update().where(attachments.c.id == attachment_id).values(state="lost"))
        if row.case_id is not None:
            _add_to_case(tx, row.case_id, row.kind, (), phrases.MEDIA_LOST_IN_CASE)
        deliveries.promise(tx, row.conversation_id, phrases.MEDIA_LOST, deliveries.About(case_id=row.case_id))
    log.warning("attachment_lost", attachment_id=str(attachment_id), reason=reason)
    services.doorbell.ring("deliver", str(row.conversation_id))


def _add_to_case(tx: Transaction, case_id: UUID, kind: str, file_ids: tuple[UUID, ...], text: str) -> None:
    """The state of the attachment sees to it that this happens once; its message may be in the case with other words."""
    machine.take_in(tx, case_id, Said(text=text, kind=kind, files=file_ids))


def held_files(tx: Transaction, conversation_id: UUID) -> list[UUID]:
    """The stored photos of the last day that belong to nothing yet, oldest first."""
    rows = tx.execute(
        sa.select(attachments.c.file_id)
        .where(*_unattached(conversation_id), attachments.c.state == "stored")
        .order_by(attachments.c.arrived_at)
    )
    return [row.file_id for row in rows]


def has_held(tx: Transaction, conversation_id: UUID) -> bool:
    """Whether photos wait for the question they belong to."""
    return tx.execute(sa.select(sa.exists().where(*_unattached(conversation_id)))).scalar_one()


def give_to_case(tx: Transaction, conversation_id: UUID, case_id: UUID) -> None:
    """What was held belongs to this case from now on, also what is still being fetched."""
    tx.execute(attachments.update().where(*_unattached(conversation_id)).values(case_id=case_id))


def give_to_need(tx: Transaction, conversation_id: UUID, need_id: UUID) -> None:
    """What was held belongs to this need from now on."""
    tx.execute(attachments.update().where(*_unattached(conversation_id)).values(need_id=need_id))


def destine(tx: Transaction, attachment_id: UUID, case_id: UUID) -> None:
    """This attachment belongs to a case; if it is here already it goes there now, else when it is fetched."""
    row = tx.execute(sa.select(attachments).where(attachments.c.id == attachment_id).with_for_update()).one()
    if row.case_id is not None:
        return
    tx.execute(attachments.update().where(attachments.c.id == attachment_id).values(case_id=case_id))
    if row.state == "stored":
        _add_to_case(tx, case_id, row.kind, (row.file_id,), "")


def of_message(tx: Transaction, message_id: UUID) -> sa.Row[tuple[object, ...]] | None:
    return tx.execute(sa.select(attachments).where(attachments.c.message_id == message_id)).one_or_none()


def wanted(tx: Transaction, *, most: int = 100) -> list[UUID]:
    """Attachments that should have been fetched by now."""
    rows = tx.execute(
        sa.select(attachments.c.id)
        .where(attachments.c.state == "wanted", attachments.c.next_try_at <= clock.now())
        .order_by(attachments.c.next_try_at)
        .limit(most)
    )
    return [row.id for row in rows]


def of_messages(tx: Transaction, message_ids: list[UUID]) -> dict[UUID, UUID]:
    """The stored files of messages, by message."""
    if not message_ids:
        return {}
    rows = tx.execute(
        sa.select(attachments.c.message_id, attachments.c.file_id).where(
            attachments.c.message_id.in_(message_ids), attachments.c.state == "stored"
        )
    )
    return {row.message_id: row.file_id for row in rows}


def forget_held(tx: Transaction, conversation_id: UUID) -> None:
    """Photos that belong to nothing are forgotten: their rows end as lost, the files go with the next clean-up."""
    tx.execute(attachments.update().where(*_unattached(conversation_id)).values(state="lost", file_id=None))


def _unattached(conversation_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        attachments.c.conversation_id == conversation_id,
        attachments.c.case_id.is_(None),
        attachments.c.need_id.is_(None),
        attachments.c.state != "lost",
        attachments.c.arrived_at > clock.now() - HELD_FOR,
    )
