"""An expert's hand as a process of its own, which is killed or stopped at one named moment: `python -m tests.chaos.hand ORDER`.

ORDER is JSON. What stops or kills it is planted here, in the child; the service knows nothing of it.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from app import wiring
from conversations import deliveries
from conversations.services import Services
from core import people
from core.database import Database, Transaction
from core.errors import Refused
from core.jobs import SilentDoorbell
from core.secrets import Secrets
from core.settings import Settings
from handoff import cases, guards, machine
from handoff.orders import Actor, Said
from handoff.states import Command
from knowledge.shelf import Shelf
from tests.stand_ins import ScriptedBot, SpyChannel

TEXT = "先挖沟排水，三天后再看。"


class Moment(StrEnum):
    """When it happens. The first two are around the commit of the command, the others while the words are sent."""

    BEFORE_COMMIT = "before commit"
    BEFORE_DOORBELL = "after the commit, before the doorbell"
    MID_LEASE = "claimed for sending, and not given to the platform"
    BEFORE_MARKED = "given to the platform, and not marked as sent"
    PAGE_OPEN = "the page is open, and the button not pressed"


@dataclass(frozen=True)
class Order:
    """What the hand does: a command of an expert to a case, with a key; and which signal it gives itself at which moment.

    `out` is a folder: `platform` gets what is sent, a line each; `came` what came of the command, as rule and words.
    `plant` may be "no_epoch".
    """

    case: str
    expert: str
    command: str
    key: str
    moment: str
    signal: int
    out: str
    plant: str = ""


class Platform(SpyChannel):
    """Writes down what it is given, whatever becomes of who gave it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._file = folder / "platform"

    def send_text(self, openid: str, text: str) -> None:
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps([openid, text], ensure_ascii=False) + "\n")


def press(services: Services, order: Order, *, page_open: Callable[[], None] = lambda: None) -> None:
    """Open the page, press the button, and let the words go their way."""
    with services.database.transaction() as tx:
        epoch = cases.get(tx, UUID(order.case)).epoch
        actor = Actor.staff(people.member(tx, UUID(order.expert)))
    page_open()
    came = ["done", ""]
    try:
        with services.database.transaction() as tx:
            said = Said(text=TEXT, reason="有事")
            machine.apply(
                tx, UUID(order.case), Command(order.command), actor, said, expected_epoch=epoch, idem_key=order.key
            )
    except Refused as refusal:
        came = [refusal.rule, refusal.words]
    (Path(order.out) / "came").write_text(json.dumps(came), encoding="utf-8")
    wiring.do_job(services, "carry_facts", "now")


def main() -> None:
    order = Order(**json.loads(sys.argv[1]))

    def now() -> None:
        os.kill(os.getpid(), order.signal)

    services = _services(Path(order.out))
    if order.plant == "no_epoch":
        check: Any = guards.check
        guards.check = lambda tx, case, command, actor, said, epoch: check(tx, case, command, actor, said, None)
    match Moment(order.moment):
        case Moment.PAGE_OPEN:
            press(services, order, page_open=now)
            return
        case Moment.BEFORE_COMMIT | Moment.BEFORE_DOORBELL:
            _around_the_commit(order, now)
        case Moment.MID_LEASE:
            services = replace(services, channel=_Dying(Path(order.out), now))
        case Moment.BEFORE_MARKED:
            mark: Any = deliveries.sent
            deliveries.sent = lambda tx, delivery: (TEXT in delivery.content and now(), mark(tx, delivery))[1]
    press(services, order)


class _Dying(Platform):
    """Gives the answer to nobody."""

    def __init__(self, folder: Path, now: Callable[[], None]) -> None:
        super().__init__(folder)
        self._now = now

    def send_text(self, openid: str, text: str) -> None:
        if TEXT in text:
            self._now()
        super().send_text(openid, text)


def _around_the_commit(order: Order, now: Callable[[], None]) -> None:
    """Of the transaction in which the command is given, and no other."""
    whole, apply = Database.transaction, machine.apply
    given = []

    def noted(*what: Any, **more: Any) -> Any:
        given.append(order)
        return apply(*what, **more)

    @contextmanager
    def transaction(self: Database) -> Iterator[Transaction]:
        with whole(self) as tx:
            yield tx
            if given and order.moment == Moment.BEFORE_COMMIT:
                now()
        if given:
            given.clear()
            now()

    machine.apply = noted  # type: ignore[assignment]
    Database.transaction = transaction  # type: ignore[method-assign]


def _services(folder: Path) -> Services:
    settings = Settings.from_mapping(os.environ)
    return Services(
        settings=settings,
        database=Database(settings.database_url, pool_size=2),
        secrets=Secrets(settings.secret_key),
        bot=ScriptedBot(),
        channel=Platform(folder),
        doorbell=SilentDoorbell(),
        shelf=Shelf(),
        speech=None,
        close=lambda: None,
    )


def as_argument(order: Order) -> str:
    return json.dumps(asdict(order))


if __name__ == "__main__":
    main()
