"""Replies kept ready: whose they are, what they may say, and how they come into an answer."""

import html
import re
from uuid import uuid4

import pytest
from flask import Flask

from conversations import canned
from conversations.canned import About, Reply
from conversations.services import Services
from core import people
from core.people import Staff
from handoff.cases import Case
from handoff.states import Command
from tests.console import desk
from tests.console.desk import Browser

ABOUT = About(called="老赵", object="柑橘", place="大桥镇", number="ZJ-1", me="王农")


def kept(browser: Browser) -> list[str]:
    return re.findall(r'action="/replies/([0-9a-f-]{36})"', browser.get("/replies").text)


def titles(browser: Browser, case: Case) -> list[str]:
    return re.findall(r'data-say="[^"]*">([^<]+)</button>', browser.get(f"/cases/{case.id}").text)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{称呼}，您的{作物}（{地点}）编号{编号}，我是{我}。", "老赵，您的柑橘（大桥镇）编号ZJ-1，我是王农。"),
        ("{没有这个}和{称呼}", "{没有这个}和老赵"),
        ("没有变量", "没有变量"),
    ],
)
def test_variables_are_filled_in(text: str, filled: str) -> None:
    assert canned.fill(text, ABOUT) == filled


def test_what_is_not_known_is_said_so_that_it_is_never_wrong() -> None:
    assert canned.fill("{称呼}，{地点}的{作物}", About()) == "老乡，您那里的种的养的"


def test_what_a_farmer_calls_himself_is_no_variable() -> None:
    assert canned.fill("{称呼}", About(called="{我}", me="王农")) == "{我}"


def test_a_reply_is_kept_once_changed_and_removed(experts_browser: Browser) -> None:
    words = {"title": "三天后看", "text": "{称呼}，三天后再拍照给我看。", "object": "桔子"}
    for _ in range(2):
        assert experts_browser.post("/replies", key="k", **words).status_code == 303
    (reply_id,) = kept(experts_browser)
    assert "<small>柑橘</small>" in experts_browser.get("/replies").text
    changed = experts_browser.post(f"/replies/{reply_id}", title="五天后看", text="五天后再看。", object="")
    assert changed.status_code == 303
    assert "五天后再看。" in experts_browser.get("/replies").text
    assert "三天后" not in experts_browser.get("/replies").text
    for _ in range(2):
        assert experts_browser.post(f"/replies/{reply_id}/remove").status_code == 303
    assert kept(experts_browser) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": "{姓名}您好"}, "不认识“{姓名}”"),
        ({"title": " "}, "请写名称和内容。"),
        ({"text": "长" * 501}, "内容最多500个字"),
        ({"object": "没有这种"}, "不认识“没有这种”"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_sentence_and_nothing_is_lost(
    experts_browser: Browser, wrong: dict[str, str], sentence: str
) -> None:
    words = {"title": "三天后看", "text": "三天后再看。", "object": ""} | wrong
    refused = experts_browser.post("/replies", key="k", **words)
    assert refused.status_code == 422
    shown = html.unescape(refused.text)
    assert sentence in shown
    assert f">{words['text']}</textarea>" in shown
    assert kept(experts_browser) == []


def test_shared_replies_are_the_coordinators_and_own_ones_nobody_elses(
    services: Services, app: Flask, experts_browser: Browser, coordinators_browser: Browser, expert2: Staff
) -> None:
    assert experts_browser.post("/replies", key="k", title="大家的", text="大家的", shared="1").status_code == 422
    assert experts_browser.post("/replies", key="k2", title="我的", text="我自己的话").status_code == 303
    assert coordinators_browser.post("/replies", key="k", title="共用", text="共用的话", shared="1").status_code == 303
    assert kept(coordinators_browser) != []
    (own,) = kept(experts_browser)
    (shared,) = kept(coordinators_browser)
    assert "共用的话" in experts_browser.get("/replies").text
    for path in (f"/replies/{shared}", f"/replies/{shared}/remove"):
        assert experts_browser.post(path, title="改", text="改").status_code == 422
    other = desk.log_in(app.test_client(), "expert2")
    assert "我自己的话" not in other.get("/replies").text
    assert other.post(f"/replies/{own}", title="改", text="改").status_code == 404
    other.post(f"/replies/{own}/remove")
    assert kept(experts_browser) == [own]


def test_nobody_changes_a_starter(services: Services, coordinator: Staff) -> None:
    with services.database.transaction() as tx, pytest.raises(canned.Refused):
        canned.change(tx, Reply("photos", "改", "改"), coordinator)


def test_those_of_the_crop_come_first_then_the_general_ones_and_other_crops_last(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    with services.database.transaction() as tx:
        for title, object_ in (("水稻的", "水稻"), ("果树的", "果树"), ("都行的", ""), ("柑橘的", "柑橘")):
            canned.add(tx, Reply(str(uuid4()), title, title, object_, expert.id), expert)
    case = desk.ask(services, "柑橘叶子发黄", object="柑橘")
    desk.command(services, case, Command.CLAIM, expert)
    found = titles(experts_browser, case)
    assert set(found[:2]) == {"柑橘的", "果树的"}
    assert found[2:] == ["都行的", "要三张照片", "问面积", "问用药", "水稻的"]


def test_a_reply_comes_into_the_box_filled_in_beneath_what_is_written(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    reply_id = str(uuid4())
    with services.database.transaction() as tx:
        canned.add(tx, Reply(reply_id, "问候", "{称呼}，{地点}的{作物}我看了。{我}", "", expert.id), expert)
    case = desk.ask(services, "叶子发黄", object="柑橘", place_code="440232109")
    with services.database.transaction() as tx:
        people.remember(tx, case.farmer_id, called="老赵")
    desk.command(services, case, Command.CLAIM, expert)
    said = "老赵，乳源瑶族自治县大桥镇的柑橘我看了。王农"
    assert f'data-say="{said}"' in experts_browser.get(f"/cases/{case.id}").text
    put = experts_browser.post(f"/cases/{case.id}/write?reply={reply_id}", text="您好。").text
    assert f"您好。\n{said}</textarea>" in put
    assert said + "</textarea>" in experts_browser.get(f"/cases/{case.id}?reply={reply_id}").text
