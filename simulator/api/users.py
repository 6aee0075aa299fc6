"""What the platform tells about a farmer: since December 2021 no name and no picture (wechat.md §4.6)."""

from typing import Any

from simulator.account import Right
from simulator.api.gate import ApiError, Call, interface
from simulator.phones import Phone


@interface("user/info", "GET", right=Right.USERS, daily=5_000_000)
def info(call: Call) -> dict[str, Any]:
    """Whether and since when somebody follows, and by which code."""
    return _describe(call, _follower(call, call.args.get("openid")))


@interface("user/info/batchget", right=Right.USERS, daily=500_000)
def batchget(call: Call) -> dict[str, Any]:
    """The same for up to a hundred."""
    wanted = call.json.get("user_list")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= 100 or not all(isinstance(w, dict) for w in wanted):
        raise ApiError(40035)
    return {"user_info_list": [_describe(call, _follower(call, w.get("openid"))) for w in wanted]}


@interface("user/info/updateremark", right=Right.USERS, daily=10_000)
def updateremark(call: Call) -> dict[str, Any]:
    """Give a follower a name that only the account sees."""
    phone, remark = _follower(call, call.json.get("openid")), call.json.get("remark")
    if not isinstance(remark, str) or len(remark.encode()) >= 30 * 3:
        raise ApiError(40035)
    phone.remark = remark
    return {"errcode": 0, "errmsg": "ok"}


@interface("user/get", "GET", right=Right.USERS, daily=500)
def get(call: Call) -> dict[str, Any]:
    """Everybody who follows; this simulator never needs a second page."""
    followers = [phone.openid for phone in call.platform.phones.all() if phone.follows]
    after = call.args.get("next_openid", "")
    if after:
        followers = followers[followers.index(after) + 1 :] if after in followers else []
    more = {"data": {"openid": followers}} if followers else {}
    return {"total": len(followers), "count": len(followers), **more, "next_openid": ""}


def _follower(call: Call, openid: object) -> Phone:
    if not openid:
        raise ApiError(41009)
    phone = call.platform.phones.find(openid) if isinstance(openid, str) else None
    if phone is None or phone.follows is None:
        raise ApiError(40003)
    return phone


def _describe(call: Call, phone: Phone) -> dict[str, Any]:
    if not phone.follows:
        return {"subscribe": 0, "openid": phone.openid, "tagid_list": []}
    code = call.platform.codes.for_scene(phone.scene) if phone.scene else None
    is_number = bool(code and code.is_number)
    return {
        "subscribe": 1,
        "openid": phone.openid,
        "nickname": "",
        "sex": 0,
        "language": "zh_CN",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "subscribe_time": int(phone.followed_at),
        "remark": phone.remark,
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": "ADD_SCENE_QR_CODE" if phone.scene else "ADD_SCENE_SEARCH",
        "qr_scene": int(phone.scene) if is_number else 0,
        "qr_scene_str": "" if is_number else phone.scene,
    }
