"""What the articles cover: the table counts right, says where something larger answers, and common things have no gap."""

from knowledge import article_files, coverage, names
from knowledge.names import rows
from tests.knowledge.kit import text


def row_of(name: str, *texts: article_files.ArticleText) -> coverage.Row:
    return next(row for row in coverage.table(texts) if row.name == name)


def test_an_article_counts_for_its_own_things_and_holds_for_what_belongs_to_them() -> None:
    growing = text(object="蔬菜", topic="栽培管理", problem="")
    spinach = row_of("菠菜", growing, text(object="菠菜", topic="虫害", problem="蚜虫"))
    assert spinach.counts == {"病虫草和症状": 1}
    assert spinach.larger == {"种养"}
    assert spinach.gaps == ("肥水土", "收贮加工")


def test_an_article_about_two_topics_counts_for_both() -> None:
    burnt = text(object="菠菜", topic="症状诊断", also_topics=["施肥", "病害"], problem="")
    assert row_of("菠菜", burnt).counts == {"病虫草和症状": 1, "肥水土": 1}


def test_common_things_are_in_the_name_file_once() -> None:
    common = [row["name"] for row in rows(coverage.COMMON)]
    assert len(common) == len(set(common)) > 200
    assert set(common) <= set(names.known().things)


def test_common_things_have_no_gap() -> None:
    files, _ = article_files.read_folder()
    assert {row.name: row.gaps for row in coverage.table([file.text for file in files]) if row.gaps} == {}
