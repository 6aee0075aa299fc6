"""Temporary media: uploading and fetching (wechat.md §4.4)."""

from typing import Any

from flask import Response

from simulator.account import Right
from simulator.api.gate import ApiError, Call, interface

MB = 1024 * 1024
LIMITS = {"image": (10 * MB, 40009), "voice": (2 * MB, 40010), "video": (10 * MB, 40011), "thumb": (64 * 1024, 40012)}
TYPES = {
    "image": {"image/jpeg", "image/png", "image/gif", "image/bmp"},
    "voice": {"audio/amr", "audio/mpeg"},
    "video": {"video/mp4"},
    "thumb": {"image/jpeg"},
}


@interface("media/upload", right=Right.MEDIA, daily=100_000)
def upload(call: Call) -> dict[str, Any]:
    """Store a file for three days."""
    kind = call.args.get("type", "")
    if kind not in LIMITS:
        raise ApiError(40004)
    file = call.files.get("media")
    if file is None:
        raise ApiError(41005)
    data = file.read()
    if not data:
        raise ApiError(44001)
    most, errcode = LIMITS[kind]
    if len(data) > most:
        raise ApiError(errcode)
    media = call.platform.media.keep(kind, data)
    call.note["media_id"] = media.media_id
    if media.content_type not in TYPES[kind]:
        raise ApiError(40005)
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: media.media_id, "created_at": int(media.made_at)}


@interface("media/get", "GET", right=Right.MEDIA, daily=200_000)
def get(call: Call) -> dict[str, Any] | Response:
    """The file itself; for a video an address to fetch it from."""
    media_id = call.args.get("media_id", "")
    call.note["media_id"] = media_id
    if not media_id:
        raise ApiError(41006)
    media = call.platform.media.find(media_id)
    if media is None:
        raise ApiError(40007)
    if media.kind == "video":
        return {"video_url": call.platform.media_url(media_id)}
    headers = {"Content-disposition": f'attachment; filename="{media.filename}"', "Cache-Control": "no-cache"}
    return Response(media.data, content_type=media.content_type, headers=headers)
