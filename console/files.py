"""Photos, recordings and films, for staff who are logged in."""

from uuid import UUID

from flask import Blueprint, Response, request, send_file
from werkzeug.exceptions import NotFound as GoneFromDisk

from console import current
from core import files
from core.files import StoredFile

pages = Blueprint("files", __name__)


@pages.get("/files/<uuid:file_id>")
def show(file_id: UUID) -> Response:
    return send(file_id, as_download=request.args.get("download") == "1")


@pages.get("/files/<uuid:file_id>/small")
def small(file_id: UUID) -> Response:
    """A small copy of a photo, for lists."""
    file = _known(file_id)
    if file.kind != "image":
        return send(file_id, as_download=False)
    folder = current.services().settings.media_folder.resolve()
    if not (folder / file.name).is_file():
        raise GoneFromDisk
    return send_file(files.small_copy(folder, file), mimetype="image/jpeg")


@pages.get("/files/<uuid:file_id>/playable")
def playable(file_id: UUID) -> Response:
    """A recording as browsers play it; refused for what cannot be read or is too long."""
    file = _known(file_id)
    folder = current.services().settings.media_folder.resolve()
    if not (folder / file.name).is_file():
        raise GoneFromDisk
    path, mime = files.playable(folder, file)
    return send_file(path, mimetype=mime, conditional=True, etag=False)


def send(file_id: UUID, *, as_download: bool) -> Response:
    """The file with its true type. Its name is its id: nothing of whoever sent it."""
    file = _known(file_id)
    path = current.services().settings.media_folder.resolve() / file.name
    if not path.is_file():
        raise GoneFromDisk
    return send_file(
        path, mimetype=file.mime, as_attachment=as_download, download_name=path.name, conditional=True, etag=False
    )


def _known(file_id: UUID) -> StoredFile:
    with current.services().database.transaction() as tx:
        return files.get(tx, file_id)
