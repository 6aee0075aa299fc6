"""Writing an answer: free or in parts, with articles and kept replies put in, and what is said while one writes."""

import html
import io
import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from console.answer_form import Draft, put_in, put_text_in, read, turned
from conversations import quota
from conversations.services import Services
from conversations.tables import quota_grants
from conversations.written_answer import WrittenAnswer
from core import clock
from core.people import Staff
from handoff.cases import Case
from handoff.states import Command, Kind
from knowledge import articles
from knowledge.article_files import FOLDER
from tests.conftest import Later
from tests.console import desk
from tests.console.desk import OPENID, Browser

PARTS = {
    "as_form": "1", "judgement": "稻瘟病", "certainty": "likely", "basis": "有梭形斑。", "steps": "1. 排水\n2. 打药", "avoid": "不要追氮肥",
    "look_again": "三天后",
}  # fmt: skip
AS_TEXT = (
    "判断：稻瘟病（多半是）\n依据：有梭形斑。\n怎么做：\n1. 排水\n2. 打药\n不要做：不要追氮肥\n什么时候再看：三天后"
)


@pytest.fixture
def case(services: Services, expert: Staff) -> Case:
    case = desk.ask(services, "水稻稻瘟病怎么治", object="水稻")
    return desk.command(services, case, Command.CLAIM, expert)


