"""Staff, experts, regions and tokens."""

import re

from flask import Flask

from conversations.services import Services
from core import people
from core.people import Role, Staff
from handoff.states import Command
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
