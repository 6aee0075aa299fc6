"""An answer in parts becomes the text that a farmer reads."""

import pytest

from conversations.written_answer import WrittenAnswer, from_article, lines_of
from core.database import Transaction
from knowledge import articles
from knowledge.article_files import FOLDER

WHOLE = WrittenAnswer(
    judgement="稻瘟病",
    certainty="likely",
    basis="叶上有梭形斑。",
    steps=("排干田水。", "发病中心先喷。"),
    avoid=("不要再追氮肥。", "不要漫灌"),
    look_again="三天后拍照给我看。",
)


def test_every_part_has_its_line_and_every_step_its_number() -> None:
    assert WHOLE.as_text() == (
        "判断：稻瘟病（多半是）\n依据：叶上有梭形斑。\n怎么做：\n1. 排干田水。\n2. 发病中心先喷。\n不要做：不要再追氮肥；不要漫灌\n什么时候再看：三天后拍照给我看。"
    )


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (WrittenAnswer(), ""),
        (WrittenAnswer(certainty="sure"), ""),
        (WrittenAnswer(judgement="缺镁"), "判断：缺镁"),
        (WrittenAnswer(judgement="缺镁", certainty="unsure"), "判断：缺镁（还不能确定）"),
        (WrittenAnswer(judgement="缺镁", certainty="made up"), "判断：缺镁"),
        (WrittenAnswer(steps=("先排水",)), "怎么做：\n1. 先排水"),
    ],
)
def test_what_is_not_said_leaves_no_label(parts: WrittenAnswer, text: str) -> None:
    assert parts.as_text() == text


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("1. 排水\n2、喷药\n\n  （3）再看 ", ("排水", "喷药", "再看")),
        ("① 排水\r\n- 喷药", ("排水", "喷药")),
        ("2.5公斤石灰兑水\n10天后再看\n3株一丛", ("2.5公斤石灰兑水", "10天后再看", "3株一丛")),
        (" \n\n", ()),
    ],
)
def test_steps_lose_the_numbers_typed_before_them_and_keep_their_amounts(typed: str, lines: tuple[str, ...]) -> None:
    assert lines_of(typed) == lines


def test_an_article_gives_its_steps_and_leaves_the_judgement_to_the_expert(tx: Transaction) -> None:
    articles.load_starter(tx, FOLDER / "rice")
    article = next(one for one in articles.published(tx) if "pesticide" in one.safety)
    parts = from_article(article)
    assert (parts.judgement, parts.certainty) == ("", "")
    assert parts.steps[0] == article.first
    assert set(article.steps) < set(parts.steps)
    assert any("标签" in step for step in parts.steps[-1:])
    assert parts.avoid == article.avoid
    assert "机器人" not in parts.as_text()
