"""A farmer with a phone, and the staff at their desks, through the doors that outsiders use (contract §4, §5)."""

import io
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image

Entry = dict[str, Any]
PATIENCE_SECONDS = 60.0
WRITES_AGAIN = 4


def a_photo(color: str = "green") -> bytes:
    """A small picture of a leaf, as far as a program can tell."""
    out = io.BytesIO()
    Image.new("RGB", (320, 240), color).save(out, "JPEG")
    return out.getvalue()


@dataclass
class Phone:
    """One farmer's phone on the simulator."""

    http: httpx.Client
    openid: str = field(default_factory=lambda: f"o{uuid4().hex[:27]}")

    def send(self, **body: Any) -> str:
        """Send a message; its MsgId."""
        answer = self.http.post(f"/phones/{self.openid}/messages", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["msg_id"])

    def send_file(self, kind: str, content: bytes, name: str) -> str:
        answer = self.http.post(f"/phones/{self.openid}/messages", data={"type": kind}, files={"file": (name, content)})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["msg_id"])

    def does(self, event: str, **body: Any) -> None:
        answer = self.http.post(f"/phones/{self.openid}/events", json={"event": event, **body})
        assert answer.status_code == 202, answer.text

    def transcript(self) -> list[Entry]:
        answer = self.http.get(f"/phones/{self.openid}/transcript")
        entries: list[Entry] = answer.json()
        return entries

    def heard(self) -> list[Entry]:
        """What came back, without what the farmer sent."""
        return [entry for entry in self.transcript() if entry["from"] != "farmer"]

    def says(self, text: str) -> Entry:
        """Say something and wait for the next thing that comes back.

        On a busy machine a reply that was late in its own connection goes out once more; that is no answer to this.
        """
        before = self.heard()
        late = {entry["content"] for entry in before[-1:] if entry["via"] == "passive"}
        self.send(type="text", content=text)

        def new(heard: list[Entry]) -> list[Entry]:
            return [one for one in heard[len(before) :] if one["via"] == "passive" or one["content"] not in late]

        return new(self.wait_until(new))[0]

    def wait_for(self, part: str, patience: float = PATIENCE_SECONDS) -> Entry:
        """Wait until something that contains these words has come back."""
        found = self.wait_until(lambda heard: any(part in (entry["content"] or "") for entry in heard), patience)
        return next(entry for entry in found if part in (entry["content"] or ""))

    def asks_until_told(self, text: str, part: str) -> Entry:
        """Ask, and write again while these words stay away: with an account that may only answer they travel with that."""
        self.send(type="text", content=text)
        for _ in range(WRITES_AGAIN):
            try:
                return self.wait_for(part, patience=PATIENCE_SECONDS / WRITES_AGAIN)
            except AssertionError:
                self.send(type="text", content="有消息了吗")
        return self.wait_for(part)

    def wait_until(self, is_so: Any, patience: float = PATIENCE_SECONDS) -> list[Entry]:
        until = time.monotonic() + patience
        while True:
            heard = self.heard()
            if is_so(heard):
                return heard
            assert time.monotonic() < until, [entry["content"] for entry in self.transcript()]
            self.http.get(f"/phones/{self.openid}/transcript", params={"after": len(self.transcript()), "wait": 1})


@dataclass
class Staff:
    """A member of staff through the API."""

    http: httpx.Client
    username: str

    def __post_init__(self) -> None:
        body = {"username": self.username, "password": f"demo-{self.username}", "label": "journey"}
        answer = self.http.post("/api/v1/tokens", json=body)
        assert answer.status_code in {200, 201}, answer.text
        self._headers = {"Authorization": f"Bearer {answer.json()['token']}"}

    def get(self, path: str, **params: Any) -> Any:
        answer = self.http.get(f"/api/v1{path}", params=params, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def try_to(self, path: str, **body: Any) -> httpx.Response:
        headers = {**self._headers, "Idempotency-Key": uuid4().hex}
        return self.http.post(f"/api/v1{path}", json=body, headers=headers)

    def do(self, path: str, **body: Any) -> Any:
        answer = self.try_to(path, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()
