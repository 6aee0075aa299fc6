"""The figures of the experts' queue, held against a week worked out by hand."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from core.database import Database, Transaction
from handoff.history import Tally
from handoff.orders import FARMER
from handoff.states import Command, Kind
from reports.asked import asked, choices
from reports.case_times import Lengths
from reports.expert_work import Work, unevenness
from reports.period import Period
from reports.queue_figures import Figures, gather
from tests.conftest import Later
from tests.handoff import kit
from tests.reports import week
from tests.reports.week import COUNTY, OTHER_COUNTY, PERIOD, Week


@pytest.fixture
def figures(tx: Transaction, later: Later) -> Figures:
    week.happen(tx, later)
    return gather(tx, asked(PERIOD))


def hours(span: timedelta | None) -> float | None:
    """To the minute, since a test moves the clock to within a few milliseconds."""
    return None if span is None else round(round(span.total_seconds() / 60) / 60, 2)


def in_hours(lengths: Lengths) -> tuple[object, ...]:
    """How many, in time, late; the median and what nine in ten do not exceed, each by the clock and in working time."""
    pairs = [(hours(one.by_clock), hours(one.working)) if one else None for one in (lengths.typical, lengths.tenth)]
    return (lengths.many, lengths.in_time, lengths.late, *pairs)


def test_what_happened_is_counted(figures: Figures) -> None:
    assert (figures.opened, figures.answered, figures.resolved, figures.reopened) == (7, 5, 6, 1)
    assert (figures.transferred, figures.escalated) == (1, {2: 1})
    assert (figures.released_by_system, figures.released_by_people) == (1, 0)
    assert (figures.disputed_once, figures.disputed_again) == (1, 0)
    assert (figures.silent_after_answer, figures.silent_when_asked) == (1, 1)
    assert figures.overdue_now == 2
    assert dict(figures.outcomes) == {
        "solved": 1, "confirm": 1, "visit": 1, "remote": 1, "no_reply": 1, "referred": 1, "cancel": 1,
    }  # fmt: skip


def test_the_first_answer_is_timed_without_waiting_for_the_farmer(figures: Figures) -> None:
    assert in_hours(figures.first_answer) == (3, 2, 2, (6, 4), (31.5, 13))
    assert figures.first_answer.share_in_time == 50


def test_the_resolution_is_timed_by_how_long_it_was_with_us(figures: Figures) -> None:
    assert in_hours(figures.resolution) == (5, 5, 1, (2.5, 1), (31.5, 13))
    assert figures.resolution.share_in_time == 83


def test_every_offer_ends_in_one_way(figures: Figures) -> None:
    offers = figures.offers
    assert (offers.made, offers.accepted, offers.declined, offers.expired, offers.withdrawn, offers.open) == (
        5, 1, 2, 1, 1, 0,
    )  # fmt: skip
    assert offers.reasons == (("不是我的专业", 2),)
    assert hours(offers.until_accepted) == round(5 / 60, 2)


def test_only_the_last_rating_of_a_case_counts(figures: Figures) -> None:
    assert figures.ratings == {3: 1, 2: 0, 1: 1}


def test_the_work_of_each_expert(figures: Figures) -> None:
    wang, li = figures.experts
    assert (wang.name, wang.taken, wang.answered, wang.declined, wang.expired) == ("wang", 4, 2, 1, 0)
    assert (wang.disputes, wang.ratings, wang.held, wang.share_used) == (0, (3,), 0, 0)
    assert (hours(wang.on_duty), in_hours(wang.first_answers)[3]) == (18.5, (1, 1))
    assert (li.name, li.taken, li.answered, li.declined, li.expired) == ("li", 3, 2, 1, 1)
    assert (li.disputes, li.ratings, li.rating, li.held, li.share_used) == (1, (1,), 1, 1, 20)
    assert (hours(li.on_duty), in_hours(li.first_answers)[3]) == (30, (18.75, 8.5))


def test_the_load_is_compared_by_the_hour_on_duty(figures: Figures) -> None:
    """4 in 18.5 h and 3 in 30 h: 0.2162 and 0.1 an hour, a quarter of their difference divided by their mean twice."""
    assert figures.unevenness == 0.18


def test_each_day_has_what_came_and_what_was_left(figures: Figures) -> None:
    found = [(day.day.day, day.opened, day.answered, day.resolved, day.waiting) for day in figures.days]
    assert found == [
        (2, 3, 2, 2, 0),
        (3, 1, 1, 0, 1),
        (4, 1, 1, 0, 2),
        (5, 1, 1, 0, 1),
        (6, 0, 0, 1, 1),
        (7, 0, 0, 1, 2),
        (8, 1, 0, 2, 2),
    ]


def test_office_hours_with_nobody_on_duty_are_found(figures: Figures) -> None:
    coverage = figures.coverage
    assert (hours(coverage.office), hours(coverage.uncovered), coverage.share_covered) == (37.5, 4, 89)
    assert [gap.start.day for gap in coverage.gaps] == [4]


def test_the_figures_can_be_narrowed_to_a_county_a_kind_an_object_and_an_industry(
    tx: Transaction, later: Later
) -> None:
    week.happen(tx, later)

    def opened(**narrowed: str) -> int:
        return gather(tx, asked(PERIOD, **narrowed)).opened

    assert (opened(county=COUNTY), opened(county=OTHER_COUNTY)) == (6, 1)
    assert (opened(kind="need"), opened(kind="incident"), opened(kind="question")) == (1, 1, 5)
    assert (opened(object_="水稻"), opened(object_="柑橘"), opened(object_="果树"), opened(object_="茶叶")) == (
        1,
        6,
        6,
        0,
    )
    assert (opened(industry="粮食"), opened(industry="粮食", object_="柑橘")) == (1, 0)
    assert opened(county="nonsense", kind="nonsense", object_="nonsense", industry="nonsense") == 7
    only = gather(tx, asked(PERIOD, county=OTHER_COUNTY))
    assert (only.offers.made, only.escalated, only.overdue_now, only.days[-1].waiting) == (3, {2: 1}, 1, 1)
    assert (in_hours(only.first_answer), only.ratings) == ((0, 0, 1, None, None), {3: 0, 2: 0, 1: 0})


def test_what_can_be_chosen_is_what_occurs(tx: Transaction, later: Later) -> None:
    week.happen(tx, later)
    offered = choices(tx, PERIOD)
    assert [code for code, _ in offered.counties] == [COUNTY, OTHER_COUNTY]
    assert set(offered.objects) == {"柑橘", "水稻"}
    assert set(offered.industries) >= {"粮食"}


def test_a_period_in_which_nothing_happened_has_no_figures_and_breaks_nothing(tx: Transaction, later: Later) -> None:
    happened = week.begin(tx, later)
    happened.at("10 10:00")
    figures = gather(tx, asked(PERIOD))
    assert (figures.opened, figures.outcomes, figures.offers.made, figures.unevenness) == (0, (), 0, None)
    assert in_hours(figures.first_answer) == (0, 0, 0, None, None)
    assert (figures.first_answer.share_in_time, figures.offers.until_accepted) == (None, None)
    assert [day.waiting for day in figures.days] == [0] * 7
    assert figures.coverage.share_covered == 100


def test_a_period_to_come_has_no_days_and_no_office_hours(tx: Transaction, later: Later) -> None:
    week.begin(tx, later).at("10 10:00")
    figures = gather(tx, asked(Period(date(2026, 12, 1), date(2026, 12, 31))))
    assert (figures.days, figures.coverage.share_covered, figures.coverage.gaps) == ((), None, ())


def test_a_very_long_period_keeps_its_last_year() -> None:
    kept = asked(Period(date(2000, 1, 1), date(2026, 11, 8))).period
    assert (kept.first, kept.last) == (date(2025, 11, 8), date(2026, 11, 8))


def test_not_solved_again_is_told_apart_from_the_first_time(tx: Transaction, later: Later) -> None:
    happened = week.begin(tx, later)
    case = happened.opens("2 09:00")
    happened.does("2 09:00", case, happened.li, Command.CLAIM)
    for moment in ("2 10:00", "2 11:00"):
        happened.does(moment, case, happened.li, Command.ANSWER, text="先排水。")
        happened.does(moment, case, FARMER, Command.DISPUTE, text="没用")
    figures = gather(tx, asked(PERIOD))
    assert (figures.disputed_once, figures.disputed_again) == (1, 1)
    assert next(work for work in figures.experts if work.name == "li").disputes == 2


def test_what_goes_up_because_it_was_not_solved_again_counts_as_sent_up() -> None:
    again = Tally(date(2026, 11, 2), "dispute", False, "answered", "queued", 2, "", 1)
    first = Tally(date(2026, 11, 2), "dispute", False, "answered", "active", 1, "", 1)
    assert (again.goes_up, first.goes_up) == (True, False)


def test_a_farmer_who_is_waited_for_makes_nobody_late(tx: Transaction, later: Later) -> None:
    happened = week.begin(tx, later)
    case = happened.opens("2 09:00")
    happened.does("2 09:00", case, happened.li, Command.CLAIM)
    happened.does("2 09:30", case, happened.li, Command.ASK_FARMER, text="请拍照")
    happened.at("6 17:00")
    assert in_hours(gather(tx, asked(PERIOD)).first_answer) == (0, 0, 0, None, None)


def test_what_was_merged_into_another_case_has_no_times(tx: Transaction, later: Later) -> None:
    happened = week.begin(tx, later)
    happened.at("2 09:00")
    one, other = kit.opened(tx), kit.opened(tx)
    happened.does("6 17:00", one, happened.chen, Command.MERGE, into=other.id)
    figures = gather(tx, asked(PERIOD))
    assert (figures.opened, figures.first_answer.late, figures.resolution.late) == (2, 1, 0)


def test_a_reason_that_only_one_person_gave_is_not_repeated(tx: Transaction, later: Later) -> None:
    happened = week.begin(tx, later)
    case = happened.opens("2 09:00")
    for moment, reason in (("2 09:01", "太远"), ("2 09:02", "老赵头我不熟"), ("2 09:03", " 太远 "), ("2 09:04", "忙")):
        happened.does(moment, case, kit.SYSTEM, Command.OFFER, to=happened.li.id)
        happened.does(moment, case, happened.li, Command.DECLINE, reason=reason)
    assert gather(tx, asked(PERIOD)).offers.reasons == (("太远", 2), ("", 2))


def work(taken: int, on_duty: int) -> Work:
    nothing = Lengths(0, 0, 0, None, None)
    return Work(week.uuid4(), "x", 0, 5, timedelta(hours=on_duty), taken, 0, 0, 0, 0, (), nothing)


@pytest.mark.parametrize(
    ("loads", "gini"),
    [
        ([(3, 10), (3, 10)], 0),
        ([(3, 10), (6, 20)], 0),  # as many in an hour
        ([(4, 10), (0, 10)], 0.5),
        ([(8, 10), (0, 10), (0, 10), (0, 10)], 0.75),
        ([(8, 10), (0, 0)], None),  # one alone
        ([(0, 10), (0, 10)], None),
    ],
)
def test_unevenness_is_a_gini_coefficient(loads: list[tuple[int, int]], gini: float | None) -> None:
    assert unevenness([work(*load) for load in loads]) == gini


_OLD = sa.text(
    """
    INSERT INTO cases (id, number, kind, state, urgency, rank, conversation_id, farmer_id, question, opened_at, due_at,
                       resolve_by, state_at, last_farmer_at, ended_at, outcome)
    SELECT gen_random_uuid(), 'OLD-' || n, 'question', 'resolved', '一般', 2, gen_random_uuid(), :farmer, '旧', at, at, at, at, at, at, 'remote'
    FROM (SELECT n, timestamptz '2020-01-01' + n * interval '20 minutes' AS at FROM generate_series(1, 20000) n) old;
    """
)
_LOG = sa.text(
    """
    INSERT INTO case_events (case_id, seq, at, command, who, actor_name, from_state, to_state, level, epoch)
    SELECT id, seq, opened_at, 'note', 'system', 'x', 'resolved', 'resolved', 1, 0
    FROM cases, generate_series(1, 5) seq WHERE number LIKE 'OLD-%'
    """
)


def test_old_cases_are_not_read(database: Database, later: Later) -> None:
    """With a hundred thousand old events beside it, a week reads only its own: no table is gone through row by row."""
    with database.transaction() as tx:
        happened: Week = week.happen(tx, later)
        farmer = tx.execute(sa.text("SELECT id FROM farmers LIMIT 1")).scalar_one()
        tx.execute(_OLD, {"farmer": farmer})
        tx.execute(_LOG)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE cases, case_events"))
    with database.transaction() as tx:
        read_before = _rows_read(tx)
        figures = gather(tx, asked(PERIOD))
        read = {name: many - read_before[name] for name, many in _rows_read(tx).items()}
    assert figures.opened == 7
    assert happened.li.name
    assert all(many == 0 for many in read.values()), read


def _rows_read(tx: Transaction) -> dict[str, int]:
    """How many rows this transaction has read by going through whole tables."""
    rows = tx.execute(
        sa.text("SELECT relname, seq_tup_read FROM pg_stat_xact_user_tables WHERE relname IN ('cases', 'case_events')")
    )
    return {row.relname: row.seq_tup_read for row in rows}


def test_kinds_are_told_in_words() -> None:
    told = asked(PERIOD, county=COUNTY, kind=Kind.NEED, object_="柑橘").told
    assert told == "2026-11-02至2026-11-08，广东省韶关市乳源瑶族自治县，需求，柑橘"
