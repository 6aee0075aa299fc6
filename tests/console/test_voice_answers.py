"""A voice answer, from what the browser recorded to what WeChat takes."""

import io
import re

import pytest

from conversations import deliveries, sending
from conversations.services import Services
from core import files
from core.database import Transaction
from core.files import StoredFile
from core.people import Staff
from handoff import cases
from handoff.cases import Case, Entry
from handoff.states import Command
from simulator.api import media
from simulator.media import sniff
from tests.console import desk
from tests.console.desk import Browser
from tests.core.kit import heard, recording
from tests.stand_ins import SpyChannel
from webhook import pages


@pytest.fixture
def case(services: Services, expert: Staff) -> Case:
    case = desk.ask(services, "柑橘叶子发黄")
    return desk.command(services, case, Command.CLAIM, expert)


def send(browser: Browser, case: Case, sound: bytes, command: str = "answer", **form: str) -> tuple[int, str]:
    """Status and page after answering with a recording."""
    data = {"csrf_token": browser.csrf(), "text": "", **form, "voice": (io.BytesIO(sound), "voice")}
    page = browser.client.post(f"/cases/{case.id}/{command}", data=data)
    return page.status_code, page.text


def answer_of(services: Services, case: Case) -> tuple[Entry, list[StoredFile]]:
    with services.database.transaction() as tx:
        said = cases.entries(tx, case.id)[-1]
        return said, files.several(tx, list(said.files))


def told(tx: Transaction, case: Case) -> list[str]:
    return [one.content or one.kind for one in deliveries.of_conversation(tx, case.conversation_id)]


@pytest.mark.parametrize(("form", "codec"), [("webm", "libopus"), ("mp4", "aac")])
def test_what_a_browser_recorded_is_kept_and_sent_as_wechat_takes_it(
    services: Services, channel: SpyChannel, experts_browser: Browser, case: Case, form: str, codec: str
) -> None:
    assert send(experts_browser, case, recording(3, form=form, codec=codec))[0] == 303
    said, (voice,) = answer_of(services, case)
    assert (said.said_by, said.kind, said.text, voice.kind, voice.mime) == (
        "expert",
        "voice",
        "",
        "voice",
        "audio/mpeg",
    )
    content = (services.settings.media_folder / voice.name).read_bytes()
    assert round(heard(content)[0]) == 3
    assert voice.bytes < media.LIMITS["voice"][0]
    assert sniff(content, "voice") in media.TYPES["voice"]
    desk.carry(services)
    sending.deliver(services, case.conversation_id)
    assert [what for _, *what in channel.sent][-2:] == [
        ["text", "【专家答复】王农（县农技站）\n请听下面的语音。\n问题解决了吗？\n1 解决了\n2 还没有"], ["voice", "audio/mpeg"]
    ]  # fmt: skip


def test_words_and_recording_are_one_answer(services: Services, experts_browser: Browser, case: Case) -> None:
    assert send(experts_browser, case, recording(), text="先排水。")[0] == 303
    said, (voice,) = answer_of(services, case)
    assert (said.kind, said.text, voice.kind) == ("text", "先排水。", "voice")
    desk.carry(services)
    with services.database.transaction() as tx:
        assert told(tx, case)[-2:] == [
            "【专家答复】王农（县农技站）\n先排水。\n问题解决了吗？\n1 解决了\n2 还没有",
            "voice",
        ]


def test_a_question_can_be_asked_aloud(services: Services, experts_browser: Browser, case: Case) -> None:
    assert send(experts_browser, case, recording(), "ask_farmer")[0] == 303
    assert desk.case_now(services, case.id).state == "waiting_farmer"
    desk.carry(services)
    with services.database.transaction() as tx:
        assert told(tx, case)[-2:] == ["【王农（县农技站）问您】\n请听下面的语音。", "voice"]


@pytest.mark.parametrize(
    ("sound", "words"), [(b"no sound", "这段语音打不开"), (b"", "这段语音打不开"), (recording(61), "语音超过60秒")]
)
def test_a_bad_recording_is_refused_and_costs_nothing_that_was_written(
    services: Services, experts_browser: Browser, case: Case, sound: bytes, words: str
) -> None:
    status, page = send(experts_browser, case, sound, text="先排水。")
    assert (status, words in page) == (422, True)
    assert re.search(r'<textarea name="text"[^>]*>先排水。</textarea>', page)
    assert desk.case_now(services, case.id).state == "active"
    assert desk.entries(services, case.id)[-1].said_by == "farmer"


def test_a_recording_stays_when_there_is_a_question_before_sending(
    services: Services, experts_browser: Browser, case: Case
) -> None:
    status, page = send(experts_browser, case, recording(), text="喷百草枯", key="k")
    assert (status, "国家禁限用农药" in page) == (422, True)
    kept = re.search(r'type="checkbox" name="files" value="([0-9a-f-]{36})" checked', page)
    assert kept
    assert f'src="/files/{kept.group(1)}/playable"' in page
    sent = experts_browser.post(
        f"/cases/{case.id}/answer", text="喷百草枯", key="k", files=kept.group(1), confirmed="banned_pesticide"
    )
    assert sent.status_code == 303
    assert [str(file.id) for file in answer_of(services, case)[1]] == [kept.group(1)]


