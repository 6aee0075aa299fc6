"""Searches side by side: what is asked, what is learned without it, and how it is scored."""

import json
import math
import sys
from dataclasses import replace
from typing import Any

import pytest

from app.commands import comparing
from app.measuring import learning, search_table
from app.measuring.learning import Lesson
from app.measuring.questions import FOLDS, Asked, Folds, Question, left_out, own
from app.measuring.search_table import Compared
from app.measuring.searches import BySigns, Given, InUse, Learned, Pieces, Search, Signs, Words, by_the_rules
from app.measuring.thresholds import Found, Ranking, best_threshold, score
from app.stack.running import NotReady
from knowledge import search, tune
from knowledge.articles import Article
from knowledge.asked import Query, read
from knowledge.index import Index
from knowledge.search import Candidate
from knowledge.signs import read_signs
from knowledge.tune import Case, Labelled
from tests.knowledge.kit import MAIZE, article

NONE = frozenset({tune.NOTHING})


@pytest.fixture(scope="module")
def every() -> list[Article]:
    return [article(), article(**MAIZE)]


def asked(text: str, *right: str) -> Question:
    return Question(text, frozenset(right) or NONE, 0)


# --- what is asked


def test_one_way_of_asking_of_each_article_is_asked_and_told_to_nobody(every: list[Article]) -> None:
    told, unheard = left_out(every, Folds.of(every))
    for question, short, whole in zip(unheard, told, every, strict=True):
        (missing,) = set(whole.text.asked_as) - set(short.text.asked_as)
        assert missing in question.text
        assert question.right == {whole.id}


def test_a_question_that_names_no_crop_gets_the_name_and_one_that_does_gets_none(every: list[Article]) -> None:
    maize = article(**{**MAIZE, "asked_as": ["下什么底肥好"]})
    assert left_out([maize], Folds.of([maize]))[1][0].text == "玉米下什么底肥好"
    named = article(**{**MAIZE, "asked_as": ["玉米要施几次肥"]})
    assert left_out([named], Folds.of([named]))[1][0].text == "玉米要施几次肥"


def test_all_questions_about_an_article_lie_in_one_fold(every: list[Article]) -> None:
    folds = Folds.of(every)
    of_maize = {folds.fold(text, NONE) for text in (MAIZE["question"], *MAIZE["asked_as"])}
    of_maize.add(folds.fold("苞谷要不要追肥", frozenset({"maize-fertilizing", tune.NOTHING})))
    assert len(of_maize) == 1


def test_of_our_own_questions_those_are_asked_that_can_be_answered_and_those_that_nothing_answers() -> None:
    everything = [article(**{**MAIZE, "id": id_}) for one in tune.Questions({}).own() for id_ in one.right - NONE]
    whole, few = own(everything, Folds.of([])), own([article()], Folds.of([]))
    assert {question.fold for question in whole} == set(range(FOLDS))
    assert 0 < sum(question.has_answer for question in few) < sum(question.has_answer for question in whole)
    assert [q for q in few if not q.has_answer] == [q for q in whole if not q.has_answer] != []
    assert all("rice-blast" in question.right for question in few if question.has_answer)


# --- how it is scored


def test_answers_go_out_from_the_score_on_at_which_wrong_ones_are_few_enough() -> None:
    """Of a hundred questions two may be answered wrong, so the third wrong one draws the line."""
    questions = [asked(str(at), "right") for at in range(100)]
    wrong = {10, 20, 30}
    ranked: list[Ranking] = [[("wrong" if at in wrong else "right", 1 - at / 100)] for at in range(100)]
    assert best_threshold(questions, ranked) == pytest.approx(1 - 29 / 100)
    assert score(questions, ranked).answered_right == pytest.approx(28 / 100)


def test_equal_scores_go_out_together_or_not_at_all() -> None:
    questions = [asked(str(at), "right") for at in range(4)]
    ranked: list[Ranking] = [[("right", 0.9)], [("right", 0.5)], [("wrong", 0.5)], [("right", 0.1)]]
    assert best_threshold(questions, ranked) == 0.9


def test_nothing_goes_out_where_the_surest_answers_are_wrong() -> None:
    questions = [asked("一", "right"), asked("二", "right")]
    ranked: list[Ranking] = [[("wrong", 0.9)], [("right", 0.5)]]
    assert best_threshold(questions, ranked) == math.inf
    assert score(questions, ranked).answered_right == 0


def test_what_is_answered_though_nothing_does_is_wrong_and_told_by_itself() -> None:
    questions = [*(asked(str(at), "right") for at in range(50)), asked("一"), asked("二")]
    ranked: list[Ranking] = [*([("right", 0.8)] for _ in range(50)), [("some", 0.9)], [("some", 0.2)]]
    found = score(questions, ranked)
    assert (found.first, found.answered_right, found.none_answered) == (1.0, 1.0, 0.5)


def test_right_among_five_is_not_right_among_six() -> None:
    questions = [asked("一", "right"), asked("二", "right")]
    others = [(str(at), 0.9) for at in range(4)]
    found = score(questions, [[*others, ("right", 0.1)], [*others, ("other", 0.2), ("right", 0.1)]])
    assert (found.first, found.among_five, found.none_answered) == (0.0, 0.5, None)


def test_a_question_without_any_candidate_is_neither_right_nor_answered() -> None:
    assert score([asked("一", "right")], [[]]) == Found(0.0, 0.0, 0.0, None)


# --- the searches


