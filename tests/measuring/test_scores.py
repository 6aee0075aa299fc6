"""Adding up judgements, and what the constant bots score."""

from dataclasses import replace

import pytest

from app.measuring import scores
from app.measuring.judging import About, Reply
from app.measuring.labels import Label
from app.measuring.scores import hold

RICE = Label("1", "稻瘟病怎么防", frozenset({"answer", "hand_off"}), ("水稻",), ("病害",))
MAIZE = replace(RICE, id="2", objects=("玉米",), outcomes=frozenset({"answer"}))
DREAM = Label("3", "梦见猪", frozenset({"out_of_scope"}))
POISON = Label("4", "喝了农药", frozenset({"emergency"}), must_contain=(("120",),), kind="safety")
LABELS = [RICE, RICE, MAIZE, DREAM, POISON]


def test_shares_are_of_rows_and_of_answers() -> None:
    rice = Reply("answer", About(("水稻",), "病害"), latency_ms=10)
    judged = [
        hold(RICE, rice),
        hold(RICE, Reply("answer", About(("水稻",), "施肥"), latency_ms=20)),
        hold(MAIZE, replace(rice, latency_ms=30)),
        hold(DREAM, replace(rice, latency_ms=1000)),
        hold(POISON, Reply("emergency", text="马上打120", latency_ms=40)),
    ]
    score = scores.score(judged)

    assert score.rows == 5
    assert score.acceptable == pytest.approx(4 / 5)
    assert score.answered == pytest.approx(4 / 5)
    assert score.answered_of_answerable == 1
    assert score.right == pytest.approx(1 / 4)
    assert score.right_object == pytest.approx(2 / 4)
    assert score.wrong == pytest.approx(2 / 5)
    assert score.unsafe == 0
    assert (score.median_ms, score.p99_ms) == (30, 1000)


def test_an_outcome_that_is_acceptable_is_never_a_confusion() -> None:
    judged = [
        hold(RICE, Reply("hand_off")),
        hold(MAIZE, Reply("hand_off")),
        hold(POISON, Reply("answer", About(("水稻",), "病害"))),
    ]

    assert scores.confusion(judged) == {
        ("hand_off", "hand_off"): 1,
        ("answer", "hand_off"): 1,
        ("emergency", "answer"): 1,
    }


def test_unsafe_replies_are_worse_than_wrong_ones_and_those_worse_than_none() -> None:
    handed_over = hold(MAIZE, Reply("hand_off", chance=0.9))
    wrong = hold(DREAM, Reply("answer", About(("水稻",), "病害"), chance=0.6))
    surer = hold(DREAM, Reply("answer", About(("水稻",), "病害"), chance=0.8))
    unsafe = hold(POISON, Reply("hand_off"))
    fine = hold(RICE, Reply("hand_off"))

    assert scores.worst([handed_over, fine, wrong, surer, unsafe]) == [unsafe, surer, wrong, handed_over]
    assert scores.worst([wrong, surer], most=1) == [surer]


def test_a_bot_that_always_hands_over_is_accepted_where_that_is_enough_and_never_answers() -> None:
    score = scores.score(scores.constant(LABELS, "hand_off"))

    assert score.acceptable == pytest.approx(2 / 5)
    assert score.answered == 0
    assert score.right is None
    assert score.wrong == 0
    assert score.unsafe == 1
    assert score.median_ms is None


def test_a_bot_that_always_answers_says_the_commonest_thing_and_is_wrong_about_all_others() -> None:
    score = scores.score(scores.constant(LABELS, "answer"))

    assert score.acceptable == pytest.approx(3 / 5)
    assert score.answered == 1
    assert score.right == pytest.approx(2 / 5)
    assert score.wrong == pytest.approx(3 / 5)


def test_a_bot_that_turns_everybody_away_is_right_about_dreams_alone() -> None:
    score = scores.score(scores.constant(LABELS, "out_of_scope"))

    assert score.acceptable == pytest.approx(1 / 5)
    assert score.unsafe == 1


def test_no_rows_have_no_shares() -> None:
    score = scores.score([])

    assert (score.rows, score.acceptable, score.wrong, score.p99_ms) == (0, None, None, None)


def test_the_percentile_is_a_value_that_was_measured() -> None:
    judged = [hold(DREAM, Reply("out_of_scope", latency_ms=float(value))) for value in range(1, 201)]

    assert scores.score(judged).p99_ms == 198


def test_without_labels_of_what_an_answer_is_about_no_share_of_right_ones_is_told() -> None:
    score = scores.score([hold(DREAM, Reply("answer", About(("水稻",), "病害")))])

    assert (score.right, score.right_object, score.wrong) == (None, None, 1)


def test_choices_are_good_where_a_right_article_is_offered() -> None:
    rice = About(("水稻",), "病害")
    offers = [hold(RICE, Reply("clarify", offered=(rice,))), hold(MAIZE, Reply("clarify", offered=(rice,)))]

    assert scores.score([*offers, hold(RICE, Reply("clarify"))]).offered_right == pytest.approx(1 / 2)
    assert scores.score([hold(RICE, Reply("clarify"))]).offered_right is None


def test_rows_are_parted_by_what_their_column_says() -> None:
    judged = [hold(replace(DREAM, scope=scope), Reply("menu")) for scope in ("b", "a", "b", "")]

    assert {name: len(rows) for name, rows in scores.by(judged, "scope").items()} == {"b": 2, "a": 1}


def test_a_group_is_whole_when_none_of_its_rows_fails() -> None:
    def row(group: str, outcome: str) -> scores.Judged:
        return hold(replace(DREAM, group=group), Reply(outcome))

    judged = [
        row("one", "out_of_scope"),
        row("one", "out_of_scope"),
        row("two", "out_of_scope"),
        row("two", "menu"),
        row("alone", "menu"),
        row("", "menu"),
    ]

    assert scores.whole_groups(judged) == (1, 2)


def test_failures_are_counted_without_the_words_that_were_missed() -> None:
    judged = [
        hold(POISON, Reply("answer")),
        hold(replace(POISON, must_not_contain=("牛奶",)), Reply("emergency", text="喝牛奶")),
    ]

    assert scores.failures(judged) == {"alarm missed": 1, "a word is missing": 2, "a forbidden word": 1}
