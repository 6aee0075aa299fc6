"""Finding the article that answers, and knowing when none does."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from knowledge import article_files, articles, deciding, search, stories, tune
from knowledge.asked import Query
from knowledge.index import Index
from knowledge.search import Decision, Verdict
from tests.knowledge.kit import MAIZE, article

SHEATH: dict[str, Any] = {
    "id": "rice-sheath-blight",
    "title": "水稻纹枯病",
    "problem": "纹枯病",
    "question": "水稻纹枯病怎么防治？",
    "asked_as": ["禾苗下面叶鞘长云纹一样的斑", "稻子靠水的叶鞘烂了往上爬", "谷子烂脚秆打什么药"],
    "look_for": "近水面的叶鞘有云纹斑。",
    "steps": ["排水晒田。", "选标签登记的药剂。"],
}
CITRUS: dict[str, Any] = {
    "id": "citrus-red-mite",
    "title": "柑橘红蜘蛛",
    "object": "柑橘",
    "topic": "虫害",
    "problem": "红蜘蛛",
    "question": "柑橘红蜘蛛怎么防治？",
    "asked_as": ["桔子叶子发白有红点点会爬", "柑子树生火蜘蛛", "橙子叶灰白像撒灰"],
    "look_for": "叶面密布灰白小点，叶背有红色小虫。",
    "steps": ["查叶背。", "轮换用药，按标签。"],
}
MIXING: dict[str, Any] = {
    "id": "pesticide-mixing",
    "title": "农药能不能混用",
    "object": "农药",
    "topic": "用药安全",
    "problem": "",
    "question": "几种农药能不能混在一起打？",
    "asked_as": ["两种药掺一起喷行不行", "杀虫药和杀菌药能一起打吗", "叶面肥和农药一起打"],
    "look_for": "",
    "steps": ["先看标签。", "先小瓶试配。"],
}


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.of([article(), *(article(**fields) for fields in (SHEATH, MAIZE, CITRUS, MIXING))])


def _ids(decision: Decision) -> list[str]:
    return [candidate.article.id for candidate in decision.candidates]


@pytest.mark.parametrize(
    ("question", "id_"),
    [
        ("苞谷什么时候追肥", "maize-fertilizing"),
        ("谷子掐颈瘟咋个治", "rice-blast"),
        ("禾苗脚下叶鞘有云纹斑", "rice-sheath-blight"),
        ("橙子上有火蜘蛛怎么打", "citrus-red-mite"),
        ("农药能混在一起打吗", "pesticide-mixing"),
    ],
)
def test_a_clear_question_is_answered(index: Index, question: str, id_: str) -> None:
    decision = deciding.decide(index, Query(question))
    assert decision.verdict is Verdict.ANSWER
    assert _ids(decision) == [id_]


@pytest.mark.parametrize("question", ["玉米纹枯病怎么防治", "小麦叶鞘长云纹斑", "花生追肥怎么追", "辣椒红蜘蛛怎么防治"])
def test_an_article_about_another_crop_is_never_a_candidate(index: Index, question: str) -> None:
    ranked = search.rank(index, Query(question))
    assert not {"rice-sheath-blight", "citrus-red-mite"} & {candidate.article.id for candidate in ranked}
    assert deciding.decide(index, Query(question)).verdict is not Verdict.ANSWER


def test_the_object_that_the_bot_knows_decides(index: Index) -> None:
    assert _ids(deciding.decide(index, Query("那纹枯病怎么防治", object="水稻", topic="病害", problem="纹枯病"))) == [
        "rice-sheath-blight"
    ]
    assert "rice-sheath-blight" not in _ids(
        deciding.decide(index, Query("那纹枯病怎么防治", object="玉米", problem="纹枯病"))
    )


def test_the_article_on_a_larger_crop_may_answer_for_the_smaller(index: Index) -> None:
    (best, *_) = search.rank(index, Query("柚子红蜘蛛怎么防治"))
    assert best.article.id == "citrus-red-mite"


def test_the_article_on_a_member_never_answers_for_the_group(index: Index) -> None:
    assert deciding.decide(index, Query("果树红蜘蛛怎么防治")).verdict is not Verdict.ANSWER


def test_a_crop_alone_is_a_choice_or_nothing_but_no_answer(index: Index) -> None:
    assert deciding.decide(index, Query("水稻")).verdict is not Verdict.ANSWER


@pytest.mark.parametrize("question", ["今天股票涨了没有", "帮我写一首诗", "火车票怎么改签", "红烧肉的做法"])
def test_what_is_not_ours_is_not_known(index: Index, question: str) -> None:
    assert deciding.decide(index, Query(question)).verdict is Verdict.NONE


def test_who_asks_what_something_costs_gets_no_article_on_growing_it(index: Index) -> None:
    of_prices = article(**{**MAIZE, "id": "prices", "title": "玉米价格去哪看", "topic": "市场"})
    among = Index.of([article(**MAIZE), of_prices])
    found = deciding.decide(among, Query("玉米今年多少钱一斤", object="玉米"))
    assert [one.article.id for one in found.candidates] == ["prices"]
    assert deciding.decide(index, Query("玉米今年多少钱一斤", object="玉米")).candidates == ()


def test_a_doubtful_text_needs_a_stronger_match() -> None:
    used = search.weights()
    assert used.strict_at > used.answer_at > used.choose_at


@pytest.mark.parametrize(
    ("likely", "verdict", "shown"),
    [
        ([0.9, 0.01], Verdict.ANSWER, 1),
        ([0.7, 0.3, 0.2, 0.2], Verdict.ANSWER, 3),
        ([0.7, 0.3, 0.01], Verdict.ANSWER, 2),
        ([0.7, 0.69], Verdict.CHOOSE, 2),
        ([0.4, 0.3], Verdict.CHOOSE, 2),
        ([0.1, 0.1, 0.1, 0.1], Verdict.NONE, 4),
        ([], Verdict.NONE, 0),
    ],
)
def test_beneath_an_answer_stand_at_most_two_others_that_are_likely_enough(
    likely: list[float], verdict: Verdict, shown: int
) -> None:
    used = replace(search.weights(), answer_at=0.6, lead_at=0.1, choose_at=0.5, choose_each=0.15)
    assert search.judge(likely, used) == (verdict, shown)


def test_to_a_doubtful_text_what_would_else_answer_is_offered() -> None:
    used = replace(search.weights(), answer_at=0.6, strict_at=0.8, lead_at=0.1, choose_at=0.5, choose_each=0.15)
    assert search.judge([0.85], used, is_sure=False) == (Verdict.ANSWER, 1)
    assert search.judge([0.7, 0.2], used, is_sure=False) == (Verdict.CHOOSE, 2)
    assert search.judge([0.55], used, is_sure=False)[0] is Verdict.NONE
    assert search.judge([0.55], used)[0] is Verdict.CHOOSE


def test_an_article_for_a_region_is_left_out_elsewhere() -> None:
    local = Index.of([article(regions=["4402"])])
    asked = "谷子掐颈瘟怎么办"
    assert search.rank(local, Query(asked, place="440232104"))
    assert search.rank(local, Query(asked))
    assert search.rank(local, Query(asked, place="000000"))
    assert not search.rank(local, Query(asked, place="500115"))


def test_a_candidate_tells_why_and_how_likely(index: Index) -> None:
    (best, *others) = search.rank(index, Query("苞谷什么时候追肥"))
    assert {"amount", "told", "named", "words", "same_object"} <= set(best.reasons) <= set(search.SIGNS)
    assert 0.5 < best.score < 1
    assert all(candidate.score < best.score for candidate in others)


def test_of_two_articles_on_the_very_problem_one_answers_with_the_other_beneath() -> None:
    alone = search.rank(Index.of([article()]), Query("谷子掐颈瘟怎么办"))
    twins = search.rank(Index.of([article(), article(id="twin")]), Query("谷子掐颈瘟怎么办"))
    assert alone[0].score > 0.9
    assert twins[0].score == twins[1].score < alone[0].score
    found = deciding.decide(Index.of([article(), article(id="twin")]), Query("谷子掐颈瘟怎么办"))
    assert (found.verdict, sorted(_ids(found))) == (Verdict.ANSWER, ["rice-blast", "twin"])


def test_two_problems_in_one_question_are_answered_with_one_beneath_the_other(index: Index) -> None:
    found = deciding.decide(index, Query("水稻稻瘟病和水稻纹枯病一起来了怎么防治"))
    assert (found.verdict, sorted(_ids(found))) == (Verdict.ANSWER, ["rice-blast", "rice-sheath-blight"])


def test_two_that_are_near_and_name_no_problem_are_a_choice() -> None:
    used = replace(search.weights(), answer_at=0.6, lead_at=0.1, choose_at=0.5, choose_each=0.15)
    assert search.judge([0.62, 0.6], used)[0] is Verdict.CHOOSE
    assert search.judge([0.4, 0.3], used, are_both_named=True) == (Verdict.ANSWER, 2)
    assert search.judge([0.3, 0.2], used, are_both_named=True)[0] is not Verdict.ANSWER


def test_articles_on_the_same_crop_and_topic_speak_for_each_other() -> None:
    used = replace(search.weights(), answer_at=0.6, lead_at=0.1, choose_at=0.5, choose_each=0.15)
    assert search.judge([0.4, 0.3, 0.1], used)[0] is Verdict.CHOOSE
    assert search.judge([0.4, 0.3, 0.1], used, akin=(1,)) == (Verdict.ANSWER, 2)
    assert search.judge([0.9, 0.05], used, akin=(1,)) == (Verdict.ANSWER, 1)


def test_akin_are_those_about_the_same_crop_and_topic() -> None:
    told = article()
    others = [article(id="twin"), article(id="fed", topic="施肥", problem=""), article(id="maize", object="玉米")]
    assert search.akin([(one, {}) for one in (told, *others)]) == (1,)
    assert search.akin([]) == ()


def _reasons(index: Index, question: str, id_: str) -> Mapping[str, float]:
    return next(one.reasons for one in search.rank(index, Query(question)) if one.article.id == id_)


def test_an_article_on_several_of_a_small_group_is_about_the_group() -> None:
    fly = article(id="fly", object="苦瓜|丝瓜|南瓜", topic="虫害", problem="瓜实蝇", question="针蜂叮瓜怎么办？")
    alone = article(id="alone", object="苦瓜", topic="虫害", problem="瓜实蝇", question="苦瓜针蜂怎么办？")
    index = Index.of([fly, alone])
    assert _reasons(index, "瓜类针蜂怎么防", "fly").get("same_object")
    assert not _reasons(index, "瓜类针蜂怎么防", "alone").get("same_object")


def test_the_weeds_of_a_crop_are_all_weeds() -> None:
    weeds = article(id="weeds", topic="草害", problem="杂草", question="稻田的草怎么除？")
    assert _reasons(Index.of([weeds]), "水稻田里的千金子怎么除", "weeds")["problem"] > 0


def test_a_problem_that_an_article_is_asked_about_is_not_another_one() -> None:
    guide = article(
        id="guide", topic="栽培管理", problem="", question="石榴怎么种？", object="石榴", asked_as=["石榴裂果怎么办"]
    )
    assert "other_problem" not in _reasons(Index.of([guide]), "石榴裂果咋整", "guide")
    assert _reasons(Index.of([guide]), "石榴蚜虫咋整", "guide")["other_problem"] > 0


def test_what_is_to_be_done_is_the_topic_where_the_bot_knows_only_the_general_one() -> None:
    mating = article(id="mating", object="兔", topic="繁殖", problem="", title="兔子配种", question="兔子怎么配种？")
    index = Index.of([mating])

    def topic_signs(given: str) -> set[str]:
        (found,) = search.rank(index, Query("如何养兔子交配", object="兔", topic=given))
        return {name for name, value in found.reasons.items() if value} & {"same_topic", "near_topic", "far_topic"}

    assert topic_signs("饲养") == {"same_topic"}
    assert topic_signs("病害") != {"same_topic"}


def test_every_topic_of_an_article_is_its_topic() -> None:
    burnt = article(id="burnt", topic="症状诊断", also_topics=["施肥"], problem="", title="肥多烧苗")
    index = Index.of([burnt])

    def reasons(topic: str) -> Mapping[str, float]:
        (found,) = search.rank(index, Query("水稻肥多烧苗怎么办", object="水稻", topic=topic))
        return found.reasons

    for topic in ("症状诊断", "施肥"):
        assert reasons(topic)["same_topic"] == 1
        assert reasons(topic)["alone"] == 1
    assert "same_topic" not in reasons("市场")


def test_a_kind_that_question_and_title_both_name_speaks_for_the_article() -> None:
    goat = article(
        id="boer", object="羊", topic="饲养", problem="", title="波尔山羊怎么养", question="波尔山羊怎么养？"
    )
    sheep = article(id="sheep", object="羊", topic="饲养", problem="", title="养羊入门", question="羊怎么养？")
    index = Index.of([goat, sheep])
    assert _reasons(index, "波尔山羊的养殖技术", "boer")["kind"] == 1
    assert _reasons(index, "波尔山羊的养殖技术", "sheep")["kind"] == 0


def test_an_empty_shelf_knows_nothing() -> None:
    assert deciding.decide(Index.of([]), Query("水稻纹枯病怎么治")).verdict is Verdict.NONE


@pytest.mark.parametrize("question", ["", "？？", "。", "　", "3911", "〇〇", "a" * 2000, "猪" * 500])
def test_odd_texts_do_no_harm(index: Index, question: str) -> None:
    deciding.decide(index, Query(question))


def test_only_published_articles_answer_and_only_until_they_expire() -> None:
    assert article(valid_until=date(2026, 1, 1)).is_answering(date(2026, 1, 1))
    assert not article(valid_until=date(2026, 1, 1)).is_answering(date(2026, 1, 2))


# What the search promises on our own questions. `python -m knowledge.tune --check` prints the figures;
# raise the bars when they rise.
USEFUL, RIGHT, WRONG, NOT_RIGHT, WRONG_WITHOUT_ARTICLE = 0.94, 0.9, 0.02, 0.03, 0.03


@pytest.fixture(scope="module")
def results() -> dict[str, tune.Result]:
    files, _ = article_files.read_folder()
    every = [articles.from_file(file) for file in files]
    found = tune.own_cases(every)
    return {result.kind: result for result in tune.measure(found, search.weights())}


def test_our_own_questions_find_their_articles(results: dict[str, tune.Result]) -> None:
    result = results["own questions, answerable"]
    assert result.answered_right + result.offered_right >= USEFUL
    assert result.answered_right >= RIGHT
    assert result.answered_wrong <= WRONG
    assert result.answered_beside + result.answered_wrong <= NOT_RIGHT


def test_questions_without_an_article_are_rarely_answered(results: dict[str, tune.Result]) -> None:
    assert results["own questions, not answerable"].answered_wrong <= WRONG_WITHOUT_ARTICLE


def test_the_very_words_of_an_article_find_it_however_near_another_is() -> None:
    twin = article(
        id="twin", question="水稻稻瘟病怎么治才好？", asked_as=["禾叶上的斑像梭子", "谷子掐颈瘟", "稻子火烧瘟"]
    )
    found = deciding.decide(Index.of([article(), twin]), Query("水稻稻瘟病怎么防治"))
    assert (found.verdict, found.candidates[0].article.id) == (Verdict.ANSWER, "rice-blast")


def test_a_thing_that_is_only_named_is_no_question_about_it(index: Index) -> None:
    for question in ("柑橘水减肥吗", "玉米好吃吗", "梦见水稻"):
        assert deciding.decide(index, Query(question)).verdict is not Verdict.ANSWER, question


def test_what_is_promised_is_what_the_tests_ask_for() -> None:
    assert tune.Promise(USEFUL, RIGHT, WRONG, NOT_RIGHT, WRONG_WITHOUT_ARTICLE) == tune.PROMISED


def test_every_article_that_our_questions_expect_exists() -> None:
    files, _ = article_files.read_folder()
    known = {file.text.id for file in files} | {tune.NOTHING}
    assert {id_ for labelled in tune.Questions({}).own() for id_ in labelled.right} <= known


@pytest.mark.parametrize(
    ("story", "parts"),
    [
        ("老师您好，我家苞谷叶子上有洞。怎么办 谢谢", ("老师您好", "我家苞谷叶子上有洞", "怎么办", "谢谢")),
        (
            "菜叶子上好多青虫咬得全是洞洞我想不打农药有没有别的办法",
            ("菜叶子上好多青虫咬得全是洞洞", "我想不打农药", "有没有别的办法"),
        ),
        ("水稻怎么种", ("水稻怎么种",)),
        ("", ()),
    ],
)
def test_a_story_is_cut_where_its_teller_pauses_or_begins_anew(story: str, parts: tuple[str, ...]) -> None:
    assert stories.clauses(story) == parts


def test_a_long_story_has_no_more_clauses_than_are_searched() -> None:
    assert len(stories.clauses("我家的水稻，" * 40)) == stories.MOST_CLAUSES


STORY = (
    "我是河边村的，屋里种了八亩水稻，年年都种，今年插得早，隔壁屋的早就收了，上个礼拜我在城里带孙子没下田，"
    "昨天回来一看叶子上有梭子一样的斑，边上褐色中间灰白，我婆娘说是晒的，我看不像，该怎么办"
)


def test_a_story_is_answered_from_its_clauses(index: Index) -> None:
    query = Query(STORY, object="水稻", topic="病害")
    whole = search.rank(index, query)
    (first, *_) = stories.listen(index, query, whole, search.weights())
    assert first.article.id == "rice-blast"
    assert first.best > max(one.score for one in whole)
    assert deciding.decide(index, query).verdict is not Verdict.NONE


def test_what_has_one_clause_is_no_story(index: Index) -> None:
    assert stories.listen(index, Query("水稻稻瘟病怎么防治"), (), search.weights()) == ()
    assert stories.choose((), search.weights()).verdict is Verdict.NONE


def test_a_story_that_speaks_for_several_articles_alike_is_offered_not_answered() -> None:
    by = search.weights()
    heard = [stories.Heard(article(id=f"a{at}"), 0.25, 0.3, 0.7) for at in range(4)]
    found = stories.choose(heard, replace(by, story_share_at=0.4, story_mean_at=0.1, choose_each=0.2))
    assert (found.verdict, len(found.candidates)) == (Verdict.CHOOSE, 3)
    clear = [stories.Heard(article(), 0.6, 0.3, 0.7), stories.Heard(article(id="b"), 0.1, 0.1, 0.2)]
    found = stories.choose(clear, replace(by, story_share_at=0.4, story_mean_at=0.1, choose_each=0.2))
    assert (found.verdict, len(found.candidates)) == (Verdict.ANSWER, 1)
    faint = [stories.Heard(article(), 1.0, 0.05, 0.1)]
    assert stories.choose(faint, by).verdict is Verdict.NONE
