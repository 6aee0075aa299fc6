"""Pushes by the platform's rules: wrapping, the cut, retries, passive replies, the failure notice."""

import itertools
import threading

import pytest
from simulator_kit import ACCOUNT, FARMER, JPEG, NOTICE, OTHER, Answer, Caller, Got, Hook, sha, text


def test_a_text_is_pushed_encrypted_and_the_passive_reply_stands_on_the_screen(caller: Caller, hook: Hook) -> None:
    hook.answer = hook.says(text("收到"))
    msg_id = caller.say("苞谷大斑病咋个防 🌽")
    pushed = hook.inner().decode()
    assert "<![CDATA[苞谷大斑病咋个防 🌽]]>" in pushed
    assert f"<MsgId>{msg_id}</MsgId>" in pushed
    farmer, reply = caller.screen()
    assert (farmer["from"], farmer["content"], farmer["msg_id"]) == ("farmer", "苞谷大斑病咋个防 🌽", msg_id)
    assert (reply["from"], reply["via"], reply["content"]) == ("account", "passive", "收到")
    assert reply["in_reply_to"] == msg_id
    assert reply["latency_ms"] > 0


def test_a_push_looks_like_the_platforms(caller: Caller, hook: Hook) -> None:
    caller.say()
    got = hook.got[0]
    assert list(got.query) == ["signature", "timestamp", "nonce", "openid", "encrypt_type", "msg_signature"]
    assert got.query["openid"] == FARMER
    assert got.headers["User-Agent"] == "Mozilla/4.0"
    assert got.headers["Content-Type"] == "text/xml"
    assert hook.field("ToUserName") == ACCOUNT
    assert hook.field("FromUserName") == FARMER


def test_safe_mode_shows_only_the_account_and_the_envelope(caller: Caller, hook: Hook) -> None:
    caller.say("不能明着传")
    body = hook.got[0].body.decode()
    assert "不能明着传" not in body
    assert FARMER not in body
    assert hook.got[0].field("ToUserName") == ACCOUNT


def test_plain_mode_signs_only_the_query(caller: Caller, hook: Hook) -> None:
    caller.post("/control/account", {"mode": "plain"})
    hook.answer = lambda got: Answer(hook.reply_to(got, text("明文")))
    caller.say("明文的话")
    got = hook.got[0]
    assert list(got.query) == ["signature", "timestamp", "nonce", "openid"]
    assert got.field("Content") == "明文的话"
    assert got.field("Encrypt") is None
    assert caller.last()["content"] == "明文"


@pytest.mark.parametrize("encrypted", [True, False])
def test_compatible_mode_carries_both_and_takes_either_answer(caller: Caller, hook: Hook, encrypted: bool) -> None:
    caller.post("/control/account", {"mode": "compatible"})

    def answer(got: Got) -> Answer:
        xml = hook.reply_to(got, text("兼容"))
        return Answer(hook.seal(xml) if encrypted else xml)

    hook.answer = answer
    caller.say("两份")
    got = hook.got[0]
    assert got.field("Content") == "两份"
    assert "两份".encode() in hook.open(got)
    assert b"Encrypt" not in hook.open(got)
    assert caller.last()["content"] == "兼容"


@pytest.mark.parametrize("body", [b"success", b""])
@pytest.mark.parametrize("mode", ["safe", "compatible", "plain"])
def test_success_and_nothing_are_silence_in_every_mode(caller: Caller, hook: Hook, body: bytes, mode: str) -> None:
    caller.post("/control/account", {"mode": mode})
    hook.answer = lambda got: Answer(body)
    caller.say()
    assert [entry["from"] for entry in caller.screen()] == ["farmer"]
    assert caller.pushes()[0]["outcome"] == "silent"
    assert len(hook.got) == 1


def test_an_encrypted_success_is_an_invalid_answer(caller: Caller, hook: Hook) -> None:
    hook.answer = lambda got: Answer(hook.seal(b"success"))
    caller.say()
    assert caller.last()["content"] == NOTICE


