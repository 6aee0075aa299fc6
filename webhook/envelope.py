"""Opening and sealing what travels between the platform and us: three crypto modes, the current and the previous key."""

import base64
import re
from dataclasses import dataclass
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from core.settings import CryptoMode, Settings
from webhook.guard import Forbidden, Query, check_message_signature

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_RANDOM_BYTES, _LENGTH_BYTES, _BLOCK = 16, 4, 32
Fields = dict[str, object]


class Unreadable(Exception):
    """Signed by the platform but not a message: acknowledged and logged, since a retry would be no better."""


@dataclass(frozen=True)
class Opened:
    """The fields of a message, and how to seal the reply: with the key that opened it, or not at all."""

    fields: Fields
    mode: CryptoMode
    crypto: WeChatCrypto | None


class Envelopes:
    """Opens pushes and seals replies for one account."""

    def __init__(self, settings: Settings) -> None:
        self._modes = settings.wechat_modes
        self._token = settings.wechat_token
        keys = [settings.wechat_aes_key, settings.wechat_previous_aes_key]
        self._cryptos = [WeChatCrypto(settings.wechat_token, key, settings.wechat_appid) for key in keys if key]

    def open(self, body: bytes, query: Query) -> Opened:
        """The message in a push. Raises Forbidden for a mode we do not take or a key that does not fit, and Unreadable."""
        if not query.is_encrypted:
            self._allow("plain")
            return Opened(_fields(body), "plain", None)
        outer = _fields(body)
        mode: CryptoMode = "compatible" if "MsgType" in outer else "safe"
        self._allow(mode)
        encrypted = outer.get("Encrypt")
        if not isinstance(encrypted, str):
            raise Forbidden("not_encrypted")
        check_message_signature(self._token, query, encrypted)
        message, crypto = self._decrypt(encrypted)
        return Opened(_fields(message), mode, crypto)

    def _allow(self, mode: CryptoMode) -> None:
        if mode not in self._modes:
            raise Forbidden("mode")

    def _decrypt(self, encrypted: str) -> tuple[bytes, WeChatCrypto]:
        for crypto in self._cryptos:
            try:
                message, appid = _unpacked(PrpCrypto(crypto.key).cipher.decrypt(base64.b64decode(encrypted)))
            except ValueError:  # not base64, no whole blocks, or opened with a key that does not fit
                continue
            if appid != crypto.app_id.encode():
                raise Forbidden("appid")
            return message, crypto
        raise Forbidden("key")


def _unpacked(padded: bytes) -> tuple[bytes, bytes]:
    """The message and the appid behind it (reference: wechat §1.2); ValueError when they cannot be there.

    wechatpy's own reading looks at neither padding nor length, and refuses a message with a byte that is no UTF-8.
    """
    fill = padded[-1] if padded else 0
    packed = padded[:-fill]
    start = _RANDOM_BYTES + _LENGTH_BYTES
    end = start + int.from_bytes(packed[_RANDOM_BYTES:start], "big")
    if not 1 <= fill <= _BLOCK or padded[-fill:] != bytes([fill]) * fill or not start < end <= len(packed):
        raise ValueError("not an envelope")
    return packed[start:end], packed[end:]


def seal(reply_xml: str, crypto: WeChatCrypto | None, query: Query) -> str:
    """The reply as it travels: encrypted with the key that opened the push, or plain."""
    if crypto is None:
        return reply_xml
    sealed: str = crypto.encrypt_message(reply_xml, query.nonce, query.timestamp)
    return sealed


def _fields(body: bytes) -> Fields:
    """The elements of the message, without the control characters that WeChat passes on raw (reference: wechat §0.6)."""
    clean = _NOT_XML.sub("", body.decode("utf-8", errors="replace"))
    try:
        root = xmltodict.parse(clean)
    except (ExpatError, ValueError, RecursionError) as error:
        raise Unreadable(type(error).__name__) from error
    fields = root.get("xml") if isinstance(root, dict) else None
    if not isinstance(fields, dict):
        raise Unreadable("no <xml>")
    return fields
