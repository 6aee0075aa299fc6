"""The account's custom menu and the limits that WeChat sets on it (wechat.md §4.3)."""

import threading
from typing import Any

KEYED = {
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
}
WITH_MEDIA = {"media_id", "view_limited"}
WITH_ARTICLE = {"article_id", "article_view_limited"}


class BadMenu(Exception):
    """A menu that WeChat would not take."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errmsg)
        self.errcode = errcode
        self.errmsg = errmsg


class Menu:
    """The menu now shown, None when there is none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buttons: list[dict[str, Any]] | None = None

    def set(self, wanted: Any) -> None:
        """Put up a menu, or raise BadMenu and leave the old one."""
        buttons = wanted.get("button") if isinstance(wanted, dict) else None
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
            raise BadMenu(40016, "invalid button size")
        good = [_top(button) for button in buttons]
        with self._lock:
            self._buttons = good

    def buttons(self) -> list[dict[str, Any]] | None:
        """The buttons, each with its sub_button list."""
        return self._buttons

    def delete(self) -> None:
        """Take the menu down."""
        with self._lock:
            self._buttons = None

    reset = delete


def _top(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise BadMenu(40015, "invalid button")
    _name(button, 16, 40018, "invalid button name size")
    subs = button.get("sub_button") or []
    if not subs:
        return {**_deed(button, 40017, 40019, 40020), "sub_button": []}
    if not isinstance(subs, list) or len(subs) > 5:
        raise BadMenu(40023, "invalid sub button size")
    return {"name": button["name"], "sub_button": [_sub(sub) for sub in subs]}


def _sub(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict) or button.get("sub_button"):
        raise BadMenu(40022, "invalid sub button level")
    _name(button, 60, 40025, "invalid sub button name size")
    return {**_deed(button, 40024, 40026, 40027), "sub_button": []}


def _name(button: dict[str, Any], most: int, errcode: int, errmsg: str) -> None:
    name = button.get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= most:
        raise BadMenu(errcode, errmsg)


def _deed(button: dict[str, Any], bad_type: int, bad_key: int, bad_url: int) -> dict[str, Any]:
    kind, name = button.get("type"), button["name"]
    if kind in KEYED:
        key = button.get("key")
        if not isinstance(key, str) or not 1 <= len(key.encode()) <= 128:
            raise BadMenu(bad_key, "invalid button key size")
        return {"type": kind, "name": name, "key": key}
    if kind in {"view", "miniprogram"}:
        url = button.get("url")
        if not isinstance(url, str) or not 1 <= len(url.encode()) <= 1024:
            raise BadMenu(bad_url, "invalid button url size")
        more = {n: button[n] for n in ("appid", "pagepath") if isinstance(button.get(n), str)}
        return {"type": kind, "name": name, "url": url, **more}
    for kinds, field in ((WITH_MEDIA, "media_id"), (WITH_ARTICLE, "article_id")):
        if kind in kinds:
            if not isinstance(button.get(field), str):
                raise BadMenu(40007, "invalid media_id")
            return {"type": kind, "name": name, field: button[field]}
    raise BadMenu(bad_type, "invalid button type")
