"""How alike a question is to ways of asking, one by one and together, and to what is said."""

import pytest

from knowledge.likeness import Likeness, pieces

ASKED = [["叶子发黄", "黄叶怎么办", "叶片黄化"], ["叶子有虫", "花不开", "根烂了"]]
SAID = [["先看根。"], ["先看叶背有没有小虫，有虫用清水冲。"]]


@pytest.fixture(scope="module")
def likeness() -> Likeness:
    return Likeness(ASKED, SAID, pieces)


def test_the_very_way_of_asking_is_as_alike_as_can_be(likeness: Likeness) -> None:
    found = likeness.to("叶子有虫")
    assert found.best[1] == pytest.approx(1, abs=1e-5)
    assert found.best[0] < 1


def test_one_lucky_way_of_asking_counts_less_than_many_that_speak_for_an_article(likeness: Likeness) -> None:
    found = likeness.to("叶子黄")
    assert found.often[0] > found.often[1]
    assert found.whole[0] > found.whole[1]


def test_all_ways_of_asking_count_together_where_the_nearest_alone_would_not(likeness: Likeness) -> None:
    only_one = Likeness([["叶子发黄"], ["叶子发黄", "黄叶怎么办", "叶片黄化"]], [[], []], pieces)
    found = only_one.to("叶片黄了怎么办")
    assert found.whole[1] > found.whole[0] > 0


def test_what_is_said_counts_where_nobody_asked_so(likeness: Likeness) -> None:
    found = likeness.to("清水冲")
    assert found.best[1] == found.whole[1] == 0
    assert found.told[1] > 0 == found.told[0]


def test_nothing_is_alike_to_nothing() -> None:
    empty = Likeness([], [], pieces).to("叶子")
    assert len(empty.best) == len(empty.told) == 0
    assert Likeness([["叶子"]], [[]], pieces).to("。").whole.tolist() == [0]


def test_pieces_are_one_to_three_characters_without_signs() -> None:
    assert pieces("黄，叶") == ["黄", "叶", "黄叶"]
