"""通知: what I have been told, by which ways I can be told, by which rules, and what was sent.

Everything here may be done twice without harm: a code is sent once a minute at most, the rest only sets what is to hold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import current, refusals, words
from core import clock
from core.database import Transaction
from core.errors import NotFound, Refused, TryLater, Unsendable
from paging import contacts, notices, rules, wording
from paging.channels import CHANNEL_NAMES, Channel
from paging.contacts import Contact
from paging.rules import CHAIN_NAMES, WAITS, Chain

pages = Blueprint("notices", __name__)


@dataclass(frozen=True)
class Way:
    """A configured channel as its user sees it. `waiting`: an address whose code has not been typed in; "" at WeChat."""

    channel: Channel
    contact: Contact | None
    waiting: str | None

    @property
    def name(self) -> str:
        return CHANNEL_NAMES[self.channel]


@pages.get("/notices")
def listing() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return _page(tx)


def _page(tx: Transaction, **more: object) -> str:
    me = current.me().id
    ways = _ways(tx)
    return render_template(
        "notices.html",
        found=notices.of(tx, me),
        unseen=notices.unseen(tx, me),
        until=clock.now().isoformat(),
        ways=ways,
        chains=[(chain, CHAIN_NAMES[chain], _waits(tx, chain, ways)) for chain in Chain],
        waits=WAITS,
        sends=notices.log_of(tx, me),
        **more,
    )


def _ways(tx: Transaction) -> list[Way]:
    me, configured = current.me().id, current.services().pagers
    mine, waiting = {contact.channel: contact for contact in contacts.of(tx, me)}, contacts.waiting(tx, me)
    return [Way(one, mine.get(one), waiting.get(one)) for one in Channel if one in configured]


def _waits(tx: Transaction, chain: Chain, ways: list[Way]) -> list[tuple[Way, int | None]]:
    """For each confirmed channel the minutes after which it is used; None for not at all."""
    own = rules.of(tx, current.me().id, chain)
    found = dict.fromkeys(Channel, timedelta()) if own is None else own
    return [
        (way, int(found[way.channel].total_seconds()) // 60 if way.channel in found else None)
        for way in ways
        if way.contact is not None
    ]


@pages.post("/notices/seen")
def see_all() -> ResponseReturnValue:
    """Everything that was on the page when it was shown; what came since is still new."""
    until = _moment(request.form.get("until", ""))
    with current.services().database.transaction() as tx:
        notices.see_all(tx, current.me().id, until)
    return redirect(url_for("notices.listing"), 303)


@pages.post("/notices/<uuid:notice_id>/seen")
def see(notice_id: UUID) -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        notices.see(tx, current.me().id, notice_id)
    return redirect(url_for("notices.listing"), 303)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return clock.now()
    return at if at.tzinfo else at.replace(tzinfo=words.CHINA)


# --- channels


@pages.post("/notices/channels/<channel>")
def send_code(channel: str) -> ResponseReturnValue:
    """Send a code to the address; at WeChat show it, to be sent to us from there."""
    chosen = _configured(channel)
    try:
        with current.services().database.transaction() as tx:
            code = contacts.make_code(tx, current.me().id, chosen, request.form.get("address", ""))
        if chosen is not Channel.WECHAT:
            _send(chosen, request.form.get("address", "").strip(), code)
    except Refused as refusal:
        return _refused(refusal, refused=chosen, written=request.form)
    if chosen is Channel.WECHAT:
        with current.services().database.transaction() as tx:
            return _page(tx, binding=code)
    flash("验证码已发出，收到后请填在下面。")
    return redirect(url_for("notices.listing", _anchor="ways"), 303)


def _send(channel: Channel, address: str, code: str) -> None:
    link = f"{current.services().settings.console_url.rstrip('/')}{url_for('notices.listing')}"
    try:
        current.services().pagers[channel].send(address, wording.CODE_TITLE, wording.code(code), link)
    except TryLater as error:
        raise Refused("code_not_sent", "验证码暂时发不出去，请过一会儿再试。") from error
    except Unsendable as error:
        raise Refused("address_refused", "对方说没有这个地址，请检查后再填。") from error


@pages.post("/notices/channels/<channel>/confirm")
def confirm(channel: str) -> ResponseReturnValue:
    chosen = _configured(channel)

    def take_on(tx: Transaction) -> str:
        is_right = contacts.confirm(tx, current.me().id, chosen, request.form.get("code", ""))
        return f"{CHANNEL_NAMES[chosen]}已开通。" if is_right else ""

    return _do(take_on, otherwise=Refused("wrong_code", "验证码不对，请再看一下。"))


@pages.post("/notices/channels/<channel>/forget")
def forget(channel: str) -> ResponseReturnValue:
    chosen = _configured(channel)

    def drop(tx: Transaction) -> str:
        contacts.forget(tx, current.me().id, chosen)
        return f"不再用{CHANNEL_NAMES[chosen]}通知您。"

    return _do(drop)


def _configured(name: str) -> Channel:
    if name not in set(Channel) or Channel(name) not in current.services().pagers:
        raise NotFound
    return Channel(name)


# --- rules


@pages.post("/notices/rules/<chain>")
def set_rules(chain: str) -> ResponseReturnValue:
    """A chain: for each channel the minutes to wait, or nothing for not using it."""
    if chain not in set(Chain):
        raise NotFound
    asked = {one: request.form.get(one, "") for one in current.services().pagers}

    def save(tx: Transaction) -> str:
        waits = {one: int(minutes) for one, minutes in asked.items() if minutes.isdecimal() and len(minutes) < 4}
        rules.set_chain(tx, current.me().id, Chain(chain), waits)
        return f"{CHAIN_NAMES[Chain(chain)]}的规则已保存。"

    return _do(save)


def _do(change: Callable[[Transaction], str], *, otherwise: Refused | None = None) -> ResponseReturnValue:
    """Do it and say so; what says nothing is kept all the same, and answered with `otherwise`."""
    try:
        with current.services().database.transaction() as tx:
            said = change(tx)
        if not said and otherwise is not None:
            raise otherwise
    except Refused as refusal:
        return _refused(refusal)
    flash(said)
    return redirect(url_for("notices.listing", _anchor="ways"), 303)


def _refused(refusal: Refused, **more: object) -> ResponseReturnValue:
    refusals.note(refusal)
    with current.services().database.transaction() as tx:
        return _page(tx, refusal=refusal.words, **more), 422
