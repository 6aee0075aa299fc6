"""docs/bad-input.md, tried row by row against the running door: the table is the expectation, this file only the input."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from conversations.services import Services
from core.database import Database
from tests.stand_ins import ScriptedBot, reply
from tests.webhook.outage import Outage
from tests.webhook.platform_side import Knock, Push, Wechat, cdata, event, message, payload, random_key, text
from webhook import guard
from webhook.door import Door
from webhook.web import make_app

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "bad-input.md"
ANSWER = "听到了。"


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    case: str
    input: str
    status: int
    sees: str
    event: str
    rule: str


def rows() -> list[Row]:
    found = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 5 or not re.fullmatch(r"`[a-z0-9-]+`", cells[0]):
            continue
        marks = re.findall(r"`([^`]+)`", cells[4])
        found.append(Row(cells[0].strip("`"), cells[1], int(cells[2]), cells[3], marks[0], (marks[1:] or [""])[0]))
    return found


# --- the inputs


@dataclass(frozen=True)
class Scene:
    """A door, the platform in front of it, and ways to change either."""

    knock: Knock
    services: Services
    make_door: Callable[..., Door]
    folder: Path

    @property
    def wechat(self) -> Wechat:
        return self.knock.wechat

    @property
    def plain(self) -> Wechat:
        return self.wechat.in_mode("plain")

    def send(self, xml: bytes, **how: Any) -> TestResponse:
        return self.knock(self.wechat.push(xml, **how))

    def send_plain(self, body: bytes) -> TestResponse:
        return self.knock(self.plain.push(body))

    def with_settings(self, **settings: Any) -> Knock:
        changed = replace(self.services, settings=self.services.settings.model_copy(update=settings))
        return Knock(make_app(changed, self.make_door(changed)).test_client(), self.wechat)


Case = Callable[[Scene], TestResponse]
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def signed(scene: Scene, timestamp: str) -> TestResponse:
    push = scene.plain.push(text("你好"))
    signature = guard.sign(scene.wechat.who.token, timestamp, push.query["nonce"])
    return scene.knock(replace(push, query=push.query | {"timestamp": timestamp, "signature": signature}))


def replay(scene: Scene) -> TestResponse:
    push = scene.wechat.push(text("你好"))
    assert scene.knock(push).status_code == 200
    return scene.knock(push)


def nonce_with_another_body(scene: Scene) -> TestResponse:
    push = scene.plain.push(text("你好"))
    assert scene.knock(push).status_code == 200
    return scene.knock(replace(push, body=text("另一句")))


def changed_on_its_way(scene: Scene) -> TestResponse:
    push = scene.wechat.push(text("你好"))
    return scene.knock(replace(push, query=push.query | {"msg_signature": "0" * 40}))


def says_encrypted(scene: Scene) -> TestResponse:
    push = scene.wechat.push(text("你好"))
    return scene.knock(replace(push, body=text("你好")))


def database_away(scene: Scene) -> TestResponse:
    with Outage(scene.services.settings.database_url, scene.folder) as outage:
        fragile = replace(scene.services, database=Database(outage.url, pool_size=2))
        knock = Knock(make_app(fragile, scene.make_door(fragile)).test_client(), scene.wechat)
        outage.begin()
        answer = knock.send(text("你好"))
        fragile.database.close()
        return answer


def without(name: str) -> bytes:
    return re.sub(rf"<{name}>.*?</{name}>\s*".encode(), b"", payload("text"))


def instead(name: str, value: str) -> bytes:
    return re.sub(rf"<{name}>.*?</{name}>".encode(), f"<{name}>{value}</{name}>".encode(), payload("text"))


CASES: dict[str, Case] = {
    "wrong-signature": lambda s: s.knock(Push(text("你好"), s.plain.push(b"").query | {"signature": "0" * 40})),
    "no-signature": lambda s: s.knock(Push(text("你好"), {})),
    "stale-timestamp": lambda s: s.send(text("你好"), age_s=600),
    "future-timestamp": lambda s: s.send(text("你好"), age_s=-600),
    "odd-timestamp": lambda s: signed(s, "yesterday"),
    "replay": replay,
    "nonce-with-another-body": nonce_with_another_body,
    "wrong-msg-signature": changed_on_its_way,
    "wrong-key": lambda s: s.send(text("你好"), aes_key=random_key()),
    "wrong-appid": lambda s: s.send(text("你好"), appid="wx00000000000000ff"),
    "not-encrypted": says_encrypted,
    "mode-not-accepted": lambda s: s.with_settings(wechat_modes=("safe",))(s.plain.push(text("你好"))),
    "not-xml": lambda s: s.send_plain("你好，我是农户".encode()),
    "json": lambda s: s.send_plain('{"MsgType": "text", "Content": "你好", "MsgId": 1}'.encode()),
    "empty-body": lambda s: s.send_plain(b""),
    "junk": lambda s: s.send_plain(random.Random(7).randbytes(60_000)),
    "one-megabyte": lambda s: s.send_plain(text("问" * 350_000)),
    "html": lambda s: s.send_plain(b"<html><body><p>502 Bad Gateway</p></body></html>"),
    "billion-laughs": lambda s: s.send_plain(
        b'<!DOCTYPE xml [<!ENTITY l0 "ha">' + LAUGHS.encode() + b"]>" + text("x").replace(b"<![CDATA[x]]>", b"&l9;")
    ),
    "external-entity": lambda s: s.send_plain(
        b'<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + text("x").replace(b"<![CDATA[x]]>", b"&f;")
    ),
    "deep-nesting": lambda s: s.send(message("text", f"<Content>{'<a>' * 20_000}{'</a>' * 20_000}</Content>")),
    "nested-xml": lambda s: s.send(message("text", "<Content><b>你好</b><b>再见</b></Content>")),
    "xml-in-text": lambda s: s.send(text("<xml><MsgType>event</MsgType></xml>")),
    "cdata-end": lambda s: s.send(text("a]]>b]]></Content><MsgType>event</MsgType>")),
    "control-characters": lambda s: s.send(text("稻子\x01\x08\x0b\x1f倒了")),
    "nul-bytes": lambda s: s.send(text("稻子\0\0倒了")),
    "not-utf8": lambda s: s.send(text("稻子X倒了").replace(b"X", b"\xff\xfe\xe6\xb0")),
    "emoji": lambda s: s.send(text("🌾🐛👨‍🌾🏽")),
    "three-thousand-characters": lambda s: s.send(text("稻子倒了怎么办" * 429)),
    "only-faces": lambda s: s.send(payload("text_faces")),
    "restart": lambda s: s.send(text("/restart")),
    "pick": lambda s: s.send(text('/pick{"object": ')),
    "empty-message": lambda s: s.send(payload("text_empty")),
    "blank-message": lambda s: s.send(text(" \n\u3000\t ")),
    "sticker": lambda s: s.send(payload("unsupported")),
    "unknown-type": lambda s: s.send(message("hologram", "<Content>你好</Content>")),
    "no-type": lambda s: s.send(without("MsgType")),
    "unknown-event": lambda s: s.send(event("teleported", "<EventKey>mars</EventKey>")),
    "no-msgid": lambda s: s.send(without("MsgId")),
    "huge-msgid": lambda s: s.send(instead("MsgId", "9" * 300)),
    "negative-createtime": lambda s: s.send(instead("CreateTime", "-1763776842")),
    "no-account": lambda s: s.send(without("ToUserName")),
    "odd-sender": lambda s: s.send(instead("FromUserName", cdata("o]]><b>"))),
    "doubled-elements": lambda s: s.send(re.sub(rb"<(\w+)>(.*?)</\1>\n", rb"<\1>\2</\1><\1>again</\1>\n", payload("text"))),
    "place-that-is-none": lambda s: s.send(
        message("location", "<Location_X>nan</Location_X><Location_Y>inf</Location_Y><Scale>0</Scale><Label></Label>")
    ),
    "database-away": database_away,
}  # fmt: skip


def test_every_row_has_its_case_and_every_case_its_row() -> None:
    named = [row.case for row in rows()]
    assert sorted(named) == sorted(CASES)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.case)
def test_the_door_does_what_the_table_says(
    row: Row, knock: Knock, services: Services, make_door: Callable[..., Door], bot: ScriptedBot, tmp_path: Path
) -> None:
    scripted = replace(services, bot=AlwaysAnswers(bot))
    knock = Knock(make_app(scripted, make_door(scripted)).test_client(), knock.wechat)
    with capture_logs() as logged:
        answer = CASES[row.case](Scene(knock, scripted, make_door, tmp_path))
    assert answer.status_code == row.status
    seen = knock.wechat.words(answer.get_data()) if row.status == 200 else None
    match row.sees:
        case "—":
            assert seen is None
        case "failure notice":
            assert row.status >= 400
        case "an answer":
            assert seen == ANSWER
        case words:
            assert seen is not None
            assert seen.startswith(words.strip("「」"))
    told = [line for line in logged if line["event"] == row.event]
    assert told, [line["event"] for line in logged]
    if row.rule:
        assert told[-1]["rule"] == row.rule
    assert not [line for line in logged if line["event"] in {"push_failed", "turn_failed"}]


@dataclass
class AlwaysAnswers:
    """A bot that says the same to all words."""

    scripted: ScriptedBot

    def ask(self, request: Any) -> Any:
        self.scripted.script[request.text or ""] = reply({"effect": "reply", "about": "smalltalk"}, words=ANSWER)
        return self.scripted.ask(request)

    def is_healthy(self) -> bool:
        return True
