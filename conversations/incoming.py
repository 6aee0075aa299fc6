"""What a farmer sent, whatever the platform called it: the one shape in which it enters the service."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of messages and events that mean something to us."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    LOCATION = "location"
    LINK = "link"
    UNSUPPORTED = "unsupported"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    SCAN = "scan"
    CLICK = "click"


MEDIA = frozenset({Kind.IMAGE, Kind.VOICE, Kind.VIDEO})
# What lets us send by ourselves afterwards (reference: wechat §2): a message, or a tap, a follow, a scan.
MESSAGES = frozenset({Kind.TEXT, Kind.IMAGE, Kind.VOICE, Kind.VIDEO, Kind.LOCATION, Kind.LINK, Kind.UNSUPPORTED})
TAPS = frozenset({Kind.SUBSCRIBE, Kind.SCAN, Kind.CLICK})


@dataclass(frozen=True)
class Incoming:
    """One message or event.

    `key` is what the platform repeats when it repeats itself: farmer and MsgId for messages; farmer,
    CreateTime, event and event key for events (reference: wechat §1.5). `text` is the words, the label of a
    place, the title of a link or the key of a menu item. Degrees are WGS-84 or whatever the phone says.
    """

    openid: str
    key: str
    kind: Kind
    sent_at: datetime
    text: str = ""
    media_id: str = ""
    media_url: str = ""
    url: str = ""
    scene: str = ""
    latitude: float | None = None
    longitude: float | None = None
    is_menu_tap: bool = False
