"""What a farmer does on the phone: each act is shown on the screen, opens its quota and is pushed to the webhook."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from simulator import bodies, samples
from simulator.asked import Refused
from simulator.bodies import Field
from simulator.media import Media
from simulator.phones import Phone, Said
from simulator.platform import Platform
from simulator.push import Letter
from simulator.quota import Trigger

MOST_TEXT = 20_000
MOST_FILE = {"image": 20, "voice": 4, "video": 25, "shortvideo": 25}
"""Megabytes that the phone itself would send."""


@dataclass(frozen=True)
class Upload:
    """A file that came with a message."""

    data: bytes


def send(here: Platform, openid: str, wanted: dict[str, Any], upload: Upload | None) -> str:
    """The farmer sends a message; returns its MsgId. Refused where a phone would not send it."""
    kind = wanted.get("type")
    maker = MAKERS.get(kind) if isinstance(kind, str) else None
    if maker is None:
        raise Refused(f"type must be one of {', '.join(MAKERS)}")
    known = here.phones.find(openid)
    if known and known.follows is False and not here.switches.now.strangers_may_write:
        raise Refused("this phone no longer follows the account and cannot write to it", 409)
    outgoing = maker(here, known, wanted, upload)
    msg_id = _msg_id(here, wanted)
    phone = here.phones.use(openid)
    if phone.follows is None:
        here.phones.follow(phone)
    phone.acted_at = now = here.clock.now()
    trigger = Trigger.MESSAGE
    if kind == "menu_reply" and here.switches.now.menu_reply_counts_as == "menu":
        trigger = Trigger.MENU
    here.ledger.grant(openid, trigger)
    accepted = time.monotonic()
    here.phones.show(phone, "farmer", outgoing.shown, msg_id=msg_id)
    if now < phone.kf_until:
        return msg_id  # the platform's own customer service has the conversation
    xml = bodies.message(here.account.now.openid, openid, now, outgoing.kind, dict(outgoing.fields), msg_id)
    here.pusher.post(Letter(phone, outgoing.kind, xml, msg_id, accepted))
    return msg_id


@dataclass(frozen=True)
class Outgoing:
    """A message twice: as the screen shows it and as the push says it."""

    shown: Said
    kind: str
    fields: dict[str, Field]


def _text(here: Platform, phone: Phone | None, wanted: dict[str, Any], upload: Upload | None) -> Outgoing:
    content = _string(wanted, "content", most=MOST_TEXT)
    return Outgoing(Said.text(content), "text", {"Content": content})


def _image(here: Platform, phone: Phone | None, wanted: dict[str, Any], upload: Upload | None) -> Outgoing:
    media = here.media.keep("image", _file("image", wanted, upload, samples.PICTURES))
    pic_url = f"{here.settings.public_url}/mmbiz_pic/{media.media_id}/0"
    return Outgoing(Said("image", media_id=media.media_id), "image", {"PicUrl": pic_url, "MediaId": media.media_id})


def _voice(here: Platform, phone: Phone | None, wanted: dict[str, Any], upload: Upload | None) -> Outgoing:
    data = _file("voice", wanted, upload, samples.SOUNDS)
    narrow = here.media.keep("voice", data)
    wide = here.media.keep("voice", samples.wide_sound() if upload is None else data)
    extra = {"seconds": _number(wanted, "seconds", 3600)} if "seconds" in wanted else {}
    fields: dict[str, Field] = {
        "MediaId": narrow.media_id,
        "Format": _voice_format(narrow),
        "MediaId16K": wide.media_id,
        "Recognition": "",
    }
    return Outgoing(Said("voice", media_id=narrow.media_id, extra=extra), "voice", fields)


def _video(here: Platform, phone: Phone | None, wanted: dict[str, Any], upload: Upload | None) -> Outgoing:
    kind = str(wanted["type"])
    media = here.media.keep("video", _file(kind, wanted, upload, {}))
    thumb = here.media.keep("thumb", samples.picture("leaf", size=160))
    return Outgoing(
        Said("video", media_id=media.media_id),
        kind,
        {"MediaId": media.media_id, "ThumbMediaId": thumb.media_id},
    )


def _location(here: Platform, phone: Phone | None, wanted: dict[str, Any], upload: Upload | None) -> Outgoing:
    latitude, longitude = _number(wanted, "latitude", 90), _number(wanted, "longitude", 180)
    label = _string(wanted, "label", most=500, needed=False)
    scale = int(_number(wanted, "scale", 100)) if "scale" in wanted else 16
    fields: dict[str, Field] = {
        "Location_X": bodies.Raw(f"{latitude:.6f}"),
        "Location_Y": bodies.Raw(f"{longitude:.6f}"),
        "Scale": scale,
        "Label": label,
    }
    return Outgoing(Said("location", label, extra={"latitude": latitude, "longitude": longitude}), "location", fields)


def _link(here: Platform, phone: Phone | None, wanted: dict[str, Any], upload: Upload | None) -> Outgoing:
    title, url = _string(wanted, "title", most=500), _string(wanted, "url", most=4000)
    description = _string(wanted, "description", most=1000, needed=False)
    shown = Said("link", title, url=url, extra={"description": description})
    return Outgoing(shown, "link", {"Title": title, "Description": description, "Url": url})


def _unsupported(here: Platform, phone: Phone | None, wanted: dict[str, Any], upload: Upload | None) -> Outgoing:
    pushed = _string(wanted, "content", most=200, needed=False) or bodies.UNSUPPORTED
    return Outgoing(Said("unsupported", "[动画表情]"), "text", {"Content": pushed})


def _menu_reply(here: Platform, phone: Phone | None, wanted: dict[str, Any], upload: Upload | None) -> Outgoing:
    item = wanted.get("id")
    if not isinstance(item, (str, int)) or isinstance(item, bool) or not str(item):
        raise Refused("id must be that of a menu item")
    content = _string(wanted, "content", most=2000, needed=False) or _offered(phone, str(item))
    if not content:
        raise Refused(f"no menu item with the id {item} stands on this screen", 409)
    return Outgoing(Said.text(content), "text", {"Content": content, "bizmsgmenuid": bodies.Raw(str(item))})


MAKERS = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _location,
    "link": _link,
    "unsupported": _unsupported,
    "menu_reply": _menu_reply,
}
MENU_LINK = re.compile(
    r"""weixin://bizmsgmenu\?msgmenucontent=(?P<content>[^&"'>]*)&(?:amp;)?msgmenuid=(?P<id>[^&"'>]*)"""
)


