"""The page of what nobody can answer, or nobody who is on duty."""

import re
from datetime import date, time, timedelta
from typing import Any

from flask import Flask

from conversations.services import Services
from core import clock
from core.people import Role, Staff
from registry import experts, roster
from registry.roster import Days
from tests.console import desk
from tests.console.desk import OPENID, PHONE, Browser

DAQIAO, LECHANG = "440232109", "440281"
NOBODY, NOT_ON_DUTY = "没有专家懂，或者没有专家负责那里", "有专家懂，但七天内都不值班"


def ask(services: Services, times: int, **about: Any) -> None:
    for number in range(times):
        desk.ask(services, f"电话{PHONE}", openid=f"{OPENID}{about}{number}", **about)


def always_there(services: Services, expert: Staff, *objects: str) -> None:
    with services.database.transaction() as tx:
        experts.enrol(tx, expert.id, objects=objects)
        roster.plan_rule(tx, expert.id, Days.EVERY, time(0), time(0), first_day=date(2020, 1, 1))


def rows(text: str, under: str) -> list[str]:
    """The words of each row of the table under a heading."""
    part = text.partition(under)[2].partition("<h2")[0]
    return [
        " ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr>\s*<td.*?</tr>", part, re.DOTALL)
    ]


def test_what_nobody_knows_is_listed_the_most_asked_for_first(
    services: Services, coordinators_browser: Browser, expert: Staff
) -> None:
    always_there(services, expert, "水稻")
    ask(services, 1, object="鸭", place_code=LECHANG)
    ask(services, 2, object="柑橘", place_code=DAQIAO)
    ask(services, 5, object="水稻", place_code=DAQIAO)
    desk.file_need(services, object="柑橘")
    text = coordinators_browser.get("/coverage").text
    assert rows(text, NOBODY) == ["柑橘 果树 乳源瑶族自治县 问过2次 申请过1次", "鸭 家禽 乐昌市 问过1次"]
    assert rows(text, NOT_ON_DUTY) == []
    assert "都有人值班" in text
    assert PHONE not in text


def test_who_is_never_on_duty_in_the_next_days_is_named(
    services: Services, coordinators_browser: Browser, expert: Staff
) -> None:
    always_there(services, expert, "柑橘")
    ask(services, 1, object="柑橘", place_code=DAQIAO)
    at = clock.now()
    with services.database.transaction() as tx:
        roster.be_absent(tx, expert.id, at, at + timedelta(days=8))
    text = coordinators_browser.get("/coverage").text
    assert "都有人懂" in text
    assert rows(text, NOT_ON_DUTY) == ["柑橘 果树 乳源瑶族自治县 问过1次 王农"]
    assert 'href="/roster"' in text.partition(NOT_ON_DUTY)[2]


def test_what_was_not_said_is_said_so(services: Services, coordinators_browser: Browser) -> None:
    ask(services, 1)
    assert rows(coordinators_browser.get("/coverage").text, NOBODY) == ["没说是什么 地点不详 问过1次"]


def test_an_administrator_is_led_to_the_staff_page(
    services: Services, app: Flask, coordinators_browser: Browser
) -> None:
    ask(services, 1, object="柑橘")
    plain = coordinators_browser.get("/coverage").text
    assert 'href="/staff"' not in plain
    assert "请管理员添加专家" in plain
    desk.hire(services, "both", Role.COORDINATOR, Role.ADMIN)
    main = desk.log_in(app.test_client(), "both").get("/coverage").text.partition("<main")[2]
    assert 'href="/staff"' in main
    assert "请管理员添加专家" not in main


def test_with_nothing_asked_nothing_is_missing(coordinators_browser: Browser) -> None:
    text = coordinators_browser.get("/coverage").text
    assert "都有人懂" in text
    assert "都有人值班" in text
