"""The phones in a real browser, as a person uses them."""

import pytest
from playwright.sync_api import Locator, Page, expect
from simulator_kit import Answer, Caller, Hook, text

from core import sounds
from simulator import samples

pytestmark = pytest.mark.browser
expect.set_options(timeout=60_000)  # a busy machine takes its time
FIRST, SECOND, THIRD = (f"oNongwenFarmer_000000000000{n}" for n in (1, 2, 3))
MENU = {
    "button": [
        {"type": "click", "name": "问技术", "key": "ask"},
        {
            "name": "找服务",
            "sub_button": [
                {"type": "click", "name": "登记需求", "key": "need"},
                {"type": "location_select", "name": "我的位置", "key": "place"},
            ],
        },
    ]
}


def phone(page: Page, number: int = 0) -> Locator:
    return page.locator(".phone").nth(number)


def follow(page: Page, caller: Caller, number: int = 0) -> Locator:
    """Open the desk and follow, as a farmer does."""
    page.goto("/")
    one = phone(page, number)
    one.get_by_role("button", name="关注公众号").click()
    expect(one.get_by_label("输入消息")).to_be_visible()
    caller.settle()
    return one


def write(one: Locator, words: str) -> None:
    one.get_by_label("输入消息").fill(words)
    one.get_by_label("输入消息").press("Enter")


def test_a_farmer_follows_asks_and_reads_the_answer(page: Page, caller: Caller, hook: Hook) -> None:
    hook.answer = hook.says(text("您好，这里是农问"))
    one = follow(page, caller)
    expect(one.locator(".bubble")).to_have_text("您好，这里是农问")
    assert hook.field("Event") == "subscribe"
    hook.answer = hook.says(text("先清沟排水"))
    write(one, "水稻烂根怎么办")
    expect(one.locator(".bubble")).to_have_text(["您好，这里是农问", "水稻烂根怎么办", "先清沟排水"])
    assert one.get_by_label("输入消息").input_value() == ""
    expect(phone(page, 1).get_by_role("button", name="关注公众号")).to_be_visible()


def test_what_others_write_is_never_markup(page: Page, caller: Caller, hook: Hook) -> None:
    hostile = (
        '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
        '<a href="javascript:window.hacked=1">点我</a> <a href="http://a.cn/" onclick="window.hacked=1"><b>链</b></a>'
    )
    hook.answer = hook.says(text(hostile))
    caller.do("subscribe", FIRST)
    caller.say(hostile, FIRST)
    caller.api(
        "message/custom/send",
        {"touser": FIRST, "msgtype": "news", "news": {"articles": [{"title": hostile, "url": "javascript:alert(1)"}]}},
    )
    menu = {"head_content": hostile, "list": [{"id": "1", "content": hostile}], "tail_content": hostile}
    caller.api("message/custom/send", {"touser": FIRST, "msgtype": "msgmenu", "msgmenu": menu})
    caller.api("menu/create", {"button": [{"type": "click", "name": "<b>a</b>", "key": "a"}]})
    caller.post(f"/phones/{FIRST}/messages", {"type": "location", "latitude": 1, "longitude": 1, "label": hostile})
    caller.settle()
    page.goto("/")
    expect(phone(page).locator(".line")).to_have_count(len(caller.screen(FIRST)))
    assert page.evaluate("window.hacked") is None
    assert page.locator(".log script, .log b:has(b), .log [onclick], .log a[href^='javascript']").count() == 0
    assert {link.get_attribute("href") for link in page.locator(".log a").all()} == {"http://a.cn/"}
    phone(page).get_by_role("button", name="切换到菜单").click()
    expect(phone(page).get_by_role("button", name="<b>a</b>")).to_be_visible()


def test_the_menu_opens_its_sub_menu_and_a_tap_is_a_click(page: Page, caller: Caller, hook: Hook) -> None:
    caller.api("menu/create", MENU)
    page.goto("/")
    one = phone(page)
    one.get_by_role("button", name="关注公众号").click()
    one.get_by_role("button", name="切换到菜单").click()
    one.get_by_role("button", name="找服务").click()
    one.get_by_role("button", name="登记需求").click()
    caller.settle()
    page.wait_for_function("() => !document.querySelector('.sub')")
    while len(hook.got) < 2:
        page.wait_for_timeout(20)
    assert (hook.field("Event"), hook.field("EventKey")) == ("CLICK", "need")


