"""Reading article files: what is wrong is said in one sentence with file, field and rule."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge import article_files, lint, sources
from knowledge.article_files import BadFile
from tests.knowledge.kit import FIELDS


def _write(folder: Path, name: str = "rice-blast", **changes: Any) -> Path:
    fields = {**FIELDS, "id": name, **changes}
    path = folder / f"{name}.yaml"
    path.write_text(
        yaml.safe_dump({key: value for key, value in fields.items() if value is not None}, allow_unicode=True)
    )
    return path


def test_a_good_file_is_read(tmp_path: Path) -> None:
    file = article_files.read(_write(tmp_path))
    assert file.text.title == "水稻稻瘟病"
    assert len(file.sha256) == 64


def test_further_topics_are_kept_once_and_in_order(tmp_path: Path) -> None:
    file = article_files.read(_write(tmp_path, also_topics=["用药安全", "病害"]))
    assert file.text.topics == ("病害", "用药安全")
    file = article_files.read(_write(tmp_path, also_topics=["用药安全", "施肥"]))
    assert file.text.topics == ("病害", "施肥", "用药安全")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": "一二三四五六七八九十一二三四五六七八九十一"}, "title has more than 20 characters."),
        ({"topic": "病"}, "topic 病 is not a topic of docs/bot-contract.md."),
        ({"also_topics": ["病"]}, "also_topics 病 is not a topic of docs/bot-contract.md."),
        ({"also_topics": ["虫害", "草害", "施肥"]}, "also_topics takes at most 2 entries."),
        ({"steps": []}, "steps needs at least 1 entries."),
        ({"steps": ["短。", "长" * 81, "短。"]}, "steps.2 has more than 80 characters."),
        ({"asked_as": ["问法"] * 41}, "asked_as takes at most 40 entries."),
        ({"first": "长" * 121}, "first has more than 120 characters."),
        ({"valid_until": None}, "valid_until is missing."),
        ({"dose": "两斤"}, "dose is no field of an article."),
    ],
)
def test_a_bad_file_is_refused_with_file_field_and_rule(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadFile) as refused:
        article_files.read(_write(tmp_path, **change))
    assert str(refused.value) == f"rice-blast.yaml: {sentence}"


def test_the_id_is_the_file_name(tmp_path: Path) -> None:
    path = _write(tmp_path)
    with pytest.raises(BadFile, match="id must equal the file name"):
        article_files.read(path.rename(tmp_path / "other.yaml"))


def test_a_folder_gives_the_good_and_says_what_is_bad(tmp_path: Path) -> None:
    (tmp_path / "rice").mkdir()
    (tmp_path / "maize").mkdir()
    _write(tmp_path / "rice")
    _write(tmp_path / "maize")
    _write(tmp_path, "broken", topic="病")
    (tmp_path / "torn.yaml").write_text("a: [")
    good, wrong = article_files.read_folder(tmp_path)
    assert [file.text.id for file in good] == ["rice-blast"]
    assert len(wrong) == 3


def test_the_articles_of_the_project_break_no_rule() -> None:
    assert lint.lint() == ()


def test_the_sources_of_the_project_can_be_read_and_cited() -> None:
    known = sources.read()
    assert known["common-practice"].citation == "通行农技常识，待当地农技部门核对"
    assert known["pesticide-notice-736"].citation == (
        "氧乐果、克百威、灭多威、涕灭威禁用公告（农业农村部，农业农村部公告第736号，2023-12-25）"
    )


def test_a_source_without_a_title_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text("some-law:\n  publisher: 国务院\n")
    with pytest.raises(ValueError, match="some-law"):
        sources.read(file)
