"""Where members of staff can be reached. An address counts once its owner has typed in the code that was sent to it."""

import hashlib
import re
import secrets as randomness
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock
from core.database import Transaction
from core.errors import Refused
from paging.channels import Channel
from paging.tables import contact_codes, contacts

CODE_HOLDS = timedelta(minutes=10)
_NEXT_CODE = timedelta(minutes=1)
_MOST_TRIES = 5
_DIGITS = 6
_DIGITS_TO_US = 8  # anybody may send us a guess, and nobody counts them
_SHAPES = {
    Channel.EMAIL: re.compile(r"[^@\s<>,;\"']{1,64}@[A-Za-z0-9.\-]{1,180}\.[A-Za-z]{2,}"),
    Channel.WECOM: re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-@.]{0,63}"),
}


@dataclass(frozen=True)
class Contact:
    """A confirmed address of somebody."""

    channel: Channel
    address: str
    confirmed_at: datetime


def of(tx: Transaction, staff_id: UUID) -> list[Contact]:
    """The confirmed addresses of somebody."""
    rows = tx.execute(sa.select(contacts).where(contacts.c.staff_id == staff_id).order_by(contacts.c.channel))
    return [Contact(Channel(row.channel), row.address, row.confirmed_at) for row in rows]


def address(tx: Transaction, staff_id: UUID, channel: Channel) -> str | None:
    """The confirmed address of somebody at a channel."""
    return tx.execute(
        sa.select(contacts.c.address).where(contacts.c.staff_id == staff_id, contacts.c.channel == channel)
    ).scalar_one_or_none()


def make_code(tx: Transaction, staff_id: UUID, channel: Channel, wanted: str) -> str:
    """A code that proves this address; only its hash is kept. The caller sends it, after the commit.

    At WeChat there is no address yet: the code of eight digits is shown, and sent to us from the one that it is to be.
    Raises Refused for what is no such address, and for another code within a minute.
    """
    wanted = wanted.strip()
    shape = _SHAPES.get(channel)
    if shape is not None and not shape.fullmatch(wanted):
        raise Refused("not_an_address", "这个地址不对，请检查后再填。")
    at = clock.now()
    digits = _DIGITS_TO_US if channel is Channel.WECHAT else _DIGITS
    code = f"{randomness.randbelow(10**digits):0{digits}d}"
    values = {"address": wanted, "sha256": _sha256(code), "made_at": at, "tries": 0}
    made = tx.execute(
        pg_insert(contact_codes)
        .values(staff_id=staff_id, channel=channel, **values)
        .on_conflict_do_update(
            index_elements=["staff_id", "channel"], set_=values, where=contact_codes.c.made_at <= at - _NEXT_CODE
        )
        .returning(contact_codes.c.staff_id)
    ).one_or_none()
    if made is None:
        raise Refused("code_too_soon", "刚发过验证码，请过一分钟再试。")
    return code


def waiting(tx: Transaction, staff_id: UUID) -> dict[Channel, str]:
    """The addresses that wait for their code, by channel."""
    rows = tx.execute(
        sa.select(contact_codes).where(
            contact_codes.c.staff_id == staff_id,
            contact_codes.c.made_at > clock.now() - CODE_HOLDS,
            contact_codes.c.tries < _MOST_TRIES,
        )
    )
    return {Channel(row.channel): row.address for row in rows}


def confirm(tx: Transaction, staff_id: UUID, channel: Channel, code: str) -> bool:
    """Take the address on if the code is right; False, and one try less, if it is not.

    Raises Refused when there is no code to be right any more. The count is kept only if the caller commits.
    """
    row = tx.execute(
        contact_codes.update()
        .where(
            contact_codes.c.staff_id == staff_id,
            contact_codes.c.channel == channel,
            contact_codes.c.made_at > clock.now() - CODE_HOLDS,
            contact_codes.c.tries < _MOST_TRIES,
        )
        .values(tries=contact_codes.c.tries + 1)
        .returning(contact_codes)
    ).one_or_none()
    if row is None:
        raise Refused("code_is_gone", "验证码已过期，或者试的次数太多了，请重新获取。")
    if not randomness.compare_digest(row.sha256, _sha256(code.strip())):
        return False
    _take_on(tx, staff_id, channel, row.address)
    return True


def confirm_by_message(tx: Transaction, openid: str, code: str) -> bool:
    """Somebody sent us this code: theirs is the openid that it came from. False when it is nobody's, or too old."""
    row = tx.execute(
        sa.select(contact_codes)
        .where(
            contact_codes.c.channel == Channel.WECHAT,
            contact_codes.c.sha256 == _sha256(code),
            contact_codes.c.made_at > clock.now() - CODE_HOLDS,
        )
        .with_for_update()
    ).one_or_none()
    if row is None:
        return False
    _take_on(tx, row.staff_id, Channel.WECHAT, openid)
    return True


def _take_on(tx: Transaction, staff_id: UUID, channel: Channel, wanted: str) -> None:
    values = {"address": wanted, "confirmed_at": clock.now()}
    tx.execute(
        pg_insert(contacts)
        .values(staff_id=staff_id, channel=channel, **values)
        .on_conflict_do_update(index_elements=["staff_id", "channel"], set_=values)
    )
    tx.execute(contact_codes.delete().where(contact_codes.c.staff_id == staff_id, contact_codes.c.channel == channel))


def forget(tx: Transaction, staff_id: UUID, channel: Channel) -> None:
    """Use this address no more."""
    for table in (contacts, contact_codes):
        tx.execute(table.delete().where(table.c.staff_id == staff_id, table.c.channel == channel))


def _sha256(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
