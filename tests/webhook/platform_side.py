"""The other side of the door: pushes as WeChat posts them and answers as WeChat reads them.

Signed, sealed and opened by the simulator's crypto, which is checked against the official vector and shares no code
with the door; the XML is written and read here.
"""

import base64
import itertools
import secrets
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core import clock
from core.settings import Settings
from simulator import bodies, crypto
from simulator.account import Identity
from simulator.settings import Mode, Profile

FARMER = "oNongwen_Farmer_00000000000A"
OTHER = "oNongwen_Farmer_00000000000B"
ACCOUNT = "gh_3dd4e5a3b1c7"
APPID = "wx0123456789abcdef"
PAYLOADS = Path(__file__).parent / "payloads"
_ids = itertools.count(6_054_768_590_064_713_728)


def payload(name: str) -> bytes:
    """A body as the platform posts it."""
    return (PAYLOADS / f"{name}.xml").read_bytes()


def new_id() -> str:
    """A MsgId that was never used."""
    return str(next(_ids))


def cdata(text: str) -> str:
    """CDATA as the platform writes it: raw, with `]]>` split over two sections."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def message(
    kind: str, fields: str = "", *, openid: str = FARMER, account: str = ACCOUNT, msg_id: str = "", at: int = 0
) -> bytes:
    """A message with these further elements."""
    return (
        f"<xml><ToUserName>{cdata(account)}</ToUserName>\n<FromUserName>{cdata(openid)}</FromUserName>\n"
        f"<CreateTime>{at or int(clock.now().timestamp())}</CreateTime>\n<MsgType>{cdata(kind)}</MsgType>\n{fields}\n"
        f"<MsgId>{msg_id or new_id()}</MsgId>\n</xml>"
    ).encode("utf-8", "surrogatepass")


def text(content: str, *, openid: str = FARMER, msg_id: str = "") -> bytes:
    """A farmer typed this."""
    return message("text", f"<Content>{cdata(content)}</Content>", openid=openid, msg_id=msg_id)


def event(name: str, fields: str = "", *, openid: str = FARMER, at: int = 0) -> bytes:
    """Something happened that is no message."""
    return (
        f"<xml><ToUserName>{cdata(ACCOUNT)}</ToUserName><FromUserName>{cdata(openid)}</FromUserName>"
        f"<CreateTime>{at or int(clock.now().timestamp())}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        f"<Event>{cdata(name)}</Event>{fields}</xml>"
    ).encode()


@dataclass(frozen=True)
class Push:
    """A request of the platform: what it posts and the signed address it posts it to."""

    body: bytes
    query: dict[str, str]


class Wechat:
    """One account of the platform in one of its crypto modes."""

    def __init__(self, settings: Settings, mode: str = "safe") -> None:
        self.who = Identity(
            openid=ACCOUNT,
            appid=settings.wechat_appid,
            secret=settings.wechat_secret,
            token=settings.wechat_token,
            aes_key=settings.wechat_aes_key,
            previous_aes_key=settings.wechat_previous_aes_key or settings.wechat_aes_key,
            mode=Mode(mode),
            profile=Profile.VERIFIED_SERVICE,
            webhook_url="",
        )

    def in_mode(self, mode: str) -> "Wechat":
        """The same account in another mode."""
        other = object.__new__(Wechat)
        other.who = replace(self.who, mode=Mode(mode))
        return other

    def push(
        self,
        xml: bytes,
        *,
        openid: str = FARMER,
        age_s: float = 0,
        nonce: str = "",
        aes_key: str | None = None,
        appid: str | None = None,
    ) -> Push:
        """This message as it is posted; `age_s` is how long ago it was signed."""
        sealed = bodies.seal(
            xml,
            self.who,
            openid,
            timestamp=str(int(clock.now().timestamp() - age_s)),
            nonce=nonce or str(secrets.randbelow(10**9)),
            aes_key=aes_key,
            appid=appid,
        )
        return Push(sealed.body, sealed.query)

    def handshake(self, *, age_s: float = 0) -> dict[str, str]:
        """The query by which the platform checks an address."""
        signed = bodies.sign(self.who, "", timestamp=str(int(clock.now().timestamp() - age_s)), nonce="486452656")
        return {**signed, "echostr": "4375120948345356249"}

    def read(self, answer: bytes, *, aes_key: str = "") -> ET.Element | None:
        """What an answer says; None for silence. Opened with the current key unless another is named."""
        if answer in {b"", b"success"}:
            return None
        tree = ET.fromstring(answer)
        sealed = tree.findtext("Encrypt")
        if sealed is None:
            return tree
        marks = [tree.findtext(name) or "" for name in ("TimeStamp", "Nonce")]
        assert tree.findtext("MsgSignature") == crypto.signature(self.who.token, *marks, sealed)
        return ET.fromstring(crypto.decrypt(sealed, aes_key or self.who.aes_key, self.who.appid))

    def words(self, answer: bytes, *, aes_key: str = "") -> str | None:
        """The text that the farmer sees; None for silence. Checks everything else about a reply."""
        tree = self.read(answer, aes_key=aes_key)
        if tree is None:
            return None
        assert [child.tag for child in tree].count("Content") == 1
        assert tree.findtext("MsgType") == "text"
        assert tree.findtext("FromUserName") == self.who.openid
        assert (tree.findtext("CreateTime") or "").isdigit()
        content = tree.findtext("Content") or ""
        assert 0 < len(content.encode()) <= 2048
        return content


@dataclass(frozen=True)
class Knock:
    """Posts pushes to the door of a Flask application, as the platform would."""

    client: FlaskClient
    wechat: Wechat

    def __call__(self, push: Push) -> TestResponse:
        """Post it and read the whole answer, so that the door knows that it was written."""
        response = self.client.post("/wechat", query_string=push.query, data=push.body, headers=HEADERS)
        response.get_data()
        response.close()
        return response

    def another(self) -> "Knock":
        """A second hand at the same door, for knocking at the same time."""
        return Knock(self.client.application.test_client(), self.wechat)

    def send(self, xml: bytes) -> TestResponse:
        """Push this message for the first time."""
        return self(self.wechat.push(xml))

    def say(self, content: str, *, openid: str = FARMER) -> str | None:
        """A farmer types; what he sees at once."""
        response = self.send(text(content, openid=openid))
        assert response.status_code == 200
        return self.wechat.words(response.get_data())


HEADERS = {"User-Agent": "Mozilla/4.0", "Content-Type": "text/xml", "Pragma": "no-cache"}


def random_key() -> str:
    """Another EncodingAESKey."""
    return base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=").replace("+", "x").replace("/", "y")
