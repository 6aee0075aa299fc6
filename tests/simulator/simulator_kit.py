"""The other end of a push for tests: receives, opens and answers, without code of the simulator or of wechatpy."""

import base64
import hashlib
import json
import os
import struct
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

FARMER = "oFarmer_0000000000000000000A"
OTHER = "oFarmer_0000000000000000000B"
ACCOUNT = "gh_0123456789ab"
APPID = "wx0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
ENVIRONMENT = {
    "WECHAT_TOKEN": "nongwentoken",
    "WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "WECHAT_APPID": APPID,
    "WECHAT_SECRET": SECRET,
    "WECHAT_ACCOUNT": ACCOUNT,
}
NOTICE = "该公众号提供的服务出现故障，请稍后再试"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 60
AMR = b"#!AMR\n" + b"\x7c" * 50
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 60


@dataclass(frozen=True)
class Got:
    """One request that the webhook received."""

    method: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float

    def field(self, name: str) -> str | None:
        """A field of the outer document."""
        return ET.fromstring(self.body).findtext(name)


@dataclass(frozen=True)
class Answer:
    """What the webhook says, and how slowly."""

    body: bytes = b"success"
    status: int = 200
    delay_s: float = 0.0
    hang_up: bool = False
    drip_s: float = 0.0
    """Pause before every byte of the body."""


class Envelope:
    """WeChat's AES envelope, written a second time."""

    def __init__(self, token: str, aes_key: str, appid: str) -> None:
        self.token, self.key, self.appid = token, base64.b64decode(aes_key + "="), appid

    def decrypt(self, sealed: str) -> bytes:
        cipher = Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16])).decryptor()
        padded = cipher.update(base64.b64decode(sealed)) + cipher.finalize()
        unpad = padding.PKCS7(256).unpadder()
        packed = unpad.update(padded) + unpad.finalize()
        length = struct.unpack(">I", packed[16:20])[0]
        assert packed[20 + length :] == self.appid.encode()
        return packed[20 : 20 + length]

    def seal(self, xml: bytes, *, appid: str | None = None, signature: str | None = None) -> bytes:
        """An encrypted answer."""
        pad = padding.PKCS7(256).padder()
        packed = os.urandom(16) + struct.pack(">I", len(xml)) + xml + (appid or self.appid).encode()
        padded = pad.update(packed) + pad.finalize()
        cipher = Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16])).encryptor()
        sealed = base64.b64encode(cipher.update(padded) + cipher.finalize()).decode()
        mark = signature or sha(self.token, "1700000000", "42", sealed)
        return (
            f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature><![CDATA[{mark}]]></MsgSignature>"
            f"<TimeStamp>1700000000</TimeStamp><Nonce><![CDATA[42]]></Nonce></xml>"
        ).encode()


