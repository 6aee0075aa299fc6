"""What tests and the page's drawer turn: account, clock, faults, switches, logs, raw pushes (contract §4)."""

import base64
import binascii
import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulator import bodies, wire
from simulator.account import RIGHTS
from simulator.asked import Refused, number_asked, object_asked, refused
from simulator.phones import OPENID
from simulator.platform import Platform, platform
from simulator.push import HEADERS, new_nonce

blueprint = Blueprint("controls", __name__, url_prefix="/control")
LONGEST_WAIT_S = 60.0
blueprint.register_error_handler(Refused, refused)


@blueprint.errorhandler(ValueError)
def bad_value(problem: ValueError) -> tuple[Response, int]:
    """A sentence for whoever called."""
    return jsonify(error=str(problem)), 400


@blueprint.get("/account")
def show_account() -> Response:
    """The credentials that the service must be given, and how the account stands."""
    return _account(platform())


@blueprint.post("/account")
def change_account() -> Response:
    """Change mode, profile, token, aes_key (the old one is remembered), webhook_url or name."""
    here = platform()
    here.account.change(object_asked())
    here.phones.changed()
    return _account(here)


def _account(here: Platform) -> Response:
    who = here.account.now
    return jsonify(
        **dataclasses.asdict(who),
        account=who.openid,
        rights=sorted(RIGHTS[who.profile]),
        api_url=here.settings.public_url,
    )


@blueprint.get("/clock")
def show_clock() -> Response:
    """The platform's time."""
    clock = platform().clock
    return jsonify(now=clock.now(), offset_s=clock.offset)


@blueprint.post("/clock")
def advance_clock() -> Response:
    """Let `advance_s` seconds pass at once."""
    here = platform()
    seconds = object_asked().get("advance_s")
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or not math.isfinite(seconds):
        raise ValueError("advance_s must be a number of seconds")
    here.clock.advance(seconds)
    here.phones.changed()
    return show_clock()


@blueprint.get("/faults")
def show_faults() -> Response:
    """What is planted now."""
    return jsonify(faults=platform().faults.listed())


@blueprint.post("/faults")
def plant_faults() -> Response:
    """Plant faults; without `times` they stay until taken away."""
    faults = platform().faults
    added = faults.plant(object_asked())
    return jsonify(added=added, faults=faults.listed())


@blueprint.delete("/faults")
@blueprint.delete("/faults/<int:fault_id>")
def clear_faults(fault_id: int | None = None) -> Response:
    """Take one away, or all."""
    faults = platform().faults
    faults.clear(fault_id)
    return jsonify(faults=faults.listed())


@blueprint.get("/settings")
def show_switches() -> Response:
    """The platform's habits."""
    return jsonify(dataclasses.asdict(platform().switches.now))


@blueprint.post("/settings")
def set_switches() -> Response:
    """Change some of them."""
    platform().switches.set(object_asked())
    return show_switches()


@blueprint.post("/reset")
def reset() -> Response:
    """Everything as at the start; {"keep": ["menu", "tokens", …]} spares parts."""
    here = platform()
    keep = object_asked(may_be_empty=True).get("keep", [])
    if (
        not isinstance(keep, list)
        or not all(isinstance(part, str) for part in keep)
        or not set(keep) <= here.parts.keys() | {"calls"}
    ):
        raise ValueError(f"keep may name {', '.join(sorted(here.parts))}")
    here.reset(frozenset(keep))
    return jsonify(reset=True, kept=keep)


@blueprint.post("/handshake")
def handshake() -> Response:
    """Check the webhook's address as 服务器配置 does."""
    return jsonify(platform().pusher.handshake())


@blueprint.get("/calls")
def show_calls() -> Response:
    """Every call the service made, oldest first; `path`, `openid` and `last` choose."""
    path, openid = request.args.get("path", ""), request.args.get("openid", "")
    calls = [
        call
        for call in list(platform().calls)
        if path.strip("/") in call["path"] and openid in {"", call.get("openid", "")}
    ]
    return jsonify(calls[-_last() :])


@blueprint.delete("/calls")
def forget_calls() -> Response:
    """Start the log anew."""
    platform().calls.clear()
    return jsonify([])


@blueprint.get("/pushes")
def show_pushes() -> Response:
    """Every push with its attempts, oldest first; `openid` and `last` choose."""
    return jsonify(platform().pusher.logged(request.args.get("openid", ""), _last()))


@blueprint.get("/idle")
def idle() -> Response:
    """Wait until no push is under way."""
    return jsonify(idle=platform().pusher.idle(number_asked("wait", LONGEST_WAIT_S)))


@blueprint.get("/quota/<openid>")
def quota(openid: str) -> Response:
    """What may still be sent to a farmer."""
    return jsonify(platform().ledger.left(openid))


