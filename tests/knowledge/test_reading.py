"""What farmers write is read as plain written Chinese, and nothing that was right already is changed."""

import csv
from pathlib import Path

import pytest

from knowledge import article_files, names, reading, safety

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def files() -> tuple[article_files.ArticleFile, ...]:
    return article_files.read_folder()[0]


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("雞有禽流感點算", "鸡有禽流感怎么办"),
        ("農藥濺到眼睛裡了", "农药溅到眼睛里了"),
        ("啲菜葉有窿，點解嘅", "些菜叶有窿，为什么的"),
        ("苞谷叶子黄起了咋个办", "苞谷叶子黄起了怎么办"),
        ("Ｈ７Ｎ９１２３", "H7N9123"),
        ("水稻,玉米，柑橘。", "水稻,玉米，柑橘。"),
    ],
)
def test_characters_and_dialect_become_common(said: str, means: str) -> None:
    assert reading.plain(said) == means


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("口啼疫怎么治", "口蹄疫怎么治"),
        ("飞洲猪瘟能治吗", "非洲猪瘟能治吗"),
        ("稻棕卷叶明怎么打药", "稻纵卷叶螟怎么打药"),
        ("红活蚁咬人", "红火蚁咬人"),
        ("甲半磷灌生姜", "甲拌磷灌生姜"),
        ("西红市裂果", "西红柿裂果"),
        ("辣交叶子打卷", "辣椒叶子打卷"),
        ("水稻文枯病怎么办", "水稻纹枯病怎么办"),
        ("水稻分孽期田间管理要点", "水稻分蘖期田间管理要点"),
        ("草莓什么时间定直", "草莓什么时间定植"),
        ("西瓜苗怎么架接", "西瓜苗怎么嫁接"),
        ("小鸡白利怎么办", "小鸡白痢怎么办"),
        ("黄瓜白份病打什么药", "黄瓜白粉病打什么药"),
    ],
)
def test_names_that_sound_right_are_spelled_right(said: str, means: str) -> None:
    assert reading.put_right(said) == means


@pytest.mark.parametrize(
    "said",
    [
        "养鹅怎么样",
        "为什么葡萄花序少",
        "毒死蜱能打白菜吗",
        "油菜只开花不结荚",
        "荒山种药材",
        "柴油才加的就打不着火",
        "棉花交给谁收",
        "种子寄回香港",
        "樱桃熟前下雨",
        "网上买的果苗靠谱吗",
        "花掉了是早熟和晚熟的关系吗",
        "杨梅果掉是虫还是缺肥",
        "呋虫胺能打蔬菜吗",
        "2024年的天气怎么样",
        "",
        "abc 123",
        "🌾🌾",
    ],
)
def test_what_is_right_stays(said: str) -> None:
    assert reading.put_right(said) == said


def test_what_articles_say_is_spelled_right(files: tuple[article_files.ArticleFile, ...]) -> None:
    lines = [line for file in files for line in file.text.shown]
    changed = {line: reading.put_right(line) for line in lines if reading.put_right(line) != line}
    assert len(changed) < 5, changed


def test_no_name_is_put_right_into_another() -> None:
    book = names.known()
    listed = [*book.things, *book.problems]
    listed += [entry.name for entry in (*safety.pesticides(), *safety.animal_diseases(), *safety.quarantine_pests())]
    changed = {name: reading.put_right(name) for name in listed if reading.put_right(name) != name}
    assert changed == {}


def test_reading_twice_changes_nothing_more() -> None:
    for file in ("farmers", "not_ours", "requests", "safety"):
        with (ROOT / "tests" / "evaluation" / f"{file}.tsv").open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                once = reading.plain(row["question"])
                assert reading.plain(once) == once, row["question"]


def test_what_is_not_ours_is_hardly_ever_touched_by_ear() -> None:
    with (ROOT / "tests" / "evaluation" / "not_ours.tsv").open(encoding="utf-8") as lines:
        said = [row["question"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]
    assert [text for text in said if reading.put_right(text) != text] == []


@pytest.mark.parametrize(
    "said",
    [
        "如何解决杜仲烂根", "到网点办理", "建成日光温室", "林木有害生物", "这蘑菇中不中毒", "重点治理", "品种好耐旱", "捂得发烂晒干",
        "土地仲裁找谁", "出圈头数", "白菜脱落霜霉病叶", "成就系在哪里看",
    ],
)  # fmt: skip
def test_no_dialect_is_heard_where_there_is_none(said: str) -> None:
    assert reading.in_common_words(said) == said


def test_the_dialect_list_says_nothing_twice_and_changes_every_word() -> None:
    rows = names.rows(reading.DIALECT)
    assert len({row["said"] for row in rows}) == len(rows) > 60
    assert all(row["means"] and row["said"] != row["means"] for row in rows)


def test_the_misspellings_are_as_long_as_what_is_meant_and_are_names_of_nothing_themselves() -> None:
    rows = names.rows(reading.MISSPELT)
    assert len({row["said"] for row in rows}) == len(rows) > 300
    assert all(len(row["said"]) == len(row["means"]) in {2, 3} for row in rows)
    assert [row["said"] for row in rows if row["said"] in set(names.known().spellings())] == []
