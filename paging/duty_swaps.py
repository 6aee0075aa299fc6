"""Swaps of duties: colleagues hear that somebody would like to be relieved, and that person hears who has taken the duty."""

from datetime import timedelta

from core import clock, people
from core.database import Database, Transaction
from paging import notices, whom, wording
from paging.notices import News
from paging.rules import Chain
from registry import experts, swaps
from registry.swaps import Swap

_WANTED = "swap_wanted"
_BEGINS_SOON = timedelta(hours=12)
_TAKEN_WITHIN = timedelta(minutes=15)


def look(database: Database) -> int:
    """Tell of every swap that is asked for or was just taken, each once and to each person; the number told."""
    with database.transaction() as tx:
        wanted = swaps.open_now(tx)
        notices.settle_all_but(tx, _WANTED, {_cause(one) for one in wanted})
        taken = swaps.taken_since(tx, clock.now() - _TAKEN_WITHIN)
        return sum(_tell_colleagues(tx, one) for one in wanted) + sum(_tell_whose_it_was(tx, one) for one in taken)


def _cause(swap: Swap) -> str:
    return f"{_WANTED}:{swap.id}"


def _hurries(swap: Swap) -> bool:
    """What begins soon is told at any hour, the rest when people are on duty."""
    return swap.start - clock.now() < _BEGINS_SOON


def _tell_colleagues(tx: Transaction, swap: Swap) -> int:
    """Every expert but the one who asks."""
    news = News(
        cause=_cause(swap),
        topic=_WANTED,
        importance=Chain.ORDINARY,
        title=wording.swap_wanted(people.member(tx, swap.staff_id).name, swap.start),
        text=wording.swap_wanted_text(swap.start, swap.end, swap.note),
        path=wording.ROSTER,
        any_hour=_hurries(swap),
    )
    colleagues = [one.staff_id for one in experts.everyone(tx) if one.staff_id != swap.staff_id]
    return sum(notices.tell(tx, one, news) for one in colleagues if whom.is_here(tx, one))


def _tell_whose_it_was(tx: Transaction, swap: Swap) -> bool:
    assert swap.taken_by is not None, "only swaps that were taken are told as taken"
    news = News(
        cause=f"swap_taken:{swap.id}",
        topic="swap_taken",
        importance=Chain.ORDINARY,
        title=wording.swap_taken(people.member(tx, swap.taken_by).name, swap.start),
        text=wording.swap_taken_text(swap.start, swap.end),
        path=wording.ROSTER,
        any_hour=True,  # the duty they would have heard it on is the one they no longer have
    )
    return notices.tell(tx, swap.staff_id, news)