@blueprint.post("/phones/<openid>")
def change_phone(openid: str) -> Response:
    """Change what is not the farmer's act: name, blocks_templates, kf_session (true opens, false ends one)."""
    here, wanted = platform(), object_asked()
    if not OPENID.fullmatch(openid):
        raise ValueError("an openid is 1 to 64 letters, digits, - and _")
    kinds = {"name": str, "blocks_templates": bool, "kf_session": bool}
    for name, value in wanted.items():
        if name not in kinds or not isinstance(value, kinds[name]):
            raise ValueError(f"{name} cannot be set, or not to that")
    phone = here.phones.use(openid)
    phone.name = wanted.get("name", phone.name)[:20]
    phone.blocks_templates = wanted.get("blocks_templates", phone.blocks_templates)
    if "kf_session" in wanted:
        phone.kf_until = here.clock.now() + 1800 if wanted["kf_session"] else 0.0
    here.phones.changed()
    return jsonify(
        openid=openid,
        name=phone.name,
        follows=phone.follows,
        blocks_templates=phone.blocks_templates,
        kf_session=phone.kf_until > here.clock.now(),
    )


@blueprint.post("/expire-tokens")
def expire_tokens() -> Response:
    """Make every access token invalid at once, as when somebody else fetched one."""
    platform().tokens.expire()
    return jsonify(expired=True)


@blueprint.get("/templates")
def show_templates() -> Response:
    """The account's message templates."""
    return jsonify([dataclasses.asdict(template) for template in platform().templates.all()])


@blueprint.post("/templates")
def add_template() -> Response:
    """Add or replace one: template_id, title, content with {{thing1.DATA}} and its like."""
    wanted = object_asked()
    title, content = _text(wanted, "title"), _text(wanted, "content")
    template = platform().templates.add(title, content, _text(wanted, "template_id"))
    if template is None:
        raise ValueError("the account has as many templates as it may")
    return show_templates()


@blueprint.post("/daily")
def set_daily() -> Response:
    """Pretend that an interface was called so often today: {"path": "message/custom/send", "used": 500000}."""
    wanted = object_asked()
    used = wanted.get("used")
    if not isinstance(used, int) or isinstance(used, bool) or used < 0:
        raise ValueError("used must be a whole number from 0")
    platform().meter.set(_text(wanted, "path").strip("/").removeprefix("cgi-bin/"), used)
    return jsonify(wanted)


@blueprint.post("/push")
def push() -> Response:
    """Send one request exactly as told and give back the webhook's answer.

    `body` (text), `body_base64` (bytes) or `xml` (put into a proper envelope); `query` replaces or, with null values,
    removes what a right signature would have; `unsigned` sends only `query`; also method, headers, openid, timeout_s.
    """
    here, wanted = platform(), object_asked()
    who = here.account.now
    openid = str(wanted.get("openid", "oRawPush"))
    timestamp, nonce = (
        str(wanted.get("timestamp", int(here.clock.now()))),
        str(wanted.get("nonce", new_nonce())),
    )
    if "xml" in wanted:
        sealed = bodies.seal(_text(wanted, "xml").encode(), who, openid, timestamp=timestamp, nonce=nonce)
        body, query = sealed.body, dict(sealed.query)
    else:
        body, query = _raw(wanted), bodies.sign(who, openid, timestamp=timestamp, nonce=nonce)
    if wanted.get("unsigned"):
        query = {}
    for name, value in _mapping(wanted, "query").items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    headers = {**HEADERS, **{name: str(value) for name, value in _mapping(wanted, "headers").items()}}
    method = str(wanted.get("method", "POST"))
    timeout = wanted.get("timeout_s", here.switches.now.push_cut_s)
    if not isinstance(timeout, (int, float)) or not 0 < timeout <= LONGEST_WAIT_S:
        raise ValueError("timeout_s must be a number up to 60")
    try:
        answer = wire.ask(method, who.webhook_url, query, None if method == "GET" else body, headers, cut_s=timeout)
    except wire.Cut:
        return jsonify(status=None, body="", problem="timeout")
    except wire.NoAnswer as problem:
        return jsonify(status=None, body="", problem=str(problem))
    return jsonify(
        status=answer.status,
        body=answer.body.decode("utf-8", "replace"),
        headers=dict(answer.headers),
        ms=answer.ms,
        problem="",
    )


def _last() -> int:
    """How many of a log are wanted; 0 is all."""
    return int(number_asked("last", 10_000))


def _raw(wanted: Mapping[str, Any]) -> bytes:
    if "body_base64" in wanted:
        try:
            return base64.b64decode(_text(wanted, "body_base64"), validate=True)
        except binascii.Error:
            raise ValueError("body_base64 is not base64") from None
    return _text(wanted, "body").encode("utf-8", "surrogatepass") if "body" in wanted else b""


def _text(wanted: Mapping[str, Any], name: str) -> str:
    value = wanted.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text")
    return value


def _mapping(wanted: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = wanted.get(name) or {}
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be an object")
    return value
