"""What kind of question it is."""

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


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("水稻纹枯病怎么防治啊另外我想问下补贴怎么申请", ("水稻纹枯病怎么防治啊", "补贴怎么申请")),
        ("羊冬天喂什么，还有母羊几个月产羔", ("羊冬天喂什么", "母羊几个月产羔")),
        ("辣椒怎么育苗？顺便问一下，大棚膜几年换", ("辣椒怎么育苗？", "大棚膜几年换")),
        ("点样种菜心，仲有乜嘢肥好，还想问点样卖出去", ("点样种菜心，仲有乜嘢肥好", "点样卖出去")),
    ],
)
def test_a_message_that_asks_one_thing_and_then_another_is_two_questions(question: str, parts: tuple[str, str]) -> None:
    assert asking.two(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "水稻纹枯病怎么防治",
        "叶子怎么黄了还有斑点是什么病",
        "我养了三百只鸭子，另外还有两头牛，怎么申请家庭农场",
        "根有点黑还有臭味，到底要怎么弄",
        "还有什么办法吗",
        "怎么办，另外",
    ],
)
def test_one_question_however_told_stays_one(question: str) -> None:
    assert asking.two(question) is None


@pytest.mark.parametrize(
    "question",
    ["玉米今年秋后多少钱一斤？", "羊肉牛肉价格最新行情", "土鸡蛋好多钱一个", "而家荔枝几多钱", "羊肉为什么这么贵"],
)
def test_the_price_of_the_day_is_asked(question: str) -> None:
    assert asking.price(question)


@pytest.mark.parametrize(
    "question", ["种一亩玉米成本多少钱", "宅基地赔偿多少钱", "玉米价格受什么影响", "租一台收割机多少钱", "玉米怎么种"]
)
def test_other_money_is_no_price_of_the_day(question: str) -> None:
    assert not asking.price(question)


@pytest.mark.parametrize(
    "question", ["想养牛买一头牛犊成本多少", "建一个五百头的猪场要多少钱", "搞个大棚投资好多", "开个农家乐要几多本钱"]
)
def test_what_it_takes_to_begin_is_asked(question: str) -> None:
    assert asking.cost(question)


@pytest.mark.parametrize("question", ["养羊要喂多少料", "种玉米要多少肥", "大棚怎么建", "养猪一年几批"])
def test_how_much_of_something_else_is_no_cost(question: str) -> None:
    assert not asking.cost(question)


def test_an_article_on_reckoning_tells_of_costs() -> None:
    assert asking.tells_cost("小本养殖先算哪些账", "搞小规模养殖要先算什么账？")
    assert not asking.tells_cost("养羊入门", "羊怎么养？")


def test_an_article_on_prices_tells_of_them() -> None:
    assert asking.tells_price("农产品价格去哪看", "哪里能看菜价")
    assert not asking.tells_price("玉米怎么种", "玉米种植要点")
