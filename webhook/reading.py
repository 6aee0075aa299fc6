"""Reading the platform's messages and events into `Incoming`. What has no meaning for us is None.

Source: wechat reference §1.3 (messages), §1.4 (events), §1.5 (what a repeat repeats).
"""

import re
from dataclasses import replace
from datetime import UTC, datetime

from conversations.incoming import Incoming, Kind
from webhook.envelope import Fields, Unreadable

_MOST_CHARACTERS = 10_000
_MOST_KEY = 200  # a menu key has at most 128 bytes, a scene 64 characters
_ADDRESS = re.compile(r"[0-9A-Za-z_@.-]{1,128}")
_UNSUPPORTED_TEXTS = frozenset(
    {"【收到不支持的消息类型，暂无法显示】", "【收到不支援的訊息類型，無法顯示】", "[Unsupported Message]"}
)
_KINDS = {
    "text": Kind.TEXT,
    "image": Kind.IMAGE,
    "voice": Kind.VOICE,
    "video": Kind.VIDEO,
    "shortvideo": Kind.VIDEO,
    "location": Kind.LOCATION,
    "link": Kind.LINK,
}


def read(fields: Fields) -> Incoming | None:
    """One message or event; None for an event without meaning for us. Raises Unreadable when parts are missing."""
    message_type = _text(fields, "MsgType").lower()
    if message_type == "event":
        return _event(fields)
    openid, _ = farmer_and_account(fields)
    kind = _KINDS.get(message_type, Kind.UNSUPPORTED)
    plain = Incoming(openid, f"{openid}:{_needed(fields, 'MsgId')}", kind, _time(fields))
    match kind:
        case Kind.TEXT:
            text = _text(fields, "Content")[:_MOST_CHARACTERS]
            if text.strip() in _UNSUPPORTED_TEXTS:
                return replace(plain, kind=Kind.UNSUPPORTED)
            return replace(plain, text=text, is_menu_tap="bizmsgmenuid" in fields)
        case Kind.IMAGE | Kind.VIDEO:
            return replace(plain, media_id=_needed(fields, "MediaId"), media_url=_text(fields, "PicUrl"))
        case Kind.VOICE:
            # `Recognition` has come empty since 2023; the 16 kHz recording is the better one (reference: wechat §4.5).
            media_id = _text(fields, "MediaId16K") or _needed(fields, "MediaId")
            return replace(plain, media_id=media_id)
        case Kind.LOCATION:
            return replace(
                plain,
                text=_text(fields, "Label")[:_MOST_CHARACTERS],
                latitude=_degrees(fields, "Location_X", 90),
                longitude=_degrees(fields, "Location_Y", 180),
            )
        case Kind.LINK:
            title = f"{_text(fields, 'Title')} {_text(fields, 'Description')}".strip()
            return replace(plain, text=title[:_MOST_CHARACTERS], url=_text(fields, "Url"))
        case _:
            return replace(plain, kind=Kind.UNSUPPORTED)


def _event(fields: Fields) -> Incoming | None:
    event, key = _text(fields, "Event")[:_MOST_KEY], _text(fields, "EventKey")[:_MOST_KEY]
    (openid, _), at = farmer_and_account(fields), _time(fields)
    repeated = f"{openid}:{_needed(fields, 'CreateTime')}:{event}:{key}"
    match event.lower():
        case "subscribe":
            return Incoming(openid, repeated, Kind.SUBSCRIBE, at, scene=key.removeprefix("qrscene_"))
        case "unsubscribe":
            return Incoming(openid, repeated, Kind.UNSUBSCRIBE, at)
        case "scan":
            return Incoming(openid, repeated, Kind.SCAN, at, scene=key)
        case "click":
            return Incoming(openid, repeated, Kind.CLICK, at, text=key)
        case _:
            return None


def farmer_and_account(fields: Fields) -> tuple[str, str]:
    """Who wrote and to which account; a reply turns them round. Raises Unreadable for what WeChat would not give."""
    openid, account = _needed(fields, "FromUserName"), _needed(fields, "ToUserName")
    if not (_ADDRESS.fullmatch(openid) and _ADDRESS.fullmatch(account)):
        raise Unreadable("address")
    return openid, account


def name_of(fields: Fields) -> str:
    """What kind of message this is, for a log line about one that has no meaning for us."""
    return f"{_text(fields, 'MsgType')[:30]}/{_text(fields, 'Event')[:40]}"


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if isinstance(value, list):
        value = value[0]
    return value if isinstance(value, str) else ""


def _needed(fields: Fields, name: str) -> str:
    value = _text(fields, name)
    if not value or len(value) > 200:
        raise Unreadable(f"no {name}")
    return value


def _time(fields: Fields) -> datetime:
    seconds = _needed(fields, "CreateTime")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 11):
        raise Unreadable("CreateTime")
    return datetime.fromtimestamp(int(seconds), tz=UTC)


def _degrees(fields: Fields, name: str, most: float) -> float | None:
    """To two decimals, about a kilometre: no more than a town is kept (reference: domain §5.2)."""
    try:
        degrees = float(_text(fields, name))
    except ValueError:
        return None
    return round(degrees, 2) if -most <= degrees <= most else None