def photos(number: int) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(desk.a_photo(spots=3 + 2 * at)), f"{at}.jpg") for at in range(number)]


def kept_in(page: str) -> list[str]:
    """The files that the page will send along, photos first as they were sent."""
    return re.findall(r'name="files" value="([0-9a-f-]{36})"', page)


@pytest.mark.parametrize("command", ["answer", "write"])
def test_what_is_refused_costs_nothing_of_what_was_chosen_or_recorded_beside_it(
    services: Services, experts_browser: Browser, case: Case, command: str
) -> None:
    form = {"csrf_token": experts_browser.csrf(), "text": "先排水。"}
    broken = {"photos": photos(2), "voice": (io.BytesIO(b"no sound"), "voice")}
    page = experts_browser.client.post(f"/cases/{case.id}/{command}", data={**form, **broken})
    assert (page.status_code, "这段语音打不开" in page.text, len(kept_in(page.text))) == (422, True, 2)
    assert page.text.count('checked aria-label="发这张照片"') == 2
    broken = {"photos": (io.BytesIO(b"no photo"), "a.jpg"), "voice": (io.BytesIO(recording()), "voice")}
    page = experts_browser.client.post(f"/cases/{case.id}/{command}", data={**form, **broken})
    assert (page.status_code, "这不是能打开的图片" in page.text) == (422, True)
    assert (
        experts_browser.post(f"/cases/{case.id}/answer", text="先排水。", files=kept_in(page.text)).status_code == 303
    )
    assert [file.kind for file in answer_of(services, case)[1]] == ["voice"]


def test_a_recording_goes_beside_as_many_photos_as_may_be_sent(
    services: Services, experts_browser: Browser, case: Case
) -> None:
    form = {"csrf_token": experts_browser.csrf(), "text": "", "voice": (io.BytesIO(recording()), "voice")}
    page = experts_browser.client.post(f"/cases/{case.id}/answer", data={**form, "photos": photos(9)})
    assert page.status_code == 303
    assert [file.kind for file in answer_of(services, case)[1]] == ["image"] * 9 + ["voice"]


def test_no_more_photos_or_recordings_than_can_be_sent(
    services: Services, experts_browser: Browser, case: Case
) -> None:
    form = {"csrf_token": experts_browser.csrf(), "text": "先排水。"}
    page = experts_browser.client.post(f"/cases/{case.id}/answer", data={**form, "photos": photos(10)})
    assert (page.status_code, "一次最多发9张照片" in page.text, kept_in(page.text)) == (422, True, [])
    folder = services.settings.media_folder
    with services.database.transaction() as tx:
        four = [str(files.store(tx, folder, recording(), kind="voice").id) for _ in range(4)]
        ten = [str(files.store(tx, folder, desk.a_photo(), kind="image").id) for _ in range(10)]
    for sent, words in [(four, "一次最多发3段语音"), (ten, "一次最多发9张照片")]:
        page = experts_browser.post(f"/cases/{case.id}/answer", text="先排水。", files=sent)
        assert (page.status_code, words in page.text) == (422, True)
    assert desk.entries(services, case.id)[-1].said_by == "farmer"
    assert experts_browser.post(f"/cases/{case.id}/answer", text="先排水。", files=four[:3]).status_code == 303


def test_a_recording_that_came_too_late_is_kept_for_whoever_goes_on(
    services: Services, experts_browser: Browser, coordinator: Staff, case: Case
) -> None:
    desk.command(services, case, Command.RELEASE, coordinator)
    status, page = send(experts_browser, case, recording(), epoch=str(case.epoch))
    assert (status >= 400, "您写的话没有发出去" in page) == (True, True)
    kept = re.search(r'type="hidden" name="files" value="([0-9a-f-]{36})"', page)
    assert kept
    assert f'src="/files/{kept.group(1)}/playable"' in page
    assert experts_browser.post(f"/cases/{case.id}/note", text="", files=kept.group(1)).status_code == 303
    said, (voice,) = answer_of(services, case)
    assert (said.said_by, voice.kind) == ("note", "voice")


def test_sent_twice_it_is_one_answer(services: Services, experts_browser: Browser, case: Case) -> None:
    for _ in range(2):
        assert send(experts_browser, case, recording(), key="once")[0] == 303
    assert [entry.said_by for entry in desk.entries(services, case.id)] == ["farmer", "expert"]
    assert len(list(services.settings.media_folder.rglob("*.mp3"))) == 1


def test_without_a_script_there_is_no_button_that_does_nothing(experts_browser: Browser, case: Case) -> None:
    page = experts_browser.get(f"/cases/{case.id}")
    assert '<div class="recorder" data-recorder hidden>' in page.text
    assert experts_browser.post(f"/cases/{case.id}/answer", text="先排水。").status_code == 303


def test_only_the_staff_door_may_use_the_microphone(experts_browser: Browser) -> None:
    headers = experts_browser.get("/inbox").headers
    assert "microphone=(self)" in headers["Permissions-Policy"]
    assert "media-src 'self' blob:" in headers["Content-Security-Policy"]
    assert "microphone=()" in pages._HEADERS["Permissions-Policy"]
