"""The custom menu (wechat.md §4.3)."""

from typing import Any

from simulator.account import Right
from simulator.api.gate import ApiError, Call, interface
from simulator.menu import BadMenu


@interface("menu/create", right=Right.MENU, daily=1000)
def create(call: Call) -> dict[str, Any]:
    """Put up a menu in place of the old one."""
    try:
        call.platform.menu.set(call.json)
    except BadMenu as bad:
        raise ApiError(bad.errcode, bad.errmsg) from None
    call.platform.phones.changed()
    return {"errcode": 0, "errmsg": "ok"}


@interface("menu/get", "GET", right=Right.MENU, daily=10_000)
def get(call: Call) -> dict[str, Any]:
    """The menu now up."""
    buttons = call.platform.menu.buttons()
    if buttons is None:
        raise ApiError(46003)
    return {"menu": {"button": buttons}}


@interface("menu/delete", "GET", right=Right.MENU, daily=1000)
def delete(call: Call) -> dict[str, Any]:
    """Take the menu down."""
    call.platform.menu.delete()
    call.platform.phones.changed()
    return {"errcode": 0, "errmsg": "ok"}