def test_a_slow_webhook_is_cut_asked_three_times_and_the_farmer_sees_the_notice(caller: Caller, hook: Hook) -> None:
    caller.settings(push_cut_s=0.2)
    hook.answer = lambda got: Answer(hook.says(text("太晚"))(got).body, delay_s=0.5)
    msg_id = caller.say()
    assert len(hook.got) == 3
    assert len({hook.open(got) for got in hook.got}) == 1
    notice = caller.last()
    assert (notice["from"], notice["via"], notice["content"]) == ("platform", "notice", NOTICE)
    assert notice["in_reply_to"] == msg_id
    assert "太晚" not in str(caller.screen())


def test_an_answer_that_drips_is_cut_on_the_whole_time(caller: Caller, hook: Hook) -> None:
    caller.settings(push_cut_s=0.4, push_attempts=1)
    hook.answer = lambda got: Answer(b"success", drip_s=0.15)
    caller.say()
    assert caller.pushes()[0]["attempts"][0]["outcome"] == "timeout"


def test_the_second_request_may_succeed_and_then_no_notice_is_shown(caller: Caller, hook: Hook) -> None:
    caller.settings(push_cut_s=0.2)
    hook.answer = lambda got: Answer(hook.says(text("第二次"))(got).body, delay_s=0.5 if len(hook.got) == 1 else 0)
    caller.say()
    assert len(hook.got) == 2
    assert [entry["content"] for entry in caller.screen()] == ["你好", "第二次"]


@pytest.mark.parametrize("status", [201, 204, 302, 403, 500, 503])
def test_any_status_but_200_is_retried_at_once(caller: Caller, hook: Hook, status: int) -> None:
    hook.answer = lambda got: Answer(b"" if status == 204 else b"success", status=status)
    caller.say()
    assert [a["outcome"] for a in caller.pushes()[0]["attempts"]] == ["bad_status"] * 3
    assert caller.last()["via"] == "notice"


def test_a_dropped_connection_is_retried(caller: Caller, hook: Hook) -> None:
    hook.answer = lambda got: Answer(hang_up=len(hook.got) < 3)
    caller.say()
    assert [a["outcome"] for a in caller.pushes()[0]["attempts"]] == ["no_answer", "no_answer", "answered"]
    assert [entry["from"] for entry in caller.screen()] == ["farmer"]


def test_a_webhook_that_is_not_there_ends_in_the_notice(caller: Caller, hook: Hook) -> None:
    caller.post("/control/account", {"webhook_url": "http://127.0.0.1:9/wechat"})
    caller.say()
    assert caller.last()["content"] == NOTICE
    assert len(caller.pushes()[0]["attempts"]) == 3


def test_the_number_of_requests_can_be_set(caller: Caller, hook: Hook) -> None:
    caller.settings(push_attempts=4)
    hook.answer = lambda got: Answer(status=201)
    caller.say()
    assert len(hook.got) == 4


@pytest.mark.parametrize("resigned", [True, False])
def test_whether_a_retry_is_signed_anew_is_a_switch(caller: Caller, hook: Hook, resigned: bool) -> None:
    caller.settings(resign_retries=resigned)
    hook.answer = lambda got: Answer(status=500)
    caller.say()
    assert len({got.query["nonce"] for got in hook.got}) == (3 if resigned else 1)
    assert len({got.body for got in hook.got}) == (3 if resigned else 1)
    assert len({hook.open(got) for got in hook.got}) == 1