def _offered(phone: Phone | None, item: str) -> str:
    """The words of a menu item on the screen, newest first: of a msgmenu, or of a bizmsgmenu link in a text."""
    for entry in reversed(phone.entries if phone else []):
        if entry.sender != "account":
            continue
        for choice in entry.said.extra.get("menu", {}).get("list", []):
            if choice["id"] == item:
                return str(choice["content"])
        for link in MENU_LINK.finditer(entry.said.content):
            if unquote(link["id"]) == item:
                return unquote(link["content"])
    return ""


@dataclass(frozen=True)
class Happening:
    """An event as the push says it."""

    name: str
    fields: dict[str, Field]
    trigger: Trigger | None = None
    seen: bool = True


def happen(here: Platform, openid: str, wanted: dict[str, Any]) -> str:
    """The farmer does something that is not a message; returns the id by which replies refer to it."""
    name = wanted.get("event")
    if not isinstance(name, str) or name.lower() not in EVENTS:
        raise Refused(f"event must be one of {', '.join(sorted(EVENTS))}")
    phone = here.phones.find(openid)
    kind = name.lower()
    if phone and phone.follows is False and kind not in {"subscribe", "scan"}:
        raise Refused("this phone no longer follows the account", 409)
    happening = EVENTS[kind](here, phone, wanted)
    phone = here.phones.use(openid)
    match happening.name:
        case "subscribe":
            here.phones.follow(phone, _string(wanted, "scene", most=64, needed=False))
        case "unsubscribe":
            here.phones.leave(phone)
            here.ledger.close(openid)
        case _ if phone.follows is None:
            here.phones.follow(phone)
    now = here.clock.now()
    if happening.trigger:
        phone.acted_at = now
        here.ledger.grant(openid, happening.trigger)
    ref = "event-" + here.new_msg_id()
    xml = bodies.event(here.account.now.openid, openid, now, happening.name, dict(happening.fields))
    here.pusher.post(
        Letter(
            phone,
            f"event:{happening.name}",
            xml,
            ref,
            time.monotonic(),
            is_event=True,
            seen=happening.seen,
        )
    )
    return ref


def _subscribe(here: Platform, phone: Phone | None, wanted: dict[str, Any]) -> Happening:
    scene = _string(wanted, "scene", most=64, needed=False)
    if not scene:
        return Happening("subscribe", {"EventKey": ""}, Trigger.SUBSCRIBE)
    return Happening("subscribe", {"EventKey": f"qrscene_{scene}", "Ticket": _ticket(here, scene)}, Trigger.SUBSCRIBE)


def _unsubscribe(here: Platform, phone: Phone | None, wanted: dict[str, Any]) -> Happening:
    return Happening("unsubscribe", {"EventKey": ""}, seen=False)


def _scan(here: Platform, phone: Phone | None, wanted: dict[str, Any]) -> Happening:
    scene = _string(wanted, "scene" if "scene" in wanted else "key", most=64)
    wanted["scene"] = scene
    if phone is None or not phone.follows:
        return _subscribe(here, phone, wanted)  # a stranger who scans is asked to follow first
    return Happening("SCAN", {"EventKey": scene, "Ticket": _ticket(here, scene)}, Trigger.SCAN)


def _click(here: Platform, phone: Phone | None, wanted: dict[str, Any]) -> Happening:
    return Happening("CLICK", {"EventKey": _string(wanted, "key", most=128)}, Trigger.MENU)


def _view(here: Platform, phone: Phone | None, wanted: dict[str, Any]) -> Happening:
    url = _string(wanted, "url" if "url" in wanted else "key", most=1024)
    return Happening("VIEW", {"EventKey": url, "MenuId": bodies.Raw("434105450")}, seen=False)


