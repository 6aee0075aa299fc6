"""Signatures and the AES envelope, against the official vector and against code that shares nothing with ours."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_kit import APPID, ENVIRONMENT, Envelope

from simulator import crypto

KEY = ENVIRONMENT["WECHAT_AES_KEY"]
OTHER_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"


def test_the_signature_is_that_of_the_official_example() -> None:
    assert crypto.signature("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"


def test_the_order_of_the_parts_does_not_change_a_signature() -> None:
    assert crypto.signature("b", "a", "c") == crypto.signature("c", "b", "a")


@given(st.binary(max_size=300))
def test_what_we_seal_others_can_open_and_the_other_way_round(plain: bytes) -> None:
    other = Envelope("t", KEY, APPID)
    assert other.decrypt(crypto.encrypt(plain, KEY, APPID)) == plain
    sealed = other.seal(plain).split(b"<Encrypt><![CDATA[")[1].split(b"]]>")[0].decode()
    assert crypto.decrypt(sealed, KEY, APPID) == plain


@pytest.mark.parametrize(
    ("envelope", "why"), [("not base64!", "base64"), ("AAAA", "blocks"), ("", "blocks"), ("A" * 64, "padding")]
)
def test_a_wrong_envelope_is_refused_with_the_reason(envelope: str, why: str) -> None:
    with pytest.raises(crypto.BadEnvelope, match=why):
        crypto.decrypt(envelope, KEY, APPID)


def test_an_envelope_of_another_account_is_refused() -> None:
    with pytest.raises(crypto.BadEnvelope, match="appid"):
        crypto.decrypt(crypto.encrypt(b"x", KEY, "wx_somebody_else"), KEY, APPID)


@given(st.binary(max_size=100))
def test_another_key_never_opens_an_envelope(plain: bytes) -> None:
    with pytest.raises(crypto.BadEnvelope):
        crypto.decrypt(crypto.encrypt(plain, OTHER_KEY, APPID), KEY, APPID)


@given(st.binary(max_size=100).map(lambda data: data * 16))
def test_garbage_is_refused_and_never_crashes(garbage: bytes) -> None:
    with pytest.raises(crypto.BadEnvelope):
        crypto.decrypt(base64.b64encode(garbage).decode(), KEY, APPID)
