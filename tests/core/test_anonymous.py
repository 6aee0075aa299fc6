"""Taking personal data out of a text: what is found, and what must stay."""

import pytest

from core import anonymous


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("打我电话13812345678", "打我电话〔电话〕"),
        ("座机0751-8812345，138 1234 5678", "座机〔电话〕，〔电话〕"),
        ("身份证440232198001011234", "身份证〔号码〕"),
        ("加我微信abc_12345吧", "加我〔微信号〕吧"),
        ("我叫陈小明，种柑橘", "〔姓名〕，种柑橘"),
        ("我是大桥镇中冲村3组的李大柱，叶子黄了", "〔姓名〕，叶子黄了"),
        ("王师傅说要先排水", "〔姓名〕说要先排水"),
        ("乳源瑶族自治县大桥镇石角塘村的田", "〔地点〕的田"),
    ],
)
def test_who_somebody_is_is_taken_out(text: str, clean: str) -> None:
    found = anonymous.clean(text)
    assert found.text == clean
    assert found.removed


@pytest.mark.parametrize(
    "text",
    [
        "农村里的水稻黄叶子，叶面肥，高温天",
        "先把病叶摘掉，马上喷药，白粉病",
        "气温35度，苗龄3到4片叶，2026年11月22日",
        "全村的石灰都撒了，马蹄、黄豆、何首乌",
        "江西的柑橘和高山云雾茶",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert anonymous.clean(text) == anonymous.Cleaned(text, ())


def test_names_that_are_known_are_taken_out_wherever_they_stand() -> None:
    assert anonymous.clean("老赵的树，赵", known=["老赵", "赵", ""]).text == "〔姓名〕的树，赵"
