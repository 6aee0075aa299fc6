"""What `make ask` writes is contract §2 and nothing else."""

from app.commands.asking import told

ABOUT = {"id": "x", "title": "肥多烧苗怎么救", "object": "", "topic": "症状诊断"}


def test_what_is_only_measured_is_not_told() -> None:
    measured = {**ABOUT, "also_topics": "施肥"}
    answer = {"question": "烧苗了", "outcome": "answer", "chance": 0.7, "article": measured, "candidates": [measured]}
    assert told(answer) == {"question": "烧苗了", "outcome": "answer", "article": ABOUT, "candidates": [ABOUT]}


def test_without_an_article_there_is_none_to_tell() -> None:
    assert told({"outcome": "menu", "article": None, "candidates": []})["article"] is None
