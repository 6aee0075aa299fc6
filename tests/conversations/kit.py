"""A farmer with a telephone, and the people on the other side, for the tests of this room."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from app.wiring import fact_handlers
from conversations import attachments, deliveries, inbox, phrases, sending, talk, turns
from conversations.deliveries import Sent
from conversations.inbox import Message, Written
from conversations.incoming import Incoming, Kind
from conversations.services import Services
from conversations.talk import Conversation
from core import clock, outbox
from handoff import cases, machine
from handoff.cases import Case, Entry
from handoff.orders import Actor, Said
from handoff.states import Command
from needs import filed, review
from needs.filed import Need
from needs.statuses import Command as NeedCommand


@dataclass
class Farmer:
    """Somebody who writes from one telephone, and what is promised to them."""

    services: Services
    openid: str = "o-farmer"
    written: list[Written] = field(default_factory=list)

    def writes(self, text: str = "", kind: Kind = Kind.TEXT, **more: Any) -> Written:
        """A message reaches the inbox; nobody takes the turn yet."""
        incoming = Incoming(self.openid, f"{self.openid}:{uuid4()}", kind, clock.now(), text=text, **more)
        with self.services.database.transaction() as tx:
            written = inbox.write_down(tx, incoming)
            if kind in {Kind.IMAGE, Kind.VOICE, Kind.VIDEO}:
                inbox.want_media(tx, inbox.get(tx, written.message_id))
        self.written.append(written)
        return written

    def says(self, text: str = "", kind: Kind = Kind.TEXT, **more: Any) -> list[str]:
        """A message and its turn; what is promised in it."""
        before = len(self.told())
        self.turn(self.writes(text, kind, **more).conversation_id)
        return self.told()[before:]

    def turn(self, conversation_id: UUID | None = None) -> None:
        turns.take(self.services, conversation_id or self.conversation.id)

    def sends_photo(self, content: bytes, *, kind: Kind = Kind.IMAGE, media_id: str = "") -> list[str]:
        """A photo and its turn; the photo waits at the platform."""
        media_id = media_id or str(uuid4())
        self.services.channel.media[media_id] = content  # type: ignore[attr-defined]
        return self.says(kind=kind, media_id=media_id)

    @property
    def conversation(self) -> Conversation:
        with self.services.database.transaction() as tx:
            return talk.get(tx, self.written[0].conversation_id)

    @property
    def message(self) -> Message:
        """The last message as it is in the inbox."""
        with self.services.database.transaction() as tx:
            return inbox.get(tx, self.written[-1].message_id)

    def sent(self) -> list[Sent]:
        """Everything promised so far, with what became of it."""
        with self.services.database.transaction() as tx:
            return deliveries.of_conversation(tx, self.written[0].conversation_id, most=1000) if self.written else []

    def told(self) -> list[str]:
        return [sent.content or sent.kind for sent in self.sent()]

    def case(self) -> Case:
        """The farmer's newest case."""
        with self.services.database.transaction() as tx:
            return cases.of_farmer(tx, self.conversation.farmer.id)[0]

    def cases(self) -> list[Case]:
        with self.services.database.transaction() as tx:
            return cases.of_farmer(tx, self.conversation.farmer.id)

    def need(self) -> Need:
        """The farmer's newest need."""
        with self.services.database.transaction() as tx:
            return filed.of_farmer(tx, self.conversation.farmer.id)[0]


def entries(services: Services, case: Case) -> list[Entry]:
    with services.database.transaction() as tx:
        return cases.entries(tx, case.id)


def texts(services: Services, case: Case) -> list[str]:
    """What was said in a case, oldest first."""
    return [entry.text for entry in entries(services, case)]


def do(services: Services, case: Case, command: Command, actor: Actor, **said: Any) -> Case:
    """Somebody does something to a case, and what follows from it is carried up."""
    with services.database.transaction() as tx:
        machine.apply(tx, case.id, command, actor, Said(**said))
    carry(services)
    with services.database.transaction() as tx:
        return cases.get(tx, case.id)


def do_need(services: Services, need: Need, command: NeedCommand, actor: review.Actor, **said: Any) -> Need:
    with services.database.transaction() as tx:
        review.apply(tx, need.id, command, actor, review.Said(**said))
    carry(services)
    with services.database.transaction() as tx:
        return filed.get(tx, need.id)


def carry(services: Services) -> None:
    """Carry every fact up to where it is told."""
    outbox.carry_up(services.database, fact_handlers(services.links))
    with services.database.transaction() as tx:
        assert outbox.waiting(tx) == 0


def fetch_media(services: Services) -> None:
    """Fetch what is due, as the clock does."""
    with services.database.transaction() as tx:
        wanted = attachments.wanted(tx)
    for attachment_id in wanted:
        attachments.fetch(services, attachment_id)


def deliver(services: Services) -> None:
    """Send what is due to everybody, as the clock does."""
    with services.database.transaction() as tx:
        waiting = deliveries.conversations_with_due(tx)
    for conversation_id in waiting:
        sending.deliver(services, conversation_id)


PASSIVE_TIME = timedelta(seconds=6)  # what waits for the passive reply is due after this


def how_content(number: str) -> str:
    """What a farmer is asked who has said that his question is solved."""
    return f"{phrases.SOLVED.format(number=number)}\n1 满意\n2 一般\n3 不满意\n0 转人工  9 返回"


def arrive(farmer: Farmer) -> None:
    """Let what was promised be on his phone, what went with his message at no cost."""
    with farmer.services.database.transaction() as tx:
        tx.execute(deliveries.deliveries.update().values(state="sent"))