INVALID = {
    "json": lambda hook, got: b'{"ToUserName": "x"}',
    "half_xml": lambda hook, got: b"<xml><ToUserName>",
    "html": lambda hook, got: b"<html></html>",
    "another_root": lambda hook, got: hook.seal(b"<answer/>"),
    "not_turned_round": lambda hook, got: hook.says(text("a"), to=ACCOUNT, sender=FARMER)(got).body,
    "another_farmer": lambda hook, got: hook.says(text("a"), to=OTHER)(got).body,
    "bad_time": lambda hook, got: hook.says(text("a"), at="now")(got).body,
    "too_long": lambda hook, got: hook.says(text("长" * 683))(got).body,
    "empty_text": lambda hook, got: hook.says(text(""))(got).body,
    "unknown_type": lambda hook, got: hook.says(text("a"), "sticker")(got).body,
    "control_character": lambda hook, got: hook.says(text("a\x08"))(got).body,
    "document_type": lambda hook, got: hook.seal(
        b'<!DOCTYPE xml [<!ENTITY a "b">]>' + hook.reply_to(got, "<Content>&a;</Content>")
    ),
    "unknown_media": lambda hook, got: hook.says("<Image><MediaId>nothing</MediaId></Image>", "image")(got).body,
    "two_articles": lambda hook, got: hook.says(NEWS_OF_TWO, "news")(got).body,
    "no_articles": lambda hook, got: hook.says("<ArticleCount>0</ArticleCount><Articles/>", "news")(got).body,
    "not_encrypted": lambda hook, got: hook.reply_to(got, text("a")),
    "bad_signature": lambda hook, got: hook.seal(hook.reply_to(got, text("a")), signature="0" * 40),
    "another_appid": lambda hook, got: hook.seal(hook.reply_to(got, text("a")), appid="wx_somebody_else"),
    "damaged_envelope": lambda hook, got: damaged(hook, got),
}
ARTICLE = (
    "<item><Title><![CDATA[题]]></Title><Description><![CDATA[述]]></Description>"
    "<PicUrl><![CDATA[]]></PicUrl><Url><![CDATA[http://a.cn/1]]></Url></item>"
)
NEWS = f"<ArticleCount>1</ArticleCount><Articles>{ARTICLE}</Articles>"
NEWS_OF_TWO = f"<ArticleCount>2</ArticleCount><Articles>{ARTICLE}{ARTICLE}</Articles>"


def damaged(hook: Hook, got: Got) -> bytes:
    sealed = "A" * 64
    mark = sha(hook.token, "1", "2", sealed)
    return (
        f"<xml><Encrypt>{sealed}</Encrypt><MsgSignature>{mark}</MsgSignature>"
        "<TimeStamp>1</TimeStamp><Nonce>2</Nonce></xml>"
    ).encode()


@pytest.mark.parametrize("kind", list(INVALID))
def test_an_invalid_answer_is_not_retried_and_shows_the_notice(caller: Caller, hook: Hook, kind: str) -> None:
    hook.answer = lambda got: Answer(INVALID[kind](hook, got))
    caller.say()
    assert len(hook.got) == 1
    assert caller.last()["content"] == NOTICE
    record = caller.pushes()[0]
    assert record["outcome"] == "invalid"
    assert record["problem"]


def test_an_answer_of_exactly_2048_bytes_is_shown(caller: Caller, hook: Hook) -> None:
    content = "长" * 682 + "ab"
    hook.answer = hook.says(text(content))
    caller.say()
    assert caller.last()["content"] == content


def test_one_article_may_answer_a_message_and_eight_an_event(caller: Caller, hook: Hook) -> None:
    hook.answer = hook.says(NEWS, "news")
    caller.say()
    entry = caller.last()
    assert (entry["type"], entry["content"], entry["url"]) == ("news", "题", "http://a.cn/1")
    hook.answer = hook.says(NEWS_OF_TWO, "news")
    caller.do("click", key="menu")
    assert len(caller.last()["articles"]) == 2


def test_a_picture_and_a_voice_come_back_by_media_id(caller: Caller, hook: Hook) -> None:
    picture = caller.upload("image", JPEG)["media_id"]
    hook.answer = hook.says(f"<Image><MediaId><![CDATA[{picture}]]></MediaId></Image>", "image")
    caller.say()
    entry = caller.last()
    assert entry["type"] == "image"
    assert caller.client.get(entry["media_url"]).content == JPEG
    hook.answer = hook.says(f"<Voice><MediaId><![CDATA[{picture}]]></MediaId></Voice>", "voice")
    caller.say()
    assert caller.last()["via"] == "notice"


