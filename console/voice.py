"""A voice answer recorded in the page: made into what WeChat takes as a voice message before it is kept.

WeChat takes AMR and MP3, 60 seconds and 2 MB at most (reference: wechat §4.4); browsers record WebM or MP4.
"""

from pathlib import Path
from uuid import UUID

from werkzeug.datastructures import FileStorage

from core import files, sounds
from core.database import Transaction
from core.errors import Refused

MOST_SECONDS = 60
_WORDS = {
    "recording_too_long": f"语音超过{MOST_SECONDS}秒，微信发不了。请重新录，录短一点或者分两次发。",
    "recording_unreadable": "这段语音打不开，没有发出。请重新录一段。",
}


def store(tx: Transaction, folder: Path, recorded: FileStorage) -> UUID:
    """Keep what a browser recorded, as MP3. Raises Refused for what cannot be read and for more than a minute."""
    try:
        sound = sounds.as_mp3(recorded.read(), most_seconds=MOST_SECONDS)
    except Refused as refusal:
        raise Refused(refusal.rule, _WORDS[refusal.rule]) from refusal
    return files.store(tx, folder, sound, kind="voice").id
