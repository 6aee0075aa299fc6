"""What is sent twice, by a double tap or because the answer got lost, is done once: forms and calls without a log of their own."""

import io
import re
from typing import Any

import pytest
import sqlalchemy as sa

from conversations.services import Services
from core import clock, people
from core.files import stored_files
from core.people import Staff
from handoff.states import Command
from knowledge import articles, sheets
from knowledge.articles import State
from knowledge.tables import articles as all_articles
from tests.console import desk
from tests.console.desk import PHONE, Browser, Program
from tests.console.test_article_pages import FORM
from tests.knowledge.kit import text

_KEY = re.compile(r'name="key" value="([0-9a-f]{32})"')


def count(services: Services, table: sa.Table) -> int:
    with services.database.transaction() as tx:
        return tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def a_key(browser: Browser, path: str) -> str:
    found = _KEY.search(browser.get(path).text)
    assert found is not None, path
    return found.group(1)


def test_an_article_is_written_once_and_both_times_shown(services: Services, experts_browser: Browser) -> None:
    form: dict[str, Any] = {**FORM, "as": "draft", "key": a_key(experts_browser, "/articles/new")}
    first, second = (experts_browser.post("/articles/new", **form) for _ in range(2))
    assert (first.status_code, first.headers["Location"]) == (303, second.headers["Location"])
    assert count(services, all_articles) == 1
    changed = experts_browser.post("/articles/new", **{**form, "first": "先看心叶。"})
    assert (changed.status_code, "这一次没有做" in changed.text, "先看心叶。" in changed.text) == (409, True, True)
    assert count(services, all_articles) == 1


def test_a_spreadsheet_is_brought_in_once(services: Services, coordinators_browser: Browser) -> None:
    new = text(title="表里加的", question="表里加的问题？", asked_as=["一种问法"]).model_copy(update={"id": ""})
    sheet = sheets.write([articles.Article(new, State.DRAFT, 1, "", "", clock.now())])
    looked = coordinators_browser.post("/articles/import", sheet=(io.BytesIO(sheet), "a.xlsx"))
    form = {name: re.search(rf'name="{name}" value="([^"]+)"', looked.text) for name in ("sealed", "confirmed")}
    key = _KEY.search(looked.text)
    assert key is not None
    sent = {name: found.group(1) for name, found in form.items() if found is not None} | {"key": key.group(1)}
    for _ in range(2):
        assert coordinators_browser.post("/articles/import", **sent).status_code == 303
        assert "新文章（存为草稿）1篇。" in coordinators_browser.get("/knowledge").text
    assert count(services, all_articles) == 1


def test_somebody_is_added_once_and_it_is_no_mistake_to_send_it_again(
    services: Services, admins_browser: Browser
) -> None:
    form = {"name": "赵敏", "username": "zhaomin", "password": "a-long-password", "roles": "expert"}
    key = a_key(admins_browser, "/staff")
    first, second = (admins_browser.post("/staff", key=key, **form) for _ in range(2))
    assert (first.status_code, first.headers["Location"]) == (303, second.headers.get("Location"))
    assert admins_browser.post("/staff", key="another", **form).status_code == 422


def test_a_look_at_a_number_is_kept_once_for_each_time_it_is_asked_for(
    services: Services, experts_browser: Browser, coordinators_browser: Browser, expert: Staff
) -> None:
    case, need = desk.ask(services, "柑橘叶子发黄"), desk.file_need(services)
    with services.database.transaction() as tx:
        people.remember(tx, case.farmer_id, phone=services.secrets.encrypt(PHONE))
    desk.command(services, case, Command.CLAIM, expert)
    for browser, path in ((experts_browser, f"/cases/{case.id}"), (coordinators_browser, f"/needs/{need.number}")):
        before, key = count(services, people.reveals), a_key(browser, path)
        for _ in range(2):
            assert PHONE in browser.post(f"{path}/phone", reason="约时间", key=key).text
        assert count(services, people.reveals) == before + 1
        assert PHONE in browser.post(f"{path}/phone", reason="再约一次", key=key).text
        assert PHONE in browser.post(f"{path}/phone", reason="约时间", key=f"{key}2").text
        assert count(services, people.reveals) == before + 3


@pytest.mark.parametrize("command", ["write", "claim"])
def test_a_photo_that_a_page_sends_again_is_stored_once(
    services: Services, experts_browser: Browser, command: str, expert2: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert2)
    for leaf in (desk.a_photo(), desk.a_photo(), desk.a_photo("#222222")):
        experts_browser.post(f"/cases/{case.id}/{command}", key="k", text="看", photos=(io.BytesIO(leaf), "leaf.jpg"))
    assert count(services, stored_files) == 2


def test_a_program_stores_a_photo_once(services: Services, experts_program: Program) -> None:
    def send(leaf: bytes, **headers: str) -> str:
        answer = experts_program.client.post(
            "/api/v1/files", data={"file": (io.BytesIO(leaf), "leaf.jpg")},
            headers={**experts_program.headers, **headers}, content_type="multipart/form-data",
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["id"])

    keyed = {"Idempotency-Key": "k"}
    assert send(desk.a_photo(), **keyed) == send(desk.a_photo(), **keyed)
    assert send(desk.a_photo("#222222"), **keyed) != send(desk.a_photo(), **keyed)
    assert send(desk.a_photo()) != send(desk.a_photo())
    assert count(services, stored_files) == 4


def test_of_a_token_asked_for_twice_there_is_one_and_it_is_the_one_shown_last(
    services: Services, experts_browser: Browser
) -> None:
    key = a_key(experts_browser, "/tokens")
    shown = [
        re.findall(r'<code class="token">([^<]+)', experts_browser.post("/tokens", label="县平台", key=key).text)
        for _ in range(2)
    ]
    body = {"username": "expert", "password": desk.PASSWORD}
    client = experts_browser.client
    asked = [
        client.post("/api/v1/tokens", json=body, headers={"Idempotency-Key": "k"}).get_json()["token"] for _ in range(2)
    ]
    assert count(services, people.staff_tokens) == 2
    me = [
        client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code
        for token in (*shown[0], *shown[1], *asked)
    ]
    assert me == [401, 200, 401, 200]
    client.post("/api/v1/tokens", json=body)
    assert count(services, people.staff_tokens) == 3
