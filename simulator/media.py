"""Pictures, sounds and films: what farmers send and the account uploads, for three days (wechat.md §4.4)."""

import secrets
import threading
from dataclasses import dataclass

from simulator.clock import Clock

LIFETIME_S = 3 * 24 * 3600.0
SUFFIX = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/bmp": "bmp",
    "image/webp": "webp",
    "audio/amr": "amr",
    "audio/amr-wb": "amr",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/webm": "webm",
    "audio/silk": "silk",
    "video/mp4": "mp4",
}


@dataclass(frozen=True)
class Media:
    """One file; `kind` is image, voice, video or thumb."""

    media_id: str
    kind: str
    content_type: str
    data: bytes
    made_at: float

    @property
    def filename(self) -> str:
        """As Content-disposition names it."""
        return f"{self.media_id}.{SUFFIX.get(self.content_type, 'bin')}"


class MediaStore:
    """Files by media_id. The API forgets them after three days; the phone that shows them does not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._files: dict[str, Media] = {}

    def keep(self, kind: str, data: bytes) -> Media:
        """Store a file under a new media_id; its type is read from its first bytes."""
        media = Media(secrets.token_urlsafe(48)[:64], kind, sniff(data, kind), data, self._clock.now())
        with self._lock:
            self._files[media.media_id] = media
        return media

    def find(self, media_id: str) -> Media | None:
        """The file as the API sees it: None when unknown or older than three days."""
        media = self._files.get(media_id)
        return media if media and self._clock.now() - media.made_at < LIFETIME_S else None

    def on_screen(self, media_id: str) -> Media | None:
        """The file as the phone that shows it has it."""
        return self._files.get(media_id)

    def reset(self) -> None:
        """Forget every file."""
        with self._lock:
            self._files = {}


def sniff(data: bytes, kind: str) -> str:
    """The content type that the first bytes tell; WeChat does not trust names either."""
    head = data[:16]
    for magic, content_type in (
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF8", "image/gif"),
        (b"BM", "image/bmp"),
        (b"#!AMR-WB\n", "audio/amr-wb"),
        (b"#!AMR\n", "audio/amr"),
        (b"\x02#!SILK", "audio/silk"),
        (b"#!SILK", "audio/silk"),
        (b"ID3", "audio/mpeg"),
        (b"\xff\xfb", "audio/mpeg"),
        (b"\xff\xf3", "audio/mpeg"),
        (b"OggS", "audio/ogg"),
        (b"\x1aE\xdf\xa3", "video/webm" if kind == "video" else "audio/webm"),
    ):
        if head.startswith(magic):
            return content_type
    if head[:4] == b"RIFF":
        return "image/webp" if head[8:12] == b"WEBP" else "audio/wav"
    if head[4:8] == b"ftyp":
        return "video/mp4" if kind == "video" else "audio/mp4"
    return "application/octet-stream"