def _place(here: Platform, phone: Phone | None, wanted: dict[str, Any]) -> Happening:
    fields: dict[str, Field] = {
        "Latitude": bodies.Raw(f"{_number(wanted, 'latitude', 90):.6f}"),
        "Longitude": bodies.Raw(f"{_number(wanted, 'longitude', 180):.6f}"),
        "Precision": bodies.Raw(f"{_number(wanted, 'precision', 100_000) if 'precision' in wanted else 30.0:.6f}"),
    }
    return Happening("LOCATION", fields, seen=False)


def _scancode(here: Platform, phone: Phone | None, wanted: dict[str, Any]) -> Happening:
    info = {"ScanType": "qrcode", "ScanResult": _string(wanted, "result", most=2000)}
    fields: dict[str, Field] = {
        "EventKey": _string(wanted, "key", most=128),
        "ScanCodeInfo": bodies.nested(info),
    }
    name = str(wanted["event"]).lower()
    return Happening(name, fields, Trigger.MENU, seen=name == "scancode_waitmsg")


def _pictures(here: Platform, phone: Phone | None, wanted: dict[str, Any]) -> Happening:
    count = int(_number(wanted, "count", 9)) if "count" in wanted else 1
    sums = bodies.nested({"PicMd5Sum": "5a75aaca956d97be686719218f275c6b"})
    items = bodies.nested({"item": sums}).text * count
    info = bodies.nested({"Count": bodies.Raw(str(count)), "PicList": bodies.Raw(items)})
    fields: dict[str, Field] = {"EventKey": _string(wanted, "key", most=128), "SendPicsInfo": info}
    return Happening(str(wanted["event"]).lower(), fields, seen=False)


def _chosen_place(here: Platform, phone: Phone | None, wanted: dict[str, Any]) -> Happening:
    info = bodies.nested(
        {
            "Location_X": f"{_number(wanted, 'latitude', 90):.6f}",
            "Location_Y": f"{_number(wanted, 'longitude', 180):.6f}",
            "Scale": "16",
            "Label": _string(wanted, "label", most=500, needed=False),
            "Poiname": "",
        }
    )
    fields: dict[str, Field] = {"EventKey": _string(wanted, "key", most=128), "SendLocationInfo": info}
    return Happening("location_select", fields, seen=False)


def _miniprogram(here: Platform, phone: Phone | None, wanted: dict[str, Any]) -> Happening:
    path = _string(wanted, "key", most=1024)
    return Happening("view_miniprogram", {"EventKey": path, "MenuId": bodies.Raw("434105450")}, seen=False)


EVENTS = {
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "scan": _scan,
    "click": _click,
    "view": _view,
    "location": _place,
    "scancode_push": _scancode,
    "scancode_waitmsg": _scancode,
    "pic_sysphoto": _pictures,
    "pic_photo_or_album": _pictures,
    "pic_weixin": _pictures,
    "location_select": _chosen_place,
    "view_miniprogram": _miniprogram,
}


def _ticket(here: Platform, scene: str) -> str:
    code = here.codes.for_scene(scene)
    if code is None:  # a code printed before this simulator started
        code = here.codes.make(scene, is_number=scene.isdigit(), lasts_s=None)
    if here.codes.is_over(code):
        raise Refused("this code has run out", 410)
    return code.ticket


def _msg_id(here: Platform, wanted: dict[str, Any]) -> str:
    given = wanted.get("msg_id")
    if given is None:
        return here.new_msg_id()
    if not re.fullmatch(r"\d{1,20}", str(given)) or int(str(given)) >= 2**64:
        raise Refused("msg_id must be a number of 64 bits")
    return str(given)


def _voice_format(media: Media) -> str:
    kind = media.content_type.removeprefix("audio/")
    return {"amr-wb": "amr", "octet-stream": "amr", "application/octet-stream": "amr"}.get(kind, kind)


def _file(
    kind: str, wanted: dict[str, Any], upload: Upload | None, built_in: Mapping[str, Callable[[], bytes]]
) -> bytes:
    if upload is None:
        sample = wanted.get("sample")
        if isinstance(sample, str) and sample in built_in:
            return built_in[sample]()
        raise Refused(f"a {kind} needs multipart/form-data with a file called file")
    if not upload.data:
        raise Refused("the file is empty")
    if len(upload.data) > MOST_FILE[kind] * 1024 * 1024:
        raise Refused(f"the file is larger than {MOST_FILE[kind]} MB", 413)
    return upload.data


def _string(wanted: dict[str, Any], name: str, *, most: int, needed: bool = True) -> str:
    value = wanted.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or (needed and not value):
        raise Refused(f"{name} must be a text that is not empty")
    if len(value) > most:
        raise Refused(f"{name} must not be longer than {most} characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused(f"{name} is not valid Unicode") from None
    return value


def _number(wanted: dict[str, Any], name: str, most: float) -> float:
    value = wanted.get(name)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            value = None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not -most <= value <= most:
        raise Refused(f"{name} must be a number from -{most:g} to {most:g}")
    return float(value)
