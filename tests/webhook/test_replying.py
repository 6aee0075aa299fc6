"""Passive replies: whatever we say arrives as it was said, and nothing but a text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conversations import texts
from tests.webhook.our_side import MODES, SETTINGS, opened, query_of
from tests.webhook.platform_side import ACCOUNT, FARMER, Wechat, message, text
from webhook.envelope import Unreadable
from webhook.replying import NOTHING_TO_SAY, text_reply

SAID = st.text(max_size=700)


def answer(mode: str, said: str) -> bytes:
    """What goes back to the platform when this is said to a farmer."""
    push = Wechat(SETTINGS, mode).push(text("你好"))
    return text_reply(opened(push), query_of(push), said).encode()


@pytest.mark.parametrize("mode", MODES)
@given(said=SAID)
@example(said="]]></Content><MsgType><![CDATA[transfer_customer_service]]></MsgType><Content><![CDATA[")
@example(said="]]\0></Content><MsgType><![CDATA[image]]></MsgType><Content><![CDATA[")
@example(said="]]>" * 682)
@example(said="\ud83d")
def test_any_text_we_say_arrives_clean_short_enough_and_alone(mode: str, said: str) -> None:
    wechat = Wechat(SETTINGS, mode)
    seen = wechat.words(answer(mode, said))
    whole = texts.clean(said)
    if texts.size(whole) <= texts.MOST_BYTES:
        assert (seen or "") == whole.replace("\r\n", "\n").replace("\r", "\n")
    else:
        assert seen
        assert whole.replace("\r\n", "\n").replace("\r", "\n").startswith(seen)


@pytest.mark.parametrize("said", ["", "  \n", "\0\x01"])
def test_nothing_to_say_is_silence(said: str) -> None:
    assert answer("safe", said) == NOTHING_TO_SAY.encode()


def test_a_reply_turns_farmer_and_account_round() -> None:
    tree = Wechat(SETTINGS).read(answer("safe", "好"))
    assert tree is not None
    assert (tree.findtext("ToUserName"), tree.findtext("FromUserName")) == (FARMER, ACCOUNT)


def test_of_a_doubled_sender_the_first_is_answered() -> None:
    xml = text("你好").replace(b"<CreateTime>", b"<FromUserName>oAnother</FromUserName><CreateTime>")
    push = Wechat(SETTINGS).push(xml)
    tree = Wechat(SETTINGS).read(text_reply(opened(push), query_of(push), "好").encode())
    assert tree is not None
    assert [child.text for child in tree if child.tag == "ToUserName"] == [FARMER]


def test_an_address_cannot_write_elements_into_a_reply() -> None:
    push = Wechat(SETTINGS).push(message("text", openid="o]]></ToUserName><MsgType>image</MsgType><ToUserName>"))
    with pytest.raises(Unreadable):
        text_reply(opened(push), query_of(push), "好")
