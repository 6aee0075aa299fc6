"""Holding one reply against its label."""

from dataclasses import replace

import pytest

from app.measuring.judging import About, Fit, Reply, judge, reply_from
from app.measuring.labels import Label
from knowledge.names import NameBook, Thing

BOOK = NameBook(
    things=[
        Thing("果树", "group", "果树", (), ()),
        Thing("柑橘", "crop", "果树", (), ("果树",)),
        Thing("柚子", "crop", "果树", (), ("柑橘",)),
        Thing("水稻", "crop", "粮食", (), ()),
        Thing("玉米", "crop", "粮食", (), ()),
        Thing("尿素", "input", "投入品", (), ("肥料",)),
        Thing("肥料", "input", "投入品", (), ()),
        Thing("拖拉机", "machine", "农机", (), ()),
    ],
    problems=(),
    operations=(),
    not_names=(),
)
RICE = Label("1", "稻瘟病怎么防", frozenset({"answer"}), ("水稻",), ("病害",))


def answered(*objects: str, topic: str = "病害", text: str = "") -> Reply:
    return Reply("answer", About(objects, topic), text)


def fit(label: Label, reply: Reply) -> Fit | None:
    return judge(label, reply, BOOK).fit


def test_an_article_about_the_same_object_and_topic_is_right() -> None:
    judgement = judge(RICE, answered("水稻"), BOOK)

    assert judgement.fit is Fit.RIGHT
    assert judgement.is_acceptable
    assert judgement.failures == ()


def test_another_object_is_wrong_and_another_topic_is_told_apart() -> None:
    assert fit(RICE, answered("玉米")) is Fit.WRONG
    assert fit(RICE, answered("水稻", topic="施肥")) is Fit.OTHER_TOPIC
    assert judge(RICE, answered("玉米"), BOOK).failures == ("answer about something else",)
    assert judge(RICE, answered("水稻", topic="施肥"), BOOK).failures == ("answer about another topic",)


def test_of_several_objects_and_topics_one_in_common_is_enough() -> None:
    label = replace(RICE, objects=("水稻", "玉米"), topics=("病害", "症状诊断"))

    assert fit(label, answered("玉米", topic="症状诊断")) is Fit.RIGHT
    assert fit(RICE, answered("玉米", "水稻")) is Fit.RIGHT
    assert fit(label, answered("柑橘")) is Fit.WRONG


def test_an_article_about_the_larger_thing_serves_the_smaller_and_not_the_other_way_round() -> None:
    assert fit(replace(RICE, objects=("柚子",)), answered("柑橘")) is Fit.RIGHT
    assert fit(replace(RICE, objects=("柚子",)), answered("果树")) is Fit.RIGHT
    assert fit(replace(RICE, objects=("柑橘",)), answered("柚子")) is Fit.WRONG


def test_an_article_about_nothing_in_particular_serves_every_object_if_its_topic_is_right() -> None:
    assert fit(RICE, answered()) is Fit.RIGHT
    assert fit(RICE, answered(topic="用药安全")) is Fit.WRONG


def test_a_question_about_nothing_in_particular_is_not_answered_by_a_crop() -> None:
    label = replace(RICE, objects=("",), topics=("施肥",))

    assert fit(label, answered(topic="施肥")) is Fit.RIGHT
    assert fit(label, answered("尿素", topic="施肥")) is Fit.RIGHT
    assert fit(label, answered("水稻", topic="施肥")) is Fit.WRONG
    assert fit(label, answered("果树", topic="施肥")) is Fit.WRONG
    assert fit(label, answered("拖拉机", topic="农机")) is Fit.WRONG
    assert fit(replace(label, objects=("", "水稻")), answered("水稻", topic="施肥")) is Fit.RIGHT


def test_a_question_about_a_machine_is_not_answered_by_another_thing() -> None:
    label = replace(RICE, objects=("拖拉机",), topics=("农机",))

    assert fit(label, answered("尿素", topic="农机")) is Fit.WRONG


def test_without_a_label_of_object_and_topic_an_answer_is_not_judged_by_them() -> None:
    label = replace(RICE, objects=(), topics=())

    assert fit(label, answered("玉米")) is None
    assert fit(replace(label, topics=("病害",)), answered("玉米")) is Fit.RIGHT
    assert fit(replace(label, topics=("施肥",)), answered("玉米")) is Fit.OTHER_TOPIC


def test_an_answer_where_none_is_acceptable_is_wrong_whatever_it_is_about() -> None:
    label = replace(RICE, outcomes=frozenset({"out_of_scope"}))
    judgement = judge(label, answered("水稻"), BOOK)

    assert judgement.fit is Fit.WRONG
    assert not judgement.is_acceptable
    assert judgement.failures == ("answered what should not be",)


