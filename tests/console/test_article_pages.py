"""The knowledge desk at its pages: writing, looking, publishing, signing, bringing spreadsheets, closing gaps."""

import io
import re
from typing import Any
from uuid import uuid4

import pytest

from conversations import inbox
from conversations.incoming import Incoming, Kind
from conversations.services import Services
from core import clock
from core.people import Staff
from handoff.cases import Case
from handoff.states import Command
from handoff.states import Kind as CaseKind
from knowledge import articles, desk, sheets
from knowledge.articles import State
from knowledge.asked import Query
from knowledge.search import Verdict
from tests.console import desk as office
from tests.console.desk import OPENID, PHONE, Browser
from tests.knowledge.kit import text

FORM: dict[str, Any] = {
    "title": "小麦倒春寒", "object": "麦子", "topic": "气象灾害", "problem": "", "question": "小麦遇到倒春寒怎么办？",
    "asked_as": "麦子冻了咋办\n小麦拔节期霜冻\n麦苗被冻死", "first": "先看心叶和幼穗还绿不绿。", "steps": "冻后浇水，补一次肥。\n过几天再看分蘖。",
    "avoid": "", "look_alikes": "", "call_expert": "", "look_for": "", "regions": "", "season": "", "valid_until": "2099-12-31",
    "also_topics": ["栽培管理"], "sources": ["common-practice"], "safety": [],
}  # fmt: skip


def shelf_says(services: Services, question: str) -> tuple[Verdict, str]:
    with services.database.transaction() as tx:
        decision = services.shelf.decide(tx, Query(question))
    return decision.verdict, decision.candidates[0].article.title if decision.candidates else ""


def article(services: Services, article_id: str) -> articles.Article:
    with services.database.transaction() as tx:
        return articles.get(tx, article_id)


def put(services: Services, *, publish: bool = True, **changes: Any) -> articles.Article:
    with services.database.transaction() as tx:
        return desk.add(tx, text(**changes), by="王农", publish=publish)


