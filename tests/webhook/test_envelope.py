"""Envelopes: three crypto modes, two keys, and every text a farmer can type comes out as it went in."""

import base64
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import Settings
from simulator import crypto
from tests.webhook.our_side import ENVIRONMENT, MODES, SETTINGS, opened, query_of
from tests.webhook.platform_side import APPID, Push, Wechat, cdata, message, random_key, text
from webhook.envelope import Unreadable, seal
from webhook.guard import Forbidden


def accepting(*modes: str, **more: str) -> Settings:
    return Settings.from_mapping(ENVIRONMENT | {"WECHAT_MODES": ",".join(modes)} | more)


@pytest.mark.parametrize("mode", MODES)
def test_a_push_is_opened_in_the_mode_it_came_in(mode: str) -> None:
    found = opened(Wechat(SETTINGS, mode).push(text("水稻纹枯病怎么防治")))
    assert found.mode == mode
    assert found.fields["Content"] == "水稻纹枯病怎么防治"


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_that_is_not_accepted_is_refused(mode: str) -> None:
    others = [other for other in MODES if other != mode]
    with pytest.raises(Forbidden, match="mode"):
        opened(Wechat(SETTINGS, mode).push(text("你好")), accepting(*others))


def test_only_the_safe_mode_is_accepted_unless_somebody_says_otherwise() -> None:
    settings = Settings.from_mapping(ENVIRONMENT)
    assert opened(Wechat(settings).push(text("你好")), settings).mode == "safe"
    for mode in ("compatible", "plain"):
        with pytest.raises(Forbidden, match="mode"):
            opened(Wechat(settings, mode).push(text("你好")), settings)


def test_the_raw_encryption_type_means_plain() -> None:
    push = Wechat(SETTINGS, "plain").push(text("你好"))
    assert opened(replace(push, query=push.query | {"encrypt_type": "raw"})).mode == "plain"


# --- keys


@pytest.mark.parametrize("mode", ["safe", "compatible"])
@pytest.mark.parametrize("used", ["current", "previous"])
def test_either_key_opens_and_the_reply_is_sealed_with_the_one_that_opened(mode: str, used: str) -> None:
    keys = {"current": random_key(), "previous": random_key()}
    settings = accepting(mode, WECHAT_AES_KEY=keys["current"], WECHAT_PREVIOUS_AES_KEY=keys["previous"])
    push = Wechat(settings, mode).push(text("你好"), aes_key=keys[used])
    found = opened(push, settings)
    sealed = seal("<xml><Content>好</Content></xml>", found.crypto, query_of(push))
    answer = Wechat(settings, mode).read(sealed.encode(), aes_key=keys[used])
    assert answer is not None
    assert answer.findtext("Content") == "好"
    with pytest.raises(crypto.BadEnvelope):
        Wechat(settings, mode).read(sealed.encode(), aes_key=keys["previous" if used == "current" else "current"])


def test_a_third_key_is_refused() -> None:
    settings = accepting("safe", WECHAT_PREVIOUS_AES_KEY=random_key())
    with pytest.raises(Forbidden, match="key"):
        opened(Wechat(settings).push(text("你好"), aes_key=random_key()), settings)


def test_a_message_for_another_account_is_refused_by_name() -> None:
    with pytest.raises(Forbidden, match="appid"):
        opened(Wechat(SETTINGS).push(text("你好"), appid="wx00000000000000ff"))


@pytest.mark.parametrize("appid", [APPID + "f", APPID[:-1], ""])
def test_an_appid_that_only_resembles_ours_is_refused(appid: str) -> None:
    with pytest.raises(Forbidden, match=r"appid|key"):
        opened(Wechat(SETTINGS).push(text("你好"), appid=appid or "\0"))


def test_a_reply_in_the_plain_mode_is_not_sealed() -> None:
    push = Wechat(SETTINGS, "plain").push(text("你好"))
    assert seal("<xml></xml>", opened(push).crypto, query_of(push)) == "<xml></xml>"


# --- tampering


def resigned(push: Push, encrypted: str) -> Push:
    """A push with another encrypted part, signed by whoever knows the token."""
    query = push.query | {
        "msg_signature": crypto.signature(
            SETTINGS.wechat_token, push.query["timestamp"], push.query["nonce"], encrypted
        )
    }
    return Push(f"<xml><Encrypt>{cdata(encrypted)}</Encrypt></xml>".encode(), query)


def encrypted_part(push: Push) -> str:
    found = re.search(rb"<Encrypt><!\[CDATA\[(.*?)\]\]>", push.body)
    assert found is not None
    return found.group(1).decode()


def test_a_changed_ciphertext_is_refused_by_its_signature() -> None:
    push = Wechat(SETTINGS).push(text("你好"))
    sealed = encrypted_part(push)
    other = ("A" if sealed[0] != "A" else "B") + sealed[1:]
    with pytest.raises(Forbidden, match="msg_signature"):
        opened(replace(push, body=push.body.replace(sealed.encode(), other.encode())))


