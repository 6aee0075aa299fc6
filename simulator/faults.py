"""Faults that a test plants: in the calls of the service, and in the pushes to it."""

import dataclasses
import itertools
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ApiFault:
    """What goes wrong when the service calls us. With `after` the work is done first and only the answer is lost."""

    path: str = ""
    errcode: int | None = None
    errmsg: str = ""
    delay_s: float = 0.0
    http: int | None = None
    html: bool = False
    reset: bool = False
    after: bool = False
    openid: str = ""

    @property
    def breaks(self) -> bool:
        """Whether it spoils the answer; otherwise it only delays it."""
        return self.reset or self.html or self.http is not None or self.errcode is not None

    def concerns(self, path: str, openid: str) -> bool:
        """Whether this fault is about that call; an empty path means every call."""
        return path.strip("/").removeprefix("cgi-bin/").startswith(
            self.path.strip("/").removeprefix("cgi-bin/")
        ) and self.openid in {"", openid}


@dataclass(frozen=True)
class PushFault:
    """What goes wrong when we post to the webhook."""

    openid: str = ""
    duplicate: int = 1
    """The same signed request, this many times at once."""
    delay_s: float = 0.0
    """The push leaves this late, so that others overtake it."""
    answer_delay_s: float = 0.0
    """The webhook's answer needs this much longer to come back, against the cut."""
    bad_signature: bool = False
    stale_timestamp: float = 0.0
    """Signed this many seconds ago."""
    replay: int = 0
    """Exactly the same request again this many times, after the first was answered."""
    wrong_appid: bool = False
    old_aes_key: bool = False
    body: str | None = None
    """This instead of the HTTP body."""
    xml: str | None = None
    """This instead of the message, in a proper envelope."""

    def concerns(self, openid: str) -> bool:
        """Whether this fault is about that farmer."""
        return self.openid in {"", openid}


@dataclass
class Planted[F: (ApiFault, PushFault)]:
    """A fault and how often it will still happen; None is until it is taken away."""

    id: int
    fault: F
    times: int | None


class Faults:
    """The faults now planted. Several that fit the same call all apply, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._api: list[Planted[ApiFault]] = []
        self._push: list[Planted[PushFault]] = []

    def plant(self, wanted: Mapping[str, Any]) -> list[int]:
        """Add {"api": {…}} and/or {"push": {…}} with optional `times`; ValueError with a sentence otherwise."""
        if not wanted or set(wanted) - {"api", "push"}:
            raise ValueError('a fault is {"api": {…}} or {"push": {…}}')
        api = _read(ApiFault, wanted["api"]) if "api" in wanted else None
        push = _read(PushFault, wanted["push"]) if "push" in wanted else None
        added = []
        with self._lock:
            if api:
                self._api.append(Planted(next(self._ids), *api))
                added.append(self._api[-1].id)
            if push:
                self._push.append(Planted(next(self._ids), *push))
                added.append(self._push[-1].id)
        return added

    def for_call(self, path: str, openid: str) -> list[ApiFault]:
        """The faults of this call; counts them down. Of those that break the answer, one: the others wait."""
        with self._lock:
            fitting = [p for p in self._api if p.fault.concerns(path, openid)]
            breaking = [p for p in fitting if p.fault.breaks][:1]
            return _take(self._api, [p for p in fitting if not p.fault.breaks] + breaking)

    def for_push(self, openid: str) -> PushFault:
        """The faults of this push in one; counts them down."""
        with self._lock:
            taken = _take(self._push, [p for p in self._push if p.fault.concerns(openid)])
        merged = PushFault()
        for fault in taken:
            different = {
                f.name: getattr(fault, f.name) for f in dataclasses.fields(fault) if getattr(fault, f.name) != f.default
            }
            merged = dataclasses.replace(merged, **different)
        return merged

    def listed(self) -> list[dict[str, Any]]:
        """What is planted, for people."""
        with self._lock:
            every: list[tuple[str, Planted[Any]]] = [("api", p) for p in self._api]
            every += [("push", p) for p in self._push]
            return [{"id": p.id, "times": p.times, kind: dataclasses.asdict(p.fault)} for kind, p in every]

    def reset(self) -> None:
        """Take all away."""
        self.clear()

    def clear(self, fault_id: int | None = None) -> None:
        """Take one away, or all."""
        with self._lock:
            self._api = [p for p in self._api if fault_id is not None and p.id != fault_id]
            self._push = [p for p in self._push if fault_id is not None and p.id != fault_id]


def _take[F: (ApiFault, PushFault)](planted: list[Planted[F]], taken: list[Planted[F]]) -> list[F]:
    for p in taken:
        if p.times is not None:
            p.times -= 1
    planted[:] = [p for p in planted if p.times is None or p.times > 0]
    return [p.fault for p in taken]


def _read[F: (ApiFault, PushFault)](kind: type[F], wanted: Any) -> tuple[F, int | None]:
    if not isinstance(wanted, dict):
        raise ValueError("a fault is an object")
    values = dict(wanted)
    times = values.pop("times", None)
    if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
        raise ValueError("times must be a whole number from 1")
    if kind is PushFault:
        if values.get("replay") is True:
            values["replay"] = 1
        if values.get("stale_timestamp") is True:
            values["stale_timestamp"] = 3600
    defaults = {f.name: f for f in dataclasses.fields(kind)}
    for name, value in values.items():
        if name not in defaults:
            raise ValueError(f"there is no fault called {name}")
        _fit(name, str(defaults[name].type), value)
    if kind is ApiFault and values.get("http") is not None and not 200 <= values["http"] <= 599:
        raise ValueError("http must be a status from 200 to 599")
    if kind is PushFault and not 1 <= values.get("duplicate", 1) <= 50:
        raise ValueError("duplicate must be 1 to 50")
    if kind is PushFault and not 0 <= values.get("replay", 0) <= 50:
        raise ValueError("replay must be 0 to 50")
    return kind(**values), times


def _fit(name: str, kind: str, value: Any) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if "bool" in kind:
        good, wanted = isinstance(value, bool), "true or false"
    elif "float" in kind:
        good, wanted = number and value >= 0, "a number from 0"
    elif "int" in kind:
        good, wanted = number and isinstance(value, int), "a whole number"
    else:
        good, wanted = isinstance(value, str), "a text"
    if not good and not (value is None and "None" in kind):
        raise ValueError(f"{name} must be {wanted}")
