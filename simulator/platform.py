"""The platform in one piece: every part of the simulator, made once and put back to the start by a reset."""

import itertools
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask import current_app

from simulator.account import Account
from simulator.clock import Clock
from simulator.codes import Codes
from simulator.faults import Faults
from simulator.media import MediaStore
from simulator.menu import Menu
from simulator.meter import Meter
from simulator.phones import Phones
from simulator.push import Pusher
from simulator.quota import Ledger
from simulator.settings import Settings
from simulator.switches import Switchboard
from simulator.templates import Templates
from simulator.tokens import Tokens


class Part(Protocol):
    """Something with state that can go back to the start."""

    def reset(self) -> None:
        """As at the start."""


@dataclass
class Platform:
    """Collaborators by name; state lives in memory only."""

    settings: Settings
    clock: Clock
    switches: Switchboard
    account: Account
    phones: Phones
    ledger: Ledger
    media: MediaStore
    tokens: Tokens
    meter: Meter
    menu: Menu
    codes: Codes
    templates: Templates
    faults: Faults
    pusher: Pusher
    calls: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=5000))
    _msg_ids: "itertools.count[int]" = field(
        default_factory=lambda: itertools.count(6_054_768_590_000_000_000 + secrets.randbelow(10**15))
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def build(cls, settings: Settings) -> "Platform":
        """Put the parts together."""
        clock, switches, account, faults = Clock(), Switchboard(), Account(settings), Faults()
        phones, ledger, media = Phones(clock), Ledger(clock, switches), MediaStore(clock)
        return cls(
            settings=settings,
            clock=clock,
            switches=switches,
            account=account,
            phones=phones,
            ledger=ledger,
            media=media,
            tokens=Tokens(clock),
            meter=Meter(clock),
            menu=Menu(),
            codes=Codes(clock),
            templates=Templates(),
            faults=faults,
            pusher=Pusher(account, clock, switches, faults, phones, media, ledger),
        )

    def new_msg_id(self) -> str:
        """A 64-bit MsgId, as text because JavaScript would round it."""
        return str(next(self._msg_ids))

    def media_url(self, media_id: str) -> str:
        """Where the phone shows a file from."""
        return f"{self.settings.public_url}/media/{media_id}"

    def note_call(self, path: str, status: int | None, errcode: int | None, detail: dict[str, Any]) -> None:
        """Write down a call that the service made."""
        self.calls.append(
            {
                "at": self.clock.now(),
                "wall": time.time(),
                "path": path,
                "status": status,
                "errcode": errcode,
                **detail,
            }
        )

    def reset(self, keep: frozenset[str] = frozenset()) -> None:
        """Everything as it was at the start, but for the parts named in `keep`."""
        for name, part in self.parts.items():
            if name not in keep:
                part.reset()
        if "calls" not in keep:
            self.calls.clear()

    @property
    def parts(self) -> dict[str, "Part"]:
        """The parts that have state, by the names that a reset knows."""
        return {
            "phones": self.phones,
            "ledger": self.ledger,
            "faults": self.faults,
            "switches": self.switches,
            "account": self.account,
            "media": self.media,
            "tokens": self.tokens,
            "meter": self.meter,
            "menu": self.menu,
            "codes": self.codes,
            "templates": self.templates,
            "pushes": self.pusher,
            "clock": self.clock,
        }


def platform() -> Platform:
    """The platform of the running application."""
    found = current_app.extensions["nongwen_simulator"]
    assert isinstance(found, Platform)
    return found
