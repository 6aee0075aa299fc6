"""The knowledge desk: what may answer, what a writer is told, drafts from answers, spreadsheets, groups of questions."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from core.database import Transaction
from core.errors import Refused
from knowledge import articles, desk, drafting, grouping, lint, rules, sheets, telling
from knowledge.articles import State
from knowledge.drafting import Answered
from knowledge.grouping import Asked
from knowledge.sheets import Fate
from tests.knowledge.kit import text

NOW = datetime(2026, 11, 22, tzinfo=UTC)


# --- saving and publishing


@pytest.mark.database
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": ["每亩50克兑水喷雾，按标签。"]}, "步骤：写了具体用量，请改成“按标签”（50克）"),
        ({"steps": ["撒克百威。", "再看。"]}, "步骤：写到了这里禁用的农药"),
        ({"first": "买康宽来打。"}, "先做什么：写了商品名、厂家或店铺，请去掉（康宽）"),
        ({"sources": ["hearsay"]}, "来源：不是登记过的来源"),
        ({"object": "苞谷"}, "对象：不是名单里的标准名称"),
    ],
)
def test_a_text_that_breaks_a_rule_is_kept_as_a_draft_and_never_answers(
    tx: Transaction, change: dict[str, object], words: str
) -> None:
    wrong = text(**change)
    assert any(one.startswith(words) for one in desk.look(wrong, ()).wrong)
    with pytest.raises(Refused) as refused:
        desk.add(tx, wrong, by="王农", publish=True)
    assert refused.value.rule == "article_breaks_rule"
    assert words in refused.value.words
    draft = desk.add(tx, wrong, by="王农", publish=False)
    assert draft.state is State.DRAFT
    with pytest.raises(Refused):
        desk.publish(tx, draft.id, seen=1, by="王农")
    assert articles.published(tx) == ()


@pytest.mark.database
def test_an_answering_article_cannot_be_changed_into_a_wrong_one(tx: Transaction) -> None:
    article = desk.add(tx, text(), by="王农", publish=True)
    with pytest.raises(Refused):
        desk.save(tx, text(steps=["每亩两斤。", "再看。"]), seen=article.version, by="王农", publish=False)
    saved = desk.save(tx, text(first="先看水。"), seen=article.version, by="李芳", publish=False)
    assert (saved.state, saved.version, saved.first) == (State.PUBLISHED, 2, "先看水。")


@pytest.mark.database
def test_short_articles_may_answer_and_are_to_be_looked_at_again(tx: Transaction) -> None:
    short = text(asked_as=[], steps=["先排水。"], look_alikes=[])
    look = desk.look(short, ())
    assert look.wrong == ()
    assert [one.partition("：")[0] for one in look.doubts] == ["别的问法", "步骤", "容易混的"]
    assert desk.add(tx, short, by="王农", publish=True).state is State.PUBLISHED


@pytest.mark.database
def test_a_copy_of_another_article_is_noticed(tx: Transaction) -> None:
    desk.add(tx, text(), by="王农", publish=True)
    doubts = desk.look(text(id="copy", title="另一个标题"), articles.published(tx)).doubts
    assert any("步骤和另一篇几乎一样" in one for one in doubts)
    assert any("和另一篇重复" in one for one in doubts)


@pytest.mark.database
def test_only_what_answers_is_signed(tx: Transaction) -> None:
    draft = desk.add(tx, text(), by="王农", publish=False)
    with pytest.raises(Refused, match="先发布"):
        desk.sign(tx, draft.id, seen=1, by="王农")
    published = desk.publish(tx, draft.id, seen=1, by="王农")
    assert desk.sign(tx, draft.id, seen=published.version, by="王农（县农技站）").approved_by.startswith(
        "王农（县农技站），20"
    )


@pytest.mark.database
def test_ids_are_made_from_titles_and_never_twice(tx: Transaction) -> None:
    assert desk.new_id(tx, "水稻纹枯病（烂脚）") == "shui-dao-wen-ku-bing-lan-jiao"
    desk.add(tx, text(id="shui-dao-wen-ku-bing"), by="王农", publish=False)
    assert desk.new_id(tx, "水稻纹枯病") == "shui-dao-wen-ku-bing-2"
    assert desk.new_id(tx, "！！！") == "article"


def test_every_rule_has_chinese_words_for_the_writer() -> None:
    source = Path(rules.__file__).read_text() + Path(lint.__file__).read_text()
    named = set(re.findall(r'Finding\([^,]+, [^,]+, "(\w+)"', source))
    assert {"banned", "brand", "near_copy"} <= named
    for rule in named | {"dose", "dilution", "interval", "price", "yield"}:
        told = telling.of_finding(rules.Finding("x", "steps", rule, "english: said"))
        assert told.startswith("步骤：")
        assert "english" not in told, rule


# --- from an answer


def test_an_answer_becomes_the_beginnings_of_an_article() -> None:
    answer = (
        "您好，看照片像草地贪夜蛾。\n1. 傍晚扒开心叶看有没有虫粪和幼虫。\n"
        "2、虫还小的时候打药，选标签登记了玉米的药。\n不要中午打药。\n三天后再拍照给我看。"
    )
    fields = drafting.from_answer(Answered("苞谷叶子好多虫眼", answer, "玉米", "虫害", "草地贪夜蛾"))
    assert fields["title"] == "玉米草地贪夜蛾"
    assert fields["look_for"] == "看照片像草地贪夜蛾。"
    assert fields["first"] == "傍晚扒开心叶看有没有虫粪和幼虫。"
    assert fields["steps"] == ["虫还小的时候打药，选标签登记了玉米的药。"]
    assert fields["avoid"] == ["不要中午打药。"]
    assert fields["call_expert"] == "三天后再拍照给我看。"
    assert (fields["safety"], fields["sources"]) == (["pesticide"], ["expert-answer"])


def test_long_sentences_are_cut_where_a_line_ends() -> None:
    answer = "先看水。" + "，".join(f"第{number}块田要把边沟挖通" for number in range(20)) + "。"
    steps = drafting.from_answer(Answered("田里积水", answer))["steps"]
    assert isinstance(steps, list)
    assert len(steps) > 1
    assert all(len(step) <= 80 for step in steps)


def test_an_empty_answer_makes_an_empty_article() -> None:
    fields = drafting.from_answer(Answered("怎么办", "好的，谢谢！"))
    assert (fields["first"], fields["steps"]) == ("", [])


# --- spreadsheets


@pytest.mark.database
def test_what_is_exported_is_read_back_unchanged(tx: Transaction) -> None:
    lists = {"asked_as": ["=HYPERLINK(1)", "问法二", "问法三"], "also_topics": ["症状诊断", "用药安全"]}
    desk.add(tx, text(**lists), by="王农", publish=True)
    content = sheets.write(articles.listed(tx))
    cells = [cell for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}
    assert all(cell.value is None for cell in cells if cell.data_type == "n")
    assert [one.fate for one in sheets.plan(tx, sheets.read(content))] == [Fate.SAME]


def _sheet(*rows: dict[str, object]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    heads = list(dict.fromkeys(head for row in rows for head in row))
    sheet.append(heads)
    for row in rows:
        sheet.append([row.get(head) for head in heads])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


ROW: dict[str, object] = {
    "标题": "小麦怎么种", "对象": "小麦", "主题": "栽培管理", "标准问法": "小麦怎么种？", "别的问法": "种小麦\n小麦种植技术\n麦子咋种",
    "先做什么": "先看墒情。", "步骤": "整地要细。\n播深要匀。", "有效期到": date(2028, 12, 31),
}  # fmt: skip


@pytest.mark.database
def test_new_rows_come_in_as_drafts_under_their_standard_names(tx: Transaction) -> None:
    done = sheets.carry_out(tx, sheets.read(_sheet({**ROW, "对象": "麦子"})), by="陈协调")
    assert [one.fate for one in done] == [Fate.NEW]
    article = articles.get(tx, "xiao-mai-zen-me-zhong")
    assert (article.state, article.object, article.steps) == (State.DRAFT, "小麦", ("整地要细。", "播深要匀。"))


@pytest.mark.database
def test_a_changed_row_is_a_new_version_and_an_outdated_one_is_refused(tx: Transaction) -> None:
    desk.add(tx, text(), by="王农", publish=True)
    rows = sheets.read(sheets.write(articles.listed(tx)))
    assert rows[0].text is not None
    changed = [sheets.Row(2, "x", rows[0].text.model_copy(update={"first": "先看水。"}), rows[0].seen)]
    assert [one.fate for one in sheets.carry_out(tx, changed, by="陈协调")] == [Fate.CHANGED]
    assert articles.get(tx, "rice-blast").first == "先看水。"
    again = [sheets.Row(2, "x", rows[0].text.model_copy(update={"first": "又改。"}), rows[0].seen)]
    refused = sheets.plan(tx, again)[0]
    assert (refused.fate, refused.why) == (Fate.WRONG, "导出以后别人又改过这一篇，请重新导出再改")


@pytest.mark.database
def test_a_row_cannot_sign_and_cannot_bring_a_wrong_text_to_farmers(tx: Transaction) -> None:
    desk.add(tx, text(), by="王农", publish=True)
    row = sheets.read(_sheet({**ROW, "编号": "rice-blast", "版本": 1, "审定": "冒名", "步骤": "每亩两斤。\n再看。"}))[0]
    assert row.text is not None
    assert row.text.approved_by == ""
    planned = sheets.plan(tx, [row])[0]
    assert planned.fate is Fate.WRONG
    assert "写了具体用量" in planned.why


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"主题": "病"}, "主题：请选一个主题"),
        ({"也属于": "病"}, "也属于：不在主题的名单里"),
        ({"有效期到": "明年"}, "有效期到：要写成 2028-12-31 这样的日期"),
        ({"步骤": ""}, "步骤：至少要写一条"),
        ({"标题": "长" * 21}, "标题：超过20个字"),
        ({"步骤": "短。\n" + "长" * 81}, "步骤第2条：超过80个字"),
    ],
)
def test_a_row_that_is_no_article_says_why(change: dict[str, object], words: str) -> None:
    row = sheets.read(_sheet({**ROW, **change}))[0]
    assert row.text is None
    assert row.wrong == (words,)


def test_what_is_no_sheet_is_refused_in_words() -> None:
    for content, rule in ((b"not a sheet", "sheet_unreadable"), (_sheet({"a": 1}), "sheet_unknown")):
        with pytest.raises(Refused) as refused:
            sheets.read(content)
        assert refused.value.rule == rule


# --- groups of questions


def _asked(*texts: str) -> list[Asked]:
    return [Asked(text, number, NOW + timedelta(minutes=number)) for number, text in enumerate(texts)]


def test_questions_that_ask_the_same_are_one_group_and_the_most_asked_comes_first() -> None:
    found = grouping.groups(
        _asked("苹果树腐烂病怎么治", "小麦叶子发黄怎么办", "小麦叶子黄了是什么原因", "请问小麦叶子发黄怎么办？")
    )
    assert [(group.objects, group.times, group.farmers) for group in found] == [(("小麦",), 3, 3), (("苹果",), 1, 1)]
    assert found[0].last == NOW + timedelta(minutes=3)


def test_the_same_words_about_another_crop_are_another_group() -> None:
    assert len(grouping.groups(_asked("小麦什么时候播种", "油菜什么时候播种"))) == 2


def test_one_farmer_who_asks_ten_times_counts_once() -> None:
    ten = [Asked("鸡不下蛋", "one", NOW)] * 10
    two = [Asked("鸭不下蛋", number, NOW) for number in range(2)]
    assert [group.farmers for group in grouping.groups([*ten, *two])] == [2, 1]
