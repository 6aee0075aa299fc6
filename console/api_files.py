"""Photos, recordings and films, for programs."""

from uuid import UUID

from flask import Response, jsonify, request
from flask_openapi3.models.file import FileStorage
from pydantic import BaseModel, Field

from console import api_cases, case_view, current, files, once
from console.api import interface
from console.api_models import FileOut, FilePath, KeyHeader
from core import files as stored

pages = interface("api_files", "files", "Photos for an answer, and what farmers have sent")


_BYTES: dict[str, object] = {
    "description": "the bytes, with their true type",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


class Upload(BaseModel):
    file: FileStorage = Field(description="a photo")


@pages.post("/files", responses={"201": FileOut}, summary="Store a photo for an answer")
def add(header: KeyHeader, form: Upload) -> Response:
    upload = request.files["file"]
    folder = current.services().settings.media_folder
    with current.services().database.transaction() as tx:
        keep = lambda: str(stored.store(tx, folder, upload.read(), kind="image").id)  # noqa: E731
        file = stored.get(tx, UUID(once.stored_once(tx, upload, keep)))
    response = jsonify(api_cases.file_out(case_view.as_media(file)).model_dump(mode="json"))
    response.status_code = 201
    return response


@pages.get("/files/<uuid:id>", responses={"200": _BYTES}, summary="The file itself")
def show(path: FilePath) -> Response:
    return files.send(path.id, as_download=False)
