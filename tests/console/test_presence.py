"""Who else has a case open: above what was said, for whoever may see the case, and never in the way."""

from dataclasses import replace
from uuid import uuid4

import pytest
import redis
from flask import Flask

from app.presence import RedisPresence
from app.stack import ports
from console.web import make_app
from conversations.services import Services
from core.people import Staff
from core.presence import GONE_AFTER_SECONDS
from handoff.cases import Case
from tests.conftest import Later
from tests.console import desk
from tests.console.desk import Browser


@pytest.fixture
def case(services: Services) -> Case:
    return desk.ask(services, "柑橘叶子发黄")


@pytest.fixture
def second_browser(app: Flask, expert2: Staff) -> Browser:
    return desk.log_in(app.test_client(), "expert2")


def poll(browser: Browser, case: Case, *, known: str = "", writing: bool = False) -> tuple[int, str, str]:
    """What the page of a case asks every four seconds: status, ETag, content."""
    answer = browser.get(
        f"/live/cases/{case.id}{'?writing=1' if writing else ''}", headers={"If-None-Match": known} if known else {}
    )
    return answer.status_code, answer.headers["ETag"], answer.text


def test_two_who_have_a_case_open_see_each_other_from_the_first_page(
    case: Case, experts_browser: Browser, second_browser: Browser
) -> None:
    assert "正在看" not in experts_browser.get(f"/cases/{case.number}").text
    first = second_browser.get(f"/cases/{case.id}").text
    assert "王农正在看" in first
    assert first.index("王农正在看") < first.index("柑橘叶子发黄</p>")
    assert "李芳正在看" in poll(experts_browser, case)[2]


def test_who_writes_is_named_first_and_only_as_writing(
    case: Case, experts_browser: Browser, second_browser: Browser, coordinators_browser: Browser
) -> None:
    poll(experts_browser, case, writing=True)
    poll(second_browser, case)
    seen = poll(coordinators_browser, case)[2]
    assert seen.index("王农正在写答复") < seen.index("李芳正在看")
    assert "王农正在看" not in seen


def test_the_piece_is_sent_again_only_when_somebody_comes_or_goes(
    case: Case, experts_browser: Browser, second_browser: Browser, later: Later
) -> None:
    _, alone, _ = poll(experts_browser, case)
    later(seconds=4)
    assert poll(experts_browser, case, known=alone)[0] == 304
    poll(second_browser, case)
    status, together, _ = poll(experts_browser, case, known=alone)
    assert status == 200
    for _ in range(3):
        later(seconds=4)
        poll(second_browser, case)
        assert poll(experts_browser, case, known=together)[0] == 304
    later(seconds=GONE_AFTER_SECONDS + 1)
    status, again, _ = poll(experts_browser, case, known=together)
    assert (status, again) == (200, alone)


def test_signs_are_left_only_at_cases_that_one_is_let_into(
    services: Services, case: Case, admins_browser: Browser, experts_browser: Browser
) -> None:
    assert admins_browser.get(f"/live/cases/{case.id}?writing=1").status_code == 403
    assert experts_browser.get(f"/live/cases/{uuid4()}?writing=1").status_code == 404
    with redis.Redis.from_url(services.settings.redis_url) as client:
        assert client.keys("presence:*") == []
        poll(experts_browser, case)
        assert client.keys("presence:*") == [f"presence:{case.id}:looking".encode()]


def test_without_valkey_nobody_is_named_and_everything_else_is_there(
    services: Services, case: Case, expert: Staff
) -> None:
    away = RedisPresence(f"redis://127.0.0.1:{ports.free()}/0")
    app = make_app(replace(services, presence=away))
    app.testing = True
    browser = desk.log_in(app.test_client(), "expert")
    status, etag, text = poll(browser, case)
    assert (status, "柑橘叶子发黄" in text, "正在" in text) == (200, True, False)
    assert poll(browser, case, known=etag)[0] == 304
    assert browser.get(f"/cases/{case.id}").status_code == 200