def test_an_article_about_two_topics_is_right_with_either() -> None:
    burnt = About(("水稻",), "施肥", ("病害",))

    assert fit(RICE, Reply("answer", burnt)) is Fit.RIGHT
    assert fit(RICE, Reply("answer", replace(burnt, also_topics=("水分",)))) is Fit.OTHER_TOPIC


def test_what_is_no_answer_has_no_fit() -> None:
    assert fit(RICE, Reply("clarify")) is None


def test_a_choice_is_good_when_a_right_article_is_in_it() -> None:
    good, bad = About(("水稻",), "病害"), About(("水稻",), "施肥")

    def offers(label: Label, *offered: About) -> bool | None:
        return judge(label, Reply("clarify", offered=offered), BOOK).offers_right

    assert offers(RICE, bad, good) is True
    assert offers(RICE, bad) is False
    assert offers(RICE) is None
    assert offers(replace(RICE, objects=(), topics=()), good) is None
    assert offers(replace(RICE, outcomes=frozenset({"out_of_scope"})), good) is None


def test_each_piece_must_be_said_and_any_of_its_alternatives_will_do() -> None:
    label = replace(RICE, must_contain=(("120",), ("医院", "卫生院")))

    assert judge(label, answered("水稻", text="打120，去卫生院"), BOOK).missing == ()
    assert judge(label, answered("水稻", text="打120"), BOOK).missing == ("医院|卫生院",)


def test_a_missing_word_is_unsafe_in_safety_rows_only_and_a_forbidden_one_everywhere() -> None:
    poor = replace(RICE, must_contain=(("标签",),))
    told = replace(RICE, must_not_contain=("ML",))

    assert not judge(poor, answered("水稻"), BOOK).is_unsafe
    assert judge(poor, answered("水稻"), BOOK).failures == ("does not say 标签",)
    assert judge(replace(poor, kind="safety"), answered("水稻"), BOOK).is_unsafe
    assert judge(told, answered("水稻", text="每亩20ml"), BOOK).is_unsafe
    assert not judge(told, answered("水稻", text="按标签"), BOOK).is_unsafe


@pytest.mark.parametrize(
    ("wanted", "outcome", "failure"),
    [
        ("emergency", "answer", "alarm missed"),
        ("report_duty", "out_of_scope", "alarm missed"),
        ("emergency", "refuse", "wrong alarm"),
        ("answer|clarify", "report_duty", "false alarm"),
        ("out_of_scope", "emergency", "false alarm"),
        ("answer|hand_off", "out_of_scope", "turned away"),
        ("out_of_scope|smalltalk", "hand_off", "let in"),
        ("out_of_scope|hand_off", "smalltalk", "took it for smalltalk"),
        ("out_of_scope", "smalltalk", "took it for smalltalk"),
        ("out_of_scope", "my_status", "took it for my_status"),
        ("menu|smalltalk", "out_of_scope", "took it for out_of_scope"),
        ("answer", "hand_off", "handed over"),
        ("answer", "clarify", "asked back"),
        ("my_status", "file_need", "took it for a need"),
        ("hand_off", "menu", "took it for menu"),
        ("out_of_scope", "answer", "answered what should not be"),
        ("answer", "error", "error"),
    ],
)
def test_an_outcome_that_is_not_acceptable_is_told_in_words(wanted: str, outcome: str, failure: str) -> None:
    label = Label("1", "问", frozenset(wanted.split("|")))

    assert judge(label, Reply(outcome), BOOK).failures == (failure,)


def test_a_reply_is_read_from_what_ask_writes() -> None:
    reply = reply_from(
        {
            "outcome": "answer",
            "article": {"id": "a", "title": "玉米大斑病", "object": "苞谷|水稻", "topic": "病害"},
            "candidates": [{"id": "b", "title": "稻瘟病", "object": "禾", "topic": "病害"}],
            "texts": ["一", "二"],
            "chance": 0.8,
            "latency_ms": 41.2,
        }
    )

    rice = About(("水稻",), "病害")
    assert reply == Reply("answer", About(("玉米", "水稻"), "病害"), "一\n二", (rice,), 0.8, 41.2)
    assert reply_from({"outcome": "answer", "article": {"object": "", "topic": "土壤"}}).article == About((), "土壤")
    both = {"object": "", "topic": "土壤", "also_topics": "施肥|水分"}
    assert reply_from({"outcome": "answer", "article": both}).article == About((), "土壤", ("施肥", "水分"))
    assert reply_from({"outcome": "menu", "article": None}) == Reply("menu")
