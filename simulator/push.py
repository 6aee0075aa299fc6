"""Posting to the webhook by the platform's rules: five seconds, retries, one passive reply, the failure notice."""

import contextlib
import itertools
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator import bodies, replies, wire
from simulator.account import Account
from simulator.bodies import Sealed
from simulator.clock import Clock
from simulator.faults import Faults, PushFault
from simulator.media import MediaStore
from simulator.phones import Phone, Phones, Said
from simulator.quota import Ledger, NoWindow, Spent
from simulator.switches import Switchboard

HEADERS = {
    "User-Agent": "Mozilla/4.0",
    "Accept": "*/*",
    "Content-Type": "text/xml",
    "Pragma": "no-cache",
    "Connection": "Keep-Alive",
}
KF_SESSION_S = 1800.0


@dataclass(frozen=True)
class Letter:
    """One thing to tell the webhook."""

    phone: Phone
    kind: str
    xml: bytes
    ref: str
    """What replies point at: the MsgId, or for an event an id of ours that is never pushed."""
    accepted: float
    """time.monotonic() when the farmer acted."""
    is_event: bool = False
    seen: bool = True
    """The farmer sees an answer and, failing that, the notice; not so for unsubscribe, VIEW, LOCATION, job reports."""


@dataclass
class Attempt:
    """One request and what came of it."""

    number: int
    query: dict[str, str]
    outcome: str = "pending"
    status: int | None = None
    answer: str = ""
    ms: float = 0.0


@dataclass
class Record:
    """The push log's line; kept for tests and for the page's drawer."""

    id: int
    openid: str
    kind: str
    msg_id: str
    xml: str
    at: float
    outcome: str = "under_way"
    problem: str = ""
    attempts: list[Attempt] = field(default_factory=list)


