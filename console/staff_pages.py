"""The administrator's page of who works here, with which roles, and what each expert knows."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import current
from core import people, places
from core.database import Transaction
from core.errors import NotFound, Refused
from core.people import Role
from handoff import cases
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
        "staff.html", everyone=people.everyone(tx), profiles=profiles, loads=cases.loads(tx), roles=list(Role), **more
    )


@pages.post("/staff")
def add() -> ResponseReturnValue:
    form = request.form
    try:
        with current.services().database.transaction() as tx:
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
    except Refused as refusal:
        with current.services().database.transaction() as tx:
            return _list(tx, refusal=refusal.words, written=form), 422
    flash(f"已添加{added.name}。")
    return redirect(url_for("staff.show", staff_id=added.id), 303)


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
        held=cases.load(tx, staff_id),
        roles=list(Role),
        **more,
    )


@pages.post("/staff/<uuid:staff_id>/details")
def change(staff_id: UUID) -> ResponseReturnValue:
    form = request.form

    def details(tx: Transaction) -> str:
        roles = _roles()
        if staff_id == current.me().id and Role.ADMIN not in roles:
            raise Refused("own_admin_role", "不能去掉自己的管理员角色，请另一位管理员来改。")
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

    return _do(staff_id, details)


@pages.post("/staff/<uuid:staff_id>/profile")
def profile(staff_id: UUID) -> ResponseReturnValue:
    form = request.form

    def enrol(tx: Transaction) -> str:
        capacity = form.get("capacity", "")
        if not capacity.isdecimal() or not 1 <= int(capacity) <= 50:
            raise Refused("capacity", "同时处理的工单数要在1到50之间。")
        experts.enrol(
            tx,
            staff_id,
            objects=_objects(form.get("objects", "")),
            places=_places(form.get("places", "")),
            capacity=int(capacity),
        )
        return "专家资料已保存。"

    return _do(staff_id, enrol)


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
        held = cases.load(tx, staff_id)
        if not active and held:
            raise Refused("still_holds_cases", f"他手上还有{held}个工单，请先请协调员转给别人。")
        people.set_active(tx, staff_id, active=active)
        return "已启用。" if active else "已停用，登录和令牌都已失效。"

    return _do(staff_id, let_in)


def _do(staff_id: UUID, change_it: Change) -> ResponseReturnValue:
    try:
        with current.services().database.transaction() as tx:
            people.member(tx, staff_id)
            words = change_it(tx)
    except NotFound:
        raise
    except Refused as refusal:
        with current.services().database.transaction() as tx:
            return _page(tx, staff_id, refusal=refusal.words), 422
    flash(words)
    return redirect(url_for("staff.show", staff_id=staff_id), 303)


def _roles() -> set[Role]:
    return {Role(role) for role in request.form.getlist("roles") if role in set(Role)}


def _names(text: str) -> list[str]:
    for separator in "，、;；\n\t ":
        text = text.replace(separator, ",")
    return list(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))


def _objects(text: str) -> list[str]:
    """Crops and animals by the names farmers use; raises Refused for a name nobody knows."""
    book = current.services().shelf.names
    found = {name: book.canonical_object(name) for name in _names(text)}
    unknown = [name for name, canonical in found.items() if not canonical]
    if unknown:
        raise Refused("unknown_object", f"不认识这些作物或畜禽：{'、'.join(unknown)}。")
    return list(dict.fromkeys(str(canonical) for canonical in found.values()))


def _places(text: str) -> list[str]:
    """Places by name; raises Refused for one that is unknown or could be several."""
    found = {name: places.by_code(name) or places.find(name) for name in _names(text)}
    unknown = [name for name, place in found.items() if place is None]
    if unknown:
        raise Refused("unknown_place", f"不清楚是哪里：{'、'.join(unknown)}。请写全，比如“韶关市乳源县”。")
    return list(dict.fromkeys(place.code for place in found.values() if place is not None))
