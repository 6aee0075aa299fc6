"""Every page of the console, furnished with everything: nobody's openid, nobody's full number, nobody left standing."""

import re

import pytest
from flask import Flask

from console.web import make_app
from conversations.services import Services
from tests.console import desk
from tests.console.desk import OPENID, OTHER_PHONE, PHONE, Browser, Office

_LINKS = re.compile(r'(?:href|src|data-live|data-bell)="(/[^"#]*)"')


@pytest.fixture
def office(services: Services) -> Office:
    return desk.furnish(services)


@pytest.fixture
def app(services: Services, office: Office) -> Flask:
    app = make_app(services)
    app.testing = True
    return app


def crawl(browser: Browser, start: str = "/") -> dict[str, tuple[int, str]]:
    """Every address that a person can click their way to, with what it answers."""
    seen: dict[str, tuple[int, str]] = {}
    ahead = [start, "/more"]
    while ahead:
        path = ahead.pop()
        articles = sum(one.startswith("/knowledge") for one in seen)
        if path in seen or path.startswith("/static/") or (path.startswith("/knowledge") and articles > 12):
            continue
        answer = browser.get(path, follow_redirects=True)
        text = "" if path.startswith("/files/") or path.partition("?")[0].endswith(".xlsx") else answer.text
        seen[path] = (answer.status_code, text + str(answer.headers))
        ahead += [link.replace("&amp;", "&") for link in _LINKS.findall(text)]
    return seen


@pytest.mark.parametrize("username", ["expert", "coordinator", "admin"])
def test_no_page_shows_an_openid_or_a_full_phone_number_and_none_breaks(
    app: Flask, office: Office, username: str
) -> None:
    seen = crawl(desk.log_in(app.test_client(), username))
    broken = {path: status for path, (status, _) in seen.items() if status >= 400 and not path.endswith("/ZJ")}
    assert broken == {}
    for path, (_, text) in seen.items():
        assert OPENID not in text, path
        assert PHONE not in text, path
        assert OTHER_PHONE not in text, path
    if username != "admin":
        assert len([path for path in seen if path.startswith("/cases/")]) > 8


def test_no_answer_of_the_interface_shows_an_openid_or_a_full_phone_number(
    services: Services, app: Flask, office: Office
) -> None:
    client = desk.program(services, app.test_client(), office.coordinator)
    paths = [
        "/cases",
        "/needs",
        "/articles",
        f"/articles/{office.article_id}",
        "/me",
        "/cases?state=resolved&state=cancelled",
    ]
    paths += [f"/cases/{case.id}" for case in office.cases] + [f"/needs/{need.number}" for need in office.needs]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        for secret in (OPENID, PHONE, OTHER_PHONE):
            assert secret not in answer.text, path
    assert "138****5678" in client.get(f"/cases/{office.cases[1].id}").text
