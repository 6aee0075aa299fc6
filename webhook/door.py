"""The farmers' door: one push in, one acknowledgement out, in less than five seconds and never before it is stored."""

import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from uuid import UUID

from conversations import deliveries, inbox, phrases, turns
from conversations.inbox import Written
from conversations.incoming import MEDIA, Incoming
from conversations.services import Services
from core import flags
from core.database import DatabaseUnavailable, Transaction
from core.logs import logger
from webhook import guard, reading
from webhook.envelope import Envelopes, Opened, Unreadable
from webhook.guard import Query
from webhook.replying import NOTHING_TO_SAY, text_reply

log = logger()

_LOOK_AGAIN_SECONDS = 0.05
# Of the five the platform gives: it began to count before we read the push, and looks at the reply after we wrote it.
_HEARD_WITHIN_SECONDS = 4.6


@dataclass(frozen=True)
class Answer:
    """What is sent back. `confirm` is the message whose reply this is, to be confirmed once it is written."""

    body: str
    confirm: UUID | None = None
    arrived: float = 0.0

    @property
    def is_xml(self) -> bool:
        return self.body.startswith("<xml")


class Door:
    """Takes pushes: checks, stores, and waits a little for the answer."""

    def __init__(
        self, services: Services, *, threads: int = 32, passive_seconds: float = deliveries.PASSIVE_SECONDS
    ) -> None:
        self._services = services
        self._passive_seconds = passive_seconds
        self._envelopes = Envelopes(services.settings)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="turn")

    def handshake(self, query: Query) -> str:
        """The echo that proves that we know the token; raises Forbidden."""
        guard.check_signature(self._services.settings.wechat_token, query)
        guard.check_freshness(query)
        return query.echostr

    def take(self, body: bytes, query: Query, *, arrived: float | None = None) -> Answer:
        """Take one push that arrived then (time.monotonic(); None: just now).

        Raises Forbidden; DatabaseUnavailable when it could not be stored.
        """
        arrived = time.monotonic() if arrived is None else arrived
        guard.check_signature(self._services.settings.wechat_token, query)
        guard.check_freshness(query)
        read = self._read(body, query)
        with self._services.database.transaction() as tx:
            guard.check_nonce(tx, query, body)
            if read is None:
                return Answer(NOTHING_TO_SAY)
            opened, incoming = read
            written = inbox.write_down(tx, incoming)
            attachment = None
            if written.is_new and incoming.kind in MEDIA:
                attachment = inbox.want_media(tx, inbox.get(tx, written.message_id))
        log.info("push_stored", message_id=str(written.message_id), kind=incoming.kind, push=written.push)
        if attachment is not None:
            self._services.doorbell.ring("fetch_media", str(attachment))
        try:
            return self._answer(written, opened, query, arrived)
        except DatabaseUnavailable as error:  # it is stored: the clock answers when the database is back
            log.warning("push_answered_later", message_id=str(written.message_id), reason=str(error))
            return Answer(NOTHING_TO_SAY)

    def _read(self, body: bytes, query: Query) -> tuple[Opened, Incoming] | None:
        """What was pushed; None for what has no meaning for us. Raises Forbidden."""
        try:
            opened = self._envelopes.open(body, query)
            incoming = reading.read(opened.fields)
        except Unreadable as error:
            log.warning("push_unreadable", reason=str(error), bytes=len(body))
            return None
        if incoming is None:
            log.info("push_without_meaning", kind=reading.name_of(opened.fields))
            return None
        return opened, incoming

    def _answer(self, written: Written, opened: Opened, query: Query, arrived: float) -> Answer:
        """Wait for the turn as long as the platform waits for us, then say what there is to say."""
        until = arrived + self._passive_seconds
        turn = self._pool.submit(self._take_turn, written, until)
        try:
            is_ready = turn.result(timeout=max(until - time.monotonic(), 0.0))
        except NotYet:
            is_ready = False
        if not is_ready:
            return self._placeholder(written, opened, query)
        text = self._passive_text(written)
        if text is None:
            return Answer(NOTHING_TO_SAY)
        return Answer(text_reply(opened, query, text), confirm=written.message_id, arrived=arrived)

    def _take_turn(self, written: Written, until: float) -> bool:
        """Take the turn, or wait for whoever takes it; True once the message is answered or put off.

        Whoever only waits gives up when the platform does, so that repeats of a slow message keep nobody else waiting.
        """
        while True:
            turns.take(self._services, written.conversation_id)
            with self._services.database.transaction() as tx:
                message = inbox.get(tx, written.message_id)
            if message.is_done or message.attempts > 0:
                return True
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK_AGAIN_SECONDS)

    def _passive_text(self, written: Written) -> str | None:
        with self._services.database.transaction() as tx:
            if not written.follows_silence and deliveries.was_answered(tx, written.message_id):
                return None
            return deliveries.take_for_passive(
                tx, written.message_id, push=written.push, hint_at_more=self._may_only_answer(tx)
            )

    def _placeholder(self, written: Written, opened: Opened, query: Query) -> Answer:
        """An account that may only answer says that the answer comes with the farmer's next message."""
        with self._services.database.transaction() as tx:
            may_only_answer = self._may_only_answer(tx)
            is_latest = inbox.pushes(tx, written.message_id) == written.push
        if may_only_answer and is_latest:
            return Answer(text_reply(opened, query, phrases.PLACEHOLDER))
        return Answer(NOTHING_TO_SAY)

    def _may_only_answer(self, tx: Transaction) -> bool:
        return self._services.settings.wechat_passive_only or flags.is_raised(tx, turns.PASSIVE_ONLY_FLAG)

    def confirm(self, message_id: UUID, *, arrived: float) -> None:
        """The reply was written out while the platform still listened; too late, it goes out once more by itself."""
        if time.monotonic() - arrived > _HEARD_WITHIN_SECONDS:
            log.warning("passive_reply_too_late", message_id=str(message_id))
            return
        try:
            with self._services.database.transaction() as tx:
                deliveries.passive_arrived(tx, message_id)
        except DatabaseUnavailable:
            log.warning("passive_reply_unconfirmed", message_id=str(message_id))

    def close(self) -> None:
        """Let the turns under way end; those that have not begun are left to the clock."""
        self._pool.shutdown(cancel_futures=True)
