"""The pages that a farmer opens by a signed link: large, plain, private, and ending by themselves."""

import io
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from PIL import Image

from conversations import answers, phrases
from conversations.services import Services
from core import clock, files, people
from core.database import Database
from core.people import Role
from core.secrets import Secrets
from core.settings import Settings
from handoff import cases, machine
from handoff.orders import Actor, Said
from handoff.states import Command
from knowledge import article_files, articles, sources
from registry import experts
from simulator import samples
from tests.core.kit import heard
from tests.stand_ins import ScriptedBot, reply
from tests.webhook.outage import Outage
from tests.webhook.platform_side import Knock
from webhook.door import Door
from webhook.web import make_app


@pytest.fixture
def client(knock: Knock) -> FlaskClient:
    return knock.client


def path_of(link: str, services: Services) -> str:
    assert link.startswith(services.settings.public_url)
    return link.removeprefix(services.settings.public_url.rstrip("/"))


def photo(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (900, 600), colour).save(out, "JPEG")
    return out.getvalue()


@dataclass(frozen=True)
class Answered:
    """A case that an expert answered with two photos; `entry` is the answer, `asked` what the farmer said."""

    case_id: UUID
    number: str
    asked: int
    entry: int
    photos: list[UUID]


@pytest.fixture
def answered(services: Services, knock: Knock, bot: ScriptedBot) -> Answered:
    asked = "我家橘子树叶子发黄，该怎么办"
    bot.script[asked] = reply({"effect": "hand_off", "reason": "asked", "question": asked})
    knock.say(asked)
    folder = services.settings.media_folder
    with services.database.transaction() as tx:
        (case,) = cases.queue(tx)
        staff = people.hire(
            tx, username="wang", password="a-long-password", name="王农", roles={Role.EXPERT}, unit="县农技站"
        )
        experts.enrol(tx, staff.id, capacity=5)
        machine.apply(tx, case.id, Command.CLAIM, Actor.staff(staff))
        photos = [files.store(tx, folder, photo(colour), kind="image").id for colour in ("green", "orange")]
        sound = files.store(tx, folder, samples.sound(), kind="voice").id
        said = Said(text="先别砍树。\n<b>剪下三片叶子</b>拍照发来。", files=(photos[0], sound, photos[1]))
        machine.apply(tx, case.id, Command.ANSWER, Actor.staff(staff), said)
        spoken = cases.entries(tx, case.id)
    by_whom = {entry.said_by: entry.seq for entry in spoken}
    return Answered(case.id, case.number, by_whom["farmer"], by_whom["expert"], photos)


@pytest.fixture
def answer_path(services: Services, answered: Answered) -> str:
    return path_of(services.links.to_answer(answered.case_id, answered.entry), services)


@pytest.fixture
def article_path(services: Services, tmp_path: Path) -> str:
    (tmp_path / "starter" / "rice").mkdir(parents=True)
    shutil.copy(article_files.FOLDER / "rice" / "rice-sheath-blight.yaml", tmp_path / "starter" / "rice")
    with services.database.transaction() as tx:
        assert articles.load_starter(tx, tmp_path / "starter").new == ("rice-sheath-blight",)
    return path_of(services.links.to_article("rice-sheath-blight"), services)