def test_handing_over_to_the_platforms_own_service_silences_the_webhook(caller: Caller, hook: Hook) -> None:
    hook.answer = hook.says("", "transfer_customer_service")
    caller.say("转人工")
    caller.say("在吗")
    assert len(hook.got) == 1
    caller.pass_time(1801)
    caller.say("还在吗")
    assert len(hook.got) == 2


def test_pushes_are_suspended_after_many_failures_when_that_is_switched_on(caller: Caller, hook: Hook) -> None:
    caller.settings(mark_fail=True, mark_fail_threshold=2, push_attempts=1)
    hook.answer = lambda got: Answer(status=500)
    caller.say()
    caller.say()
    caller.say("第三句")
    caller.say("第四句")
    assert len(hook.got) == 2
    assert caller.last()["via"] == "notice"
    caller.pass_time(61)
    hook.answer = lambda got: Answer()
    caller.say()
    assert len(hook.got) == 3


def test_an_event_nobody_sees_shows_no_notice(caller: Caller, hook: Hook) -> None:
    caller.say()
    hook.answer = lambda got: Answer(status=500)
    caller.do("location", latitude=24.9, longitude=113.4)
    caller.do("view", key="http://a.cn/")
    caller.do("unsubscribe")
    assert [entry["from"] for entry in caller.screen()] == ["farmer"]


def test_a_menu_tap_that_fails_shows_the_notice(caller: Caller, hook: Hook) -> None:
    hook.answer = lambda got: Answer(b"{}")
    ref = caller.do("click", key="menu")
    assert caller.last()["via"] == "notice"
    assert caller.last()["in_reply_to"] == ref


def test_the_handshake_accepts_only_the_echo(caller: Caller, hook: Hook) -> None:
    hook.answer = lambda got: Answer(got.query["echostr"].encode())
    assert caller.post("/control/handshake")["enabled"]
    got = hook.got[0]
    assert got.method == "GET"
    assert got.query["signature"] == sha(hook.token, got.query["timestamp"], got.query["nonce"])
    assert set(got.query) == {"signature", "timestamp", "nonce", "echostr"}
    hook.answer = lambda got: Answer(got.query["echostr"].encode() + b"\n")
    assert not caller.post("/control/handshake")["enabled"]


def test_one_slow_farmer_does_not_hold_up_another(caller: Caller, hook: Hook) -> None:
    release = threading.Event()

    def answer(got: Got) -> Answer:
        if got.query["openid"] == FARMER:
            release.wait(4)
        return Answer()

    hook.answer = answer
    caller.post(f"/phones/{FARMER}/messages", {"type": "text", "content": "慢"})
    caller.post(f"/phones/{OTHER}/messages", {"type": "text", "content": "快"})
    while caller.pushes(OTHER)[0]["outcome"] == "under_way":
        pass
    assert caller.pushes(FARMER)[0]["outcome"] == "under_way"
    release.set()
    caller.settle()


def test_after_a_change_of_key_an_old_envelope_can_still_be_answered(caller: Caller, hook: Hook) -> None:
    caller.post("/control/account", {"aes_key": "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"})
    caller.post("/control/faults", {"push": {"old_aes_key": True}})
    hook.answer = hook.says(text("旧钥匙"))
    caller.say("换钥匙")
    assert "换钥匙".encode() in hook.inner()
    assert caller.last()["content"] == "旧钥匙"


def test_the_first_good_copy_is_shown_without_waiting_for_the_slowest(caller: Caller, hook: Hook) -> None:
    release, arrivals = threading.Event(), itertools.count(1)

    def answer(got: Got) -> Answer:
        if next(arrivals) < 4:
            release.wait(4)
        return hook.says(text("先答的"))(got)

    hook.answer = answer
    caller.post("/control/faults", {"push": {"duplicate": 4}})
    caller.post(f"/phones/{FARMER}/messages", {"type": "text", "content": "问"})
    assert [entry["content"] for entry in caller.screen(after=1, wait=3)] == ["先答的"]
    assert caller.pushes()[0]["outcome"] == "under_way"
    release.set()
    caller.settle()
    assert caller.pushes()[0]["outcome"] == "replied"
    assert len(caller.screen()) == 2
