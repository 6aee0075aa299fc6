"""Articles made for tests."""

from datetime import UTC, date, datetime
from typing import Any

from knowledge.article_files import ArticleText
from knowledge.articles import Article, State

FIELDS: dict[str, Any] = {
    "id": "rice-blast",
    "title": "水稻稻瘟病",
    "object": "水稻",
    "topic": "病害",
    "problem": "稻瘟病",
    "question": "水稻稻瘟病怎么防治？",
    "asked_as": ["禾叶上有梭子一样的斑", "谷子掐颈瘟怎么办", "稻子火烧瘟打什么药"],
    "look_for": "叶上梭形斑，中间灰白、边褐色，有黄晕。",
    "first": "先断氮肥，保持浅水。",
    "steps": ["破口前看天气，雨多雾多就要防。", "选标签登记了水稻稻瘟病的药剂，用量按标签。"],
    "avoid": ["不要偏施氮肥。"],
    "look_alikes": ["胡麻叶斑病：斑小、像芝麻。"],
    "call_expert": "成片枯死时拍照回复0。",
    "regions": [],
    "season": "分蘖到抽穗",
    "sources": ["common-practice"],
    "safety": ["pesticide"],
    "reviewed_by": "第二读者",
    "approved_by": "",
    "valid_until": date(2099, 12, 31),
}

MAIZE: dict[str, Any] = {
    "id": "maize-fertilizing",
    "title": "玉米怎么施肥",
    "object": "玉米",
    "topic": "施肥",
    "problem": "",
    "question": "玉米怎么施肥、什么时候追肥？",
    "asked_as": ["苞谷追肥怎么追", "包谷下什么底肥", "玉米要施几次肥"],
    "look_for": "",
    "steps": ["底肥打底。", "大喇叭口期重追肥。"],
}


def text(**changes: Any) -> ArticleText:
    """An article that breaks no rule, with changes."""
    return ArticleText.model_validate({**FIELDS, **changes})


def article(**changes: Any) -> Article:
    """The same, published."""
    return Article(text(**changes), State.PUBLISHED, 1, "", "", datetime(2026, 1, 1, tzinfo=UTC))
