"""Recordings of telephones and browsers become MP3; what is not one is refused, and leads nowhere."""

import io
from pathlib import Path

import av
import pytest

from core import files, sounds
from core.database import Transaction
from core.errors import Refused
from simulator import samples
from tests.core.kit import heard, recording


@pytest.mark.parametrize(
    ("form", "codec", "mime"),
    [
        ("webm", "libopus", "audio/webm"),
        ("mp4", "aac", "audio/mp4"),
        ("ogg", "libopus", "audio/ogg"),
        ("wav", "pcm_s16le", "audio/wav"),
        ("mp3", "libmp3lame", "audio/mpeg"),
    ],
)
def test_what_browsers_record_sounds_the_same_as_mp3(form: str, codec: str, mime: str) -> None:
    content = recording(2.0, form=form, codec=codec)
    assert sounds.mime_of(content) == mime
    made = sounds.as_mp3(content, most_seconds=60)
    assert sounds.mime_of(made) == "audio/mpeg"
    seconds, hertz = heard(made)
    assert seconds == pytest.approx(2.0, abs=0.2)
    assert hertz == pytest.approx(440, rel=0.03)


def test_an_iphone_records_in_pieces_without_an_index() -> None:
    content = recording(3.0, form="mp4", codec="aac", movflags="frag_keyframe+empty_moov+default_base_moof")
    seconds, hertz = heard(sounds.as_mp3(content, most_seconds=60))
    assert (round(seconds), round(hertz, -1)) == (3, 440)


@pytest.mark.parametrize("content", [samples.sound(3.0), samples.wide_sound(3.0)], ids=["narrow", "wide"])
def test_what_wechat_records_can_be_heard(content: bytes) -> None:
    seconds, _ = heard(sounds.as_mp3(content, most_seconds=300))
    assert seconds == pytest.approx(3.0, abs=0.2)


def test_a_recording_may_be_as_long_as_was_said_and_no_longer() -> None:
    made = sounds.as_mp3(recording(59.9), most_seconds=60)
    assert len(made) < 2 * 1024 * 1024 / 4, "far below what the platform takes"
    with pytest.raises(Refused) as refusal:
        sounds.as_mp3(recording(60.5), most_seconds=60)
    assert refusal.value.rule == "recording_too_long"


def _film(tmp_path: Path) -> bytes:
    path = tmp_path / "film.webm"
    with av.open(path, "w", format="matroska") as target:
        stream = target.add_stream("mjpeg", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
        target.mux(stream.encode(av.VideoFrame(64, 64, "yuvj420p")))
        target.mux(stream.encode(None))
    return path.read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"no sound at all", b"#!AMR\n", b"ID3" + bytes(500), b"\x1a\x45\xdf\xa3" + bytes(500), recording()[:60],
        b"\x02#!SILK_V3" + bytes(200), b"RIFF" + bytes(40),
    ],
)  # fmt: skip
def test_what_is_no_recording_is_refused(content: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        sounds.as_mp3(content, most_seconds=60)
    assert refusal.value.rule == "recording_unreadable"


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        sounds.as_mp3(_film(tmp_path), most_seconds=60)


def test_a_playlist_opens_no_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.wav").write_bytes(recording(form="wav", codec="pcm_s16le"))
    playlist = b"ffconcat version 1.0\nfile other.wav\n"
    with av.open(io.BytesIO(playlist), "r") as led_on:
        assert next(led_on.decode(audio=0)).samples, "left to guess, FFmpeg goes there"
    with pytest.raises(Refused):
        sounds.as_mp3(playlist, most_seconds=60)


def test_a_damaged_recording_is_heard_up_to_the_damage() -> None:
    whole = samples.sound(4.0)
    seconds, _ = heard(sounds.as_mp3(whole[: len(whole) // 2], most_seconds=60))
    assert seconds == pytest.approx(2.0, abs=0.2)


# --- kept beside the original


def test_the_copy_that_browsers_play_is_made_once(tx: Transaction, tmp_path: Path) -> None:
    stored = files.store(tx, tmp_path, samples.sound(), kind="voice")
    path, mime = files.playable(tmp_path, stored)
    assert (mime, path.is_relative_to(tmp_path)) == ("audio/mpeg", True)
    assert (tmp_path / stored.name).read_bytes() == samples.sound(), "the original stays"
    path.write_bytes(b"made before")
    assert files.playable(tmp_path, stored) == (path, mime)
    assert path.read_bytes() == b"made before"


def test_what_browsers_play_is_played_as_it_is(tx: Transaction, tmp_path: Path) -> None:
    stored = files.store(tx, tmp_path, recording(form="mp4", codec="aac"), kind="voice")
    assert files.playable(tmp_path, stored) == (tmp_path / stored.name, "audio/mp4")


def test_a_recording_that_cannot_be_read_leaves_nothing_behind(tx: Transaction, tmp_path: Path) -> None:
    stored = files.store(tx, tmp_path, b"\x02#!SILK_V3" + bytes(90), kind="voice")
    with pytest.raises(Refused):
        files.playable(tmp_path, stored)
    assert list((tmp_path / "playable").iterdir()) == []


def test_more_than_five_minutes_are_not_made_playable(tx: Transaction, tmp_path: Path) -> None:
    stored = files.store(tx, tmp_path, samples.sound(301), kind="voice")
    with pytest.raises(Refused) as refusal:
        files.playable(tmp_path, stored)
    assert refusal.value.rule == "recording_too_long"