@given(st.binary(max_size=400), st.booleans())
def test_a_signed_ciphertext_that_is_rubbish_is_refused_and_nothing_else(rubbish: bytes, as_base64: bool) -> None:
    sealed = base64.b64encode(rubbish).decode() if as_base64 else re.sub(r"[^!-~]", "", rubbish.decode("latin-1"))
    with pytest.raises((Forbidden, Unreadable)):
        opened(resigned(Wechat(SETTINGS).push(text("你好")), sealed.replace("]]>", "")))


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_a_length_that_does_not_fit_is_refused_and_nothing_else(length: int) -> None:
    xml = text("你好")
    if length == len(xml):
        return
    key = base64.b64decode(SETTINGS.wechat_aes_key + "=")
    sealed = _encrypt(b"r" * 16 + length.to_bytes(4, "big") + xml + APPID.encode(), key)
    with pytest.raises(Forbidden):
        opened(resigned(Wechat(SETTINGS).push(xml), sealed))


def _encrypt(packed: bytes, key: bytes) -> str:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    fill = 32 - len(packed) % 32
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(packed + bytes([fill]) * fill) + cipher.finalize()).decode()


def test_the_compatible_mode_trusts_only_the_encrypted_part() -> None:
    push = Wechat(SETTINGS, "compatible").push(text("真的"))
    forged = replace(push, body=push.body.replace("真的".encode(), "假的".encode()))
    assert forged.body != push.body
    assert opened(forged).fields["Content"] == "真的"


@pytest.mark.parametrize("mode", ["safe", "compatible"])
def test_an_encrypted_request_with_a_plain_body_is_refused(mode: str) -> None:
    push = Wechat(SETTINGS, mode).push(text("你好"))
    with pytest.raises(Forbidden, match="not_encrypted"):
        opened(replace(push, body=text("你好")))


def test_two_encrypted_parts_are_refused() -> None:
    push = Wechat(SETTINGS).push(text("你好"))
    twice = push.body.replace(b"</xml>", b"<Encrypt>" + encrypted_part(push).encode() + b"</Encrypt></xml>")
    with pytest.raises(Forbidden, match="not_encrypted"):
        opened(replace(push, body=twice))


# --- what the XML says


# Whatever a keyboard or a clipboard can hold. Carriage returns become line ends in every XML document.
TYPED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=300)
CONTROL = "".join(map(chr, [*range(9), 11, 12, *range(14, 32)])) + "\ufffe\uffff"


@pytest.mark.parametrize("mode", MODES)
@given(content=TYPED)
def test_any_text_that_a_farmer_can_type_survives_reading(mode: str, content: str) -> None:
    found = opened(Wechat(SETTINGS, mode).push(text(content))).fields.get("Content")
    expected = content.translate({ord(character): None for character in CONTROL}).strip()
    assert (found or "") == expected


@given(before=TYPED, after=TYPED, control=st.sampled_from(CONTROL))
def test_a_control_character_costs_nothing_but_itself(before: str, after: str, control: str) -> None:
    def content(typed: str) -> object:
        return opened(Wechat(SETTINGS, "plain").push(text(f"·{typed}·"))).fields["Content"]

    assert content(before + control + after) == content(before + after)


def test_a_closing_bracket_in_a_text_is_no_end_of_it() -> None:
    content = "打药]]><MsgType><![CDATA[event]]></MsgType>"
    found = opened(Wechat(SETTINGS, "plain").push(text(content))).fields
    assert (found["Content"], found["MsgType"]) == (content, "text")


@pytest.mark.parametrize("mode", MODES)
def test_bytes_that_are_no_utf8_cost_only_themselves(mode: str) -> None:
    xml = text("水稻X纹枯病").replace(b"X", b"\xe6\xb0")
    assert opened(Wechat(SETTINGS, mode).push(xml)).fields["Content"] == "水稻\ufffd纹枯病"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\0\0",
        b"success",
        b'{"ToUserName": "gh_0123456789ab", "MsgType": "text"}',
        b"<xml>",
        b"<xml/>",
        b"<xml>\xe4\xbd\xa0</xml>",
        b"<html><body>hello</body></html>",
        b"<xml><Content>&nbsp;</Content></xml>",
        b'<!DOCTYPE x [<!ENTITY a "boom">]><xml><Content>&a;</Content></xml>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>',
        b"<xml>" + b"<a>" * 20_000,
    ],
)
def test_what_is_no_message_is_unreadable_and_nothing_else(body: bytes) -> None:
    with pytest.raises(Unreadable):
        opened(Wechat(SETTINGS, "plain").push(body))


def test_deep_nesting_is_read_without_falling_over() -> None:
    deep = b"<xml><MsgType>text</MsgType>" + b"<a>" * 8_000 + b"</a>" * 8_000 + b"</xml>"
    assert opened(Wechat(SETTINGS, "plain").push(deep)).fields["MsgType"] == "text"


def test_an_element_of_wechats_that_nobody_knows_yet_is_no_trouble() -> None:
    xml = message("text", "<Content>你好</Content><Brand><New>1</New></Brand>")
    assert opened(Wechat(SETTINGS, "plain").push(xml)).fields["Content"] == "你好"
