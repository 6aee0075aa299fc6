"""Stored files: photos and recordings lie in a folder, this table says what they are."""

import hashlib
import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import sqlalchemy as sa
from PIL import Image, UnidentifiedImageError

from core import clock, sounds
from core.database import Timestamp, Transaction, metadata
from core.errors import NotFound, Refused

stored_files = sa.Table(
    "stored_files",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("mime", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("stored_at", Timestamp, nullable=False),
    sa.CheckConstraint("kind IN ('image', 'voice', 'video')", name="kind"),
)

MOST_BYTES = 20 * 1024 * 1024
MOST_SECONDS_TO_PLAY = 300
_SMALL_SIDE = 480
# What telephones send. Everything else stays shut: an EPS would run a program of its own here.
_FORMS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
_SUFFIXES = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif",
    "audio/amr": ".amr", "audio/amr-wb": ".awb", "audio/silk": ".silk", "audio/speex": ".spx", "audio/mpeg": ".mp3",
    "audio/webm": ".webm", "audio/ogg": ".ogg", "audio/wav": ".wav", "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
}  # fmt: skip


@dataclass(frozen=True)
class StoredFile:
    """A photo, a recording or a film that somebody sent. `name` is its place below the media folder."""

    id: UUID
    kind: str
    mime: str
    name: str
    bytes: int
    stored_at: datetime


def store(tx: Transaction, folder: Path, content: bytes, *, kind: str) -> StoredFile:
    """Keep a file: written to the folder first, so that no row points at nothing. EXIF is removed from photos.

    Raises Refused for an empty, oversized or unreadable file.
    """
    if not content or len(content) > MOST_BYTES:
        raise Refused("file_size", "文件是空的或者超过20MB。")
    mime, content = _clean_image(content) if kind == "image" else (_sound_or_film(content, kind), content)
    at = clock.now()
    file_id = uuid4()
    name = f"{at:%Y/%m/%d}/{file_id}{_SUFFIXES[mime]}"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    file = StoredFile(file_id, kind, mime, name, len(content), at)
    tx.execute(
        stored_files.insert().values(
            id=file.id, kind=kind, mime=mime, name=name, bytes=file.bytes,
            sha256=hashlib.sha256(content).hexdigest(), stored_at=at,
        )
    )  # fmt: skip
    return file


def get(tx: Transaction, file_id: UUID) -> StoredFile:
    """The file with this id; raises NotFound."""
    row = tx.execute(sa.select(stored_files).where(stored_files.c.id == file_id)).one_or_none()
    if row is None:
        raise NotFound("没有这个文件。")
    return _file(row)


def several(tx: Transaction, file_ids: list[UUID]) -> list[StoredFile]:
    """The files with these ids, in the order asked for."""
    if not file_ids:
        return []
    rows = {row.id: _file(row) for row in tx.execute(sa.select(stored_files).where(stored_files.c.id.in_(file_ids)))}
    return [rows[file_id] for file_id in file_ids if file_id in rows]


def small_copy(folder: Path, file: StoredFile) -> Path:
    """The path of a small copy of a stored photo, made when it is first asked for."""

    def write(path: Path) -> None:
        with Image.open(folder / file.name) as picture:
            picture.thumbnail((_SMALL_SIDE, _SMALL_SIDE))
            picture.convert("RGB").save(path, "JPEG", quality=80)

    return _made_once(folder / "small" / f"{file.id}.jpg", write)


def playable(folder: Path, file: StoredFile) -> tuple[Path, str]:
    """A recording as browsers play it, and its type: itself, or a copy as MP3, made when it is first asked for.

    Raises Refused for what cannot be read or lasts longer than five minutes.
    """
    if file.kind != "voice":
        raise Refused("not_a_recording", "这不是录音。")
    if file.mime in sounds.PLAYED_BY_BROWSERS:
        return folder / file.name, file.mime

    def write(path: Path) -> None:
        path.write_bytes(sounds.as_mp3((folder / file.name).read_bytes(), most_seconds=MOST_SECONDS_TO_PLAY))

    return _made_once(folder / "playable" / f"{file.id}.mp3", write), sounds.MP3


def _made_once(copy: Path, write: Callable[[Path], None]) -> Path:
    """The copy of a file; two that make it at once each write their own, and the later one stays."""
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        unfinished = copy.with_suffix(f".{uuid4().hex}")
        write(unfinished)
        unfinished.replace(copy)
    return copy


def _file(row: sa.Row[tuple[object, ...]]) -> StoredFile:
    return StoredFile(row.id, row.kind, row.mime, row.name, row.bytes, row.stored_at)


def _clean_image(content: bytes) -> tuple[str, bytes]:
    """Read the picture and write it again without what the camera noted (place, time, owner)."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMS) as picture:
            picture.load()
            kind = picture.format or ""
            upright = _upright(picture)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, ValueError, SyntaxError) as error:
        raise Refused("file_not_a_picture", "这不是能打开的图片。") from error
    out = io.BytesIO()
    if kind in {"PNG", "GIF", "WEBP"} and upright.mode in {"RGBA", "LA"}:
        upright.convert("RGBA").save(out, "PNG")
        return "image/png", out.getvalue()
    upright.convert("RGB").save(out, "JPEG", quality=90)
    return "image/jpeg", out.getvalue()


def _upright(picture: Image.Image) -> Image.Image:
    turn = _TURNS.get(_held(picture))
    turned = picture.transpose(turn) if turn is not None else picture
    clean = Image.new(turned.mode, turned.size)
    if turned.mode == "P":
        turned = turned.convert("RGBA")
        clean = Image.new("RGBA", turned.size)
    clean.paste(turned)
    return clean


def _held(picture: Image.Image) -> object:
    """How the camera says it was held. A damaged note says nothing and does not make the picture a bad one."""
    try:
        return picture.getexif().get(_ORIENTATION)
    except (SyntaxError, struct.error, ValueError):
        return None


# What EXIF says of how the camera was held, and the turn that makes up for it.
_ORIENTATION = 0x0112
_TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _sound_or_film(content: bytes, kind: str) -> str:
    return "video/mp4" if kind == "video" else sounds.mime_of(content)
