"""What several tests of the core share."""

import io
from datetime import timedelta
from uuid import uuid4

from PIL import Image

from core import clock, people
from core.database import Transaction
from core.people import Role, Staff

# Tags of EXIF.
_DESCRIPTION, _ORIENTATION, _ARTIST = 0x010E, 0x0112, 0x013B

A_WHILE = timedelta(hours=1)


def camera_photo(*, size: tuple[int, int] = (32, 24), held: int = 0) -> bytes:
    """A photo as a telephone makes it, with the place and the owner noted in it; red is where its first corner is."""
    picture = Image.new("RGB", size, "green")
    picture.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    exif = Image.Exif()
    exif[_DESCRIPTION], exif[_ARTIST] = "23.1291N 113.2644E", "Farmer"
    if held:
        exif[_ORIENTATION] = held
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=b"23.1291N")
    return out.getvalue()


def member(tx: Transaction, username: str, *roles: Role, unit: str = "") -> Staff:
    """A member of staff without a password: hashing one takes as long as all the rest of a test."""
    row = {"id": uuid4(), "username": username, "password": "-", "name": username, "unit": unit}
    tx.execute(people.staff.insert().values(**row, roles=sorted(roles), created_at=clock.now()))
    return people.member(tx, row["id"])  # type: ignore[arg-type]
