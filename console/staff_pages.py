"""The administrator's page of who works here, with which roles, and what each expert knows.

After every change waiting cases are looked at again: there may be somebody now who can take them.
"""

from collections.abc import Callable
from dataclasses import asdict
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import current, expert_forms, once, pausing, refusals
from core import people, places
from core.database import Transaction
from core.errors import NotFound, Refused
from core.people import Role, Staff
from handoff import cases, routing
from knowledge.topics import TOPICS
from registry import experts

pages = Blueprint("staff", __name__)

Change = Callable[[Transaction], str]


@pages.get("/staff")
def listing() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return _list(tx)


def _list(tx: Transaction, **more: object) -> str:
    profiles = {expert.staff_id: expert for expert in experts.everyone(tx)}
    return render_template(
        "staff.html",
        everyone=people.everyone(tx),
        profiles=profiles,
        loads=cases.loads(tx),
        roles=list(Role),
        levels=experts.LEVEL_NAMES,
        **more,
    )


@pages.post("/staff")
def add() -> ResponseReturnValue:
    try:
        with current.services().database.transaction() as tx:
            added = people.member(tx, UUID(once.sent_once(tx, lambda: str(_hire(tx).id))))
    except Refused as refusal:
        refusals.note(refusal)
        with current.services().database.transaction() as tx:
            return _list(tx, refusal=refusal.words, written=request.form), 422
    flash(f"已添加{added.name}。")
    return redirect(url_for("staff.show", staff_id=added.id), 303)


def _hire(tx: Transaction) -> Staff:
    form = request.form
    added = people.hire(
        tx,
        username=form.get("username", ""),
        password=form.get("password", ""),
        name=form.get("name", ""),
        roles=_roles(),
        unit=form.get("unit", "").strip(),
        speciality=form.get("speciality", "").strip(),
    )
    if added.has(Role.EXPERT):
        experts.enrol(tx, added.id)
        routing.look_again(tx)
    return added


@pages.get("/staff/<uuid:staff_id>")
def show(staff_id: UUID) -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return _page(tx, staff_id)


def _page(tx: Transaction, staff_id: UUID, **more: object) -> str:
    profile = experts.of(tx, staff_id)
    place_names = [places.full_name(code) or code for code in profile.places] if profile else []
    return render_template(
        "staff_member.html",
        member=people.member(tx, staff_id),
        profile=profile,
        place_names=place_names,
        held=cases.in_hands(tx, staff_id),
        roles=list(Role),
        topics=TOPICS,
        levels=experts.LEVEL_NAMES,
        **more,
    )


@pages.post("/staff/<uuid:staff_id>/details")
def change(staff_id: UUID) -> ResponseReturnValue:
    form = request.form

    def details(tx: Transaction) -> str:
        roles = _roles()
        if staff_id == current.me().id and Role.ADMIN not in roles:
            raise Refused("own_admin_role", "不能去掉自己的管理员角色，请另一位管理员来改。")
        if Role.EXPERT not in roles and people.member(tx, staff_id).has(Role.EXPERT):
            _holds_none(tx, staff_id)
        people.change_details(
            tx,
            staff_id,
            name=form.get("name", ""),
            unit=form.get("unit", ""),
            speciality=form.get("speciality", ""),
            roles=roles,
        )
        if Role.EXPERT in roles and experts.of(tx, staff_id) is None:
            experts.enrol(tx, staff_id)
        return "已保存。"

    return _do(staff_id, details, "details")


@pages.post("/staff/<uuid:staff_id>/profile")
def profile(staff_id: UUID) -> ResponseReturnValue:
    def enrol(tx: Transaction) -> str:
        written = expert_forms.read(request.form, current.services().shelf.names)
        experts.enrol(tx, staff_id, **asdict(written))
        return "专家资料已保存。"

    return _do(staff_id, enrol, "profile")


@pages.post("/staff/<uuid:staff_id>/pause")
def pause(staff_id: UUID) -> ResponseReturnValue:
    return _do(staff_id, lambda tx: pausing.pause(tx, staff_id, paused=request.form.get("paused") == "yes"))


@pages.post("/staff/<uuid:staff_id>/password")
def reset_password(staff_id: UUID) -> ResponseReturnValue:
    def reset(tx: Transaction) -> str:
        people.change_password(tx, staff_id, request.form.get("password", ""))
        for token in people.tokens_of(tx, staff_id):
            people.revoke_token(tx, staff_id, token.id)
        return "密码已重置，他在各处的登录和令牌都已失效。"

    return _do(staff_id, reset)


@pages.post("/staff/<uuid:staff_id>/active")
def set_active(staff_id: UUID) -> ResponseReturnValue:
    active = request.form.get("active") == "yes"

    def let_in(tx: Transaction) -> str:
        if staff_id == current.me().id:
            raise Refused("own_account", "不能停用自己。")
        if not active:
            _holds_none(tx, staff_id)
        people.set_active(tx, staff_id, active=active)
        return "已启用。" if active else "已停用，登录和令牌都已失效。"

    return _do(staff_id, let_in)


def _holds_none(tx: Transaction, staff_id: UUID) -> None:
    """Cases of somebody who cannot log in, or cannot answer, would lie there until a timer frees them."""
    held = cases.in_hands(tx, staff_id)
    if held:
        raise Refused("still_holds_cases", f"他手上还有{held}个工单，请先请协调员转给别人。")


def _do(staff_id: UUID, change_it: Change, form: str = "") -> ResponseReturnValue:
    """Change something; `form` names the form that is shown again as it was written, if a rule says no."""
    try:
        with current.services().database.transaction() as tx:
            people.member(tx, staff_id)
            words = change_it(tx)
            routing.look_again(tx)
    except NotFound:
        raise
    except Refused as refusal:
        refusals.note(refusal)
        with current.services().database.transaction() as tx:
            return _page(tx, staff_id, refusal=refusal.words, refused=form, written=request.form), 422
    flash(words)
    return redirect(url_for("staff.show", staff_id=staff_id), 303)


def _roles() -> set[Role]:
    return {Role(role) for role in request.form.getlist("roles") if role in set(Role)}
