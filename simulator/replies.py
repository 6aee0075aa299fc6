"""Reading the webhook's answer to a push as the platform does: silence, a message, or nonsense (wechat.md §1.6)."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from simulator import crypto
from simulator.account import Identity
from simulator.media import MediaStore
from simulator.phones import Said
from simulator.settings import Mode
from simulator.switches import Switches


class BadReply(Exception):
    """An answer for which the farmer sees the failure notice; says why, for the push log."""


@dataclass(frozen=True)
class HandOver:
    """transfer_customer_service: the next messages go to the platform's own customer service."""

    account: str = ""


def read(
    body: bytes, who: Identity, openid: str, media: MediaStore, switches: Switches, *, most_articles: int
) -> Said | HandOver | None:
    """None for `success` and for an empty answer; BadReply for anything the platform would refuse."""
    if body.strip() in {b"", b"success"}:
        return None
    tree = _parse(body)
    if tree.find("Encrypt") is not None and who.mode is not Mode.PLAIN:
        tree = _parse(_open(tree, who))
    elif who.mode is Mode.SAFE:
        raise BadReply("the reply is not encrypted, and the account is in safe mode")
    if _text(tree, "ToUserName") != openid or _text(tree, "FromUserName") != who.openid:
        raise BadReply("ToUserName and FromUserName are not those of the message turned round")
    if not re.fullmatch(r"\d{1,12}", _text(tree, "CreateTime").strip()):
        raise BadReply("CreateTime is not a number")
    return _said(tree, media, switches, most_articles)


def _said(tree: ET.Element, media: MediaStore, switches: Switches, most_articles: int) -> Said | HandOver:
    kind = _text(tree, "MsgType").strip()
    match kind:
        case "text":
            content = _text(tree, "Content")
            if not content:
                raise BadReply("Content is empty")
            size = len(content.encode())
            if size > switches.passive_text_bytes:
                raise BadReply(f"Content is {size} bytes, more than {switches.passive_text_bytes}")
            return Said.text(content)
        case "image" | "voice":
            return _with_media(tree, kind, kind.capitalize(), media)
        case "video":
            said = _with_media(tree, kind, "Video", media)
            title, description = _text(tree, "Video/Title"), _text(tree, "Video/Description")
            return Said(kind, title, said.media_id, extra={"description": description})
        case "music":
            url = _text(tree, "Music/MusicUrl") or _text(tree, "Music/HQMusicUrl")
            thumb = _text(tree, "Music/ThumbMediaId")
            if thumb and not media.find(thumb):
                raise BadReply("ThumbMediaId is unknown")
            extra = {"description": _text(tree, "Music/Description")}
            return Said(kind, _text(tree, "Music/Title"), url=url or None, extra=extra)
        case "news":
            return _news(tree, most_articles)
        case "transfer_customer_service":
            return HandOver(_text(tree, "TransInfo/KfAccount"))
        case _:
            raise BadReply(f"there is no MsgType {kind!r}")


def _with_media(tree: ET.Element, kind: str, element: str, media: MediaStore) -> Said:
    media_id = _text(tree, f"{element}/MediaId").strip()
    found = media.find(media_id)
    if not found or found.kind != kind:
        raise BadReply(f"MediaId is not that of a known {kind}")
    if found.content_type == "image/gif":
        raise BadReply("a passive reply cannot carry a GIF")
    return Said(kind, media_id=media_id)


def _news(tree: ET.Element, most: int) -> Said:
    articles = [
        {
            "title": _text(item, "Title"),
            "description": _text(item, "Description"),
            "pic_url": _text(item, "PicUrl"),
            "url": _text(item, "Url"),
        }
        for item in tree.findall("Articles/item")
    ]
    if not articles or _text(tree, "ArticleCount").strip() != str(len(articles)):
        raise BadReply("ArticleCount is not the number of articles")
    if len(articles) > most:
        raise BadReply(f"{len(articles)} articles where at most {most} may be sent")
    return Said("news", articles[0]["title"], url=articles[0]["url"] or None, extra={"articles": articles})


def _open(tree: ET.Element, who: Identity) -> bytes:
    sealed, given = _text(tree, "Encrypt").strip(), _text(tree, "MsgSignature").strip()
    timestamp, nonce = _text(tree, "TimeStamp").strip(), _text(tree, "Nonce").strip()
    if not timestamp or not nonce or given != crypto.signature(who.token, timestamp, nonce, sealed):
        raise BadReply("MsgSignature does not fit TimeStamp, Nonce and Encrypt")
    try:
        return crypto.decrypt(sealed, who.aes_key, who.appid)
    except crypto.BadEnvelope as problem:
        if who.previous_aes_key == who.aes_key:
            raise BadReply(str(problem)) from None
    try:  # after a change of key an answer to an old envelope still comes under the old key
        return crypto.decrypt(sealed, who.previous_aes_key, who.appid)
    except crypto.BadEnvelope as problem:
        raise BadReply(str(problem)) from None


def _parse(body: bytes) -> ET.Element:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise BadReply("the answer declares a document type")
    try:
        tree = ET.fromstring(body)  # noqa: S314  # document types, and so entities, were refused above
    except (ET.ParseError, ValueError) as problem:
        raise BadReply(f"the answer is neither success nor XML: {problem}") from None
    if tree.tag != "xml":
        raise BadReply(f"the root is <{tree.tag}>, not <xml>")
    return tree


def _text(tree: ET.Element, path: str) -> str:
    return tree.findtext(path) or ""
