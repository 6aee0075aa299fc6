"""Finding cases: by words, by other names for them, by what stands in notes; never by a telephone number."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from core import clock, people
from core.database import Database, Transaction
from core.people import Role, Staff
from handoff import cases, machine, search, search_words
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Opening, Said
from handoff.states import Command, Kind
from handoff.tables import case_words
from handoff.tables import cases as cases_table
from tests.conftest import Later
from tests.core.kit import member
from tests.handoff.kit import expert

PHONE = "13812345678"


def ask(tx: Transaction, question: str, *, openid: str = "o-farmer", kind: Kind = Kind.QUESTION, **about: Any) -> Case:
    opening = Opening(
        kind=kind, conversation_id=uuid4(), farmer_id=people.meet(tx, openid).id, question=question, reason="asked", **about
    )  # fmt: skip
    return machine.open_case(tx, opening, FARMER)


@pytest.fixture
def wang(tx: Transaction) -> Actor:
    return expert(tx, capacity=50)


@pytest.fixture
def chief(tx: Transaction) -> Staff:
    return member(tx, "chen", Role.COORDINATOR)


def found(tx: Transaction, query: str, staff: Staff) -> list[Case]:
    return [one.case for one in search.find(tx, query, staff)]


def answered(
    tx: Transaction, case: Case, by: Actor, text: str, *, outcome: str = "remote", asked_first: str = ""
) -> Case:
    machine.apply(tx, case.id, Command.CLAIM, by)
    if asked_first:
        machine.apply(tx, case.id, Command.ASK_FARMER, by, Said(asked_first))
    machine.apply(tx, case.id, Command.ANSWER, by, Said(text))
    return machine.apply(tx, case.id, Command.RESOLVE, by, Said(outcome=outcome))


def test_a_case_is_found_by_what_anybody_said_in_it(tx: Transaction, wang: Actor, chief: Staff) -> None:
    other = ask(tx, "鸭子不下蛋")
    case = ask(tx, "水稻叶子上有梭子形的斑", object="水稻", problem="稻瘟病", place_code="440232109")
    machine.apply(tx, case.id, Command.ADD, FARMER, Said("昨天下了大雨"))
    machine.apply(tx, case.id, Command.CLAIM, wang)
    machine.apply(tx, case.id, Command.NOTE, wang, Said("品种是丝苗米，郑单958也有"))
    machine.apply(tx, case.id, Command.ANSWER, wang, Said("喷三环唑"))
    for query in (
        "梭子形", "大雨", "丝苗米", "三环唑", "稻瘟", "水稻 大雨", "大桥镇", "乳源", "水稻", "稻", "958", "稻瘟病 三环唑",
        case.number, case.number[-4:], case.number.lower(),
    ):  # fmt: skip
        assert found(tx, query, chief) == [case_now(tx, case)], query
    assert found(tx, "鸭子", chief) == [case_now(tx, other)]
    for query in ("柑橘", "", "   ", "龙卷风", "'|&!:*()\\", "\x00"):
        assert found(tx, query, chief) == [], query


def case_now(tx: Transaction, case: Case) -> Case:
    return cases.get(tx, case.id)


def test_another_name_for_the_same_is_found_but_after_the_same_name(
    tx: Transaction, chief: Staff, later: Later
) -> None:
    exact = ask(tx, "玉米叶子黄了")
    later(minutes=1)
    other = ask(tx, "苞谷叶子黄了")
    traditional = ask(tx, "雞不吃食")
    assert found(tx, "玉米", chief) == [exact, other]
    assert found(tx, "苞谷", chief) == [other, exact]
    assert found(tx, "鸡", chief) == [traditional]


def test_what_holds_more_of_the_query_comes_first_and_of_equals_the_newest(
    tx: Transaction, chief: Staff, later: Later
) -> None:
    both = ask(tx, "柑橘黄叶")
    later(minutes=1)
    older = ask(tx, "柑橘落果")
    later(minutes=1)
    newer = ask(tx, "柑橘落果")
    assert found(tx, "柑橘 黄叶", chief)[0] == both
    assert found(tx, "柑橘落果", chief)[:2] == [newer, older]
    assert both not in found(tx, "柑橘落果冻害裂果", chief)


@pytest.mark.parametrize(
    "written", [PHONE, "138 1234 5678", "138-1234-5678", f"电话是{PHONE}x", "0751-5281234", "微信wx5281234"]
)
def test_nobody_is_found_by_a_telephone_number(tx: Transaction, chief: Staff, written: str) -> None:
    case = ask(tx, f"柑橘黄叶，{written}")
    for query in (PHONE, "138 1234 5678", "5678", "1381234", "5281234", "wx5281234", "1234"):
        assert found(tx, query, chief) == [], query
    assert found(tx, "柑橘", chief) == [case]


def test_a_farmer_is_found_by_name_until_the_name_is_forgotten(tx: Transaction, chief: Staff) -> None:
    case = ask(tx, "柑橘黄叶")
    ask(tx, "柑橘黄叶", openid="o-other")
    people.remember(tx, case.farmer_id, called="老赵")
    assert found(tx, "老赵", chief) == [case]
    people.remember(tx, case.farmer_id, called="")
    assert found(tx, "老赵", chief) == []


def test_incidents_are_found_by_coordinators_only(tx: Transaction, wang: Actor, chief: Staff) -> None:
    case = ask(tx, "我爸打药头晕", kind=Kind.INCIDENT, openid="o-ill")
    people.remember(tx, case.farmer_id, called="老钱")
    farmhand = people.member(tx, wang.id or uuid4())
    for query in ("头晕", "老钱", case.number):
        assert found(tx, query, chief) == [case]
        assert found(tx, query, farmhand) == []


def test_what_is_merged_is_found_in_the_case_it_went_into(tx: Transaction, chief: Staff) -> None:
    first, second = ask(tx, "柑橘黄叶"), ask(tx, "果子裂开了")
    machine.apply(tx, second.id, Command.MERGE, Actor.staff(chief), Said(into=first.id))
    assert case_now(tx, first) in found(tx, "果子裂开", chief)


def test_words_that_are_taken_back_with_their_transaction_are_not_found(database: Database) -> None:
    with database.transaction() as tx:
        chief, case = member(tx, "chen", Role.COORDINATOR), ask(tx, "柑橘黄叶")
    with database.transaction() as tx, tx.begin_nested() as half:
        machine.apply(tx, case.id, Command.ADD, FARMER, Said("下了冰雹"))
        assert found(tx, "冰雹", chief) != []
        half.rollback()
    with database.transaction() as tx:
        assert found(tx, "冰雹", chief) == []


# --- cases from before there was an index


def test_cases_without_words_are_caught_up_with_in_portions(tx: Transaction, chief: Staff) -> None:
    asked = [ask(tx, f"柑橘黄叶{n}") for n in range(5)]
    tx.execute(case_words.delete())
    assert found(tx, "柑橘", chief) == []
    assert search.catch_up(tx, most=3) == 3
    assert len(found(tx, "柑橘", chief)) == 3
    assert search.catch_up(tx, most=3) == 2
    assert search.catch_up(tx, most=3) == 0
    assert {case.id for case in found(tx, "柑橘", chief)} == {case.id for case in asked}


def test_a_case_without_words_that_is_written_into_gets_all_of_them(tx: Transaction, chief: Staff) -> None:
    case = ask(tx, "柑橘黄叶")
    tx.execute(case_words.delete())
    machine.apply(tx, case.id, Command.ADD, FARMER, Said("下了冰雹"))
    for query in ("柑橘", "冰雹", "柑橘 冰雹"):
        assert [one.id for one in found(tx, query, chief)] == [case.id]


def test_catching_up_leaves_alone_what_somebody_is_writing_into(database: Database) -> None:
    with database.transaction() as tx:
        busy, free = ask(tx, "柑橘黄叶"), ask(tx, "柑橘落果", openid="o-2")
        tx.execute(case_words.delete())

    def catch_up() -> int:
        with database.transaction() as tx:
            return search.catch_up(tx)

    with ThreadPoolExecutor(1) as pool, database.transaction() as tx:
        tx.execute(sa.select(cases_table.c.id).where(cases_table.c.id == busy.id).with_for_update())
        assert pool.submit(catch_up).result(timeout=10) == 1
    with database.transaction() as tx:
        assert tx.execute(sa.select(case_words.c.case_id)).scalar_one() == free.id


def test_a_search_uses_the_index(tx: Transaction, chief: Staff) -> None:
    ask(tx, "柑橘黄叶")
    tx.execute(sa.text("SET LOCAL enable_seqscan = off"))
    asked = search_words.terms("柑橘黄叶")
    plan = tx.execute(
        sa.text("EXPLAIN SELECT case_id FROM case_words WHERE words @@ CAST(:q AS tsquery)"),
        {"q": search_words.any_of(asked)},
    )
    assert "ix_case_words_words" in "".join(row[0] for row in plan)


# --- similar ones


def test_similar_cases_are_about_the_same_and_were_answered(tx: Transaction, wang: Actor, later: Later) -> None:
    at = clock.now()
    like = answered(
        tx, ask(tx, "柑橘新叶发黄", object="柑橘"), wang, f"缺铁，喷硫酸亚铁。问我{PHONE}", asked_first="多大？"
    )
    other_crop = answered(tx, ask(tx, "辣椒新叶发黄", object="辣椒"), wang, "缺铁")
    other_words = answered(tx, ask(tx, "柑橘怎么卖得出去", object="柑橘"), wang, "找合作社")
    unsolved = answered(tx, ask(tx, "柑橘新叶发黄", object="柑橘"), wang, "不知道", outcome="unsolved")
    unanswered = machine.apply(tx, ask(tx, "柑橘新叶发黄", object="柑橘").id, Command.CLAIM, wang)
    incident = answered(tx, ask(tx, "柑橘新叶发黄", object="柑橘", kind=Kind.INCIDENT), wang, "已处理")
    later(minutes=5)
    newer = answered(tx, ask(tx, "柑橘新叶发黄", object="柑橘"), wang, "先看根")
    case = ask(tx, "柑橘的新叶发黄，怎么办", object="柑橘")
    past = search.similar(tx, case)
    assert [one.case.id for one in past] == [newer.id, like.id]
    assert past[1].answer == "缺铁，喷硫酸亚铁。问我138****5678"
    assert past[1].expert == wang.name
    assert past[0].case.opened_at > at + timedelta(minutes=4)
    assert not {one.case.id for one in past} & {
        one.id for one in (other_crop, other_words, unsolved, unanswered, incident)
    }
    assert [one.case.id for one in search.similar(tx, case, most=1)] == [newer.id]


def test_the_last_answer_counts_not_what_was_asked_after_it(tx: Transaction, wang: Actor) -> None:
    case = ask(tx, "柑橘新叶发黄", object="柑橘")
    machine.apply(tx, case.id, Command.CLAIM, wang)
    machine.apply(tx, case.id, Command.ANSWER, wang, Said("第一次的答复"))
    machine.apply(tx, case.id, Command.DISPUTE, FARMER, Said("没用"))
    machine.apply(tx, case.id, Command.ANSWER, wang, Said("第二次的答复"))
    machine.apply(tx, case.id, Command.FARMER_REPLIES, FARMER, Said("好的"))
    machine.apply(tx, case.id, Command.ASK_FARMER, wang, Said("好了吗？"))
    machine.apply(tx, case.id, Command.RESOLVE, wang, Said(outcome="remote"))
    assert [one.answer for one in search.similar(tx, ask(tx, "柑橘叶子发黄", object="柑橘"))] == ["第二次的答复"]


def test_a_case_without_a_crop_is_compared_by_its_words_and_an_incident_with_nothing(
    tx: Transaction, wang: Actor
) -> None:
    like = answered(tx, ask(tx, "叶子上有白粉", object="黄瓜"), wang, "白粉病")
    assert [one.case.id for one in search.similar(tx, ask(tx, "叶子上有一层白粉"))] == [like.id]
    assert search.similar(tx, ask(tx, "叶子上有白粉", kind=Kind.INCIDENT)) == []
    assert search.similar(tx, ask(tx, "")) == []


def test_a_text_is_marked_where_it_says_what_was_asked() -> None:
    pieces = search_words.marked("我家苞谷发黄，玉米也是", "玉米")
    assert [text for text, is_asked in pieces if is_asked] == ["苞谷", "玉米"]
    assert "".join(text for text, _ in pieces) == "我家苞谷发黄，玉米也是"
    assert search_words.marked("", "玉米") == []
    assert search_words.marked("没有", "玉米") == [("没有", False)]
