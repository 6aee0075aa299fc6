"""The XML that the platform posts: messages, events and their envelope (wechat.md §1.2 to §1.4).

Written by hand on purpose: WeChat leaves control characters raw inside CDATA, which no XML library would write.
"""

from dataclasses import dataclass
from typing import Any

from simulator import crypto
from simulator.account import Identity
from simulator.settings import Mode

UNSUPPORTED = "【收到不支持的消息类型，暂无法显示】"


@dataclass(frozen=True)
class Raw:
    """A value written without CDATA: numbers, and nested elements."""

    text: str


type Field = str | int | Raw | None


def cdata(text: str) -> str:
    """CDATA around anything; `]]>` is split over two sections."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def elements(fields: dict[str, Field]) -> str:
    """One element a line; None leaves the element out."""
    lines = []
    for name, value in fields.items():
        match value:
            case None:
                continue
            case str():
                inside = cdata(value)
            case Raw(text):
                inside = text
            case _:
                inside = str(value)
        lines.append(f"<{name}>{inside}</{name}>")
    return "\n".join(lines)


def message(to: str, openid: str, at: float, kind: str, fields: dict[str, Field], msg_id: str) -> bytes:
    """An ordinary message (§1.3)."""
    trailing: dict[str, Field] = {
        name: fields.pop(name) for name in ("MediaId16K", "Recognition", "bizmsgmenuid") if name in fields
    }
    return _document(
        {
            "ToUserName": to,
            "FromUserName": openid,
            "CreateTime": int(at),
            "MsgType": kind,
            **fields,
            "MsgId": Raw(msg_id),
            **trailing,
        }
    )


def event(to: str, openid: str, at: float, name: str, fields: dict[str, Field]) -> bytes:
    """An event (§1.4); it has no MsgId."""
    return _document(
        {
            "ToUserName": to,
            "FromUserName": openid,
            "CreateTime": int(at),
            "MsgType": "event",
            "Event": name,
            **fields,
        }
    )


def _document(fields: dict[str, Field]) -> bytes:
    return f"<xml>{elements(fields)}\n</xml>".encode()


@dataclass(frozen=True)
class Sealed:
    """An HTTP body and the query that signs it."""

    body: bytes
    query: dict[str, str]


def seal(
    xml: bytes,
    who: Identity,
    openid: str,
    *,
    timestamp: str,
    nonce: str,
    appid: str | None = None,
    aes_key: str | None = None,
) -> Sealed:
    """Sign, and in safe and compatible mode encrypt, what is to be posted."""
    query = sign(who, openid, timestamp=timestamp, nonce=nonce)
    if who.mode is Mode.PLAIN:
        return Sealed(xml, query)
    sealed = crypto.encrypt(xml, aes_key or who.aes_key, appid or who.appid)
    query |= {
        "encrypt_type": "aes",
        "msg_signature": crypto.signature(who.token, timestamp, nonce, sealed),
    }
    wrapped = elements({"ToUserName": who.openid, "Encrypt": sealed}).encode()
    if who.mode is Mode.SAFE:
        return Sealed(b"<xml>" + wrapped + b"\n</xml>", query)
    end = xml.rindex(b"</xml>")
    encrypt_only = elements({"Encrypt": sealed}).encode()
    return Sealed(xml[:end] + encrypt_only + b"\n</xml>", query)


def sign(who: Identity, openid: str, *, timestamp: str, nonce: str) -> dict[str, str]:
    """The query of every push; it covers neither the body nor the openid."""
    return {
        "signature": crypto.signature(who.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": openid,
    }


def nested(fields: dict[str, Any]) -> Raw:
    """Elements inside an element, for ScanCodeInfo and its like."""
    return Raw("".join(f"<{n}>{v.text if isinstance(v, Raw) else cdata(str(v))}</{n}>" for n, v in fields.items()))