def test_a_menu_may_ask_for_a_place_and_gets_event_and_choice(page: Page, caller: Caller, hook: Hook) -> None:
    caller.api("menu/create", MENU)
    caller.do("subscribe", FIRST)
    page.goto("/")
    one = phone(page)
    one.get_by_role("button", name="切换到菜单").click()
    one.get_by_role("button", name="找服务").click()
    one.get_by_role("button", name="我的位置").click()
    one.get_by_role("button", name="桂头镇").click()
    while len(hook.got) < 2:
        page.wait_for_timeout(20)
    assert (hook.field("Event"), hook.field("SendLocationInfo/Label")) == (
        "location_select",
        "乳源瑶族自治县桂头镇",
    )


def test_a_sample_photo_a_place_and_a_voice_are_sent_and_shown(page: Page, caller: Caller, hook: Hook) -> None:
    one = follow(page, caller)
    for item, choice, shown in (
        ("照片", "玉米病叶", ".shot img"),
        ("位置", "桂头镇", ".card .map"),
        ("语音", "样例录音", ".voice"),
    ):
        one.locator(".write").get_by_label("更多").click()
        one.locator(".more").get_by_role("button", name=item, exact=True).click()
        one.get_by_role("dialog").get_by_role("button", name=choice).click()
        expect(one.locator(f".mine {shown}")).to_be_visible()
    one.locator(".shot").click()
    expect(one.locator(".zoom img")).to_be_visible()


def test_a_choice_of_a_menu_message_can_be_tapped(page: Page, caller: Caller, hook: Hook) -> None:
    one = follow(page, caller)
    menu = {"head_content": "解决了吗？", "list": [{"id": "101", "content": "没解决"}], "tail_content": ""}
    caller.api("message/custom/send", {"touser": FIRST, "msgtype": "msgmenu", "msgmenu": menu})
    one.get_by_role("button", name="没解决").click()
    expect(one.locator(".mine .bubble")).to_have_text("没解决")
    caller.settle()
    assert hook.field("bizmsgmenuid") == "101"


def test_the_failure_notice_is_grey_and_nobodys_bubble(page: Page, caller: Caller, hook: Hook) -> None:
    one = follow(page, caller)
    hook.answer = lambda got: Answer(b"{}")
    write(one, "在吗")
    expect(one.locator(".notice")).to_have_text("该公众号提供的服务出现故障，请稍后再试")
    expect(one.locator(".bubble")).to_have_count(1)


def test_how_a_reply_came_is_shown_only_in_debugging(page: Page, caller: Caller, hook: Hook) -> None:
    hook.answer = hook.says(text("您好"))
    one = follow(page, caller)
    caller.tell("我是张老师", FIRST)
    expect(one.locator(".bubble")).to_have_count(2)
    expect(one.locator(".how").first).to_be_hidden()
    page.get_by_label("调试").check()
    expect(one.locator(".how").nth(0)).to_contain_text("被动")
    expect(one.locator(".how").nth(1)).to_contain_text("客服")
    expect(one.locator(".event")).to_contain_text("subscribe")
    expect(one.locator(".gauge")).to_contain_text("还可发 2 条")


def test_typing_shows_in_the_title(page: Page, caller: Caller) -> None:
    one = follow(page, caller)
    caller.api("message/custom/typing", {"touser": FIRST, "command": "Typing"})
    expect(one.locator(".title")).to_have_text("对方正在输入…")
    caller.tell("来了", FIRST)
    expect(one.locator(".title")).to_have_text("农问")


def test_a_phone_can_be_added_and_is_still_there_after_a_reload(page: Page) -> None:
    page.goto("/")
    page.get_by_title("再加一部手机").click()
    expect(page.locator(".phone")).to_have_count(3)
    page.reload()
    expect(page.locator(".phone")).to_have_count(3)
    expect(phone(page, 2)).to_have_attribute("aria-label", "农户丙")


def test_an_added_phone_shows_what_was_said_on_it_before(page: Page, caller: Caller) -> None:
    caller.say("早先的话", THIRD)
    page.goto("/")
    expect(page.locator(".phone")).to_have_count(2)
    page.get_by_title("再加一部手机").click()
    expect(phone(page, 2).locator(".bubble")).to_have_text(["早先的话"])


def test_a_voice_is_recorded_while_the_button_is_held(page: Page, caller: Caller, hook: Hook) -> None:
    one = follow(page, caller)
    one.get_by_label("切换语音").click()
    one.get_by_role("button", name="按住 说话").hover()
    page.mouse.down()
    expect(one.locator(".recording b")).to_have_text("1″")
    page.mouse.up()
    expect(one.locator(".mine .voice")).to_be_visible()
    caller.settle()
    assert (hook.field("MsgType"), hook.field("Format")) == ("voice", "webm")