@pytest.mark.parametrize(
    "make",
    [
        Words,
        Pieces,
        lambda every: InUse(Index.of(every)),
        lambda every: BySigns(Index.of(every), "alike"),
        lambda every: BySigns(Index.of(every), "alike_whole", "words_whole"),
    ],
)
def test_each_search_finds_the_article_whose_words_are_used(make: Any, every: list[Article]) -> None:
    finder: Search = make(every)
    assert finder.rank(asked("玉米追肥什么时候追"))[0][0] == "maize-fertilizing"
    assert finder.rank(asked("水稻稻瘟病怎么防治"))[0][0] == "rice-blast"


def test_signs_alone_rank_the_articles_about_the_very_thing() -> None:
    twins = [article(), article(id="fed", title="水稻怎么施肥", topic="施肥", problem="", asked_as=["禾苗怎么追肥"])]
    finder = BySigns(Index.of([*twins, article(**MAIZE)]), "alike_whole")
    (first, best), (second, less) = finder.rank(asked("水稻怎么追肥"))
    assert (first, second) == ("fed", "rice-blast")
    assert best > less


def test_our_signs_are_judged_by_what_was_learned_without_the_fold(every: list[Article]) -> None:
    nothing_counts = replace(search.weights(), **dict.fromkeys(search.SIGNS, 0.0))
    finder = Signs(Index.of(every), [Learned(nothing_counts), Learned(search.weights())])
    question = asked("玉米追肥什么时候追", "maize-fertilizing")
    assert finder.rank(question)[0][1] == pytest.approx(1 / 2)  # one article may answer, or nothing does
    assert finder.rank(replace(question, fold=1))[0][1] > 0.9


def test_what_may_not_answer_counts_for_nothing_and_who_wants_to_buy_gets_no_growing(every: list[Article]) -> None:
    blast, maize = every
    found = [Candidate(blast, 0.9, {"other_problem": 1.0}), Candidate(maize, 0.5, {"same_object": 1.0})]
    assert by_the_rules(asked("水稻怎么了"), found) == [(blast.id, 0.0), (maize.id, 0.5)]
    assert by_the_rules(asked("哪里能买到玉米种"), found) == []
    assert by_the_rules(asked("玉米今年多少钱一斤"), found) == []


# --- what is learned


def _lesson(fold: int, index: Index, text: str, right: str) -> Lesson:
    query = Query(text)
    signs = read_signs(index, read(query))
    found = tuple(index.entries[at].article for at in signs)
    return Lesson(fold, Case(Labelled(query, frozenset({right}), "own questions"), found, tuple(signs.values())))


def test_a_fold_learns_from_every_question_but_its_own(every: list[Article]) -> None:
    index = Index.of(every)
    lessons = [_lesson(fold, index, "玉米追肥什么时候追", "maize-fertilizing") for fold in range(FOLDS)]
    changed = [_lesson(0, index, "水稻稻瘟病怎么防治", tune.NOTHING), *lessons[1:]]
    before, after = learning.weights_by_fold(lessons), learning.weights_by_fold(changed)
    assert before[0] == after[0]
    assert all(one != other for one, other in zip(before[1:], after[1:], strict=True))


# --- the table


def test_the_table_tells_speed_as_a_ratio_to_the_first_line() -> None:
    found = Found(0.5, 0.75, 0.25, 0.125)
    of_phrases = replace(found, none_answered=None)
    compared = [Compared("plain", found, of_phrases, 1000.0, 1.4), Compared("ours", found, of_phrases, 50.0, 80.0)]
    written = search_table.as_markdown(compared, Asked([asked("一", "x"), asked("二")], [asked("三", "x")]))
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in written.splitlines() if line.startswith("|")]
    assert {len(row) for row in rows} == {10}
    assert rows[2] == ["plain", "50.0 %", "75.0 %", "25.0 %", "12.5 %", "50.0 %", "75.0 %", "25.0 %", "1", "1"]
    assert rows[3][-2:] == ["0.05", "80"]
    assert "2 of our own questions (1 have an answer there, 1 have none anywhere) and 1 ways of asking" in written


def test_speed_is_measured_for_every_search_over_the_same_questions() -> None:
    seen: list[list[str]] = [[], []]

    class Counting(Given):
        def __init__(self, at: int) -> None:
            super().__init__({})
            self._at = at

        def rank(self, question: Question) -> Ranking:
            seen[self._at].append(question.text)
            return []

    fast = comparing.questions_a_second([Counting(0), Counting(1)], [asked(str(at)) for at in range(500)])
    assert seen[0] == seen[1]
    assert len(seen[0]) == 250
    assert all(value > 0 for value in fast)


# --- the bot's part


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", f"import json, sys; {code}"]


def test_the_bot_is_handed_a_file_and_what_it_writes_comes_back() -> None:
    echo = "json.dump([json.load(open(sys.argv[1])), sys.argv[3:]], open(sys.argv[2], 'w'))"
    found = comparing.of_the_bot(_python(echo), {"questions": ["水稻"]}, epochs=3, share=None)
    assert json.loads(found) == [{"questions": ["水稻"]}, ["--epochs=3"]]


def test_without_a_file_to_hand_over_the_bot_only_writes_one() -> None:
    found = comparing.of_the_bot(_python("json.dump(sys.argv[2:], open(sys.argv[1], 'w'))"), None, share=0.5)
    assert json.loads(found) == ["--share=0.5"]


def test_a_bot_that_fails_is_told_in_a_sentence() -> None:
    with pytest.raises(NotReady, match="could not be measured"):
        comparing.of_the_bot(_python("sys.exit(1)"), None)
