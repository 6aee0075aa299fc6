"""The way in for every call: faults, token, rights, daily limits, JSON; and the shape of every refusal."""

import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import FileStorage

from simulator.account import Identity, Right
from simulator.faults import ApiFault
from simulator.platform import Platform, platform
from simulator.server import reset_connection

MESSAGES = {
    -1: "system error",
    0: "ok",
    40001: "invalid credential, access_token is invalid or not latest, could get access_token by "
    "getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40010: "invalid voice size",
    40011: "invalid video size",
    40012: "invalid thumb size",
    40013: "invalid appid",
    40029: "invalid code",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40035: "invalid parameter",
    40037: "invalid template_id",
    40053: "invalid action info",
    40066: "invalid url",
    40125: "invalid appsecret, view more at http://t.cn/RAEkdVq",
    40163: "code been used",
    40200: "invalid account type",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41006: "media_id missing",
    41009: "missing openid",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44001: "empty media data",
    44002: "empty post data",
    44003: "empty news data",
    44004: "empty content",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "command is invalid",
    45080: "no interaction in the last 30 seconds",
    45081: "typing status is already set",
    46003: "menu no exist",
    47001: "data format error",
    48001: "api unauthorized",
    48006: "forbid to clear quota because of reaching the limit",
}


class ApiError(Exception):
    """A refusal with WeChat's number; `detail` replaces the usual words."""

    def __init__(self, errcode: int, detail: str = "") -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.detail = detail


@dataclass
class Call:
    """One call, read but not yet trusted."""

    platform: Platform
    who: Identity
    path: str
    args: dict[str, str]
    files: dict[str, FileStorage]
    body: bytes
    note: dict[str, Any] = field(default_factory=dict)
    """What the call log should say beside path and errcode."""

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as an object: UTF-8, with escapes taken literally where the switch says so."""
        if not self.body.strip():
            raise ApiError(44002)
        try:
            text = self.body.decode("utf-8")
        except UnicodeDecodeError:
            raise ApiError(40033) from None
        if self.platform.switches.now.literal_escapes:
            text = take_escapes_literally(text)
        try:
            value = json.loads(text)
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ApiError(40033) from None
        except (ValueError, RecursionError):
            raise ApiError(47001) from None
        if not isinstance(value, dict):
            raise ApiError(47001)
        return value

    def text(self, name: str, missing: int) -> str:
        """A text of the body, or the refusal."""
        value = self.json.get(name)
        if not isinstance(value, str) or not value:
            raise ApiError(missing)
        return value


def take_escapes_literally(text: str) -> str:
    r"""Turn \uXXXX of a JSON text into the six characters that WeChat then shows."""
    return re.sub(r"\\(?:(u[0-9a-fA-F]{4})|.)", lambda m: "\\\\" + m[1] if m[1] else m[0], text)


type Handler = Callable[[Call], dict[str, Any] | Response]


@dataclass(frozen=True)
class Interface:
    """One interface and what guards it."""

    handler: Handler
    methods: frozenset[str]
    right: Right | None
    daily: int | None
    needs_token: bool


INTERFACES: dict[str, Interface] = {}


def interface(
    path: str,
    methods: str = "POST",
    *,
    right: Right | None = None,
    daily: int | None = None,
    needs_token: bool = True,
) -> Callable[[Handler], Handler]:
    """Register a handler for /cgi-bin/`path`. `daily` is a new account's limit; a test account has a tenth."""

    def register(handler: Handler) -> Handler:
        INTERFACES[path] = Interface(handler, frozenset(methods.split()), right, daily, needs_token)
        return handler

    return register


def refusal(errcode: int, detail: str = "") -> dict[str, Any]:
    """The body of every error: HTTP 200, a number, a sentence and a rid."""
    words = detail or MESSAGES.get(errcode, "error")
    return {"errcode": errcode, "errmsg": f"{words} rid: {'-'.join(secrets.token_hex(4) for _ in range(3))}"}


blueprint = Blueprint("api", __name__)


@blueprint.route("/cgi-bin/<path:path>", methods=["GET", "POST"])
def answer(path: str) -> Response:
    """Every call comes through here."""
    here = platform()
    body = request.get_data()  # first: afterwards a form would have eaten it
    call = Call(here, here.account.now, path.strip("/"), dict(request.args.items()), dict(request.files.items()), body)
    faults = here.faults.for_call(call.path, _openid(call))
    time.sleep(sum(fault.delay_s for fault in faults))
    breaking = next((fault for fault in faults if fault.breaks), None)
    if breaking is None:
        return _settle(call)
    if breaking.after:
        _settle(call)
    return _broken(call, breaking)


def _settle(call: Call) -> Response:
    try:
        result = _handle(call)
    except ApiError as error:
        result = refusal(error.errcode, error.detail)
    if isinstance(result, Response):
        _note(call, result.status_code, None)
        return result
    _note(call, 200, result.get("errcode", 0))
    return jsonify(result)


def _handle(call: Call) -> dict[str, Any] | Response:
    found = INTERFACES.get(call.path)
    if found is None:
        raise ApiError(40066)
    if request.method not in found.methods:
        raise ApiError(43001 if request.method == "POST" else 43002)
    whitelist = {a.strip() for a in call.platform.switches.now.ip_whitelist.split(",") if a.strip()}
    if whitelist and request.remote_addr not in whitelist:
        raise ApiError(40164, f"invalid ip {request.remote_addr}, not in whitelist")
    if found.needs_token:
        refused = call.platform.tokens.check(call.args.get("access_token", ""))
        if refused:
            raise ApiError(refused)
    if found.right and not call.who.may(found.right):
        raise ApiError(48001)
    if found.daily is not None:
        most = max(found.daily // 10, 1) if call.who.is_test else found.daily
        if not call.platform.meter.count(call.path, most):
            raise ApiError(45009)
    return found.handler(call)


def _broken(call: Call, fault: ApiFault) -> Response:
    if fault.reset:
        _note(call, None, None, fault=True)
        return reset_connection()
    if fault.errcode is not None:
        _note(call, 200, fault.errcode, fault=True)
        return jsonify(refusal(fault.errcode, fault.errmsg))
    status = fault.http or (200 if fault.html else 500)
    _note(call, status, None, fault=True)
    page = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
    return Response(page if fault.html else "", status=status, content_type="text/html")


def _note(call: Call, status: int | None, errcode: int | None, *, fault: bool = False) -> None:
    openid = _openid(call)
    more = {"openid": openid} if openid else {}
    call.platform.note_call(
        "/cgi-bin/" + call.path,
        status,
        errcode,
        {"method": request.method, "fault": fault, **more, **call.note},
    )


def _openid(call: Call) -> str:
    try:
        found = call.args.get("openid") or call.json.get("touser") or call.json.get("openid") or ""
    except ApiError:
        return ""
    return found if isinstance(found, str) else ""
