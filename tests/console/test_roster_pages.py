"""The roster: the next seven days, absences, swaps, pauses, and what coordinators plan."""

import re
import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from conversations.services import Services
from core import clock
from core.people import Role, Staff
from handoff.cases import Case
from handoff.tables import cases as cases_table
from registry import experts, planned, roster, swaps
from registry.roster import Days, Duty
from registry.worktime import CHINA
from tests.conftest import Later
from tests.console import desk
from tests.console.desk import OPENID, Browser

MONDAY = date(2026, 11, 23)
LONG_AGO = date(2020, 1, 1)


@pytest.fixture(autouse=True)
def monday_morning(later: Later) -> None:
    """Ten o'clock of a Monday without a holiday near."""
    move_to(later, at(0, 10))


def move_to(later: Later, moment: datetime) -> None:
    later(seconds=(moment - clock.now()).total_seconds())


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(MONDAY + timedelta(days=day), time(hour, minute), CHINA)


def field(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M")


def span(day: int, start: int, end: int) -> dict[str, str]:
    return {"start": field(at(day, start)), "end": field(at(day, end))}


def plan(services: Services, staff: Staff, start: int, end: int, days: Days = Days.EVERY) -> None:
    """A weekly duty; 24 is written as 0."""
    with services.database.transaction() as tx:
        roster.plan_rule(tx, staff.id, days, time(start), time(end), first_day=LONG_AGO)


def knows(services: Services, staff: Staff, *objects: str) -> None:
    with services.database.transaction() as tx:
        experts.enrol(tx, staff.id, objects=objects)


def duties(services: Services, staff: Staff, day: int, days: int = 1) -> list[tuple[datetime, datetime, str]]:
    with services.database.transaction() as tx:
        found: list[Duty] = roster.duties_of(tx, staff.id, at(day, 0), at(day + days, 0))
        return [(one.start, one.end, one.why) for one in found]


def plain(html: str) -> str:
    """The words of a piece of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def days(text: str) -> list[str]:
    """The words of every day of the page."""
    listed = text.partition('<ol class="days">')[2].partition("</ol>")[0]
    return [plain(card) for card in listed.split('<li class="card">')[1:]]


def section(text: str, name: str) -> str:
    """The words of a card of the page."""
    return plain(text.partition(f'<section class="card" id="{name}">')[2].partition("</section>")[0])


def second(app: Flask) -> Browser:
    return desk.log_in(app.test_client(), "expert2")


# --- the next seven days


def test_seven_days_say_who_is_there_and_when_nobody_is(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    plan(services, expert, 8, 12)
    plan(services, expert, 14, 0)
    found = days(experts_browser.get("/roster").text)
    assert len(found) == 7
    assert found[0] == (
        "11月23日 周一 今天 8:00–12:00 王农 正在值班 固定值班 14:00–24:00 王农 固定值班 12:00–14:00 没有人值班"
    )
    assert (
        found[1] == "11月24日 周二 8:00–12:00 王农 固定值班 14:00–24:00 王农 固定值班 0:00–8:00、12:00–14:00 没有人值班"
    )
    assert found[5].startswith("11月28日 周六 休息日 8:00–12:00")


def test_a_day_without_anybody_and_a_duty_over_midnight(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    with services.database.transaction() as tx:
        roster.plan_single(tx, expert.id, at(1, 20), at(2, 6))
    found = days(experts_browser.get("/roster").text)
    assert found[0].endswith("今天 10:00–24:00 没有人值班")
    assert "20:00–24:00 王农 单次值班" in found[1]
    assert "0:00–6:00 王农 单次值班" in found[2]
    assert found[3] == "11月26日 周四 整天 没有人值班"


def test_only_what_reaches_into_working_time_is_a_hole_to_be_filled(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    """Nights and free days are grey: red that is always there is seen by nobody."""
    plan(services, expert, 9, 12)
    page = unescape(experts_browser.get("/roster").text).partition("接下来七天")[2]
    tuesday = page[page.index("11月24日") : page.index("11月25日")]
    assert '<p class="hole">0:00–9:00、12:00–24:00 没有人值班</p>' in tuesday
    sunday = page[page.index("11月29日") :]
    assert '<p class="hole free">0:00–9:00、12:00–24:00 没有人值班</p>' in sunday
    assert 'class="hole"' not in sunday


def test_who_has_no_plan_is_there_in_office_hours(experts_browser: Browser) -> None:
    found = days(experts_browser.get("/roster").text)
    assert "8:30–12:00 王农 没有排班，按上班时间" in found[1]
    assert found[5] == "11月28日 周六 休息日 整天 没有人值班"


def test_holidays_and_the_days_that_make_up_for_them_are_marked(
    services: Services, later: Later, experts_browser: Browser
) -> None:
    move_to(later, datetime(2026, 10, 5, 9, tzinfo=CHINA))
    found = days(experts_browser.get("/roster").text)
    assert found[0].startswith("10月5日 周一 今天 国庆节放假")
    assert found[5].startswith("10月10日 周六 调休上班（国庆节） 8:30–12:00 王农")
    assert found[6].startswith("10月11日 周日 休息日 整天")
    assert "还没有放假通知" not in experts_browser.get("/roster").text


def test_a_year_without_its_notice_is_called_a_guess(later: Later, experts_browser: Browser) -> None:
    move_to(later, datetime(2098, 11, 24, 9, tzinfo=CHINA))
    assert "还没有放假通知，先按周一到周五上班算" in experts_browser.get("/roster").text


def test_who_has_paused_is_shown_and_leaves_a_gap(services: Services, experts_browser: Browser, expert: Staff) -> None:
    plan(services, expert, 0, 0)
    assert "没有人值班" not in days(experts_browser.get("/roster").text)[1]
    experts_browser.post("/roster/pause", paused="yes")
    paused = days(experts_browser.get("/roster").text)[1]
    assert paused == "11月24日 周二 0:00–24:00 王农 暂停接单 固定值班 整天 没有人值班"


def test_a_coordinator_on_duty_takes_no_cases(
    services: Services, coordinators_browser: Browser, coordinator: Staff
) -> None:
    plan(services, coordinator, 0, 0)
    found = days(coordinators_browser.get("/roster").text)
    assert "陈协调 不接工单 固定值班 整天 没有人值班" in found[1]


def test_what_was_asked_lately_and_nobody_there_knows_is_said_of_the_day_or_of_all_of_them(
    services: Services, coordinators_browser: Browser, expert: Staff, expert2: Staff
) -> None:
    knows(services, expert, "果树")
    knows(services, expert2, "鸭")
    plan(services, expert, 0, 0)
    with services.database.transaction() as tx:
        roster.plan_single(tx, expert2.id, at(2, 8), at(2, 18))
    for number, object_ in enumerate(("柑橘", "鸭", "鲤鱼")):
        desk.ask(services, "怎么办", openid=f"{OPENID}{number}", object=object_)
    text = coordinators_browser.get("/roster").text
    assert "这七天值班的人都不懂：水产。" in text
    found = days(text)
    assert "这天值班的人都不懂：家禽" in found[1]
    assert "不懂" not in found[2]
    assert "水产" not in "".join(found)


def test_ones_own_duties_come_first(services: Services, app: Flask, experts_browser: Browser, expert: Staff) -> None:
    desk.hire(services, "expert2", Role.EXPERT, name="李芳")
    plan(services, expert, 8, 18)
    text = experts_browser.get("/roster").text
    assert section(text, "own").startswith("我的值班 11月23日 周一 10:00–18:00 固定值班 换班")
    assert text.index("我的值班") < text.index("接下来七天")
    assert "再往后的8次" in text
    assert "李芳" not in section(text, "own")
    assert 'class="mine"' in text
    assert "14:00–18:00" in section(second(app).get("/roster").text, "own")


def test_an_expert_sees_no_planning_and_no_absence_of_colleagues(
    services: Services, experts_browser: Browser, coordinators_browser: Browser, expert2: Staff
) -> None:
    with services.database.transaction() as tx:
        roster.be_absent(tx, expert2.id, at(1, 8), at(1, 18), reason="看病")
    seen = experts_browser.get("/roster").text
    assert "看病" not in seen
    assert "加一个固定值班" not in seen
    planning = coordinators_browser.get("/roster").text
    assert "李芳 11月24日 周二 8:00–18:00 看病" in section(planning, "absences")
    assert "加一个固定值班" in planning
    assert "我的值班" not in planning


# --- absences


def test_an_expert_is_absent_and_comes_back(services: Services, experts_browser: Browser, expert: Staff) -> None:
    plan(services, expert, 8, 18)
    form = {**span(1, 0, 12), "reason": "开会 13812345678", "key": "k"}
    for _ in range(2):
        assert experts_browser.post("/roster/absences", **form).status_code == 303
    text = experts_browser.get("/roster").text
    assert section(text, "absences").startswith("请假 11月24日 周二 0:00–12:00 开会 138****5678 取消请假 登记请假")
    assert "13812345678" not in text
    assert duties(services, expert, 1) == [(at(1, 12), at(1, 18), "rule")]
    undo = re.search(r'action="(/roster/absences/[^"]+/undo)"', text)
    assert undo is not None
    assert experts_browser.post(undo.group(1), staff_id=str(expert.id)).status_code == 303
    assert duties(services, expert, 1) == [(at(1, 8), at(1, 18), "rule")]


def test_nobody_enters_or_undoes_the_absence_of_a_colleague(
    services: Services, experts_browser: Browser, expert2: Staff
) -> None:
    answer = experts_browser.post("/roster/absences", **span(1, 8, 18), staff_id=str(expert2.id))
    assert (answer.status_code, "别人的请协调员来改" in answer.text) == (403, True)
    with services.database.transaction() as tx:
        away = roster.be_absent(tx, expert2.id, at(1, 8), at(1, 18))
    for whose in (str(expert2.id), ""):
        experts_browser.post(f"/roster/absences/{away}/undo", staff_id=whose)
    with services.database.transaction() as tx:
        assert [one.id for one in planned.absences_ahead(tx)] == [away]


def test_a_coordinator_enters_and_undoes_anybodys_absence(
    services: Services, coordinators_browser: Browser, expert: Staff
) -> None:
    coordinators_browser.post("/roster/absences", **span(1, 8, 18), staff_id=str(expert.id), key="k")
    with services.database.transaction() as tx:
        (away,) = planned.absences_ahead(tx)
    assert away.staff_id == expert.id
    coordinators_browser.post(f"/roster/absences/{away.id}/undo", staff_id=str(expert.id))
    with services.database.transaction() as tx:
        assert planned.absences_ahead(tx) == []


# --- swaps


def offered(services: Services, browser: Browser, **more: str) -> str:
    """Wang asks for somebody to take his Tuesday; the path of the swap."""
    assert browser.post("/roster/swaps", **span(1, 8, 18), slot=field(at(1, 18)), **more).status_code == 303
    with services.database.transaction() as tx:
        return f"/roster/swaps/{swaps.open_now(tx)[0].id}"


def test_a_duty_goes_to_the_colleague_who_takes_it_first_and_the_next_one_is_told(
    services: Services, app: Flask, experts_browser: Browser, expert: Staff, expert2: Staff
) -> None:
    desk.hire(services, "expert3", Role.EXPERT, name="赵敏")
    plan(services, expert, 8, 18)
    swap = offered(services, experts_browser, note="家长会，找我13812345678")
    assert "等人接 11月24日 周二 8:00–18:00 收回" in section(experts_browser.get("/roster").text, "own")
    li, zhao = second(app), desk.log_in(app.test_client(), "expert3")
    wish = section(li.get("/roster").text, "swaps")
    assert wish == "同事找人换班 王农 11月24日 周二 8:00–18:00 家长会，找我138****5678 我来接"
    assert li.post(f"{swap}/take").status_code == 303
    late = zhao.post(f"{swap}/take")
    assert (late.status_code, "已经有人接了" in late.text) == (409, True)
    assert li.post(f"{swap}/take").status_code == 303  # the button pressed twice
    assert duties(services, expert, 1) == []
    assert "8:00–18:00 李芳 换班接的" in days(zhao.get("/roster").text)[1]


def test_of_two_who_take_a_duty_at_once_one_gets_it(
    services: Services, app: Flask, experts_browser: Browser, expert: Staff, expert2: Staff
) -> None:
    desk.hire(services, "expert3", Role.EXPERT, name="赵敏")
    plan(services, expert, 8, 18)
    swap = offered(services, experts_browser)
    browsers = [second(app), desk.log_in(app.test_client(), "expert3")]
    forms = [{"csrf_token": browser.csrf()} for browser in browsers]
    barrier, answers = threading.Barrier(2), list[TestResponse]()

    def take(browser: Browser, form: dict[str, str]) -> None:
        barrier.wait()
        answers.append(browser.client.post(f"{swap}/take", data=form))

    threads = [
        threading.Thread(target=take, args=(browser, form)) for browser, form in zip(browsers, forms, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    with services.database.transaction() as tx:
        assert len([one for one in roster.duties(tx, at(1, 0), at(2, 0)) if one.why == "swap"]) == 1


def test_a_wish_to_swap_is_taken_back_by_who_has_it(
    services: Services, app: Flask, experts_browser: Browser, expert: Staff, expert2: Staff
) -> None:
    plan(services, expert, 8, 18)
    swap = offered(services, experts_browser)
    anothers = second(app).post(f"{swap}/back")
    assert (anothers.status_code, "没有这个换班请求" in anothers.text) == (404, True)
    assert experts_browser.post(f"{swap}/back").status_code == 303
    assert second(app).post(f"{swap}/take").status_code == 409
    assert duties(services, expert, 1) == [(at(1, 8), at(1, 18), "rule")]


def test_a_swap_that_a_rule_refuses_stands_where_it_was_written(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    plan(services, expert, 8, 18)
    form = {**span(1, 19, 20), "slot": field(at(1, 18)), "note": "家长会"}
    refused = experts_browser.post("/roster/swaps", **form)
    assert refused.status_code == 422
    own = refused.text.partition('id="own"')[2].partition("</section>")[0]
    open_fold = own.partition('<details class="fold duty" open>')[2].partition("</details>")[0]
    assert "11月24日 周二 8:00–18:00" in plain(open_fold)
    assert "这段时间您没有值班。" in open_fold
    assert f'name="start" value="{field(at(1, 19))}"' in open_fold
    assert 'value="家长会"' in open_fold
    assert refused.text.count("这段时间您没有值班。") == 1
    elsewhere = experts_browser.post("/roster/swaps", **{**form, "slot": "?"}).text
    assert elsewhere.count("这段时间您没有值班。") == 1


# --- pauses


@pytest.mark.parametrize("page", ["mine", "roster"])
def test_an_expert_pauses_and_goes_on(services: Services, experts_browser: Browser, expert: Staff, page: str) -> None:
    assert "您已暂停接单" not in experts_browser.get(f"/{page}").text
    answer = experts_browser.post("/roster/pause", paused="yes", back=page)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{page}")
    for path in ("/mine", "/roster"):
        assert "您已暂停接单" in experts_browser.get(path).text
    with services.database.transaction() as tx:
        profile = experts.of(tx, expert.id)
    assert profile is not None
    assert profile.paused
    experts_browser.post("/roster/pause", paused="no", back=page)
    assert "您已暂停接单" not in experts_browser.get(f"/{page}").text


def test_a_coordinator_pauses_others_and_has_no_button_for_herself(
    services: Services, coordinators_browser: Browser, coordinator: Staff, expert: Staff
) -> None:
    for path in ("/mine", "/roster"):
        assert 'action="/roster/pause"' not in coordinators_browser.get(path).text
    coordinators_browser.post(f"/roster/pause/{expert.id}", paused="yes")
    assert "王农 暂停接单 恢复接单" in section(coordinators_browser.get("/roster").text, "pauses")
    nobody = coordinators_browser.post(f"/roster/pause/{coordinator.id}", paused="yes")
    assert (nobody.status_code, "还没有登记为专家" in nobody.text) == (422, True)


# --- planning


def rule_form(staff: Staff, *times: str, **more: Any) -> dict[str, Any]:
    starts, ends = list(times[::2]), list(times[1::2])
    return {"staff_id": str(staff.id), "days": "working", "from": starts, "until": ends, "key": "k", **more}


def test_several_spans_of_a_day_are_planned_once(
    services: Services, coordinators_browser: Browser, expert: Staff
) -> None:
    form = rule_form(expert, "14:00", "18:00", "08:00", "12:00", "", "")
    for _ in range(2):
        assert coordinators_browser.post("/roster/rules", **form).status_code == 303
    assert duties(services, expert, 1) == [(at(1, 8), at(1, 12), "rule"), (at(1, 14), at(1, 18), "rule")]
    assert duties(services, expert, 5, 2) == []
    assert duties(services, expert, -1) == []  # from today on where no day is given
    rules = section(coordinators_browser.get("/roster").text, "rules")
    assert "王农 工作日 8:00–12:00 2026-11-23起" in rules


def test_a_rule_is_ended_goes_on_and_is_deleted(
    services: Services, coordinators_browser: Browser, expert: Staff
) -> None:
    coordinators_browser.post("/roster/rules", **rule_form(expert, "20:00", "00:00", days="every"))
    with services.database.transaction() as tx:
        (rule,) = roster.rules(tx)
    coordinators_browser.post(f"/roster/rules/{rule.id}/end", last_day="2026-11-24")
    assert duties(services, expert, 0, 4) == [(at(day, 20), at(day + 1, 0), "rule") for day in (0, 1)]
    early = coordinators_browser.post(f"/roster/rules/{rule.id}/end", last_day="2026-11-22")
    assert (early.status_code, "结束的日子在开始之前" in early.text, 'value="2026-11-22"' in early.text) == (
        422,
        True,
        True,
    )
    coordinators_browser.post(f"/roster/rules/{rule.id}/end", last_day="")
    assert len(duties(services, expert, 0, 4)) == 4
    coordinators_browser.post(f"/roster/rules/{rule.id}/drop")
    with services.database.transaction() as tx:
        assert roster.rules(tx) == []
    gone = coordinators_browser.post(f"/roster/rules/{rule.id}/end", last_day="")
    assert (gone.status_code, "可能已经删掉了" in gone.text) == (404, True)


def test_a_rule_that_is_over_is_still_to_be_seen(
    services: Services, coordinators_browser: Browser, expert: Staff
) -> None:
    with services.database.transaction() as tx:
        roster.plan_rule(tx, expert.id, Days.EVERY, time(8), time(9), first_day=LONG_AGO, last_day=date(2026, 11, 22))
    assert "到2026-11-22 已结束" in section(coordinators_browser.get("/roster").text, "rules")


def test_a_single_duty_is_planned_once_and_undone(
    services: Services, coordinators_browser: Browser, expert: Staff
) -> None:
    for _ in range(2):
        coordinators_browser.post("/roster/singles", **span(2, 8, 9), staff_id=str(expert.id), key="k")
    with services.database.transaction() as tx:
        (single,) = planned.single_duties_ahead(tx)
    assert "王农 11月25日 周三 8:00–9:00" in section(coordinators_browser.get("/roster").text, "singles")
    coordinators_browser.post(f"/roster/singles/{single.id}/drop")
    with services.database.transaction() as tx:
        assert planned.single_duties_ahead(tx) == []


@pytest.mark.parametrize(
    ("times", "change", "said"),
    [
        (("08:00", "12:00"), {"staff_id": ""}, "请选是谁。"),
        (("08:00", "12:00"), {"staff_id": "00000000-0000-4000-8000-000000000000"}, "请选是谁。"),
        (("08:00", "12:00"), {"days": "sometimes"}, "请选哪些日子值班。"),
        (("", ""), {}, "请写从几点到几点。"),
        (("08:00", ""), {}, "有一段只写了开始或只写了结束"),
        (("08:00", "12:00", "11:00", "15:00"), {}, "有两段时间重在一起了"),
        (("12:00", "00:00", "13:00", "15:00"), {}, "有两段时间重在一起了"),
        (("12:00", "08:00"), {}, "过夜的请分成两段"),
        (("nine", "12:00"), {}, "“nine”不是时间"),
        (("08:00", "12:00"), {"first_day": "tomorrow"}, "“tomorrow”不是日期"),
        (("08:00", "12:00"), {"last_day": "2062-01-01"}, "日期离现在太远"),
        (("08:00", "12:00"), {"last_day": "2026-11-22"}, "最后一天在第一天之前。"),
    ],
)
def test_a_rule_that_is_refused_says_why_and_keeps_what_was_written(
    services: Services,
    coordinators_browser: Browser,
    expert: Staff,
    times: tuple[str, ...],
    change: dict[str, str],
    said: str,
) -> None:
    form = rule_form(expert, *times) | change
    refused = coordinators_browser.post("/roster/rules", **form)
    assert refused.status_code == 422
    assert said in refused.text
    written = refused.text.partition('action="/roster/rules"')[2].partition("</form>")[0]
    for name in ("from", "until"):
        assert re.findall(rf'name="{name}" value="([^"]*)"', written)[: len(form[name])] == form[name]
    assert (f'value="{expert.id}" selected' in written) == (form["staff_id"] == str(expert.id))
    assert ('value="working" selected' in written) == (form["days"] == "working")
    with services.database.transaction() as tx:
        assert roster.rules(tx) == []


@pytest.mark.parametrize("path", ["/roster/singles", "/roster/absences"])
@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("", "2026-11-24T12:00", "请把开始和结束的日期、时间写全。"),
        ("2026-11-24T12:00", "2026-11-24T08:00", "结束时间要晚于开始时间"),
        ("2026-11-23T08:00", "2026-11-23T09:00", "这段时间已经过去了。"),
        ("0001-01-01T00:00", "2026-11-24T08:00", "日期离现在太远"),
        ("2026-11-24T08:00", "9999-12-31T23:59", "日期离现在太远"),
    ],
)
def test_a_time_that_is_refused_says_why_and_is_kept(
    services: Services, coordinators_browser: Browser, expert: Staff, path: str, start: str, end: str, said: str
) -> None:
    refused = coordinators_browser.post(path, start=start, end=end, staff_id=str(expert.id), reason="看病")
    assert (refused.status_code, said in refused.text) == (422, True)
    written = refused.text.partition(f'action="{path}"')[2].partition("</form>")[0]
    assert f'name="start" value="{start}"' in written
    assert f'name="end" value="{end}"' in written
    assert f'value="{expert.id}" selected' in written
    assert ('value="看病"' in written) == (path == "/roster/absences")


# --- what waits is looked at again


def _unpause(browser: Browser, services: Services, expert: Staff) -> None:
    with services.database.transaction() as tx:
        experts.pause(tx, expert.id, paused=True)
    hold_back(services)
    assert browser.post("/roster/pause", paused="no").status_code == 303


def _unpause_other(browser: Browser, services: Services, expert: Staff) -> None:
    assert browser.post(f"/roster/pause/{expert.id}", paused="no").status_code == 303


def _rule(browser: Browser, services: Services, expert: Staff) -> None:
    assert browser.post("/roster/rules", **rule_form(expert, "08:00", "18:00")).status_code == 303


def _single(browser: Browser, services: Services, expert: Staff) -> None:
    assert browser.post("/roster/singles", **span(0, 8, 18), staff_id=str(expert.id)).status_code == 303


def _back(browser: Browser, services: Services, expert: Staff) -> None:
    with services.database.transaction() as tx:
        away = roster.be_absent(tx, expert.id, at(0, 8), at(0, 18))
    assert browser.post(f"/roster/absences/{away}/undo", staff_id=str(expert.id)).status_code == 303


def _swap(browser: Browser, services: Services, expert: Staff) -> None:
    other = desk.hire(services, "other", Role.EXPERT)
    plan(services, other, 8, 18)
    with services.database.transaction() as tx:
        swap = swaps.offer(tx, other.id, at(0, 10), at(0, 18))
    assert browser.post(f"/roster/swaps/{swap}/take").status_code == 303


def hold_back(services: Services) -> None:
    """Every waiting case has been looked at a moment ago."""
    with services.database.transaction() as tx:
        tx.execute(cases_table.update().values(route_after=clock.now() + timedelta(seconds=30)))


def looked_at_next(services: Services, case: Case) -> bool:
    with services.database.transaction() as tx:
        row = tx.execute(cases_table.select().where(cases_table.c.id == case.id)).one()
    return row.route_after is None


@pytest.mark.parametrize("change", [_unpause, _unpause_other, _rule, _single, _back, _swap])
def test_whatever_puts_somebody_on_duty_has_waiting_cases_looked_at_at_once(
    services: Services, app: Flask, change: Callable[[Browser, Services, Staff], None]
) -> None:
    both = desk.hire(services, "both", Role.EXPERT, Role.COORDINATOR, name="王农")
    case = desk.ask(services, "柑橘叶子发黄")
    hold_back(services)
    browser = desk.log_in(app.test_client(), "both")
    browser.get("/roster")
    assert not looked_at_next(services, case)
    change(browser, services, both)
    assert looked_at_next(services, case)


def test_what_is_refused_changes_nothing_at_all(services: Services, coordinators_browser: Browser) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    hold_back(services)
    assert coordinators_browser.post("/roster/rules").status_code == 422
    assert not looked_at_next(services, case)
