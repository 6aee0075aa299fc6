"""Staff with addresses, cases that concern them, and a pager that notes what it is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa

from core import outbox
from core.database import Database, Transaction
from core.people import Role
from core.secrets import Secrets
from handoff import machine
from handoff.cases import Case
from handoff.orders import NOTHING, Actor, Said
from handoff.states import Command
from paging import contacts, facts, notices, sending
from paging.channels import Channel
from paging.notices import Notice
from paging.tables import notice_sends
from tests.core.kit import member

HANDLERS: Mapping[str, list[outbox.Handler]] = {
    **{topic: [facts.tell_staff_of_case] for topic in facts.CASE_TOPICS},
    **{topic: [facts.tell_staff_of_need] for topic in facts.NEED_TOPICS},
}
SECRETS = Secrets("not a secret: only for tests of paging")


@dataclass
class SpyPager:
    """Notes what was sent; `refusals` are raised, one for each call, before anything is sent."""

    sent: list[tuple[str, str, str, str]] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)
    before: Callable[[], object] = lambda: None

    def send(self, address: str, title: str, text: str, link: str) -> None:
        self.before()
        if self.refusals:
            raise self.refusals.pop(0)
        self.sent.append((address, title, text, link))

    @property
    def titles(self) -> list[str]:
        return [title for _, title, _, _ in self.sent]


def reach(tx: Transaction, staff_id: UUID, channel: Channel = Channel.EMAIL, address: str = "") -> None:
    """Somebody has this address, and has confirmed it."""
    code = contacts.make_code(tx, staff_id, channel, address or f"a{staff_id.hex[:8]}@example.org")
    assert contacts.confirm(tx, staff_id, channel, code)


def coordinator(tx: Transaction, name: str = "chen") -> UUID:
    """A coordinator who takes no cases, and can be reached by e-mail."""
    found = member(tx, name, Role.COORDINATOR).id
    reach(tx, found, address=f"{name}@example.org")
    return found


def do(database: Database, case: Case, command: Command, actor: Actor, said: Said = NOTHING) -> Case:
    """Give a command, and carry up what follows."""
    with database.transaction() as tx:
        after = machine.apply(tx, case.id, command, actor, said)
    carry(database)
    return after


def carry(database: Database) -> None:
    outbox.carry_up(database, HANDLERS)


def told(database: Database, staff_id: UUID) -> list[Notice]:
    with database.transaction() as tx:
        return notices.of(tx, staff_id)


def topics(database: Database, staff_id: UUID) -> list[str]:
    """What somebody has been told, oldest first, and still needs to know."""
    found = [notice for notice in told(database, staff_id) if notice.is_open]
    return [notice.topic for notice in sorted(found, key=lambda notice: notice.made_at)]


def run(database: Database, pager: SpyPager, *channels: Channel) -> int:
    pagers = dict.fromkeys(channels or (Channel.EMAIL,), pager)
    return sending.run(database, pagers, console_url="https://desk.example.org/")


def results(database: Database, channel: Channel = Channel.EMAIL) -> list[tuple[int, str]]:
    """Every send by a channel with its result, by the number of the attempt."""
    with database.transaction() as tx:
        rows = tx.execute(
            sa.select(notice_sends).where(notice_sends.c.channel == channel).order_by(notice_sends.c.attempt)
        )
        return [(row.attempt, row.result) for row in rows]
