"""Coming in, going out, and one's own password."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, login_user, logout_user

from console import current, refusals
from console.current import Session
from core import people
from core.errors import NotFound, Refused
from core.logs import logger

log = logger()

pages = Blueprint("login", __name__)


@pages.get("/login")
def show() -> ResponseReturnValue:
    if current.somebody() is not None:
        return redirect(url_for("home.show"))
    return render_template("login.html", next=_safe(request.args.get("next", "")))


@pages.post("/login")
def enter() -> ResponseReturnValue:
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    try:
        with current.services().database.transaction() as tx:
            staff = people.log_in(tx, username, password)
            stamp = people.login_stamp(tx, staff.id)
    except Refused as refusal:
        log.info("login_refused", rule=refusal.rule)
        wanted = _safe(request.form.get("next", ""))
        return render_template("login.html", refusal=refusal.words, username=username, next=wanted), 401
    session.clear()
    session.permanent = True
    login_user(Session(staff, stamp))
    log.info("logged_in", staff_id=str(staff.id))
    return redirect(_safe(request.form.get("next", "")) or url_for("home.show"))


@pages.post("/logout")
def leave() -> ResponseReturnValue:
    logout_user()
    session.clear()
    return redirect(url_for("login.show"))


@pages.get("/password")
def password() -> ResponseReturnValue:
    return render_template("password.html")


@pages.post("/password")
def change_password() -> ResponseReturnValue:
    staff = current.me()
    new, again = request.form.get("new", ""), request.form.get("again", "")
    try:
        with current.services().database.transaction() as tx:
            people.log_in(tx, staff.username, request.form.get("old", ""))
            if new != again:
                raise Refused("passwords_differ", "两次输入的新密码不一样。")
            people.change_password(tx, staff.id, new)
            stamp = people.login_stamp(tx, staff.id)
    except Refused as refusal:
        refusals.note(refusal)
        words = "现在的密码不对。" if refusal.rule == "login_failed" else refusal.words
        return render_template("password.html", refusal=words), 422
    login_user(Session(staff, stamp))
    flash("密码已修改，其他设备上的登录已退出。")
    return redirect(url_for("home.more"))


def load(manager: LoginManager) -> None:
    """Teach flask-login who a session belongs to."""

    def user(session_id: str) -> Session | None:
        staff_id, _, stamp = session_id.partition(":")
        known = current.as_uuid(staff_id)
        if known is None or not stamp:
            return None
        with current.services().database.transaction() as tx:
            try:
                staff = people.member(tx, known)
            except NotFound:
                return None
            return Session(staff, stamp) if people.login_stamp(tx, known) == stamp else None

    manager.user_loader(user)


def _safe(target: str) -> str:
    """A page of our own to go on to; empty for anything that might lead elsewhere."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\")):
        return ""
    return target
