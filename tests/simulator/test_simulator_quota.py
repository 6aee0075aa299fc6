"""What a farmer's act allows the account to send, and for how long."""

from collections.abc import Callable

import pytest
from simulator_kit import FARMER, OTHER, Caller, Hook

HOUR = 3600


def sent_until_refused(caller: Caller) -> tuple[int, int]:
    """How many messages go out, and the errcode of the first that does not."""
    for count in range(50):
        errcode = caller.tell(f"第{count}条")
        if errcode:
            return count, errcode
    raise AssertionError("no limit")


def test_a_message_allows_five_and_the_sixth_is_45047(caller: Caller) -> None:
    caller.say()
    assert sent_until_refused(caller) == (5, 45047)
    shown = [entry for entry in caller.screen() if entry["via"] == "customer_service"]
    assert [entry["content"] for entry in shown] == [f"第{n}条" for n in range(5)]


def test_the_window_of_a_message_closes_after_48_hours(caller: Caller) -> None:
    caller.say()
    caller.pass_time(48 * HOUR - 60)
    assert caller.tell() == 0
    caller.pass_time(61)
    assert caller.tell() == 45015


def test_a_new_message_opens_five_anew(caller: Caller) -> None:
    caller.say()
    sent_until_refused(caller)
    caller.say()
    assert sent_until_refused(caller) == (5, 45047)


ACTS: dict[str, Callable[[Caller], object]] = {
    "click": lambda caller: caller.do("click", key="mine"),
    "subscribe": lambda caller: caller.do("subscribe"),
    "scan": lambda caller: (caller.do("subscribe"), caller.pass_time(61), caller.do("scan", scene="v")),
    "scancode": lambda caller: caller.do("scancode_push", key="k", result="r"),
}


@pytest.mark.parametrize("act", list(ACTS))
def test_a_click_a_scan_and_following_allow_three_for_one_minute(caller: Caller, act: str) -> None:
    ACTS[act](caller)
    caller.pass_time(58)
    assert sent_until_refused(caller) == (3, 45047)
    caller.pass_time(3)
    assert caller.tell() == 45015


@pytest.mark.parametrize(
    ("event", "more"),
    [
        ("view", {"key": "http://a.cn/"}),
        ("location", {"latitude": 1, "longitude": 1}),
        ("pic_weixin", {"key": "k"}),
        ("location_select", {"key": "k", "latitude": 1, "longitude": 1}),
    ],
)
def test_other_events_allow_nothing(caller: Caller, event: str, more: dict[str, object]) -> None:
    caller.do(event, **more)
    assert caller.tell() == 45015


def test_a_tapped_menu_item_counts_as_a_menu_click_and_not_as_a_message(caller: Caller) -> None:
    caller.post(f"/phones/{FARMER}/messages", {"type": "menu_reply", "id": "1", "content": "满意"})
    caller.settle()
    assert sent_until_refused(caller) == (3, 45047)
    caller.pass_time(61)
    assert caller.tell() == 45015


def test_a_tapped_menu_item_counts_as_a_message_when_switched(caller: Caller) -> None:
    caller.settings(menu_reply_counts_as="message")
    caller.post(f"/phones/{FARMER}/messages", {"type": "menu_reply", "id": "1", "content": "满意"})
    caller.settle()
    assert sent_until_refused(caller) == (5, 45047)


@pytest.mark.parametrize(("rule", "allowed"), [("not_summed", 5), ("summed", 8), ("merged", 5)])
def test_how_two_open_windows_combine_is_a_switch(caller: Caller, rule: str, allowed: int) -> None:
    caller.settings(quota_rule=rule)
    caller.say()
    caller.do("click", key="mine")
    assert caller.get(f"/control/quota/{FARMER}")["left"] == allowed
    assert sent_until_refused(caller) == (allowed, 45047)


def test_a_click_after_five_messages_allows_three_more_but_for_a_minute_only(caller: Caller) -> None:
    caller.say()
    sent_until_refused(caller)
    caller.do("click", key="mine")
    assert caller.tell() == 0
    caller.pass_time(61)
    assert caller.tell() == 45047
    assert caller.get(f"/control/quota/{FARMER}")["left"] == 0


def test_a_passive_reply_costs_nothing_unless_switched(caller: Caller, hook: Hook) -> None:
    hook.answer = hook.says("<Content>好</Content>")
    caller.say()
    assert caller.get(f"/control/quota/{FARMER}")["left"] == 5
    caller.settings(passive_uses_quota=True)
    caller.say()
    assert caller.get(f"/control/quota/{FARMER}")["left"] == 4


def test_somebody_who_left_is_45015_even_within_the_window(caller: Caller) -> None:
    caller.say()
    caller.do("unsubscribe")
    assert caller.tell() == 45015
    caller.settings(unsubscribed_errcode=43004)
    assert caller.tell() == 43004


def test_coming_back_does_not_bring_the_old_window_back(caller: Caller) -> None:
    caller.say()
    caller.do("unsubscribe")
    caller.do("subscribe")
    assert sent_until_refused(caller) == (3, 45047)


def test_one_farmers_window_is_not_anothers(caller: Caller) -> None:
    caller.say()
    caller.do("subscribe", OTHER)
    caller.pass_time(61)
    assert caller.tell(openid=OTHER) == 45015
    assert caller.tell() == 0


def test_a_refused_message_costs_nothing(caller: Caller) -> None:
    caller.say()
    for body in (
        {"touser": FARMER, "msgtype": "image", "image": {"media_id": "nothing"}},
        {"touser": FARMER, "msgtype": "text", "text": {"content": "长" * 683}},
    ):
        assert caller.api("message/custom/send", body)["errcode"]
    assert caller.get(f"/control/quota/{FARMER}")["left"] == 5


def test_the_merged_rule_lets_a_click_refill_the_long_window(caller: Caller) -> None:
    caller.settings(quota_rule="merged")
    caller.say()
    sent_until_refused(caller)
    caller.do("click", key="mine")
    caller.pass_time(HOUR)
    assert sent_until_refused(caller) == (3, 45047)
