"""Filing a need: once a message, with a number of its own."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core import clock
from core.database import Database, Transaction
from core.errors import NotFound
from needs import filed, review
from needs.filed import Need
from needs.statuses import REVIEW_WITHIN, URGENCIES, Status
from tests.conftest import Later
from tests.needs.kit import coordinator, facts, filed_need, filing, need_in


def test_a_filed_need_keeps_what_the_farmer_said(tx: Transaction) -> None:
    need = filed_need(tx, scale="5亩", encrypted_phone=b"encrypted")
    assert need == filed.get(tx, need.id) == filed.numbered(tx, need.number)
    assert (need.status, need.object, need.scale, need.visit, need.has_phone) == (
        Status.SUBMITTED, "柑橘", "5亩", True, True
    )  # fmt: skip
    assert (need.place_code, need.place_said) == ("440232109", "乳源大桥镇")
    assert need.said == ("我要申请专家下乡", "柑橘叶子发黄")
    assert need.title == "技术指导·柑橘"
    assert filed.encrypted_phone(tx, need.id) == b"encrypted"
    assert [fact.topic for fact in facts(tx)] == ["need_filed"]
    assert [(event.seq, event.command, event.to_status) for event in filed.events(tx, need.id)] == [
        (1, "file", "submitted")
    ]


@pytest.mark.parametrize(
    ("place", "county"), [("乳源大桥镇", "440232"), ("渝北", "500112"), ("韶关", "000000"), ("不知道哪里", "000000")]
)
def test_a_number_says_county_day_and_how_many_before(tx: Transaction, place: str, county: str) -> None:
    day = f"{clock.now().astimezone(review._CHINA):%Y%m%d}"
    numbers = [filed_need(tx, place=place).number for _ in range(2)]
    assert numbers == [f"XQ-{county}-{day}-0001", f"XQ-{county}-{day}-0002"]


def test_the_count_begins_again_with_the_day_in_china_and_the_county(tx: Transaction, later: Later) -> None:
    first, elsewhere = filed_need(tx), filed_need(tx, place="渝北")
    later(days=1)
    assert [need.number[-4:] for need in (first, elsewhere, filed_need(tx))] == ["0001"] * 3


def test_a_message_files_one_need_however_often_it_is_carried_out(tx: Transaction) -> None:
    once = filing(tx)
    assert review.file(tx, once) == review.file(tx, once)
    assert len(filed.listed(tx)) == 1
    assert [fact.topic for fact in facts(tx)] == ["need_filed"]


def test_twenty_needs_filed_at_once_have_twenty_numbers(database: Database) -> None:
    together = threading.Barrier(20)

    def file(number: int) -> Need:
        together.wait()
        with database.transaction() as tx:
            return filed_need(tx, openid=f"o-farmer{number}")

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(file, range(20)))
    assert sorted(int(need.number[-4:]) for need in found) == list(range(1, 21))


def test_a_message_carried_out_by_two_at_once_files_one_need(database: Database) -> None:
    with database.transaction() as tx:
        once = filing(tx)
    together = threading.Barrier(3)

    def file(_: int) -> str:
        together.wait()
        try:
            with database.transaction() as tx:
                review.file(tx, once)
        except Exception as error:
            return type(error).__name__
        return "filed"

    with ThreadPoolExecutor(3) as pool:
        came = Counter(pool.map(file, range(3)))
    assert came["filed"] >= 1
    assert set(came) <= {"filed", "IntegrityError"}
    with database.transaction() as tx:
        assert len(filed.listed(tx)) == 1


@pytest.mark.parametrize("urgency", URGENCIES)
def test_a_need_is_looked_at_sooner_the_more_urgent_it_is(tx: Transaction, urgency: str) -> None:
    need = filed_need(tx, urgency=urgency)
    assert need.due_at - need.filed_at == REVIEW_WITHIN[urgency]
    assert REVIEW_WITHIN["特急"] < REVIEW_WITHIN["急"] < REVIEW_WITHIN["一般"] <= REVIEW_WITHIN["可排期"]


def test_needs_are_listed_as_they_must_be_looked_at_and_a_farmers_latest_first(tx: Transaction, later: Later) -> None:
    normal = filed_need(tx)
    later(hours=1)
    urgent = filed_need(tx, urgency="急")
    foreign = filed_need(tx, openid="o-other", urgency="特急")
    ended = need_in(tx, Status.CANCELLED, coordinator(tx))
    listed = [need.number for need in filed.listed(tx)]
    assert listed[:3] == [foreign.number, urgent.number, normal.number]
    assert ended.number not in listed
    assert [need.number for need in filed.listed(tx, {Status.CANCELLED})] == [ended.number]
    mine = [need.number for need in filed.of_farmer(tx, normal.farmer_id)]
    assert foreign.number not in mine
    assert mine.index(urgent.number) < mine.index(normal.number)
    assert filed.counts(tx)[Status.CANCELLED] == 1


def test_a_need_like_this_one_has_the_same_thing_and_town_or_farmer(tx: Transaction, later: Later) -> None:
    old = filed_need(tx)
    later(days=31)
    need, here = filed_need(tx), filed_need(tx, openid="o-neighbour")
    mine, foreign = filed_need(tx, place="渝北"), filed_need(tx, openid="o-other", place="渝北")
    other = filed_need(tx, object="水稻")
    alike = {found.number for found in filed.like(tx, need)}
    assert alike == {here.number, mine.number}
    assert not alike & {need.number, old.number, foreign.number, other.number}


def test_a_need_that_does_not_exist_is_not_found(tx: Transaction) -> None:
    with pytest.raises(NotFound):
        filed.numbered(tx, "XQ-440232-20261122-0001")
    with pytest.raises(NotFound):
        filed.get(tx, filing(tx).conversation_id)


def test_the_need_returned_last_is_the_one_that_waits_for_the_farmer(tx: Transaction, later: Later) -> None:
    chen = coordinator(tx)
    first = need_in(tx, Status.RETURNED, chen)
    assert filed.returned_to(tx, first.farmer_id) == first
    later(minutes=1)
    second = need_in(tx, Status.RETURNED, chen)
    assert filed.returned_to(tx, first.farmer_id) == second
    review.apply(tx, second.id, review.Command.REPLY, review.FARMER, review.Said(text="5亩"))
    assert filed.returned_to(tx, first.farmer_id) == first
    assert clock.now() - first.filed_at >= timedelta(minutes=1)