def old(services: Services, purpose: str, value: str, *, days: int) -> str:
    """A token of that many days ago."""

    class Then(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(clock.now().timestamp()) - days * 86_400

    return str(URLSafeTimedSerializer(services.settings.secret_key, salt=purpose, signer=Then).dumps(value))


# --- an article


def test_an_article_is_shown_whole_with_its_sources(client: FlaskClient, services: Services, article_path: str) -> None:
    answer = client.get(article_path)
    assert answer.status_code == 200
    shown = answer.get_data(as_text=True)
    with services.database.transaction() as tx:
        article = articles.get(tx, "rice-sheath-blight")
    for line in answers.as_words(article).splitlines()[1:]:
        assert line in shown, "a page says all that the chat says"
    for part in (article.title, *article.steps, phrases.UNAPPROVED, phrases.ON_PESTICIDES):
        assert part in shown
    assert sources.known()[article.sources[0]].citation in shown


def test_a_retired_article_says_that_it_is_gone(client: FlaskClient, services: Services, article_path: str) -> None:
    with services.database.transaction() as tx:
        seen = articles.get(tx, "rice-sheath-blight").version
        articles.retire(tx, "rice-sheath-blight", seen=seen, by="test")
    answer = client.get(article_path)
    assert answer.status_code == 404
    assert "没有这个内容了" in answer.get_data(as_text=True)


def test_an_article_that_never_was_says_the_same(client: FlaskClient, services: Services) -> None:
    answer = client.get(path_of(services.links.to_article("never"), services))
    assert (answer.status_code, "没有这个内容了" in answer.get_data(as_text=True)) == (404, True)


# --- an expert's answer


def test_an_answer_is_shown_with_its_question_its_expert_and_its_photos(
    client: FlaskClient, answered: Answered, answer_path: str
) -> None:
    shown = client.get(answer_path).get_data(as_text=True)
    for part in (
        "我家橘子树叶子发黄",
        "先别砍树。",
        "王农（县农技站）",
        answered.number,
        "今天",
        "没解决？",
        "回公众号说一声",
    ):
        assert part in shown
    assert (shown.count("<img "), shown.count("<audio ")) == (2, 1)


@pytest.mark.parametrize(("times", "stands_out"), [(1, True), (40, False)])
def test_the_first_line_stands_out_unless_it_is_a_long_paragraph(
    client: FlaskClient, services: Services, answered: Answered, *, times: int, stands_out: bool
) -> None:
    with services.database.transaction() as tx:
        (wang,) = people.everyone(tx)
        machine.apply(tx, answered.case_id, Command.ANSWER, Actor.staff(wang), Said(text="先把田水排干。" * times))
        entry = cases.entries(tx, answered.case_id)[-1].seq
    shown = client.get(path_of(services.links.to_answer(answered.case_id, entry), services)).get_data(as_text=True)
    assert "先把田水排干。" * times in shown
    assert ('<p class="first">先把田水' in shown) is stands_out


def test_what_an_expert_typed_is_text_and_never_markup(client: FlaskClient, answer_path: str) -> None:
    shown = client.get(answer_path).get_data(as_text=True)
    assert "&lt;b&gt;剪下三片叶子&lt;/b&gt;" in shown
    assert "<b>" not in shown


def test_the_photos_of_an_answer_open_with_its_link(client: FlaskClient, answer_path: str) -> None:
    sources = re.findall(r'<img src="([^"]+)"', client.get(answer_path).get_data(as_text=True))
    colours = []
    for source in sources:
        answer = client.get(source)
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        colours.append(Image.open(io.BytesIO(answer.get_data())).getpixel((5, 5)))
    assert len({str(colour) for colour in colours}) == 2


def test_the_recording_of_an_answer_plays_with_its_link(client: FlaskClient, answer_path: str) -> None:
    (source,) = re.findall(r'<audio [^>]*src="([^"]+)"', client.get(answer_path).get_data(as_text=True))
    answer = client.get(source)
    assert (answer.status_code, answer.mimetype) == (200, "audio/mpeg")
    seconds, _ = heard(answer.get_data())
    assert round(seconds) == 3
    assert client.get(source, headers={"Range": "bytes=10-19"}).status_code == 206
    assert client.get(source.replace("/recordings/1", "/recordings/2")).status_code == 404


def test_a_recording_that_cannot_be_played_is_gone_and_no_error(
    client: FlaskClient, services: Services, answer_path: str
) -> None:
    (kept,) = services.settings.media_folder.rglob("*.amr")
    kept.write_bytes(b"damaged")
    assert client.get(f"{answer_path}/recordings/1").status_code == 404
    kept.unlink()
    assert client.get(f"{answer_path}/recordings/1").status_code == 404


@pytest.mark.parametrize("number", [0, 3, 99, -1])
def test_there_are_no_other_photos_behind_that_link(client: FlaskClient, answer_path: str, number: int) -> None:
    assert client.get(f"{answer_path}/photos/{number}").status_code == 404


def test_a_photo_opens_with_no_other_token(
    client: FlaskClient, services: Services, answered: Answered, article_path: str
) -> None:
    others = [
        article_path.removeprefix("/a/"),
        path_of(services.links.to_answer(answered.case_id, answered.asked), services).removeprefix("/c/"),
        path_of(services.links.to_answer(uuid4(), answered.entry), services).removeprefix("/c/"),
        services.secrets.sign("another purpose", f"{answered.case_id}:{answered.entry}"),
        f"{answered.case_id}:{answered.entry}",
    ]
    for token in others:
        answer = client.get(f"/c/{token}/photos/1")
        assert answer.status_code in {404, 410}
        assert answer.mimetype == "text/html"


def test_only_what_an_expert_said_is_shown(client: FlaskClient, services: Services, answered: Answered) -> None:
    path = path_of(services.links.to_answer(answered.case_id, answered.asked), services)
    assert client.get(path).status_code == 404


def test_a_photo_whose_file_is_lost_is_gone_and_no_error(
    client: FlaskClient, services: Services, answer_path: str
) -> None:
    for stored in services.settings.media_folder.rglob("*.jpg"):
        stored.unlink()
    assert client.get(f"{answer_path}/photos/1").status_code == 404
    assert client.get(answer_path).status_code == 200


# --- links


@pytest.mark.parametrize("path", ["/a/{}", "/c/{}", "/c/{}/photos/1", "/c/{}/recordings/1"])
def test_a_link_ends_and_says_so_clearly(
    client: FlaskClient, services: Services, answered: Answered, article_path: str, path: str
) -> None:
    purpose, value = ("article page", "rice-sheath-blight") if path.startswith("/a") else (
        "answer page", f"{answered.case_id}:{answered.entry}"
    )  # fmt: skip
    assert client.get(path.format(old(services, purpose, value, days=89))).status_code == 200
    answer = client.get(path.format(old(services, purpose, value, days=91)))
    assert answer.status_code == 410
    shown = answer.get_data(as_text=True)
    assert "这个链接打不开了" in shown
    assert "先别砍树" not in shown


@pytest.mark.parametrize("token", ["x", "a.b.c", "%00", "你好", "." * 5000])
def test_a_made_up_link_looks_like_one_that_has_ended(client: FlaskClient, token: str) -> None:
    for path in (f"/a/{token}", f"/c/{token}", f"/c/{token}/photos/1", f"/c/{token}/recordings/1"):
        assert client.get(path).status_code == 410


def test_a_link_of_another_deployment_does_not_open(
    client: FlaskClient, services: Services, answered: Answered
) -> None:
    token = Secrets("another secret of at least thirty-two characters").sign(
        "answer page", f"{answered.case_id}:{answered.entry}"
    )
    assert client.get(f"/c/{token}").status_code == 410


def test_a_link_fits_into_a_message(services: Services, answered: Answered) -> None:
    assert len(services.links.to_answer(answered.case_id, answered.entry)) < 250


# --- every page


@pytest.fixture
def every_page(client: FlaskClient, answer_path: str, article_path: str) -> dict[str, Any]:
    paths = ("/privacy", article_path, answer_path, f"{answer_path}/photos/1", "/a/x")
    return {path: client.get(path) for path in paths}


def test_every_page_keeps_itself_to_itself(every_page: dict[str, Any]) -> None:
    for path, answer in every_page.items():
        assert answer.headers["Referrer-Policy"] == "no-referrer", path
        assert answer.headers["Cache-Control"] == "private, no-store", path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["X-Robots-Tag"] == "noindex", path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy, "nothing else allows a script, so none may run"
        assert "unsafe" not in policy
        assert "Set-Cookie" not in answer.headers


def test_every_page_is_chinese_large_and_without_scripts(every_page: dict[str, Any]) -> None:
    for path, answer in every_page.items():
        if answer.mimetype != "text/html":
            continue
        shown = answer.get_data(as_text=True)
        assert '<html lang="zh-CN">' in shown, path
        assert 'name="viewport" content="width=device-width, initial-scale=1"' in shown
        for forbidden in ("<script", "style=", "onclick", "http://", "//cdn"):
            assert forbidden not in shown.replace("http://127.0.0.1", ""), path


def test_letters_are_large_and_nothing_is_wider_than_a_small_phone(client: FlaskClient) -> None:
    answer = client.get("/static/pages.css")
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    style = answer.get_data(as_text=True)
    sizes = [float(size) for size in re.findall(r"font(?:-size)?:[^;]*?([\d.]+)rem", style)]
    assert sizes
    assert min(sizes) * 16 >= 18
    assert not re.search(r"font(?:-size)?:[^;]*\dpx", style), "they would not grow with the phone's own size"
    assert not re.search(r"(?<!max-)width:\s*\d+px", style)


def test_the_privacy_notice_says_what_the_chat_promises(client: FlaskClient) -> None:
    shown = client.get("/privacy").get_data(as_text=True)
    for part in (phrases.PRIVACY_VERSION, "180天", "3年", "删除我的信息", "15个工作日"):
        assert part in shown
        assert part in phrases.PRIVACY_NOTICE + phrases.FORGOTTEN


def test_a_page_without_a_database_asks_to_come_back(
    services: Services, settings: Settings, make_door: Callable[..., Door], answer_path: str, tmp_path: Path
) -> None:
    with Outage(settings.database_url, tmp_path) as outage:
        fragile = replace(services, database=Database(outage.url))
        client = make_app(fragile, make_door(fragile)).test_client()
        outage.begin()
        answer = client.get(answer_path)
        assert answer.status_code == 503
        assert "请过几分钟再打开" in answer.get_data(as_text=True)
        assert client.get("/privacy").status_code == 200
        fragile.database.close()