def test_a_voice_of_the_account_is_heard_on_the_phone(page: Page, caller: Caller) -> None:
    one = follow(page, caller)
    sound = caller.upload("voice", sounds.as_mp3(samples.sound(), most_seconds=60))
    sent = {"touser": FIRST, "msgtype": "voice", "voice": {"media_id": sound["media_id"]}}
    assert caller.api("message/custom/send", sent)["errcode"] == 0
    one.get_by_label("播放语音").click()
    expect(one.locator(".voice.playing")).to_be_visible()
    expect(one.locator(".voice")).not_to_contain_text("下载")


def test_two_phones_never_mix(page: Page, caller: Caller) -> None:
    caller.do("subscribe", FIRST)
    caller.do("subscribe", SECOND)
    page.goto("/")
    write(phone(page, 0), "甲的话")
    write(phone(page, 1), "乙的话")
    expect(phone(page, 0).locator(".bubble")).to_have_text(["甲的话"])
    expect(phone(page, 1).locator(".bubble")).to_have_text(["乙的话"])


def test_unfollowing_takes_the_chat_away(page: Page, caller: Caller, hook: Hook) -> None:
    one = follow(page, caller)
    one.locator(".top").get_by_label("更多").click()
    one.get_by_role("button", name="取消关注").click()
    expect(one.get_by_role("button", name="关注公众号")).to_be_visible()
    caller.settle()
    assert hook.field("Event") == "unsubscribe"


def test_a_scanned_code_follows_with_its_scene(page: Page, caller: Caller, hook: Hook) -> None:
    scene = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "village-7"}}}
    made = caller.api("qrcode/create", scene)
    page.goto(made["url"])
    one = phone(page)
    one.get_by_role("dialog").get_by_role("button", name="village-7").click()
    expect(one.get_by_label("输入消息")).to_be_visible()
    caller.settle()
    assert hook.field("EventKey") == "qrscene_village-7"


def test_the_drawer_moves_time_and_plants_a_fault(page: Page, caller: Caller) -> None:
    page.goto("/")
    page.get_by_title("控制台").click()
    page.get_by_role("button", name="＋48 小时").click()
    expect(page.locator(".drawer")).to_contain_text("比真实时间快 48 小时")
    page.get_by_role("button", name="客服消息：45047").click()
    expect(page.locator(".drawer li")).to_contain_text(["errcode=45047"])
    page.get_by_label("消息加解密").select_option("plain")
    page.get_by_role("button", name="撤掉全部故障").click()
    expect(page.locator(".drawer li", has_text="45047")).to_have_count(0)
    assert caller.get("/control/clock")["offset_s"] == 48 * 3600
    assert caller.get("/control/account")["mode"] == "plain"


def test_a_refusal_of_the_phone_is_said_in_the_phone(page: Page, caller: Caller) -> None:
    one = follow(page, caller)
    caller.client.post(f"/phones/{FIRST}/events", json={"event": "unsubscribe"})
    expect(one.get_by_role("button", name="关注公众号")).to_be_visible()
    made = caller.api(
        "qrcode/create",
        {"action_name": "QR_SCENE", "expire_seconds": 60, "action_info": {"scene": {"scene_id": 7}}},
    )
    assert made["ticket"]
    caller.pass_time(61)
    one.get_by_role("button", name="扫村里的二维码关注").click()
    one.get_by_label("二维码的场景值").fill("7")
    one.get_by_role("button", name="扫这个码").click()
    expect(one.get_by_role("alert")).to_have_text("这个二维码已经过期")


@pytest.mark.parametrize("width", [320, 360, 768])
def test_nothing_sticks_out_of_a_small_screen(page: Page, caller: Caller, width: int) -> None:
    caller.api("menu/create", MENU)
    caller.do("subscribe", FIRST)
    caller.say("长" * 300 + "w" * 300, FIRST)
    page.set_viewport_size({"width": width, "height": 700})
    page.goto("/")
    expect(phone(page).locator(".bubble")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width < 760:
        expect(phone(page, 1)).to_be_hidden()
        page.get_by_role("navigation").get_by_role("button", name="农户乙").click()
        expect(phone(page, 1)).to_be_visible()
        expect(phone(page, 0)).to_be_hidden()


def test_a_phone_has_a_page_of_its_own(page: Page, caller: Caller) -> None:
    caller.say("单独一页", "some-test-openid")
    page.goto("/phones/some-test-openid")
    expect(page.locator(".phone")).to_have_count(1)
    expect(page.locator(".bubble")).to_have_text("单独一页")


def test_the_page_recovers_by_itself_after_the_platform_was_reset(page: Page, caller: Caller) -> None:
    one = follow(page, caller)
    write(one, "旧的")
    expect(one.locator(".bubble")).to_have_text(["旧的"])
    caller.settle()
    caller.post("/control/reset")
    expect(one.get_by_role("button", name="关注公众号")).to_be_visible()
    caller.say("新的", FIRST)
    expect(one.locator(".bubble")).to_have_text(["新的"])
