"""Counting without pointing at anybody."""

from reports.tallies import personal, plain


def shown(counts: dict[str, int]) -> list[tuple[str, str]]:
    return [(cell.name, cell.shown) for cell in personal("", counts.items()).cells]


def test_counts_of_five_and_more_are_shown_largest_first() -> None:
    assert shown({"柑橘": 5, "水稻": 12}) == [("水稻", "12"), ("柑橘", "5")]


def test_small_counts_are_put_together() -> None:
    assert shown({"水稻": 12, "茶": 3, "桃": 4}) == [("水稻", "12"), ("其他", "7")]


def test_one_small_count_takes_the_next_larger_with_it_so_that_no_total_gives_it_away() -> None:
    assert shown({"水稻": 12, "柑橘": 6, "茶": 1}) == [("水稻", "12"), ("其他", "7")]


def test_a_table_that_is_small_as_a_whole_shows_no_number() -> None:
    assert shown({"茶": 1, "桃": 2}) == [("全部", "不足5")]
    assert shown({}) == []
    assert shown({"茶": 0}) == []


def test_no_personal_table_ever_shows_a_number_below_five() -> None:
    for first in range(8):
        for second in range(8):
            for third in range(8):
                counts = {"甲": first, "乙": second, "丙": third}
                table = personal("", counts.items())
                assert all(cell.count is None or cell.count >= 5 for cell in table.cells), counts
                if sum(counts.values()) >= 5:
                    assert sum(cell.count or 0 for cell in table.cells) == sum(counts.values()), counts


def test_counts_of_our_own_work_are_shown_as_they_are() -> None:
    assert [(cell.name, cell.count) for cell in plain("", [("待受理", 1), ("已办结", 9)]).cells] == [
        ("待受理", 1),
        ("已办结", 9),
    ]
