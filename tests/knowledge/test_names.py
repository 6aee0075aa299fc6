"""Finding names in what farmers write."""

import pytest

from knowledge.names import canonical_object, canonical_problem, find_names, known


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("谷子", "水稻"), ("禾苗", "水稻"), ("苞谷", "玉米"), ("玉麦", "玉米"), ("洋芋", "马铃薯"), ("土豆", "马铃薯"),
        ("红苕", "甘薯"), ("番薯", "甘薯"), ("海椒", "辣椒"), ("番茄仔", "番茄"), ("桔子", "柑橘"), ("沙糖桔", "柑橘"),
        ("猪仔", "生猪"), ("鲩鱼", "草鱼"), ("娃娃鱼", "大鲵"), ("螃蟹", "河蟹"), ("兔子", "兔"), ("鴨", "鸭"), ("馬鈴薯", "马铃薯"),
        ("茶树", "茶叶"), ("生猪", "生猪"),
    ],
)  # fmt: skip
def test_a_local_name_has_one_canonical_name(said: str, name: str) -> None:
    assert canonical_object(said) == name


def test_an_unknown_thing_has_no_canonical_name() -> None:
    assert canonical_object("火星土豆机") is None
    assert canonical_problem("天书病") is None


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("苞谷大斑病咋个防", ("玉米",)),
        ("土豆用尿素好吗", ("马铃薯",)),
        ("尿素怎么放", ("尿素",)),
        ("鸭瘟怎么办", ("鸭",)),
        ("蜗牛吃菜叶", ("蔬菜",)),
        ("玉米上的桃蛀螟", ("玉米",)),
        ("桃蛀螟怎么治", ("桃",)),
        ("甘蔗绵蚜怎么治", ("甘蔗",)),
        ("马上要下雨了", ()),
        ("小米手机多少钱", ()),
        ("承包地种玉米和小麦", ("玉米", "小麦")),
        ("鸡粪能不能上辣椒", ("辣椒",)),
        ("塘里的草鱼浮头", ("草鱼",)),
        ("大棚番茄灰霉病", ("番茄",)),
        ("豬不食", ("生猪",)),
    ],
)
def test_a_question_is_about_the_living_thing_it_names(text: str, about: tuple[str, ...]) -> None:
    assert find_names(text).about == about


def test_the_longest_name_wins() -> None:
    assert find_names("小白菜").objects == ("小白菜",)
    assert find_names("草鱼出血病").problems == ("草鱼出血病",)


def test_a_number_is_a_name_only_by_itself() -> None:
    assert find_names("用3911拌种").objects == ("甲拌磷",)
    assert "甲拌磷" not in find_names("我的电话13911234567").objects


def test_the_object_decides_what_an_ambiguous_word_means() -> None:
    assert find_names("玉米地里有钻心虫").problems == ("玉米螟",)
    assert find_names("辣椒炭疽").problems == ("炭疽病",)
    assert find_names("牛得了炭疽").problems == ("动物炭疽",)
    assert canonical_problem("钻心虫", ["甘蔗"]) == "甘蔗螟虫"


def test_an_ambiguous_word_alone_stays_unclear() -> None:
    found = find_names("钻心虫怎么打")
    assert found.problems == ()
    assert {"二化螟", "玉米螟"} <= set(found.unclear)
    assert canonical_problem("钻心虫") is None


def test_the_crop_may_stand_before_the_problem() -> None:
    assert canonical_problem("柑橘溃疡病") == "溃疡病"


def test_operations_have_one_name_too() -> None:
    assert find_names("红苕咋追肥").operations == ("追肥",)
    assert known().canonical_operation("施底肥") == "基肥"


def test_a_crop_knows_what_it_is_part_of() -> None:
    assert {"柑橘", "果树"} <= known().broader("柚子")
    assert {"茄果类", "蔬菜", "农作物"} <= known().broader("番茄")
    assert "柚子" not in known().broader("柑橘")
