"""Sending what was promised, one message at a time and in order. May run twice, late or after a crash.

Each message is claimed with a lease before it is sent and marked after; a crash between the two sends it again,
since a repeated expert answer is better than none.
"""

from datetime import timedelta
from uuid import UUID

from conversations import deliveries, talk, turns
from conversations.deliveries import Delivery
from conversations.services import Services
from core import files, flags
from core.database import Transaction
from core.errors import PassiveOnly, TryLater, Unsendable, WindowClosed
from core.logs import logger

log = logger()

_PASSIVE_ONLY_FOR = timedelta(hours=1)
# One message in this time asks the platform whether the account still may only answer.
_ASKED_AGAIN_FLAG = "wechat_passive_only_asked_again"
_ASK_AGAIN_AFTER = timedelta(seconds=10)


def deliver(services: Services, conversation_id: UUID) -> int:
    """Send what is due to one farmer; the number sent."""
    sent = 0
    while (delivery := _claim(services, conversation_id)) is not None:
        if not _send(services, delivery):
            break
        sent += 1
    return sent


def _claim(services: Services, conversation_id: UUID) -> Delivery | None:
    with services.database.transaction() as tx:
        if services.settings.wechat_passive_only or not _may_try(tx):
            deliveries.hold_due(tx, conversation_id, "passive only")
            return None
        if not talk.get(tx, conversation_id).farmer.following:
            deliveries.withdraw_unsent(tx, conversation_id)
            return None
        return deliveries.claim_next(tx, conversation_id)


def _may_try(tx: Transaction) -> bool:
    """Whether a message may be tried: always, or now and then after the platform said that the account has no right."""
    if not flags.is_raised(tx, turns.PASSIVE_ONLY_FLAG):
        return True
    if flags.is_raised(tx, _ASKED_AGAIN_FLAG):
        return False
    flags.raise_flag(tx, _ASKED_AGAIN_FLAG, _ASK_AGAIN_AFTER)
    return True


def _send(services: Services, delivery: Delivery) -> bool:
    """Send one; False when the rest must wait."""
    with services.database.transaction() as tx:
        openid = talk.get(tx, delivery.conversation_id).farmer.openid
        file = files.get(tx, delivery.file_id) if delivery.file_id else None
    try:
        if file is None:
            services.channel.send_text(openid, delivery.content)
        else:
            content = (services.settings.media_folder / file.name).read_bytes()
            send = services.channel.send_image if delivery.kind == "image" else services.channel.send_voice
            send(openid, content, file.mime)
    except TryLater as error:
        _note(services, delivery, "later", str(error))
        return False
    except WindowClosed as error:
        _note(services, delivery, "held", str(error))
        return False
    except PassiveOnly as error:
        with services.database.transaction() as tx:
            flags.raise_flag(tx, turns.PASSIVE_ONLY_FLAG, _PASSIVE_ONLY_FOR)
            flags.raise_flag(tx, _ASKED_AGAIN_FLAG, _ASK_AGAIN_AFTER)
        _note(services, delivery, "held", str(error))
        return False
    except (Unsendable, OSError) as error:
        _note(services, delivery, "unsendable", str(error))
        return True
    with services.database.transaction() as tx:
        flags.lower_flag(tx, turns.PASSIVE_ONLY_FLAG)
        deliveries.sent(tx, delivery)
    log.info("delivered", delivery_id=str(delivery.id), attempts=delivery.attempts)
    return True


def _note(services: Services, delivery: Delivery, what: str, error: str) -> None:
    with services.database.transaction() as tx:
        match what:
            case "later":
                deliveries.try_later(tx, delivery, error)
            case "held":
                deliveries.hold(tx, delivery, error)
            case _:
                deliveries.unsendable(tx, delivery, error)
    log.warning("not_delivered", delivery_id=str(delivery.id), what=what, reason=error, attempts=delivery.attempts)