class Hook(Envelope):
    """Answers every push with `answer(got)`."""

    def __init__(self, token: str, aes_key: str, appid: str) -> None:
        super().__init__(token, aes_key, appid)
        self.got: list[Got] = []
        self.answer: Callable[[Got], Answer] = lambda got: Answer()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._serve()

            def do_POST(self) -> None:
                self._serve()

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
                got = Got(self.command, query, dict(self.headers.items()), body, time.monotonic())
                hook.got.append(got)
                answer = hook.answer(got)
                time.sleep(answer.delay_s)
                try:
                    if answer.hang_up:
                        self.connection.close()
                        return
                    self.send_response(answer.status)
                    self.send_header("Content-Length", str(len(answer.body)))
                    self.end_headers()
                    for byte in answer.body if answer.drip_s else ():
                        time.sleep(answer.drip_s)
                        self.wfile.write(bytes([byte]))
                    self.wfile.write(b"" if answer.drip_s else answer.body)
                except OSError:
                    return  # the simulator had hung up

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Listener(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a connection that the simulator cut

        self._server = Listener(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}/wechat"

    def forget(self) -> None:
        """As new."""
        self.got.clear()
        self.answer = lambda got: Answer()

    def inner(self, index: int = -1) -> bytes:
        """The XML that a push held."""
        return self.open(self.got[index])

    def field(self, path: str, index: int = -1) -> str | None:
        """A field of the XML that a push held."""
        return ET.fromstring(self.inner(index)).findtext(path)

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def open(self, got: Got) -> bytes:
        """The XML inside a push in safe mode, with the signatures checked."""
        query = got.query
        assert query["signature"] == sha(self.token, query["timestamp"], query["nonce"])
        if query.get("encrypt_type") != "aes":
            return got.body
        sealed = got.field("Encrypt") or ""
        assert query["msg_signature"] == sha(self.token, query["timestamp"], query["nonce"], sealed)
        return self.decrypt(sealed)

    def says(self, inner: str, kind: str = "text", **wrong: str) -> Callable[[Got], Answer]:
        """Answers with a sealed reply of that kind; `to`, `sender` and `at` may be set wrong on purpose."""

        def reply(got: Got) -> Answer:
            return Answer(self.seal(self.reply_to(got, inner, kind, **wrong)))

        return reply

    def reply_to(self, got: Got, inner: str, kind: str = "text", **wrong: str) -> bytes:
        """The XML of a reply, not sealed."""
        to = wrong.get("to", got.query["openid"])
        sender, at = wrong.get("sender", ACCOUNT), wrong.get("at", "1700000000")
        return (
            f"<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{sender}]]></FromUserName>"
            f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{inner}</xml>"
        ).encode()


def sha(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def text(content: str) -> str:
    """The part of a reply that holds a text."""
    return f"<Content><![CDATA[{content}]]></Content>"


class Caller:
    """Short words for what tests do to the simulator."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, /, **params: Any) -> Any:
        response = self.client.get(path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, body: Any = None) -> Any:
        response = self.client.post(path, json={} if body is None else body)
        assert response.is_success, response.text
        return response.json()

    def say(self, content: str = "你好", openid: str = FARMER, **more: Any) -> str:
        """The farmer sends a text; waits until the push is over; returns the MsgId."""
        msg_id: str = self.post(f"/phones/{openid}/messages", {"type": "text", "content": content, **more})["msg_id"]
        self.settle()
        return msg_id

    def do(self, event: str, openid: str = FARMER, **more: Any) -> str:
        """The farmer does something else; waits until the push is over."""
        ref: str = self.post(f"/phones/{openid}/events", {"event": event, **more})["msg_id"]
        self.settle()
        return ref

    def settle(self) -> None:
        """Wait until no push is under way."""
        assert self.get("/control/idle", wait=30)["idle"]

    def screen(self, openid: str = FARMER, **params: Any) -> list[dict[str, Any]]:
        """The transcript."""
        entries: list[dict[str, Any]] = self.get(f"/phones/{openid}/transcript", **params)
        return entries

    def last(self, openid: str = FARMER) -> dict[str, Any]:
        """The last entry."""
        return self.screen(openid)[-1]

    def pushes(self, openid: str = "") -> list[dict[str, Any]]:
        """The push log."""
        log: list[dict[str, Any]] = self.get("/control/pushes", openid=openid)
        return log

    def settings(self, **switches: Any) -> None:
        """Change the platform's habits."""
        self.post("/control/settings", switches)

    def pass_time(self, seconds: float) -> None:
        """Move the platform's clock."""
        self.post("/control/clock", {"advance_s": seconds})

    def api(self, path: str, body: Any = None, **params: Any) -> Any:
        """Call an interface with a good token; a body makes it a POST. Refusals come back as they are."""
        if not self.token:
            self.token = self.fetch_token()["access_token"]
        params = {"access_token": self.token} | params
        if body is None:
            response = self.client.get(f"/cgi-bin/{path}", params=params)
        else:
            raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
            response = self.client.post(f"/cgi-bin/{path}", params=params, content=raw)
        assert response.status_code == 200
        return response.json()

    def fetch_token(self, **wrong: str) -> Any:
        """/cgi-bin/token with the account's credentials."""
        right = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        return self.get("/cgi-bin/token", **(right | wrong))

    def stable_token(self, **more: Any) -> Any:
        """/cgi-bin/stable_token with the account's credentials."""
        right = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        return self.post("/cgi-bin/stable_token", right | more)

    def upload(self, kind: str, data: bytes) -> Any:
        """media/upload."""
        self.api("getcallbackip")
        response = self.client.post(
            "/cgi-bin/media/upload",
            params={"access_token": self.token, "type": kind},
            files={"media": ("file", data)},
        )
        return response.json()

    def send_file(self, kind: str, data: bytes, openid: str = FARMER) -> str:
        """The farmer sends a file; waits until the push is over; returns the MsgId."""
        response = self.client.post(f"/phones/{openid}/messages", data={"type": kind}, files={"file": ("file", data)})
        assert response.status_code == 202, response.text
        self.settle()
        msg_id: str = response.json()["msg_id"]
        return msg_id

    def tell(self, content: str = "答复", openid: str = FARMER, **more: Any) -> int:
        """The account sends a customer-service text; the errcode."""
        body = {"touser": openid, "msgtype": "text", "text": {"content": content}, **more}
        errcode: int = self.api("message/custom/send", body)["errcode"]
        return errcode
