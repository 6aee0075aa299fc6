"""Files for staff only, and whether the door is well."""

import io
from dataclasses import replace

from flask import Flask
from PIL import Image

from console.web import make_app
from conversations.services import Services
from core import files
from core.database import Database
from simulator import samples
from tests.console import desk
from tests.console.desk import Browser
from tests.core.kit import heard


def test_a_photo_is_served_with_its_true_type_and_a_small_copy(
    services: Services, app: Flask, experts_browser: Browser
) -> None:
    with services.database.transaction() as tx:
        photo = files.store(tx, services.settings.media_folder, desk.a_photo(), kind="image")
    answer = experts_browser.get(f"/files/{photo.id}")
    assert (answer.status_code, answer.mimetype, len(answer.data)) == (200, "image/jpeg", photo.bytes)
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    small = experts_browser.get(f"/files/{photo.id}/small")
    with Image.open(io.BytesIO(small.data)) as picture:
        assert max(picture.size) == 480
    assert app.test_client().get(f"/files/{photo.id}").status_code == 302
    assert experts_browser.get("/files/00000000-0000-4000-8000-000000000000").status_code == 404


def test_a_recording_can_be_heard_from_the_middle(services: Services, experts_browser: Browser) -> None:
    with services.database.transaction() as tx:
        voice = files.store(tx, services.settings.media_folder, b"RIFF" + bytes(1000), kind="voice")
    answer = experts_browser.get(f"/files/{voice.id}", headers={"Range": "bytes=500-599"})
    assert (answer.status_code, len(answer.data), answer.mimetype) == (206, 100, "audio/wav")


def test_a_recording_of_wechat_is_played_as_mp3(services: Services, app: Flask, experts_browser: Browser) -> None:
    folder = services.settings.media_folder
    with services.database.transaction() as tx:
        voice = files.store(tx, folder, samples.sound(), kind="voice")
        silk = files.store(tx, folder, b"\x02#!SILK_V3" + bytes(90), kind="voice")
        photo = files.store(tx, folder, desk.a_photo(), kind="image")
    answer = experts_browser.get(f"/files/{voice.id}/playable")
    assert (answer.status_code, answer.mimetype) == (200, "audio/mpeg")
    seconds, _ = heard(answer.data)
    assert round(seconds) == 3
    part = experts_browser.get(f"/files/{voice.id}/playable", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, answer.data[100:200])
    assert app.test_client().get(f"/files/{voice.id}/playable").status_code == 302
    for other in (silk, photo):
        assert experts_browser.get(f"/files/{other.id}/playable").status_code == 422
    (folder / voice.name).unlink()
    assert experts_browser.get(f"/files/{voice.id}/playable").status_code == 404


def test_a_file_that_is_gone_from_the_disk_is_not_there(services: Services, experts_browser: Browser) -> None:
    with services.database.transaction() as tx:
        photo = files.store(tx, services.settings.media_folder, desk.a_photo(), kind="image")
    (services.settings.media_folder / photo.name).unlink()
    assert experts_browser.get(f"/files/{photo.id}").status_code == 404
    assert experts_browser.get(f"/files/{photo.id}/small").status_code == 404


def test_the_door_is_well_while_the_database_is_there(app: Flask) -> None:
    answer = app.test_client().get("/healthy")
    assert (answer.status_code, answer.get_json()) == (200, {"ready": True, "parts": {"database": "ok"}})


def test_without_a_database_the_door_says_so_and_shows_no_trace(services: Services, experts_browser: Browser) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    client = make_app(replace(services, database=away)).test_client()
    answer = client.get("/healthy")
    assert (answer.status_code, answer.get_json()) == (503, {"ready": False, "parts": {"database": "away"}})
    with client.session_transaction() as session, experts_browser.client.session_transaction() as known:
        session.update(known)
    page = client.get("/inbox")
    assert page.status_code == 503
    assert "数据库暂时连不上" in page.text
    token = client.get("/api/v1/cases", headers={"Authorization": "Bearer nw_x"})
    assert (token.status_code, token.get_json()["rule"]) == (503, "database_away")
    away.close()


def test_a_bug_is_told_in_one_sentence(services: Services, app: Flask, experts_browser: Browser) -> None:
    def broken() -> str:
        raise RuntimeError("oNongwenFarmer")

    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.view_functions["inbox.queue"] = broken
    answer = experts_browser.get("/inbox")
    assert (answer.status_code, "已经记录下来" in answer.text) == (500, True)
    assert "oNongwenFarmer" not in answer.text
    assert "Traceback" not in answer.text
