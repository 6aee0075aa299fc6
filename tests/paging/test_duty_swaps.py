"""A swap that is asked for is heard of by colleagues, and its being taken by whose duty it was; each of it once."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from core import clock
from core.database import Database
from paging import duty_swaps
from registry import roster, swaps
from tests.conftest import Later
from tests.handoff.kit import expert
from tests.paging.kit import SpyPager, coordinator, reach, run, told, topics


def noon() -> datetime:
    """A round moment tomorrow."""
    return (clock.now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def team(database: Database, later: Later) -> dict[str, UUID]:
    """Three experts and a coordinator; 王 has a duty tomorrow, as the others have."""
    with database.transaction() as tx:
        found = {name: expert(tx, name).id for name in ("wang", "li", "zhao")}
        for one in found.values():
            assert one
            reach(tx, one)
            roster.plan_single(tx, one, noon(), noon() + timedelta(hours=4))
        return {name: one for name, one in found.items() if one} | {"chen": coordinator(tx)}


def offered(database: Database, team: dict[str, UUID]) -> UUID:
    with database.transaction() as tx:
        return swaps.offer(tx, team["wang"], noon(), noon() + timedelta(hours=4), note="孩子开家长会")


def test_every_other_expert_hears_of_it_once(database: Database, team: dict[str, UUID]) -> None:
    offered(database, team)
    assert duty_swaps.look(database) == 2
    assert duty_swaps.look(database) == 0
    assert {name for name, one in team.items() if topics(database, one)} == {"li", "zhao"}
    (notice,) = told(database, team["li"])
    assert "孩子开家长会" in notice.text
    assert notice.path == "/roster"


def test_who_takes_it_ends_the_asking_and_its_holder_is_told(database: Database, team: dict[str, UUID]) -> None:
    swap = offered(database, team)
    duty_swaps.look(database)
    with database.transaction() as tx:
        swaps.take(tx, swap, team["li"])
    assert duty_swaps.look(database) == 1
    assert duty_swaps.look(database) == 0
    assert topics(database, team["zhao"]) == []
    assert topics(database, team["li"]) == []
    assert topics(database, team["wang"]) == ["swap_taken"]
    pager = SpyPager()
    run(database, pager)
    assert [title for title in pager.titles if "接了您" in title]


def test_what_is_taken_back_is_told_nobody_any_more(database: Database, team: dict[str, UUID]) -> None:
    swap = offered(database, team)
    duty_swaps.look(database)
    with database.transaction() as tx:
        swaps.take_back(tx, swap, team["wang"])
    duty_swaps.look(database)
    pager = SpyPager()
    run(database, pager)
    assert pager.sent == []


def test_what_begins_soon_is_told_at_any_hour(database: Database, team: dict[str, UUID], later: Later) -> None:
    """Off duty people hear of tomorrow's when they are on duty, and of tonight's at once."""
    offered(database, team)
    duty_swaps.look(database)
    (notice,) = told(database, team["li"])
    assert not notice.any_hour
    later(hours=13)
    soon = clock.now() + timedelta(hours=1)
    with database.transaction() as tx:
        roster.plan_single(tx, team["zhao"], soon, soon + timedelta(hours=2))
        swaps.offer(tx, team["zhao"], soon, soon + timedelta(hours=2))
    duty_swaps.look(database)
    assert {notice.any_hour for notice in told(database, team["wang"])} == {True}
