"""Every address of the console, tried by a stranger and by every role. Made from the addresses there are: none is forgotten."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from conversations.services import Services
from core.people import Role
from tests.console import desk

OPEN = {"/login", "/healthy", "/static/<path:filename>", "/api/v1/tokens", "/api/v1/openapi.json"}
EXPERT, COORDINATOR, ADMIN = Role.EXPERT, Role.COORDINATOR, Role.ADMIN
EVERYONE = {EXPERT, COORDINATOR, ADMIN}
# What each part of the console is for, by how its addresses begin; the longest beginning decides.
MEANT_FOR = {
    "/": EVERYONE,
    "/more": EVERYONE,
    "/logout": EVERYONE,
    "/password": EVERYONE,
    "/tokens": EVERYONE,
    "/notices": EVERYONE,
    "/knowledge": EVERYONE,
    "/articles": {EXPERT, COORDINATOR},
    "/live/bell": EVERYONE,
    "/inbox": {EXPERT, COORDINATOR},
    "/mine": {EXPERT, COORDINATOR},
    "/cases": {COORDINATOR},
    "/cases/": {EXPERT, COORDINATOR},
    "/cases/ended": {COORDINATOR},
    "/cases/load": {COORDINATOR},
    "/cases/reassign": {COORDINATOR},
    "/cases/search": {EXPERT, COORDINATOR},
    "/replies": {EXPERT, COORDINATOR},
    "/files": {EXPERT, COORDINATOR},
    "/live/inbox": {EXPERT, COORDINATOR},
    "/live/mine": {EXPERT, COORDINATOR},
    "/live/cases": {EXPERT, COORDINATOR},
    "/live/needs": {COORDINATOR},
    "/live/overview": {COORDINATOR},
    "/live/load": {COORDINATOR},
    "/live/incidents": {COORDINATOR},
    "/needs": {COORDINATOR},
    "/incidents": {COORDINATOR},
    "/privacy": {COORDINATOR},
    "/reveals": {COORDINATOR},
    "/reports": {COORDINATOR},
    "/coverage": {COORDINATOR},
    "/roster": {EXPERT, COORDINATOR},
    "/roster/pause": {EXPERT},
    "/roster/pause/": {COORDINATOR},
    "/roster/swaps": {EXPERT},
    "/roster/rules": {COORDINATOR},
    "/roster/singles": {COORDINATOR},
    "/staff": {ADMIN},
    "/regions": {ADMIN},
    "/api/v1/me": EVERYONE,
    "/api/v1/articles": EVERYONE,
    "/api/v1/cases": {EXPERT, COORDINATOR},
    "/api/v1/files": {EXPERT, COORDINATOR},
    "/api/v1/roster": {EXPERT, COORDINATOR},
    "/api/v1/needs": {COORDINATOR},
}
_EXAMPLES = {"UUIDConverter": "00000000-0000-4000-8000-000000000000", "IntegerConverter": "999"}


def meant_for(path: str) -> set[Role]:
    beginning = max((one for one in MEANT_FOR if path.startswith(one) and (one != "/" or path == "/")), key=len)
    return MEANT_FOR[beginning]


def addresses(app: Flask) -> list[tuple[str, str]]:
    """Every method and path there is, with made-up ids, except what is open to strangers."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule not in OPEN:
            found += [(method, filled(rule)) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def filled(rule: Rule) -> str:
    path = rule.rule
    for name, converter in rule._converters.items():
        kind = type(converter).__name__
        start = path.index("<", 0)
        path = path[:start] + _EXAMPLES.get(kind, "claim" if name == "command" else "x") + path[path.index(">") + 1 :]
    return path


def test_there_is_something_to_try(app: Flask) -> None:
    assert len(addresses(app)) > 50


def test_a_stranger_is_sent_to_the_login_from_every_address(app: Flask, stranger: FlaskClient) -> None:
    for method, path in addresses(app):
        answer = stranger.open(path, method=method)
        if path.startswith(("/api/", "/live/")):
            assert answer.status_code == 401, (method, path)
        else:
            assert answer.status_code == 302, (method, path)
            assert answer.headers["Location"].startswith("/login"), (method, path)


def test_an_address_that_does_not_exist_tells_a_stranger_nothing(stranger: FlaskClient) -> None:
    assert stranger.get("/no-such-page").status_code == 302
    assert stranger.get("/api/v1/no-such-thing").status_code == 401


@pytest.mark.parametrize("role", sorted(EVERYONE))
def test_a_role_opens_what_it_is_meant_for_and_nothing_else(services: Services, app: Flask, role: Role) -> None:
    staff = desk.hire(services, str(role), role)
    browser = desk.log_in(app.test_client(), str(role))
    program = desk.program(services, app.test_client(), staff)
    csrf = browser.csrf()
    for method, path in addresses(app):
        if path == "/logout":
            continue
        if path.startswith("/api/"):
            answer = program.client.open(
                path, method=method, headers=program.headers, json={} if method == "POST" else None
            )
        else:
            answer = browser.client.open(path, method=method, data={"csrf_token": csrf} if method == "POST" else None)
        assert (answer.status_code == 403) == (role not in meant_for(path)), (method, path, answer.status_code)
        assert answer.status_code not in {401, 500}, (method, path)


def test_a_token_does_not_open_pages_and_a_session_does_not_open_the_interface(services: Services, app: Flask) -> None:
    staff = desk.hire(services, "expert", EXPERT)
    program = desk.program(services, app.test_client(), staff)
    assert program.client.get("/inbox", headers=program.headers).status_code == 302
    browser = desk.log_in(app.test_client(), "expert")
    assert browser.get("/api/v1/cases").status_code == 401


def test_every_form_without_its_token_is_refused(services: Services, app: Flask) -> None:
    desk.hire(services, "all", EXPERT, COORDINATOR, ADMIN)
    browser = desk.log_in(app.test_client(), "all")
    tried = [path for method, path in addresses(app) if method == "POST" and not path.startswith("/api/")]
    assert len(tried) > 12
    for path in tried:
        assert browser.client.post(path, data={"text": "x"}).status_code == 400, path
    assert app.test_client().post("/login", data={"username": "all", "password": desk.PASSWORD}).status_code == 400


def test_every_answer_carries_the_headers_that_keep_browsers_careful(services: Services, app: Flask) -> None:
    desk.hire(services, "expert", EXPERT)
    browser = desk.log_in(app.test_client(), "expert")
    for path in ("/login", "/inbox", "/live/bell", "/api/v1/openapi.json", "/no-such-page", "/healthy"):
        headers = browser.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert headers["X-Frame-Options"] == "DENY", path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["Cache-Control"] == "no-store", path


def test_no_page_has_a_script_or_a_style_of_its_own(services: Services, app: Flask) -> None:
    """The policy would forbid it, and the page would look broken."""
    desk.hire(services, "all", EXPERT, COORDINATOR, ADMIN)
    browser = desk.log_in(app.test_client(), "all")
    for path in (
        "/inbox",
        "/mine",
        "/needs",
        "/cases",
        "/cases/load",
        "/cases/reassign",
        "/reveals",
        "/cases/search?q=柑橘",
        "/reports",
        "/roster",
        "/coverage",
        "/staff",
        "/regions",
        "/knowledge",
        "/tokens",
        "/notices",
        "/more",
    ):
        text = browser.get(path).text
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert "<script>" not in text, path
        assert " onclick" not in text, path
