"""Stored photos and recordings: cleaned, refused when they are none, found again."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from core import files
from core.database import Transaction
from core.errors import NotFound, Refused
from tests.core.kit import camera_photo

AMR = b"#!AMR\n" + b"\x3c" * 32


def store(tx: Transaction, folder: Path, content: bytes, kind: str = "image") -> files.StoredFile:
    return files.store(tx, folder, content, kind=kind)


def test_what_the_camera_noted_is_removed_from_a_photo(tx: Transaction, tmp_path: Path) -> None:
    content = camera_photo()
    assert b"Exif" in content
    assert b"23.1291N" in content
    stored = store(tx, tmp_path, content)
    kept = (tmp_path / stored.name).read_bytes()
    assert b"Exif" not in kept
    assert b"23.1291N" not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert not picture.getexif()
        assert "comment" not in picture.info


@pytest.mark.parametrize("held", range(1, 9))
def test_a_photo_held_sideways_is_turned_before_the_note_about_it_is_removed(
    tx: Transaction, tmp_path: Path, held: int
) -> None:
    content = camera_photo(size=(40, 20), held=held)
    with Image.open(io.BytesIO(content)) as picture:
        expected = ImageOps.exif_transpose(picture).convert("RGB")
    stored = store(tx, tmp_path, content)
    with Image.open(tmp_path / stored.name) as picture:
        assert picture.size == expected.size
        corners = [(2, 2), (picture.width - 3, 2), (2, picture.height - 3)]
        assert all(_alike(picture.getpixel(at), expected.getpixel(at)) for at in corners)


def _alike(one: object, other: object) -> bool:
    """Nearly the same colour: a picture written twice as JPEG changes a little."""
    return all(abs(a - b) < 60 for a, b in zip(one, other, strict=True))  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("form", "mode", "mime"),
    [
        ("JPEG", "RGB", "image/jpeg"), ("JPEG", "L", "image/jpeg"), ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGB", "image/jpeg"), ("PNG", "RGBA", "image/png"), ("PNG", "P", "image/png"), ("PNG", "1", "image/jpeg"),
        ("GIF", "P", "image/png"), ("WEBP", "RGB", "image/jpeg"), ("WEBP", "RGBA", "image/png"), ("BMP", "RGB", "image/jpeg"),
    ],
)  # fmt: skip
def test_every_usual_form_of_picture_is_kept(tx: Transaction, tmp_path: Path, form: str, mode: str, mime: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (8, 6)).save(out, form)
    stored = store(tx, tmp_path, out.getvalue())
    assert stored.mime == mime
    with Image.open(tmp_path / stored.name) as picture:
        assert picture.size == (8, 6)


@pytest.mark.parametrize("content", [b"not a picture", b"<html></html>", camera_photo()[:200], b"\x89PNG\r\n\x1a\n"])
def test_what_is_not_a_picture_is_refused(tx: Transaction, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Refused, match="file_not_a_picture"):
        store(tx, tmp_path, content)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("content", [b"", b"x" * (files.MOST_BYTES + 1)])
def test_an_empty_or_huge_file_is_refused(tx: Transaction, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Refused, match="file_size"):
        store(tx, tmp_path, content, kind="voice")


@pytest.mark.parametrize(
    ("content", "mime"), [(AMR, "audio/amr"), (b"\x02#!SILK_V3xxxx", "audio/silk"), (b"ID3xxxx", "audio/mpeg")]
)
def test_a_recording_is_kept_as_it_came(tx: Transaction, tmp_path: Path, content: bytes, mime: str) -> None:
    stored = store(tx, tmp_path, content, kind="voice")
    assert (stored.kind, stored.mime) == ("voice", mime)
    assert (tmp_path / stored.name).read_bytes() == content


def test_files_are_found_by_their_ids_in_the_order_asked_for(tx: Transaction, tmp_path: Path) -> None:
    photo, voice = store(tx, tmp_path, camera_photo()), store(tx, tmp_path, AMR, kind="voice")
    assert files.get(tx, photo.id) == photo
    assert files.several(tx, [voice.id, photo.id]) == [voice, photo]
    assert files.several(tx, []) == []
    with pytest.raises(NotFound):
        files.get(tx, files.uuid4())


def test_a_small_copy_is_made_once_and_is_small(tx: Transaction, tmp_path: Path) -> None:
    stored = store(tx, tmp_path, camera_photo(size=(2000, 1000)))
    small = files.small_copy(tmp_path, stored)
    with Image.open(small) as picture:
        assert picture.size == (480, 240)
    (tmp_path / stored.name).unlink()
    assert files.small_copy(tmp_path, stored) == small


def test_a_program_in_the_form_of_a_picture_is_not_run(tx: Transaction, tmp_path: Path) -> None:
    """Pillow hands an EPS to Ghostscript."""
    out = io.BytesIO()
    Image.new("RGB", (8, 6)).save(out, "EPS")
    with pytest.raises(Refused, match="file_not_a_picture"):
        store(tx, tmp_path, out.getvalue())


@pytest.mark.parametrize("damage", [(0, b"no"), (35, b"\x01"), (37, b"\x0a"), (17, b"\x01\x00\x0c")])
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_a_photo_with_a_damaged_note_of_the_camera_is_still_a_photo(
    tx: Transaction, tmp_path: Path, damage: tuple[int, bytes]
) -> None:
    content, (at, bytes_) = bytearray(camera_photo(held=6)), damage
    at += content.index(b"Exif\x00\x00") + 6
    content[at : at + len(bytes_)] = bytes_
    assert store(tx, tmp_path, bytes(content)).mime == "image/jpeg"


def test_a_picture_of_another_form_with_a_damaged_note_is_still_a_picture(tx: Transaction, tmp_path: Path) -> None:
    out = io.BytesIO()
    with Image.open(io.BytesIO(camera_photo(held=6))) as picture:
        picture.save(out, "WEBP", exif=picture.getexif())
    damaged = out.getvalue().replace(b"MM\x00*", b"no\x00*")
    assert damaged != out.getvalue()
    assert store(tx, tmp_path, damaged).mime == "image/jpeg"
