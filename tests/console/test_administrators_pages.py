"""Staff, experts, regions and tokens."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from conversations.services import Services
from core import clock, people
from core.people import Role, Staff
from handoff.states import Command
from handoff.tables import cases
from registry import experts, regions
from registry.regions import NEEDED
from tests.console import desk
from tests.console.desk import Browser


def test_somebody_is_added_and_can_log_in(services: Services, app: Flask, admins_browser: Browser) -> None:
    added = admins_browser.post(
        "/staff",
        name="赵敏",
        username="zhaomin",
        password="a-long-password",
        unit="县植保站",
        speciality="水稻",
        roles="expert",
    )
    assert added.status_code == 303
    assert "赵敏" in admins_browser.get("/staff").text
    browser = desk.log_in(app.test_client(), "zhaomin")
    assert browser.get("/inbox").status_code == 200
    with services.database.transaction() as tx:
        zhao = next(one for one in people.everyone(tx) if one.username == "zhaomin")
        assert experts.of(tx, zhao.id) is not None
    assert zhao.signature == "赵敏（县植保站，水稻）"


def test_who_cannot_be_added_is_said_why(admins_browser: Browser) -> None:
    weak = admins_browser.post("/staff", name="赵敏", username="zhaomin", password="short", roles="expert")
    assert (weak.status_code, "密码至少10个字符。" in weak.text) == (422, True)
    assert 'value="赵敏"' in weak.text
    taken = admins_browser.post("/staff", name="赵敏", username="admin", password="a-long-password", roles="expert")
    assert "这个登录名已经有人用了。" in taken.text
    roleless = admins_browser.post("/staff", name="赵敏", username="zhaomin", password="a-long-password")
    assert "至少一个角色" in roleless.text


def test_what_an_expert_knows_is_written_in_the_words_of_farmers(
    services: Services, admins_browser: Browser, expert: Staff
) -> None:
    saved = admins_browser.post(f"/staff/{expert.id}/profile", objects="苞谷、桔子", places="乳源大桥镇", capacity="8")
    assert saved.status_code == 303
    with services.database.transaction() as tx:
        profile = experts.of(tx, expert.id)
    assert profile is not None
    assert (profile.objects, profile.places, profile.capacity) == (("玉米", "柑橘"), ("440232109",), 8)
    unknown = admins_browser.post(f"/staff/{expert.id}/profile", objects="火星麦", places="", capacity="8")
    assert (unknown.status_code, "不认识这些作物或畜禽：火星麦。" in unknown.text) == (422, True)
    too_many = admins_browser.post(f"/staff/{expert.id}/profile", objects="", places="", capacity="500")
    assert too_many.status_code == 422


def test_what_an_expert_speaks_and_how_far_he_goes_is_written_too(
    services: Services, admins_browser: Browser, expert: Staff
) -> None:
    form = {"objects": "", "places": "", "capacity": "8"}
    about = {"topics": ["虫害", "病害"], "dialects": "客家话，粤语", "level": "2"}
    assert admins_browser.post(f"/staff/{expert.id}/profile", **form, **about).status_code == 303
    with services.database.transaction() as tx:
        profile = experts.of(tx, expert.id)
    assert profile is not None
    assert (profile.topics, profile.dialects, profile.level) == (("病害", "虫害"), ("客家话", "粤语"), 2)
    page = admins_browser.get(f"/staff/{expert.id}").text
    assert re.findall(r'name="topics" value="([^"]+)" checked', page) == ["病害", "虫害"]
    assert 'value="客家话、粤语"' in page
    assert '<option value="2" selected>专业</option>' in page
    assert "专业" in admins_browser.get("/staff").text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"topics": ["病害", "星象"]}, "没有这样的主题：星象。"),
        ({"dialects": "一二三四五六七八九十一二三"}, "方言最多写10种"),
        ({"level": "4"}, "请选级别。"),
        ({"objects": "火星麦"}, "不认识这些作物或畜禽：火星麦。"),
        ({"capacity": "0"}, "要在1到50之间"),
    ],
)
def test_a_profile_that_is_refused_keeps_what_was_written(
    services: Services, admins_browser: Browser, expert: Staff, change: dict[str, str], said: str
) -> None:
    written = {
        "objects": "柑橘",
        "topics": ["病害"],
        "places": "乳源",
        "dialects": "粤语",
        "level": "3",
        "capacity": "9",
    }
    refused = admins_browser.post(f"/staff/{expert.id}/profile", **(written | change))
    assert (refused.status_code, said in refused.text) == (422, True)
    wanted = {**written, **change}
    assert f">{wanted['objects']}</textarea>" in refused.text
    assert ">乳源</textarea>" in refused.text
    assert f'name="dialects" value="{wanted["dialects"]}"' in refused.text
    assert f'value="{wanted["capacity"]}"' in refused.text
    assert ('<option value="3" selected>' in refused.text) == (wanted["level"] == "3")
    assert re.findall(r'name="topics" value="([^"]+)" checked', refused.text) == ["病害"]
    with services.database.transaction() as tx:
        profile = experts.of(tx, expert.id)
    assert profile is not None
    assert (profile.objects, profile.capacity) == ((), 5)


def test_an_administrator_pauses_an_expert_and_lets_him_go_on(
    services: Services, admins_browser: Browser, admin: Staff, expert: Staff
) -> None:
    assert admins_browser.post(f"/staff/{expert.id}/pause", paused="yes").status_code == 303
    for path in ("/staff", f"/staff/{expert.id}"):
        assert '<span class="tag amber">暂停接单</span>' in admins_browser.get(path).text
    assert admins_browser.post(f"/staff/{expert.id}/pause", paused="no").status_code == 303
    assert '<span class="tag amber">' not in admins_browser.get("/staff").text
    nobody = admins_browser.post(f"/staff/{admin.id}/pause", paused="yes")
    assert (nobody.status_code, "还没有登记为专家" in nobody.text) == (422, True)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/staff/{}/profile", {"objects": "", "places": "", "capacity": "9"}),
        ("/staff/{}/pause", {"paused": "no"}),
        ("/staff/{}/active", {"active": "yes"}),
        ("/staff/{}/details", {"name": "王农", "roles": "expert"}),
        ("/staff", {"name": "赵敏", "username": "zhao", "password": "a-long-password", "roles": "expert"}),
    ],
)
def test_whatever_brings_somebody_has_waiting_cases_looked_at_at_once(
    services: Services, admins_browser: Browser, expert: Staff, path: str, form: dict[str, str]
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    with services.database.transaction() as tx:
        tx.execute(cases.update().values(route_after=clock.now() + timedelta(seconds=30)))
    assert admins_browser.post(path.format(expert.id), **form).status_code == 303
    with services.database.transaction() as tx:
        row = tx.execute(cases.select().where(cases.c.id == case.id)).one()
    assert row.route_after is None


def test_roles_change_but_nobody_locks_themselves_out(
    services: Services, admins_browser: Browser, admin: Staff, expert: Staff
) -> None:
    form = {"name": "王农", "unit": "县农技站", "speciality": "柑橘", "roles": "coordinator"}
    assert admins_browser.post(f"/staff/{expert.id}/details", **form).status_code == 303
    with services.database.transaction() as tx:
        assert people.member(tx, expert.id).roles == {Role.COORDINATOR}
    own = admins_browser.post(f"/staff/{admin.id}/details", **{**form, "name": "管理员"})
    assert (own.status_code, "不能去掉自己的管理员角色" in own.text) == (422, True)
    assert admins_browser.post(f"/staff/{admin.id}/active", active="no").status_code == 422


def test_who_is_kept_out_must_have_handed_over_first(
    services: Services, app: Flask, admins_browser: Browser, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    held = admins_browser.post(f"/staff/{expert.id}/active", active="no")
    assert (held.status_code, "他手上还有1个工单" in held.text) == (422, True)
    desk.command(services, case, Command.SNOOZE, expert, until=clock.now() + timedelta(days=3))
    held = admins_browser.post(f"/staff/{expert.id}/active", active="no")
    assert (held.status_code, "他手上还有1个工单" in held.text) == (422, True), "nobody would look at it when it wakes"
    form = {"name": "王农", "unit": "县农技站", "speciality": "柑橘", "roles": "coordinator"}
    demoted = admins_browser.post(f"/staff/{expert.id}/details", **form)
    assert (demoted.status_code, "他手上还有1个工单" in demoted.text) == (422, True)
    desk.command(services, case, Command.RELEASE, expert)
    program = desk.program(services, app.test_client(), expert)
    assert admins_browser.post(f"/staff/{expert.id}/active", active="no").status_code == 303
    assert program.get("/me").status_code == 401
    assert admins_browser.post(f"/staff/{expert.id}/active", active="yes").status_code == 303
    desk.log_in(app.test_client(), "expert")


def test_a_reset_password_ends_sessions_and_tokens(
    services: Services, app: Flask, admins_browser: Browser, expert: Staff
) -> None:
    browser = desk.log_in(app.test_client(), "expert")
    program = desk.program(services, app.test_client(), expert)
    assert admins_browser.post(f"/staff/{expert.id}/password", password="brand-new-password").status_code == 303
    assert browser.get("/inbox").status_code == 302
    assert program.get("/me").status_code == 401
    desk.log_in(app.test_client(), "expert", "brand-new-password")


def test_a_region_opens_only_with_all_its_numbers(services: Services, admins_browser: Browser) -> None:
    numbers = dict.fromkeys(NEEDED, "0751-12345678")
    refused = admins_browser.post("/regions", place="乳源", **{**numbers, "extension": ""})
    assert (refused.status_code, "还缺电话：县级农技推广站。" in refused.text) == (422, True)
    odd = admins_browser.post("/regions", place="乳源", **{**numbers, "extension": "问一下老张"})
    assert "不像电话号码：县级农技推广站" in odd.text
    nowhere = admins_browser.post("/regions", place="桃花源", **numbers)
    assert "不清楚是哪里" in nowhere.text
    with services.database.transaction() as tx:
        assert regions.everything_opened(tx) == []
    assert admins_browser.post("/regions", place="乳源", **numbers).status_code == 303
    with services.database.transaction() as tx:
        opened = regions.everything_opened(tx)
    assert [(one.code, one.numbers["extension"]) for one in opened] == [("440232", "0751-12345678")]
    assert "改广东省韶关市乳源瑶族自治县的号码" in admins_browser.get("/regions?code=440232").text


def test_a_token_is_shown_once_and_can_be_made_worthless(app: Flask, experts_browser: Browser) -> None:
    issued = experts_browser.post("/tokens", label="县平台")
    token = re.search(r'<code class="token">([^<]+)</code>', issued.text)
    assert token is not None
    listed = experts_browser.get("/tokens").text
    assert "县平台" in listed
    assert token.group(1) not in listed
    headers = {"Authorization": f"Bearer {token.group(1)}"}
    assert app.test_client().get("/api/v1/me", headers=headers).get_json()["username"] == "expert"
    revoke = re.search(r'action="(/tokens/[^"]+/revoke)"', listed)
    assert revoke is not None
    experts_browser.post(revoke.group(1))
    assert app.test_client().get("/api/v1/me", headers=headers).status_code == 401


def test_a_token_of_somebody_else_is_not_mine_to_revoke(
    services: Services, app: Flask, experts_browser: Browser, expert2: Staff
) -> None:
    program = desk.program(services, app.test_client(), expert2)
    with services.database.transaction() as tx:
        token_id = people.tokens_of(tx, expert2.id)[0].id
    experts_browser.post(f"/tokens/{token_id}/revoke")
    assert program.get("/me").status_code == 200
