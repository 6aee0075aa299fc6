"""One case: what was said, what is known, and what can be done about it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from console import (
    answer_form,
    case_help,
    case_offer,
    case_replies,
    case_view,
    current,
    once,
    presence,
    refusals,
    snoozing,
    voice,
)
from console.answer_form import Draft
from console.api import status_of
from console.case_commands import (
    COMMANDS,
    MOST_PHOTOS,
    TO_FARMER,
    AskOnce,
    Order,
    candidates,
    carry_out,
    colleagues,
    find,
    too_many_photos,
)
from console.case_view import Media
from conversations.canned import Reply
from conversations.written_answer import from_article
from core import files as stored
from core import people
from core.database import Transaction
from core.errors import NotFound, Refused
from handoff import cases, machine
from handoff.cases import Case
from handoff.states import Command, Kind
from needs import filed
from paging import notices

pages = Blueprint("cases", __name__)

Store = Callable[[Transaction, Path, FileStorage], UUID]

_DONE = {
    Command.CLAIM: "已接单。农户会收到通知，现在由您答复。",
    Command.ACCEPT: "已接受。农户会收到通知，现在由您答复。",
    Command.DECLINE: "已谢绝，工单回到队列。",
    Command.ANSWER: "答复已发出。",
    Command.ASK_FARMER: "已发给农户，等他补充。",
    Command.NOTE: "备注已记下，农户看不到。",
    Command.RELEASE: "已放回队列。",
    Command.ESCALATE: "已升级，等人接着办。",
    Command.TRANSFER: "已转出，等对方接受。",
    Command.OFFER: "已派出，等对方接受。",
    Command.SNOOZE: "到时候会再提醒您。",
    Command.WAKE: "继续处理。",
    Command.RESOLVE: "已办结。",
    Command.CONFIRM: "已办结。",
    Command.CANCEL: "已取消。",
    Command.MERGE: "已合并。",
    Command.REOPEN: "已重新打开，工单回到队列。",
    Command.CONSULT: "已请同事看，工单还在您手上。他写的内部备注会出现在这里。",
    Command.SPLIT: "已拆出一个新工单，它在队列里等人接。",
    Command.AMEND: "已改好。还没人接的，会按新的信息重新派。",
}

# What the router does with a waiting case between a look and a tap keeps nobody from taking it.
_NOT_FENCED = frozenset({Command.NOTE, Command.CLAIM})


_NO_REASON = "请写查看号码的原因。"


@pages.get("/cases/<case_ref>")
def show(case_ref: str) -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        case = find(tx, case_ref, current.me())
        notices.see_case(tx, current.me().id, case.id)
    beside = presence.beside_me(case.id)
    with current.services().database.transaction() as tx:
        draft = _put_in(tx, Draft(as_form=request.args.get("form") == "1"))
        return _page(tx, case, draft=draft, beside=beside)


@pages.post("/cases/<case_ref>/write")
def write(case_ref: str) -> ResponseReturnValue:
    """The page again with what is being written, in the other shape or with an article put in. Nothing is sent."""
    order = _order(Command.ANSWER)
    try:
        with current.services().database.transaction() as tx:
            case = find(tx, case_ref, current.me())
            order, refused = _with_uploads(tx, order)
            draft = answer_form.read(request.form)
            as_form = request.args.get("form", "1" if draft.as_form else "0") == "1"
            draft = _put_in(tx, answer_form.turned(draft, as_form=as_form))
            if refused is None:
                return _page(tx, case, draft=draft, kept_files=_kept(tx, order.files))
    except Refused as refusal:
        refused = refusal
    return _again(case_ref, order, refused)


def _put_in(tx: Transaction, draft: Draft) -> Draft:
    """What the address asks to be put into the answer: the steps of an article."""
    article = current.services().shelf.article(tx, request.args.get("article", ""))
    return draft if article is None else answer_form.put_in(draft, from_article(article))


def _with_reply(draft: Draft, replies: list[Reply]) -> Draft:
    """The reply that the address asks for, filled in for this case, beneath what is written."""
    chosen = next((reply for reply in replies if reply.id == request.args.get("reply")), None)
    return draft if chosen is None else answer_form.put_text_in(draft, chosen.text)


@pages.post("/cases/<case_ref>/<command>")
def do(case_ref: str, command: str) -> ResponseReturnValue:
    if command not in set(COMMANDS):
        raise NotFound
    order = _order(Command(command))
    key = current.key_for(request.values.get("key", ""))
    refused: Refused | None = None
    try:
        with current.services().database.transaction() as tx:
            case = find(tx, case_ref, current.me())
            if key is None or not machine.was_done(tx, case.id, key):
                order, refused = _with_uploads(tx, order)
        if refused is not None:
            return _again(case_ref, order, refused)
        with current.services().database.transaction() as tx:
            after = carry_out(tx, case, order, key)
    except NotFound:
        raise
    except Refused as refusal:
        return _again(case_ref, order, refusal)
    current.ring()
    flash(_DONE[order.command], "apart" if request.form.get("apart") else f"done {order.command}")
    return redirect(_where_next(order.command, case, after), 303)


def _where_next(command: Command, before: Case, after: Case) -> str:
    """To the case itself, also after a split: who splits goes on with what is left."""
    if command is Command.MERGE:
        return url_for("cases.show", case_ref=after.merged_into)
    if command in {Command.DECLINE, Command.RELEASE} and current.me().has(people.Role.EXPERT):
        return url_for("inbox.queue")
    return url_for("cases.show", case_ref=before.id)


@pages.post("/cases/<case_ref>/phone")
def phone(case_ref: str) -> ResponseReturnValue:
    """The farmer's number in full, for a reason that is written down."""
    reason = request.form.get("reason", "").strip()
    with current.services().database.transaction() as tx:
        case = find(tx, case_ref, current.me())
        if not case_view.may_see_phone(case, current.me()):
            raise Refused("wrong_person", "接单以后才能看农户的电话。")
        if len(reason) < 2:
            return _page(tx, case, refusal=_NO_REASON, refused="phone", written=request.form), 422
        encrypted = people.encrypted_phone(tx, case.farmer_id)
        if encrypted is None and case.need_id is not None:
            encrypted = filed.encrypted_phone(tx, case.need_id)
        reveal = partial(people.note_reveal, tx, staff_id=current.me().id, farmer_id=case.farmer_id, case_id=case.id)
        once.looked_once(tx, reason, partial(reveal, reason=reason[:200]))
        return _page(tx, case, phone=case_view.phone(encrypted))


