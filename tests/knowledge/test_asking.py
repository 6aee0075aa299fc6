"""Questions that an article on the same thing does not answer."""

import pytest

from knowledge import asking


@pytest.mark.parametrize(
    "question",
    [
        "这种鸡是什么品种？",
        "这是什么鸡？什么品种",
        "这是什么品种的树苗",
        "请问这是什么虫",
        "帮我看看这个是啥子草",
        "那种树叫什么名字",
    ],
)
def test_what_somebody_shows_is_recognised(question: str) -> None:
    assert asking.what_this_is(question)


@pytest.mark.parametrize(
    "question",
    [
        "我家玉米叶子发黄是什么病",
        "鸡的品种有哪些",
        "什么品种的草莓好",
        "这几天下雨水稻怎么管",
        "番茄叶子上有斑这是什么病",
    ],
)
def test_what_is_told_in_words_is_no_showing(question: str) -> None:
    assert not asking.what_this_is(question)


@pytest.mark.parametrize(
    "question",
    ["哪里能买到开心果的树苗？", "在北京哪里有卖槐树籽的", "哪里有荒山可以承包", "四川哪里收药材", "哪有土元种苗"],
)
def test_who_asks_where_is_recognised(question: str) -> None:
    assert asking.where(question)


@pytest.mark.parametrize(
    "question", ["玉米哪里有虫", "水稻哪些病要防", "哪个时候收割好", "补贴去哪里申请", "果树剪哪里"]
)
def test_other_wheres_are_left_alone(question: str) -> None:
    assert not asking.where(question)


def test_only_articles_on_buying_and_selling_tell_where() -> None:
    assert asking.tells_where("草莓选苗与检疫", "草莓苗怎么选？")
    assert asking.tells_where("中药材怎么卖", "中药材卖给谁？")
    assert not asking.tells_where("槐树怎么种", "槐树怎么栽？")