def test_an_article_that_is_published_answers_the_next_farmer(services: Services, experts_browser: Browser) -> None:
    assert shelf_says(services, "小麦遇到倒春寒怎么办")[0] is Verdict.NONE
    answer = experts_browser.post("/articles/new", **FORM, **{"as": "publish"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/knowledge/xiao-mai-dao-chun-han")
    made = article(services, "xiao-mai-dao-chun-han")
    assert (made.object, made.edited_by, made.state) == ("小麦", "王农", State.PUBLISHED)
    assert made.topics == ("气象灾害", "栽培管理")
    assert shelf_says(services, "小麦遇到倒春寒怎么办") == (Verdict.ANSWER, "小麦倒春寒")


def test_what_breaks_a_rule_is_not_published_and_nothing_typed_is_lost(experts_browser: Browser) -> None:
    wrong = {**FORM, "steps": "每亩50克兑水喷雾。\n再看。"}
    answer = experts_browser.post("/articles/new", **wrong, **{"as": "publish"})
    assert answer.status_code == 422
    assert "步骤：写了具体用量，请改成“按标签”（50克）" in answer.text
    assert "每亩50克兑水喷雾。\n再看。" in answer.text
    assert experts_browser.post("/articles/new", **wrong, **{"as": "draft"}).status_code == 303


def test_what_is_missing_is_said_field_by_field(experts_browser: Browser) -> None:
    answer = experts_browser.post("/articles/new", **{**FORM, "title": "", "steps": "", "topic": ""}, **{"as": "draft"})
    assert answer.status_code == 422
    for words in ("标题：还没有填，或者太短", "步骤：至少要写一条", "主题：请选一个主题"):
        assert words in answer.text
    assert "小麦遇到倒春寒怎么办？" in answer.text


def test_the_preview_shows_the_phone_and_the_rules(services: Services, experts_browser: Browser) -> None:
    shown = experts_browser.post("/articles/preview", **{**FORM, "first": "买康宽来打。"}).text
    assert "【小麦倒春寒】" in shown
    assert "写了商品名、厂家或店铺，请去掉（康宽）" in shown
    with services.database.transaction() as tx:
        assert articles.listed(tx) == ()


def test_two_people_who_edit_do_not_overwrite_each_other(services: Services, experts_browser: Browser) -> None:
    put(services)
    fields = {**FORM, "object": "水稻", "title": "水稻稻瘟病"}
    assert experts_browser.post("/articles/rice-blast/edit", **fields, seen="1").status_code == 303
    again = experts_browser.post("/articles/rice-blast/edit", **{**fields, "first": "我写的。"}, seen="1")
    assert again.status_code in {409, 422}
    assert "别人刚刚改过这篇文章" in again.text
    assert "我写的。" in again.text


def test_an_article_is_signed_retired_and_published_again(services: Services, coordinators_browser: Browser) -> None:
    put(services)
    assert "未经本地专家审定" in coordinators_browser.get("/knowledge/rice-blast").text
    coordinators_browser.post("/articles/rice-blast/sign", seen="1")
    assert article(services, "rice-blast").approved_by == f"陈协调（县农技站），{clock.now().date()}"
    assert shelf_says(services, "水稻稻瘟病怎么防治")[0] is Verdict.ANSWER
    coordinators_browser.post("/articles/rice-blast/retire", seen="2")
    assert shelf_says(services, "水稻稻瘟病怎么防治")[0] is Verdict.NONE
    coordinators_browser.post("/articles/rice-blast/publish", seen="3")
    assert shelf_says(services, "水稻稻瘟病怎么防治")[0] is Verdict.ANSWER
    late = coordinators_browser.post("/articles/rice-blast/retire", seen="3")
    assert "别人刚刚改过这篇文章" in coordinators_browser.client.get(late.headers["Location"]).text


def test_the_page_tells_what_each_version_changed_and_an_old_one_can_be_taken_up(
    services: Services, experts_browser: Browser
) -> None:
    put(services)
    with services.database.transaction() as tx:
        desk.save(tx, text(first="先看水。"), seen=1, by="李芳", publish=False)
    page = experts_browser.get("/knowledge/rice-blast").text
    assert re.search(r"<b>先做什么</b><del>先断氮肥，保持浅水。</del><ins>先看水。</ins>", page)
    assert "先断氮肥" in experts_browser.get("/articles/rice-blast/edit?version=1").text
    assert experts_browser.get("/articles/rice-blast/edit?version=9").status_code == 404


def test_what_ends_soon_and_what_nobody_has_signed_is_listed(services: Services, experts_browser: Browser) -> None:
    put(services, valid_until=clock.now().date().isoformat())
    put(services, id="far-away", title="还早的", valid_until="2099-01-01")
    page = experts_browser.get("/knowledge").text
    assert "1篇在60天内到期或已经到期" in page
    ending = experts_browser.get("/knowledge?show=ending").text
    assert "水稻稻瘟病" in ending
    assert "还早的" not in ending
    assert "还早的" in experts_browser.get("/knowledge?show=unsigned").text


def test_the_search_says_what_a_farmer_would_get(services: Services, experts_browser: Browser) -> None:
    put(services)
    assert "会看到" in experts_browser.get("/knowledge?q=禾苗掐颈瘟点算").text
    assert "会转给专家" in experts_browser.get("/knowledge?q=鸭子不下蛋怎么办").text


# --- from a case


def answered_case(services: Services, expert: Staff, **about: Any) -> Case:
    case = office.ask(
        services,
        f"我是大桥镇的，苹果树皮腐烂流黄水，电话{PHONE}",
        object="苹果",
        topic="病害",
        reason="no_answer",
        **about,
    )
    office.command(services, case, Command.CLAIM, expert)
    office.command(
        services,
        case,
        Command.ANSWER,
        expert,
        text="老赵，先把烂皮刮干净。\n伤口涂登记的药剂，按标签。\n不要连刀用，刮一株消毒一次。",
    )
    return case


def test_an_experts_answer_becomes_an_article_without_the_farmer(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = answered_case(services, expert)
    assert f"/cases/{case.id}/article" in experts_browser.get(f"/cases/{case.id}").text
    page = experts_browser.get(f"/cases/{case.id}/article").text
    assert PHONE not in page.replace("已换成记号的个人信息", "").split("<form")[1]
    for words in ("〔电话〕", "〔地点〕", "不要连刀用", "先把烂皮刮干净"):
        assert words in page
    form = {
        **FORM,
        "title": "苹果树腐烂病",
        "object": "苹果",
        "topic": "病害",
        "question": "苹果树皮腐烂流黄水怎么办？",
        "case": str(case.id),
    }
    assert experts_browser.post("/articles/new", **form, **{"as": "publish"}).status_code == 422
    done = experts_browser.post("/articles/new", **form, nobody_named="yes", **{"as": "publish"})
    assert done.status_code == 303
    assert shelf_says(services, "苹果树皮腐烂流黄水") == (Verdict.ANSWER, "苹果树腐烂病")


def test_an_incident_and_a_case_without_an_answer_make_no_article(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = office.ask(services, "柑橘叶子发黄")
    assert "把答复写成文章" not in experts_browser.get(f"/cases/{case.id}").text
    incident = answered_case(services, expert, kind=CaseKind.INCIDENT, openid=f"{OPENID}i")
    assert "把答复写成文章" not in experts_browser.get(f"/cases/{incident.id}").text
    assert experts_browser.get(f"/cases/{incident.id}/article").status_code == 404


# --- what nobody could answer


def asked(
    services: Services, question: str, openid: str, outcome: str = "hand_off", intent: str = "ask_control"
) -> None:
    with services.database.transaction() as tx:
        written = inbox.write_down(tx, Incoming(openid, uuid4().hex, Kind.TEXT, clock.now(), text=question))
        inbox.finish(tx, written.message_id, {"outcome": outcome, "article": None, "intent": intent}, case_id=None)


def test_unanswered_questions_are_grouped_the_most_frequent_first(services: Services, experts_browser: Browser) -> None:
    asked(services, f"苹果树腐烂病怎么治，打{PHONE}", "a")
    for number in range(3):
        asked(services, "蓝莓叶子发红怎么办", f"b{number}")
    asked(services, "转人工", "c", intent="hand_off")
    asked(services, "水稻稻瘟病怎么防治", "d", outcome="answer")
    page = experts_browser.get("/articles/gaps").text
    assert page.index("蓝莓叶子发红") < page.index("苹果树腐烂病")
    assert "<b>3</b>位农户问了3次" in page
    assert "转人工" not in page
    assert "稻瘟病" not in page
    assert PHONE not in re.sub(r'value="[^"]*"', "", page)


def test_an_offer_that_was_taken_is_answered_and_one_that_did_not_help_is_not(
    services: Services, experts_browser: Browser
) -> None:
    asked(services, "葡萄白腐病怎么防", "a", outcome="clarify")
    asked(services, "1", "a", outcome="answer", intent="inform")
    asked(services, "桃树卷叶怎么办", "b", outcome="answer")
    asked(services, "没用", "b", outcome="hand_off", intent="not_solved")
    page = experts_browser.get("/articles/gaps").text
    assert "葡萄白腐病" not in page
    assert "桃树卷叶" in page


def test_a_gap_closes_when_an_article_answers_or_somebody_puts_it_aside(
    services: Services, experts_browser: Browser
) -> None:
    asked(services, "小麦遇到倒春寒怎么办", "a")
    asked(services, "骆驼怎么养", "b", intent="ask_feeding")
    assert "小麦遇到倒春寒怎么办" in experts_browser.get("/articles/gaps").text
    experts_browser.post("/articles/new", **FORM, **{"as": "publish"})
    experts_browser.post("/articles/gaps", wording="骆驼怎么养")
    assert "没有漏答的问题" in experts_browser.get("/articles/gaps").text


def test_ways_of_asking_are_put_beside_those_of_an_article_and_none_is_dropped(
    services: Services, experts_browser: Browser
) -> None:
    written = [f"第{number}种问法" for number in range(14)]
    put(services, asked_as=written)
    page = experts_browser.get("/articles/rice-blast/edit?asked_as=稻子掐颈&asked_as=第3种问法").text
    shown = re.search(r'<textarea[^>]*name="asked_as"[^>]*>([^<]*)', page)
    assert shown is not None
    assert shown.group(1).split() == [*written, "稻子掐颈"]


# --- spreadsheets


def test_a_spreadsheet_goes_out_comes_back_and_is_looked_at_before_it_is_written(
    services: Services, coordinators_browser: Browser
) -> None:
    put(services)
    content = coordinators_browser.get("/articles/export.xlsx").data
    rows = sheets.read(content)
    assert rows[0].text is not None
    changed = rows[0].text.model_copy(update={"first": "表里改的。"})
    extra = articles.as_if(text(id="added", title="表里加的", question="表里加的问题？", asked_as=["一种问法"]))
    sent = sheets.write([articles.Article(changed, State.PUBLISHED, 1, "", "", clock.now()), extra])
    looked = coordinators_browser.post("/articles/import", sheet=(io.BytesIO(sent), "a.xlsx"))
    assert "还没有写入" in looked.text
    assert article(services, "rice-blast").version == 1
    sealed = re.search(r'name="sealed" value="([^"]+)"', looked.text)
    assert sealed is not None
    done = coordinators_browser.post("/articles/import", sealed=sealed.group(1), confirmed="yes")
    assert done.status_code == 303
    assert article(services, "rice-blast").first == "表里改的。"
    assert article(services, "added").state is State.DRAFT


@pytest.mark.parametrize("content", [b"", b"no sheet at all"])
def test_a_file_that_is_no_spreadsheet_gets_a_sentence(coordinators_browser: Browser, content: bytes) -> None:
    answer = coordinators_browser.post("/articles/import", sheet=(io.BytesIO(content), "a.xlsx"))
    assert answer.status_code == 422
    assert "表格" in answer.text
