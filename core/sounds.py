"""Recordings: what kind one is, and made into MP3, which every browser and WeChat play. The one file that knows PyAV (FFmpeg).

WeChat's recordings are AMR, which no browser plays; browsers record WebM or MP4, which WeChat does not take
(reference: wechat §4.4, §4.5).
"""

import io
from collections.abc import Iterator

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.error import FFmpegError

from core.errors import Refused

MP3 = "audio/mpeg"
PLAYED_BY_BROWSERS = frozenset({MP3, "audio/mp4", "audio/ogg", "audio/wav", "audio/webm"})
_RATE_HZ = 24_000
_BITS_A_SECOND = 48_000
_MAGIC = (
    (b"#!AMR-WB\n", "audio/amr-wb"), (b"#!AMR\n", "audio/amr"), (b"\x02#!SILK_V3", "audio/silk"), (b"#!SILK_V3", "audio/silk"),
    (b"ID3", MP3), (b"\xff\xfb", MP3), (b"\xff\xf3", MP3), (b"OggS", "audio/ogg"), (b"RIFF", "audio/wav"),
    (b"\x1a\x45\xdf\xa3", "audio/webm"), (b"Speex", "audio/speex"),
)  # fmt: skip
# The reader for each kind is named: left to guess, FFmpeg also takes playlists, which lead to other files and addresses.
_READERS = {
    "audio/amr": "amr", "audio/amr-wb": "amr", MP3: "mp3", "audio/ogg": "ogg", "audio/wav": "wav", "audio/webm": "matroska",
    "audio/mp4": "mp4",
}  # fmt: skip
READABLE = frozenset(_READERS)


def mime_of(content: bytes) -> str:
    """The kind of a recording, by its first bytes: names and headers are not to be trusted. AMR when nothing else fits."""
    if content[4:8] == b"ftyp":
        return "audio/mp4"
    return next((mime for magic, mime in _MAGIC if content.startswith(magic)), "audio/amr")


def as_mp3(content: bytes, *, most_seconds: int) -> bytes:
    """The recording as MP3, one channel. Raises Refused for what cannot be read and for what is longer."""
    out = io.BytesIO()
    try:
        with av.open(out, "w", format="mp3") as target:
            voice = target.add_stream("libmp3lame", rate=_RATE_HZ, layout="mono", bit_rate=_BITS_A_SECOND)
            for frame in _evenly(content, most_seconds):
                target.mux(voice.encode(frame))
            target.mux(voice.encode(None))
    except (FFmpegError, ValueError) as error:
        raise Refused("recording_unreadable", "这段录音打不开。") from error
    return out.getvalue()


def _evenly(content: bytes, most_seconds: int) -> Iterator[AudioFrame]:
    """The sound in the rate and shape that the MP3 is to have; raises ValueError when there is none."""
    with av.open(io.BytesIO(content), "r", format=_READERS.get(mime_of(content), "amr")) as source:
        if not source.streams.audio:
            raise ValueError("no sound in it")
        even = AudioResampler(format="s16p", layout="mono", rate=_RATE_HZ)
        samples = 0
        for frame in _frames(source):
            for piece in even.resample(frame):
                samples += piece.samples
                if samples > most_seconds * _RATE_HZ:
                    raise Refused("recording_too_long", f"录音长过{most_seconds}秒。")
                yield piece
        if samples == 0:
            raise ValueError("no sound in it")
        yield from even.resample(None)


def _frames(source: InputContainer) -> Iterator[AudioFrame]:
    """What can be heard, up to where the recording is damaged."""
    heard = False
    try:
        for frame in source.decode(audio=0):
            frame.pts = None  # recorders leave gaps between their stamps
            heard = True
            yield frame
    except FFmpegError:
        if not heard:
            raise