class Pusher:
    """Delivers letters in threads of their own, so that a slow webhook holds up nobody else."""

    def __init__(
        self,
        account: Account,
        clock: Clock,
        switches: Switchboard,
        faults: Faults,
        phones: Phones,
        media: MediaStore,
        ledger: Ledger,
    ) -> None:
        self._account = account
        self._clock = clock
        self._switches = switches
        self._faults = faults
        self._phones = phones
        self._media = media
        self._ledger = ledger
        self._ids = itertools.count(1)
        self._bell = threading.Condition()
        self._under_way = 0
        self._failures: deque[float] = deque(maxlen=1000)
        self._suspended_until = 0.0
        self.log: deque[Record] = deque(maxlen=2000)

    def post(self, letter: Letter) -> None:
        """Start the delivery and return."""
        record = Record(
            next(self._ids),
            letter.phone.openid,
            letter.kind,
            letter.ref,
            letter.xml.decode("utf-8", "replace"),
            self._clock.now(),
        )
        self.log.append(record)
        with self._bell:
            self._under_way += 1
        threading.Thread(target=self._run, args=(letter, record), daemon=True).start()

    def idle(self, wait_s: float) -> bool:
        """Whether nothing is under way, waiting at most that long for it."""
        with self._bell:
            return self._bell.wait_for(lambda: self._under_way == 0, timeout=wait_s)

    def reset(self) -> None:
        """Forget the log and any suspension; what is under way ends unseen."""
        self.log.clear()
        self._failures.clear()
        self._suspended_until = 0.0

    def handshake(self) -> dict[str, Any]:
        """The GET by which the platform checks an address before enabling it."""
        who = self._account.now
        timestamp, nonce = str(int(self._clock.now())), new_nonce()
        echo = str(secrets.randbelow(9 * 10**18) + 10**18)
        query = bodies.sign(who, "", timestamp=timestamp, nonce=nonce) | {"echostr": echo}
        del query["openid"]
        try:
            answer = wire.ask("GET", who.webhook_url, query, None, HEADERS, cut_s=self._switches.now.push_cut_s)
        except wire.Cut:
            return {"enabled": False, "problem": "no answer in time"}
        except wire.NoAnswer as problem:
            return {"enabled": False, "problem": str(problem)}
        enabled = answer.status == 200 and answer.body == echo.encode()
        return {
            "enabled": enabled,
            "status": answer.status,
            "body": answer.body.decode("utf-8", "replace"),
            "problem": "" if enabled else "the answer is not the echostr",
        }

    def _run(self, letter: Letter, record: Record) -> None:
        try:
            self._deliver(letter, record)
        finally:
            with self._bell:
                self._under_way -= 1
                self._bell.notify_all()

    def _deliver(self, letter: Letter, record: Record) -> None:
        fault = self._faults.for_push(letter.phone.openid)
        time.sleep(fault.delay_s)
        if self._is_suspended():
            self._fail(letter, record, "suspended", "pushes are suspended after too many failures")
            return
        request: Sealed | None = None
        for number in range(1, self._switches.now.push_attempts + 1):
            if request is None or self._switches.now.resign_retries:
                request = self._seal(letter, fault)
            copies = fault.duplicate if number == 1 else 1
            if self._judge(letter, record, self._exchange(record, number, request, fault, copies)):
                for _ in range(fault.replay):
                    list(self._exchange(record, number, request, fault, 1, label="replay: "))
                return
            timed_out = record.attempts[-1].outcome == "timeout"
            if number < self._switches.now.push_attempts:
                rules = self._switches.now
                time.sleep(rules.timeout_gap_s if timed_out else rules.error_gap_s)
        self._fail(letter, record, "failed", f"no good answer in {len(record.attempts)} requests")

    def _exchange(
        self, record: Record, number: int, request: Sealed, fault: PushFault, copies: int, label: str = ""
    ) -> Iterator[bytes]:
        """Post the same request `copies` times at once; the bodies that come with 200 in time, as they come."""
        attempts = [Attempt(number, request.query) for _ in range(copies)]
        record.attempts.extend(attempts)
        with ThreadPoolExecutor(copies) as pool:
            for job in as_completed([pool.submit(self._ask, attempt, request, fault) for attempt in attempts]):
                if (body := job.result()) is not None:
                    yield body
        for attempt in attempts:
            attempt.outcome = label + attempt.outcome

    def _ask(self, attempt: Attempt, request: Sealed, fault: PushFault) -> bytes | None:
        rules = self._switches.now
        started = time.monotonic()
        try:
            answer = wire.ask(
                "POST",
                self._account.now.webhook_url,
                request.query,
                request.body,
                HEADERS,
                cut_s=rules.push_cut_s,
                max_bytes=rules.max_answer_bytes,
            )
            attempt.status, attempt.answer = answer.status, answer.body.decode("utf-8", "replace")
            if fault.answer_delay_s:
                left = rules.push_cut_s - (time.monotonic() - started)
                time.sleep(max(0.0, min(left, fault.answer_delay_s)))
                if fault.answer_delay_s >= left:
                    raise wire.Cut
            attempt.outcome = "answered" if answer.status == 200 else "bad_status"
        except wire.Cut:
            attempt.outcome = "timeout"
        except wire.NoAnswer as problem:
            attempt.outcome, attempt.answer = "no_answer", str(problem)
        attempt.ms = round((time.monotonic() - started) * 1000, 1)
        return answer.body if attempt.outcome == "answered" else None

    def _seal(self, letter: Letter, fault: PushFault) -> Sealed:
        who = self._account.now
        request = bodies.seal(
            letter.xml if fault.xml is None else fault.xml.encode(),
            who,
            letter.phone.openid,
            timestamp=str(int(self._clock.now() - fault.stale_timestamp)),
            nonce=new_nonce(),
            appid="wx00000000000000ff" if fault.wrong_appid else None,
            aes_key=who.previous_aes_key if fault.old_aes_key else None,
        )
        query = dict(request.query)
        if fault.bad_signature:
            for name in {"signature", "msg_signature"} & query.keys():
                query[name] = _another(query[name])
        return Sealed(request.body if fault.body is None else fault.body.encode(), query)

    def _judge(self, letter: Letter, record: Record, answers: Iterable[bytes]) -> bool:
        """Show the first answer that says something, complain only if none is good; False when none came."""
        problem, came, settled = "", False, ""
        for body in answers:
            came = True
            if settled in {"replied", "handed_over"}:
                continue
            try:
                settled = self._take(letter, body)
            except replies.BadReply as bad:
                problem = str(bad)
        if settled:
            record.outcome = settled
        elif came:
            self._fail(letter, record, "invalid", problem)
        return came

    def _take(self, letter: Letter, body: bytes) -> str:
        """Do what one answer says; the outcome for the log."""
        who, rules, phone = self._account.now, self._switches.now, letter.phone
        said = replies.read(body, who, phone.openid, self._media, rules, most_articles=8 if letter.is_event else 1)
        if said is None:
            return "silent"
        if isinstance(said, replies.HandOver):
            if rules.native_kf and not letter.is_event:
                phone.kf_until = self._clock.now() + KF_SESSION_S
            return "handed_over"
        self._show(letter, said)
        return "replied"

    def _show(self, letter: Letter, said: Said) -> None:
        if not letter.seen or letter.phone.follows is False:
            return
        if self._switches.now.passive_uses_quota:
            with contextlib.suppress(NoWindow, Spent):  # shown even when nothing is left; it only counts
                self._ledger.spend(letter.phone.openid)
        latency = round((time.monotonic() - letter.accepted) * 1000, 1)
        self._phones.show(letter.phone, "account", said, via="passive", in_reply_to=letter.ref, latency_ms=latency)

    def _fail(self, letter: Letter, record: Record, outcome: str, problem: str) -> None:
        record.outcome, record.problem = outcome, problem
        if outcome != "suspended":
            self._failures.append(self._clock.now())
        if letter.seen and letter.phone.follows is not False:
            latency = round((time.monotonic() - letter.accepted) * 1000, 1)
            notice = Said("text", self._switches.now.failure_notice)
            self._phones.show(
                letter.phone, "platform", notice, via="notice", in_reply_to=letter.ref, latency_ms=latency
            )

    def _is_suspended(self) -> bool:
        rules, now = self._switches.now, self._clock.now()
        if not rules.mark_fail:
            return False
        if now < self._suspended_until:
            return True
        recent = [at for at in self._failures if now - at <= rules.mark_fail_window_s]
        if len(recent) < rules.mark_fail_threshold:
            return False
        self._failures.clear()
        self._suspended_until = now + rules.mark_fail_pause_s
        return True

    def logged(self, openid: str = "", last: int = 0) -> list[dict[str, Any]]:
        """The push log, oldest first, perhaps of one farmer, perhaps only the last few."""
        return [asdict(record) for record in [r for r in list(self.log) if openid in {"", r.openid}][-last:]]


def new_nonce() -> str:
    return str(secrets.randbelow(9 * 10**8) + 10**8)


def _another(digest: str) -> str:
    return ("1" if digest[0] == "0" else "0") + digest[1:]
