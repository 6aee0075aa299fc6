"""The phone side over HTTP: sending, events, the transcript, and the files on a screen (contract §4)."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulator import acts
from simulator.asked import Refused, number_asked, object_asked, refused
from simulator.phones import OPENID
from simulator.platform import platform

LONGEST_WAIT_S = 60.0
blueprint = Blueprint("phone", __name__)


blueprint.register_error_handler(Refused, refused)


@blueprint.post("/phones/<openid>/messages")
def send(openid: str) -> tuple[Response, int]:
    """The farmer sends a message."""
    upload = None
    if request.mimetype == "multipart/form-data":
        wanted: dict[str, Any] = dict(request.form.items())
        file = request.files.get("file")
        upload = acts.Upload(file.read()) if file else None
    else:
        wanted = object_asked()
    return jsonify(msg_id=acts.send(platform(), _openid(openid), wanted, upload)), 202


@blueprint.post("/phones/<openid>/events")
def happen(openid: str) -> tuple[Response, int]:
    """The farmer does something else."""
    return jsonify(msg_id=acts.happen(platform(), _openid(openid), object_asked())), 202


@blueprint.get("/phones/<openid>/transcript")
def transcript(openid: str) -> Response:
    """What is on the screen: all of it, or what came after the first `after` entries."""
    here = platform()
    after, wait = int(number_asked("after", 10**9)), number_asked("wait", LONGEST_WAIT_S)
    entries = here.phones.transcript(_openid(openid), after, wait)
    return jsonify([entry.as_json(here.media_url) for entry in entries])


@blueprint.get("/changes")
def changes() -> Response:
    """Wait until any screen changes; one open connection serves a page with many phones (`phones` names them)."""
    here = platform()
    wanted = set(filter(None, request.args.get("phones", "").split(",")))
    version = here.phones.news(int(number_asked("since", 2**53)), number_asked("wait", LONGEST_WAIT_S))
    now = here.clock.now()
    phones = {
        phone.openid: {
            "name": phone.name,
            "follows": phone.follows,
            "entries": len(phone.entries),
            "typing": phone.typing_until > now,
            "quota": here.ledger.left(phone.openid),
        }
        for phone in here.phones.all()
        if not wanted or phone.openid in wanted
    }
    who = here.account.now
    return jsonify(
        version=version,
        now=now,
        offset_s=here.clock.offset,
        account={"name": who.name, "mode": who.mode, "profile": who.profile},
        menu=here.menu.buttons(),
        scenes=here.codes.scenes(),
        phones=phones,
    )


@blueprint.get("/media/<media_id>")
def on_screen(media_id: str) -> Response:
    """A file as the phone that shows it has it: it does not run out."""
    media = platform().media.on_screen(media_id)
    if media is None:
        return Response("", status=404)
    return Response(media.data, content_type=media.content_type, headers=_HARMLESS)


@blueprint.get("/mmbiz_pic/<media_id>/0")
def pic_url(media_id: str) -> Response:
    """What PicUrl leads to; needs no token."""
    here = platform()
    media = here.media.on_screen(media_id)
    lifetime = here.switches.now.pic_url_lifetime_s
    if media is None or (lifetime and here.clock.now() - media.made_at > lifetime):
        return Response("", status=404)
    return Response(media.data, content_type=media.content_type, headers=_HARMLESS)


_HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}


def _openid(openid: str) -> str:
    if not OPENID.fullmatch(openid):
        raise Refused("an openid is 1 to 64 letters, digits, - and _")
    return openid
