"""Colleagues on one case: asked to have a look, a second question split off, and what belongs together."""

import re

from conversations.services import Services
from core.people import Staff
from handoff import cases, machine
from handoff.cases import Case
from handoff.orders import FARMER, Opening
from handoff.states import Command, Kind, State
from tests.console import desk
from tests.console.desk import OPENID, PHONE, Browser


def page(browser: Browser, case: Case) -> str:
    answer = browser.get(f"/cases/{case.id}")
    assert answer.status_code == 200
    return answer.text


def claimed(services: Services, expert: Staff, question: str = "柑橘叶子发黄", **about: object) -> Case:
    case = desk.ask(services, question, **about)
    return desk.command(services, case, Command.CLAIM, expert)


def test_a_colleague_is_asked_without_handing_over_and_finds_the_case_among_his(
    services: Services, experts_browser: Browser, expert: Staff, expert2: Staff, app: object
) -> None:
    case = claimed(services, expert)
    text = page(experts_browser, case)
    form = text[text.index("/consult") :].partition("</form>")[0]
    assert f'value="{expert2.id}"' in form
    assert f'value="{expert.id}"' not in form
    sent = experts_browser.post(f"/cases/{case.id}/consult", to=str(expert2.id), text="像黄龙病吗？", key="k")
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/cases/{case.id}")
    assert "李芳在帮看" in page(experts_browser, case)
    assert desk.case_now(services, case.id).owner_id == expert.id
    his = desk.log_in(app.test_client(), "expert2")  # type: ignore[attr-defined]
    mine = his.get("/mine").text
    assert mine.index("同事请我看的") < mine.index(case.number)
    assert "像黄龙病吗？" in page(his, case)
    assert case.number in his.get("/live/mine").text


def test_a_consultation_that_is_refused_keeps_what_was_written(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = claimed(services, expert)
    refused = experts_browser.post(f"/cases/{case.id}/consult", to="nobody", text="像黄龙病吗？", key="k")
    assert refused.status_code in {409, 422}
    assert "没有这位同事。" in refused.text
    assert "像黄龙病吗？</textarea>" in refused.text


def test_a_second_question_is_split_off_with_the_words_that_belong_to_it(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = claimed(services, expert)
    desk.command(services, case, Command.FARMER_REPLIES, text="还有鸭子不下蛋了")
    form = re.search(r'action="[^"]+/split".*?</form>', page(experts_browser, case), re.DOTALL)
    assert form is not None
    assert re.findall(r'name="entries" value="(\d+)"', form.group()) == ["1", "2"]
    sent = experts_browser.post(
        f"/cases/{case.id}/split", text="鸭子为什么不下蛋", object="鸭子", entries=["2"], key="k"
    )
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/cases/{case.id}")
    with services.database.transaction() as tx:
        (new,) = cases.split_off(tx, case.id)
    assert (new.state, new.object, new.question) == (State.QUEUED, "鸭", "鸭子为什么不下蛋")
    assert [one.text for one in desk.entries(services, new.id)] == ["还有鸭子不下蛋了"]
    assert f'<dt>拆出</dt><dd><a href="/cases/{new.number}">' in page(experts_browser, case)
    assert f'<dt>拆自</dt><dd><a href="/cases/{case.number}">' in page(experts_browser, new)


def test_a_split_that_is_refused_keeps_the_words_and_the_boxes(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = claimed(services, expert)
    refused = experts_browser.post(
        f"/cases/{case.id}/split", text="鸭子不下蛋", object="没有这种", entries=["1"], key="k"
    )
    assert "不认识“没有这种”" in refused.text
    assert "鸭子不下蛋</textarea>" in refused.text
    assert 'name="entries" value="1" checked' in refused.text


def test_what_a_farmer_asked_before_stands_beside_with_how_it_ended(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    before = claimed(services, expert, f"辣椒卷叶，电话{PHONE}", object="辣椒")
    desk.command(services, before, Command.ANSWER, expert, text="先看有没有小虫。")
    with services.database.transaction() as tx:
        machine.apply(tx, before.id, Command.RATE, FARMER, desk.Said(rating=2))
    desk.command(services, before, Command.RESOLVE, expert, outcome="remote")
    danger = desk.ask(services, "打药头晕", kind=Kind.INCIDENT, reason="poisoning")
    case = desk.ask(services, "柑橘叶子发黄")
    desk.ask(services, "别人家的事", openid=f"{OPENID}2")
    text = page(experts_browser, case)
    history = text[text.index("这位农户问过的（1）") :]
    assert before.number in history
    assert "远程答复，一般" in history
    assert "138****5678" in history
    assert PHONE not in text
    assert danger.number not in history
    assert "这位农户问过的" not in page(experts_browser, danger)
    assert "<b>一般</b>" in page(experts_browser, before)


def test_a_case_and_the_one_that_follows_it_up_lead_to_each_other(services: Services, experts_browser: Browser) -> None:
    first = desk.ask(services, "柑橘叶子发黄")
    with services.database.transaction() as tx:
        machine.apply(tx, first.id, Command.CANCEL, FARMER, desk.Said(reason="好了"))
        opening = Opening(
            kind=Kind.QUESTION, conversation_id=first.conversation_id, farmer_id=first.farmer_id, question="又黄了", reason="asked",
            follow_up_of=first.id,
        )  # fmt: skip
        second = machine.open_case(tx, opening, FARMER)
    assert f'<dt>前一次</dt><dd><a href="/cases/{first.number}">' in page(experts_browser, second)
    assert f'<dt>后来又问</dt><dd><a href="/cases/{second.number}">' in page(experts_browser, first)


# --- putting right


def test_what_a_case_is_about_is_put_right_on_its_page(
    services: Services, coordinators_browser: Browser, coordinator: Staff
) -> None:
    case = desk.ask(services, "苞谷叶子上有虫眼")
    text = coordinators_browser.get(f"/cases/{case.id}").text
    form = text[text.index("/amend") :].partition("</form>")[0]
    shown = {name: re.search(rf'name="{name}" value="([^"]*)"', form) for name in ("object", "place")}
    as_it_was = {name: found.group(1) for name, found in shown.items() if found}
    assert set(as_it_was) == {"object", "place"}
    sent = {**as_it_was, "urgency": "急", "topic": "", "key": "k1"}
    refused = coordinators_browser.post(f"/cases/{case.id}/amend", **{**sent, "object": "认不得的"})
    assert refused.status_code == 422
    assert "不认识“认不得的”" in refused.text
    assert 'name="object" value="认不得的"' in refused.text
    done = coordinators_browser.post(f"/cases/{case.id}/amend", **sent)
    assert done.status_code == 303
    after = desk.case_now(services, case.id)
    assert (after.urgency, after.object, after.place_code) == ("急", case.object, case.place_code)
    again = coordinators_browser.post(f"/cases/{case.id}/amend", **sent)
    assert again.status_code == 303, "sent twice it is done once, without a complaint"
    log = coordinators_browser.get(f"/cases/{case.id}").text
    assert "改工单信息" in log
    assert "<q>急</q>" in log