def box(text: str) -> str:
    found = re.search(r'<textarea name="text"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    assert found is not None
    return html.unescape(found.group(1))


def field(text: str, name: str) -> str:
    found = re.search(rf'<textarea name="{name}"[^>]*>(.*?)</textarea>', text, re.DOTALL) or re.search(
        rf'<input name="{name}" value="([^"]*)"', text
    )
    assert found is not None, name
    return html.unescape(found.group(1))


# --- the shapes of an answer


def test_a_form_turned_to_text_and_text_turned_to_a_form_lose_no_word() -> None:
    draft = read(PARTS)
    assert turned(draft, as_form=False) == Draft(text=AS_TEXT)
    assert turned(draft, as_form=True) is draft
    steps = turned(Draft(text="先排水\n再打药"), as_form=True).parts.steps
    assert steps == ("先排水", "再打药")


def test_what_is_put_in_stands_beneath_what_is_written_and_not_twice() -> None:
    article = WrittenAnswer(steps=("排水", "晒田"), avoid=("不要漫灌",), look_again="没好转再问")
    put = put_in(put_in(read(PARTS), article), article).parts
    assert (put.judgement, put.steps, put.look_again) == ("稻瘟病", ("排水", "打药", "晒田"), "三天后")
    assert put_text_in(Draft(text="您好。\n"), "多大面积？").text == "您好。\n多大面积？"
    assert put_text_in(Draft(), "多大面积？").text == "多大面积？"
    assert put_text_in(read(PARTS), "再拍照").parts.steps[-1] == "再拍照"


# --- the page


def test_an_answer_in_parts_reaches_the_farmer_as_plain_text(
    services: Services, experts_browser: Browser, case: Case
) -> None:
    text = experts_browser.get(f"/cases/{case.id}?form=1").text
    assert field(text, "steps") == ""
    assert 'name="text" rows="6"' not in text
    for _ in range(2):
        assert experts_browser.post(f"/cases/{case.id}/answer", seen="1", key="k", **PARTS).status_code == 303
    assert [one.text for one in desk.entries(services, case.id) if one.said_by == "expert"] == [AS_TEXT]


def test_an_empty_form_is_refused_and_one_that_is_too_long_keeps_every_field(
    services: Services, experts_browser: Browser, case: Case
) -> None:
    empty = experts_browser.post(f"/cases/{case.id}/answer", as_form="1", certainty="sure", seen="1", key="k1")
    assert (empty.status_code, "请写内容。" in empty.text) == (422, True)
    long = PARTS | {"steps": "长" * 4000}
    refused = experts_browser.post(f"/cases/{case.id}/answer", seen="1", key="k2", **long)
    assert "一次最多写4000个字" in refused.text
    for name in ("judgement", "basis", "steps", "avoid", "look_again"):
        assert field(refused.text, name) == long[name], name
    assert 'value="likely" checked' in refused.text
    assert desk.entries(services, case.id)[-1].said_by == "farmer"


def test_the_shape_is_changed_without_a_script_and_words_and_photos_stay(
    services: Services, experts_browser: Browser, case: Case
) -> None:
    photo = (io.BytesIO(desk.a_photo()), "a.jpg")
    form = {"csrf_token": experts_browser.csrf(), "text": "先排水\n再打药", "photos": photo}
    as_form = experts_browser.client.post(f"/cases/{case.id}/write?form=1", data=form).text
    assert field(as_form, "steps") == "先排水\n再打药"
    assert re.search(r'name="files" value="[0-9a-f-]{36}"', as_form)
    as_text = experts_browser.post(f"/cases/{case.id}/write?form=0", **PARTS)
    assert box(as_text.text) == AS_TEXT
    assert desk.case_now(services, case.id).state == "active"


def test_a_photo_that_cannot_be_read_does_not_cost_what_was_written(experts_browser: Browser, case: Case) -> None:
    form = {"csrf_token": experts_browser.csrf(), "text": "先排水", "photos": (io.BytesIO(b"no photo"), "a.jpg")}
    refused = experts_browser.client.post(f"/cases/{case.id}/write?form=0", data=form)
    assert refused.status_code >= 400
    assert box(refused.text) == "先排水"


def test_the_question_before_sending_keeps_the_form(services: Services, experts_browser: Browser, case: Case) -> None:
    written = PARTS | {"steps": "喷百草枯"}
    asked = experts_browser.post(f"/cases/{case.id}/answer", seen="1", key="k", **written)
    assert "国家禁限用农药：百草枯" in asked.text
    assert field(asked.text, "steps") == "喷百草枯"
    sent = experts_browser.post(f"/cases/{case.id}/answer", seen="1", key="k", confirmed="banned_pesticide", **written)
    assert sent.status_code == 303


def test_a_similar_article_is_one_tap_away_and_its_steps_come_into_the_box(
    services: Services, experts_browser: Browser, case: Case
) -> None:
    with services.database.transaction() as tx:
        articles.load_starter(tx, FOLDER / "rice")
    text = experts_browser.get(f"/cases/{case.id}").text
    offered = re.findall(r'<a href="/knowledge/([^"]+)">([^<]+)</a>\s*<button class="chip"', text)
    assert 1 <= len(offered) <= 3
    assert "稻瘟病" in offered[0][1]
    with services.database.transaction() as tx:
        article = articles.get(tx, offered[0][0])
    assert article.steps[0] in box(experts_browser.get(f"/cases/{case.id}?article={article.id}").text)
    put = box(experts_browser.post(f"/cases/{case.id}/write?article={article.id}", text="老乡好。").text)
    assert put.startswith("老乡好。\n怎么做：\n1. ")
    assert article.steps[0] in put
    in_form = experts_browser.post(f"/cases/{case.id}/write?article={article.id}", **PARTS).text
    assert field(in_form, "steps").startswith("排水\n打药\n")
    assert box(experts_browser.get(f"/cases/{case.id}?article=no-such").text) == ""


def test_an_incident_has_no_articles_beside_it(services: Services, experts_browser: Browser) -> None:
    with services.database.transaction() as tx:
        articles.load_starter(tx, FOLDER / "rice")
    danger = desk.ask(services, "给水稻打药头晕", kind=Kind.INCIDENT, reason="poisoning", object="水稻")
    assert "相近的文章" not in experts_browser.get(f"/cases/{danger.id}").text


def test_cases_like_it_that_were_answered_stand_beside(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    before = desk.ask(services, "辣椒叶子卷起来怎么办", object="辣椒", openid=f"{OPENID}2")
    desk.command(services, before, Command.CLAIM, expert)
    desk.command(services, before, Command.ANSWER, expert, text="翻叶背看有没有蓟马。")
    desk.command(services, before, Command.RESOLVE, expert, outcome="remote")
    case = desk.ask(services, "辣椒叶子都卷起来了", object="辣椒")
    text = experts_browser.get(f"/cases/{case.id}").text
    past = text[text.index("以前答过的（1）") :]
    assert before.number in past
    assert "翻叶背看有没有蓟马。" in past


# --- while one writes


def test_a_banned_pesticide_is_named_while_one_writes(experts_browser: Browser, case: Case) -> None:
    said = experts_browser.post(f"/live/cases/{case.id}/check", text="喷百草枯").get_json()
    assert said["words"].startswith("您写到了国家禁限用农药：百草枯（")
    assert experts_browser.post(f"/live/cases/{case.id}/check", text="先排水").get_json() == {"words": ""}


# --- one tap for photos


def test_photos_are_asked_for_with_one_confirmation(services: Services, experts_browser: Browser, case: Case) -> None:
    text = experts_browser.get(f"/cases/{case.id}").text
    fold = text[text.index("还没有照片，马上请农户拍") :].partition("</details>")[0]
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', fold))
    assert form["text"] == "请再拍三张照片：整株、病处近照、叶背。"
    sent = experts_browser.client.post(f"/cases/{case.id}/ask_farmer", data=form)
    assert sent.status_code == 303
    assert desk.case_now(services, case.id).state == "waiting_farmer"
    after = experts_browser.get(f"/cases/{case.id}").text
    assert 'data-flash="apart"' in after, "a draft in the box is not what was sent, and stays"


# --- putting aside again


def test_what_the_farmer_woke_can_be_put_aside_again_as_before(
    services: Services, experts_browser: Browser, expert: Staff, case: Case, later: Later
) -> None:
    assert "再放一放" not in experts_browser.get(f"/cases/{case.id}").text
    until = clock.now() + timedelta(hours=4)
    desk.command(services, case, Command.SNOOZE, expert, until=until)
    desk.command(services, case, Command.FARMER_REPLIES, text="知道了")
    text = experts_browser.get(f"/cases/{case.id}").text
    again = re.search(r'name="until" value="([^"]+)"><button class="button wide">再放一放', text)
    assert again is not None
    assert again.group(1) == until.isoformat()
    assert experts_browser.post(f"/cases/{case.id}/snooze", until=again.group(1), key="k").status_code == 303
    assert desk.case_now(services, case.id).snoozed_until == until
    later(hours=5)
    desk.command(services, case, Command.WAKE, expert)
    text = experts_browser.get(f"/cases/{case.id}").text
    longer = re.search(r'name="until" value="([^"]+)"><button class="button wide">再放一放', text)
    assert longer is not None, "the time has passed: as long again"
    desk.command(services, case, Command.ANSWER, expert, text="先排水")
    desk.command(services, case, Command.FARMER_REPLIES, text="好")
    assert "再放一放" not in experts_browser.get(f"/cases/{case.id}").text


# --- what WeChat still lets us send


def test_my_cards_say_when_little_may_still_be_sent(
    services: Services, experts_browser: Browser, case: Case, later: Later
) -> None:
    assert "微信还能主动发" not in experts_browser.get("/mine").text
    later(hours=43)
    assert "微信还能主动发5条，还剩4小时" in experts_browser.get("/mine").text
    let_send(services, case, 2, timedelta(hours=40))
    assert "微信还能主动发2条，还剩1天" in experts_browser.get("/live/mine").text
    let_send(services, case, 3, timedelta(hours=40))
    assert "微信" not in re.sub(r"<title>.*?</title>", "", experts_browser.get("/live/mine").text)
    with services.database.transaction() as tx:
        quota.close(tx, case.conversation_id)
    assert "微信现在不让主动发" in experts_browser.get("/mine").text


def let_send(services: Services, case: Case, remaining: int, span: timedelta) -> None:
    with services.database.transaction() as tx:
        tx.execute(
            quota_grants.update()
            .where(quota_grants.c.conversation_id == case.conversation_id)
            .values(remaining=remaining, expires_at=clock.now() + span)
        )


# --- without the database


def test_an_answer_sent_when_the_database_was_away_is_sent_again_and_reaches_the_farmer_once(
    services: Services, experts_browser: Browser, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {"text": "先挖沟排水。", "seen": "1", "key": "k", "csrf_token": experts_browser.csrf()}
    dialect = services.database.engine.dialect
    commit = dialect.do_commit

    def unheard(connection: Any) -> None:
        commit(connection)
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as deaf:
        deaf.setattr(dialect, "do_commit", unheard)
        away = experts_browser.client.post(f"/cases/{case.id}/answer", data=form)
    assert (away.status_code, "请稍后再试" in away.text) == (503, True)
    assert experts_browser.client.post(f"/cases/{case.id}/answer", data=form).status_code == 303
    assert [one.text for one in desk.entries(services, case.id) if one.said_by == "expert"] == ["先挖沟排水。"]