def _page(tx: Transaction, case: Case, *, draft: Draft | None = None, **more: object) -> str:
    view = case_view.look(tx, case, current.me())
    replies = case_replies.ready(tx, view) if Command.ANSWER in view.allowed else []
    may_pass_on = view.allowed & {Command.TRANSFER, Command.OFFER}
    return render_template(
        "case.html",
        view=view,
        case=view.case,
        draft=_with_reply(draft or Draft(), replies),
        replies=replies,
        replies_shown=case_replies.SHOWN,
        ask_for_photos=next((reply for reply in replies if reply.id == case_replies.ASK_FOR_PHOTOS), None),
        help=case_help.gather(tx, view),
        offer=case_offer.of(case, view.events) if view.is_mine else None,
        earlier=case_view.earlier(tx, case, view.lines),
        experts=candidates(tx, case.object, without=case.owner_id) if may_pass_on else [],
        colleagues=colleagues(tx, without=case.owner_id) if Command.CONSULT in view.allowed else [],
        others=_mergeable(tx, case) if Command.MERGE in view.allowed else [],
        times=snoozing.times(request.form.get("until", "")),
        once_more=snoozing.once_more(case, view.events) if view.is_mine else None,
        may_become_article=case_view.may_become_article(case, view.lines),
        **more,
    )


def _mergeable(tx: Transaction, case: Case) -> list[Case]:
    if case.kind is Kind.INCIDENT:
        return []
    others = cases.of_farmer(tx, case.farmer_id)
    return [other for other in others if other.is_live and other.id != case.id and other.kind is case.kind]


def _again(case_ref: str, order: Order, refusal: Refused) -> ResponseReturnValue:
    """The page once more, with the sentence of the rule and everything that had been written and chosen."""
    refusals.note(refusal)
    with current.services().database.transaction() as tx:
        case = find(tx, case_ref, current.me())
        asks = refusal.rule if isinstance(refusal, AskOnce) else ""
        page = _page(
            tx,
            case,
            refusal=refusal.words,
            refused=str(order.command),
            draft=answer_form.read(request.form) if order.command in TO_FARMER else None,
            unsent=order.text if order.command in TO_FARMER else "",
            kept_files=_kept(tx, order.files),
            asks=asks,
            confirmed=[*request.form.getlist("confirmed"), *([asks] if asks else [])],
            written=request.form,
        )
    return page, status_of(refusal)


def _kept(tx: Transaction, files: tuple[UUID, ...]) -> list[Media]:
    return list(case_view.media_of(tx, list(files)).values())


def _order(command: Command) -> Order:
    form = request.form
    return Order(
        command=command,
        text=answer_form.text_of(form),
        reason=form.get("reason", ""),
        outcome=form.get("outcome", ""),
        to=form.get("to", ""),
        into=form.get("into", ""),
        object=form.get("object"),
        urgency=form.get("urgency"),
        topic=form.get("topic"),
        place=form.get("place"),
        entries=_numbers(form.getlist("entries")),
        until=snoozing.until(form.get("until", ""), form.get("until_exactly", "")),
        files=tuple(found for text in form.getlist("files") if (found := current.as_uuid(text))),
        expected_epoch=None if command in _NOT_FENCED else _number(request.values.get("epoch", "")),
        seen=_number(form.get("seen", "")),
        confirmed=frozenset(form.getlist("confirmed")),
    )


def _with_uploads(tx: Transaction, order: Order) -> tuple[Order, Refused | None]:
    """The order with the photos that a page sent and what was recorded in it, and why something is missing.

    What is refused costs nothing of the rest: a page cannot put back what had been chosen or recorded.
    """
    photos = [photo for photo in request.files.getlist("photos") if photo.filename]
    refused = too_many_photos() if len(photos) > MOST_PHOTOS else None
    recorded = [one for one in request.files.getlist("voice") if one.filename][:1]
    folder = current.services().settings.media_folder
    kept = list(order.files)
    chosen = [(_store_photo, photo) for photo in ([] if refused else photos)]
    for store, upload in [*chosen, *((voice.store, one) for one in recorded)]:
        try:
            kept.append(UUID(once.stored_once(tx, upload, partial(_id_of, store, tx, folder, upload))))
        except Refused as refusal:
            refused = refused or refusal
    return replace(order, files=tuple(kept)), refused


def _id_of(store: Store, tx: Transaction, folder: Path, upload: FileStorage) -> str:
    return str(store(tx, folder, upload))


def _store_photo(tx: Transaction, folder: Path, photo: FileStorage) -> UUID:
    return stored.store(tx, folder, photo.read(), kind="image").id


def _numbers(texts: list[str]) -> tuple[int, ...]:
    return tuple(number for text in texts if (number := _number(text)) is not None)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None
