"""Coming in and going out."""

import time
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from console.throttle import PER_NAME
from console.web import make_app
from conversations.services import Services
from core import people
from core.people import Role, Staff
from tests.console import desk
from tests.console.desk import PASSWORD, Browser

_TRIES = int(PER_NAME.split()[0])


def try_to_log_in(client: FlaskClient, username: str, password: str) -> int:
    form = {"csrf_token": desk.token_in(client.get("/login")), "username": username, "password": password}
    return client.post("/login", data=form).status_code


def test_each_role_begins_at_its_own_page(services: Services, app: Flask) -> None:
    for role, page in ((Role.EXPERT, "/inbox"), (Role.COORDINATOR, "/needs"), (Role.ADMIN, "/staff")):
        desk.hire(services, str(role), role)
        browser = desk.log_in(app.test_client(), str(role))
        assert browser.get("/").headers["Location"] == page


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(app: Flask, expert: Staff) -> None:
    client = app.test_client()
    words = []
    for username in ("expert", "nobody"):
        form = {"csrf_token": desk.token_in(client.get("/login")), "username": username, "password": "not-the-password"}
        answer = client.post("/login", data=form)
        assert answer.status_code == 401
        words.append(answer.text.count("登录名或密码不对。"))
    assert words == [1, 1]


def test_after_too_many_failures_even_the_right_password_waits(app: Flask, expert: Staff, expert2: Staff) -> None:
    client = app.test_client()
    assert {try_to_log_in(client, "expert", "wrong-password") for _ in range(_TRIES)} == {401}
    assert try_to_log_in(client, "expert", PASSWORD) == 429
    assert try_to_log_in(client, "expert2", PASSWORD) == 302


def test_logins_are_throttled_also_while_redis_is_away(services: Services, expert: Staff) -> None:
    from dataclasses import replace

    settings = services.settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    client = make_app(replace(services, settings=settings)).test_client()
    assert {try_to_log_in(client, "expert", "wrong-password") for _ in range(_TRIES)} == {401}
    assert try_to_log_in(client, "expert", PASSWORD) == 429


def test_logins_that_succeed_are_not_counted(app: Flask, expert: Staff) -> None:
    for _ in range(_TRIES + 2):
        assert try_to_log_in(app.test_client(), "expert", PASSWORD) == 302


def test_asking_for_tokens_is_throttled_by_name(app: Flask, expert: Staff) -> None:
    client = app.test_client()
    body = {"username": "expert", "password": "wrong-password"}
    statuses = [client.post("/api/v1/tokens", json=body).status_code for _ in range(_TRIES + 1)]
    assert statuses == [401] * _TRIES + [429]
    assert client.post("/api/v1/tokens", json=body).get_json()["rule"] == "too_often"


def test_a_token_for_name_and_password_opens_the_interface(app: Flask, expert: Staff) -> None:
    client = app.test_client()
    body = {"username": "expert", "password": PASSWORD, "label": "平台"}
    token = client.post("/api/v1/tokens", json=body).get_json()["token"]
    me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).get_json()
    assert (me["username"], me["roles"], me["capacity"]) == ("expert", ["expert"], 5)
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}x"}).status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(services: Services, expert: Staff) -> None:
    from dataclasses import replace

    settings = services.settings.model_copy(update={"cookies_need_https": True})
    client = make_app(replace(services, settings=settings)).test_client()
    page = client.get("/login", base_url="https://localhost")
    form = {"csrf_token": desk.token_in(page), "username": "expert", "password": PASSWORD}
    answer = client.post(
        "/login", data=form, base_url="https://localhost", headers={"Referer": "https://localhost/login"}
    )
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("nongwen_console="))
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_session_ends_when_nobody_uses_it_and_a_polling_tab_is_nobody(app: Flask, experts_browser: Browser) -> None:
    app.permanent_session_lifetime = timedelta(seconds=2)
    assert "Set-Cookie" in experts_browser.get("/inbox").headers
    for _ in range(3):
        answer = experts_browser.get("/live/bell")
        assert "Set-Cookie" not in answer.headers
        time.sleep(1.1)
    assert experts_browser.get("/inbox").status_code == 302


def test_logging_out_ends_the_session(experts_browser: Browser) -> None:
    assert experts_browser.post("/logout").status_code == 302
    assert experts_browser.get("/inbox").headers["Location"].startswith("/login")


def test_a_new_password_ends_the_sessions_elsewhere(app: Flask, experts_browser: Browser) -> None:
    elsewhere = desk.log_in(app.test_client(), "expert")
    changed = experts_browser.post("/password", old=PASSWORD, new="another-long-one", again="another-long-one")
    assert changed.status_code == 302
    assert experts_browser.get("/inbox").status_code == 200
    assert elsewhere.get("/inbox").status_code == 302


def test_a_new_password_needs_the_old_one_and_must_be_long(experts_browser: Browser) -> None:
    wrong = experts_browser.post("/password", old="not-the-old-one", new="another-long-one", again="another-long-one")
    assert (wrong.status_code, "现在的密码不对。" in wrong.text) == (422, True)
    short = experts_browser.post("/password", old=PASSWORD, new="short", again="short")
    assert (short.status_code, "密码至少10个字符。" in short.text) == (422, True)
    unequal = experts_browser.post("/password", old=PASSWORD, new="another-long-one", again="another-long-two")
    assert (unequal.status_code, "两次输入的新密码不一样。" in unequal.text) == (422, True)


def test_who_is_kept_out_is_out_at_once(services: Services, experts_browser: Browser, expert: Staff) -> None:
    with services.database.transaction() as tx:
        people.set_active(tx, expert.id, active=False)
    assert experts_browser.get("/inbox").status_code == 302


def test_after_the_login_one_goes_on_where_one_wanted_but_never_elsewhere(app: Flask, expert: Staff) -> None:
    client = app.test_client()
    assert client.get("/mine").headers["Location"] == "/login?next=/mine"
    for wanted, leads_to in (
        ("/mine", "/mine"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
    ):
        fresh = app.test_client()
        form = {
            "csrf_token": desk.token_in(fresh.get("/login")),
            "username": "expert",
            "password": PASSWORD,
            "next": wanted,
        }
        assert fresh.post("/login", data=form).headers["Location"] == leads_to


def test_the_old_password_cannot_be_guessed_by_a_session_left_open(experts_browser: Browser) -> None:
    form = {"old": "wrong-password", "new": "another-long-one", "again": "another-long-one"}
    statuses = [experts_browser.post("/password", **form).status_code for _ in range(_TRIES + 1)]
    assert statuses == [422] * _TRIES + [429]
