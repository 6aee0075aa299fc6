"""QR codes with a scene (wechat.md §4.6)."""

from typing import Any

from flask import Response

from simulator import qr
from simulator.account import Right
from simulator.api.gate import ApiError, Call, interface

LONGEST_S = 2_592_000
SHORTEST_S = 60


@interface("qrcode/create", right=Right.CODES, daily=100_000)
def create(call: Call) -> dict[str, Any]:
    """A temporary or permanent code for a number or a text."""
    kind = call.json.get("action_name")
    info = call.json.get("action_info")
    scene = info.get("scene") if isinstance(info, dict) else None
    if not isinstance(scene, dict):
        raise ApiError(40053)
    lasts: int | None = None
    if kind in {"QR_SCENE", "QR_STR_SCENE"}:
        given = call.json.get("expire_seconds", SHORTEST_S)
        if not isinstance(given, int) or isinstance(given, bool) or given < 1:
            raise ApiError(40053)
        lasts = min(max(given, SHORTEST_S), LONGEST_S)
    if kind in {"QR_SCENE", "QR_LIMIT_SCENE"}:
        number, most = scene.get("scene_id"), 100_000 if kind == "QR_LIMIT_SCENE" else 2**32 - 1
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= most:
            raise ApiError(40053)
        text = str(number)
    elif kind in {"QR_STR_SCENE", "QR_LIMIT_STR_SCENE"}:
        given_text = scene.get("scene_str")
        if not isinstance(given_text, str) or not 1 <= len(given_text) <= 64:
            raise ApiError(40053)
        text = given_text
    else:
        raise ApiError(40053)
    code = call.platform.codes.make(text, is_number=kind in {"QR_SCENE", "QR_LIMIT_SCENE"}, lasts_s=lasts)
    call.platform.phones.changed()
    answer: dict[str, Any] = {"ticket": code.ticket, "url": _url(call, code.short)}
    return answer if lasts is None else answer | {"expire_seconds": lasts}


@interface("showqrcode", "GET", needs_token=False)
def show(call: Call) -> dict[str, Any] | Response:
    """The picture of a code: a real one, which leads to this simulator's page."""
    code = call.platform.codes.find(call.args.get("ticket", ""))
    if code is None:
        return Response("", status=404)
    return Response(qr.png(_url(call, code.short)), content_type="image/png")


def _url(call: Call, short: str) -> str:
    return f"{call.platform.settings.public_url}/q/{short}"
