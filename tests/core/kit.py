"""What several tests of the core share."""

import io
from datetime import timedelta
from uuid import uuid4

import av
import numpy as np
from av.audio.frame import AudioFrame
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


def recording(
    seconds: float = 2.0, *, form: str = "webm", codec: str = "libopus", hertz: float = 440.0, **options: str
) -> bytes:
    """An even tone as a browser or a telephone records it; `form` is the container, `codec` how it is packed.

    `options` are FFmpeg's for the container.
    """
    rate = 48_000
    out = io.BytesIO()
    with av.open(out, "w", format=form, options=options) as target:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        wave = np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate) * 12_000
        for start in range(0, len(wave), rate):
            frame = AudioFrame.from_ndarray(wave[start : start + rate].astype(np.int16)[None, :], "s16", "mono")
            frame.sample_rate, frame.pts = rate, start
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def heard(content: bytes) -> tuple[float, float]:
    """How many seconds an MP3 lasts, and the pitch of its tone in hertz."""
    with av.open(io.BytesIO(content), format="mp3") as source:
        stream = source.streams.audio[0]
        assert (stream.codec_context.name, stream.channels) in {("mp3float", 1), ("mp3", 1)}
        sound = np.concatenate([frame.to_ndarray()[0] for frame in source.decode(stream)])
        rate = stream.rate
    middle = sound[len(sound) // 4 : len(sound) * 3 // 4]
    rises = int(np.sum((middle[:-1] < 0) & (middle[1:] >= 0)))
    return len(sound) / rate, rises * rate / max(len(middle), 1)
