"""make bench: speed as ratios, the cost and the fairness of the experts' queue, searches and pipelines, each beside others of its kind, into docs/measurements.md.

Machines differ and are shared, so each figure is compared with another taken in the same run on the same machine.
"""

import argparse
import logging
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from app.commands.asking import ask, running_services
from app.measurements import write_section
from conversations import inbox
from conversations.bot import BotRequest
from conversations.incoming import Incoming, Kind
from conversations.services import Services
from conversations.tables import messages
from core import clock, logs
from core.people import farmers

QUESTIONS = ("水稻纹枯病怎么防治", "苞谷叶子上好多虫眼", "转人工", "我的需求", "怎么申请专家下乡", "鸡拉稀怎么办")
ROUNDS = 10
ARCHIVE = 50_000


def register(commands: Any) -> None:
    bench = commands.add_parser("bench", help="measure speed as ratios, and compare searches and pipelines")
    bench.add_argument("--only", nargs="+", choices=PARTS, help="only these parts")
    bench.add_argument("--share", type=float, help="share of all sentences that pipelines learn from")
    bench.add_argument("--epochs", type=int, help="epochs of neural parts")
    bench.add_argument("--dry", action="store_true", help="print the tables and write nothing")
    bench.set_defaults(run=_bench)


@dataclass(frozen=True)
class Line:
    """One comparison: what, against what, and how many times as long (median of pairs)."""

    what: str
    against: str
    ratio: float
    note: str


def _bench(chosen: argparse.Namespace) -> int:
    logs.set_up(process="bench", as_json=False, level=logging.WARNING)
    for part in chosen.only or PARTS:
        section, measure = PARTS[part]
        body = measure(chosen)
        print(f"\n{body}\n", flush=True)
        if not chosen.dry:
            write_section(section, command(chosen), body)
    return 0


def command(chosen: argparse.Namespace) -> str:
    """What somebody else would type for the same."""
    said = [f"--only {' '.join(chosen.only)}"] if chosen.only else []
    said += [f"--{name} {getattr(chosen, name)}" for name in ("share", "epochs") if getattr(chosen, name) is not None]
    return f'make bench ARGS="{" ".join(said)}"' if said else "make bench"


def _speed(chosen: argparse.Namespace) -> str:
    with running_services() as services:
        _warm_up(services)
        lines = [_turn_against_bot(services), _twenty_against_one(services), _archive_against_empty(services)]
    return "\n".join(
        ["| measured | against | ratio (median) | note |", "|---|---|---|---|"]
        + [f"| {line.what} | {line.against} | {line.ratio:.2f} | {line.note} |" for line in lines]
    )


def _search(chosen: argparse.Namespace) -> str:
    from app.commands import comparing  # what it needs is installed for tests and measuring only

    return comparing.compare_searches(chosen.epochs)


def _pipelines(chosen: argparse.Namespace) -> str:
    from app.commands import comparing

    return comparing.compare_pipelines(chosen.share, chosen.epochs)


def _queue(chosen: argparse.Namespace) -> str:
    from app.commands import queue_speed

    return queue_speed.measure()


def _fairness(chosen: argparse.Namespace) -> str:
    from app.commands import queue_fairness

    return queue_fairness.measure()


# The parts in their order: the section of docs/measurements.md, and what fills it.
PARTS: dict[str, tuple[str, Callable[[argparse.Namespace], str]]] = {
    "speed": ("bench", _speed),
    "queue": ("queue", _queue),
    "fairness": ("fairness", _fairness),
    "search": ("search", _search),
    "pipelines": ("pipelines", _pipelines),
}


def _warm_up(services: Services) -> None:
    for question in QUESTIONS:
        ask(services, question)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _pairs(one: Callable[[str], object], other: Callable[[str], object]) -> tuple[float, float]:
    """The median ratio of the two and the median seconds of the first, taken in turn so that drift hits both."""
    ratios, seconds = [], []
    for _ in range(ROUNDS):
        for question in QUESTIONS:
            first = _seconds(lambda question=question: one(question))  # type: ignore[misc]
            second = _seconds(lambda question=question: other(question))  # type: ignore[misc]
            ratios.append(first / second)
            seconds.append(first)
    return statistics.median(ratios), statistics.median(seconds)


def _turn_against_bot(services: Services) -> Line:
    def bot_only(question: str) -> object:
        return services.bot.ask(BotRequest(message_id=uuid4(), sender=uuid4(), text=question))

    ratio, seconds = _pairs(lambda question: ask(services, question), bot_only)
    return Line("a whole turn", "the bot's part of it", ratio, f"a turn took {seconds * 1000:.0f} ms here")


def _twenty_against_one(services: Services) -> Line:
    questions = [QUESTIONS[number % len(QUESTIONS)] for number in range(60)]
    ratios = []
    for _ in range(3):
        alone = _seconds(lambda: [ask(services, question) for question in questions])
        with ThreadPoolExecutor(20) as pool:
            together = _seconds(lambda pool=pool: list(pool.map(lambda question: ask(services, question), questions)))  # type: ignore[misc]
        ratios.append(alone / together)
    ratio = statistics.median(ratios)
    return Line("turns a second, 20 farmers at once", "one after the other", ratio, "above 1 is faster")


def _archive_against_empty(services: Services) -> Line:
    """Writing a message down must not cost more with a large archive: measured before and after it is filled."""
    before = statistics.median(_seconds(lambda: _write_one(services)) for _ in range(100))
    _fill_archive(services)
    after = statistics.median(_seconds(lambda: _write_one(services)) for _ in range(100))
    return Line(
        f"storing a message with {ARCHIVE:,} in the archive", "with an empty archive", after / before, "1 is ideal"
    )


def _write_one(services: Services) -> None:
    openid = f"bench-{uuid4()}"
    with services.database.transaction() as tx:
        inbox.write_down(tx, Incoming(openid, f"{openid}:1", Kind.TEXT, clock.now(), text="水稻"))


def _fill_archive(services: Services) -> None:
    """Many old messages of one farmer, written by the database itself."""
    openid = f"archive-{uuid4()}"
    with services.database.transaction() as tx:
        written = inbox.write_down(tx, Incoming(openid, f"{openid}:0", Kind.TEXT, clock.now(), text="水稻"))
        copied = [column for column in messages.c if column.name not in {"id", "seq", "key", "state"}]
        numbers = sa.func.generate_series(1, ARCHIVE).column_valued("number", joins_implicitly=True)
        tx.execute(
            messages.insert().from_select(
                ["id", "key", "state", *(column.name for column in copied)],
                sa.select(
                    sa.func.gen_random_uuid(),
                    sa.func.concat(openid, ":", numbers),
                    sa.literal("done"),
                    *copied,
                ).where(messages.c.id == written.message_id),
            )
        )
        tx.execute(farmers.update().where(farmers.c.openid == openid).values(following=False))
    with services.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE messages"))
