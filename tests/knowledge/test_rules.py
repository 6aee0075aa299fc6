"""What an article may not say."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge import lint
from knowledge.rules import findings, numbers_in
from tests.knowledge.kit import FIELDS, text


def _rules(**changes: Any) -> set[str]:
    return {finding.rule for finding in findings(text(**changes))}


def test_a_good_article_has_no_findings() -> None:
    assert findings(text()) == ()


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("每亩施10公斤尿素。", "dose"),
        ("一亩用两斤石灰。", "dose"),
        ("每桶水兑20毫升。", "dose"),
        ("用50克药拌种。", "dose"),
        ("稀释800倍喷雾。", "dilution"),
        ("用五百倍液喷。", "dilution"),
        ("用5%石灰水消毒。", "dilution"),
        ("隔7天再喷。", "interval"),
        ("间隔十天一次。", "interval"),
        ("7~10天喷一次。", "interval"),
        ("采收前15天停药。", "interval"),
        ("每斤能卖3元。", "price"),
        ("补贴200多元。", "price"),
        ("亩产可达1000。", "yield"),
        ("能增产三成。", "yield"),
    ],
)
def test_a_number_that_must_not_be_invented_is_found(line: str, rule: str) -> None:
    assert rule in dict(numbers_in(line))


@pytest.mark.parametrize(
    "line",
    [
        "分两次追肥。", "留三张叶。", "气温降到十度以下盖膜。", "过几天再看一遍。", "水深一指。", "一年修剪两次。", "升级棚膜。", "第3天看根。", "用量和间隔按标签。",
    ],
)  # fmt: skip
def test_other_numbers_are_left_alone(line: str) -> None:
    assert list(numbers_in(line)) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"call_expert": "打13812345678找专家。"}, "phone"),
        ({"call_expert": "拨打12333热线问。"}, "phone"),
        ({"first": "先用大疆飞防一遍。"}, "brand"),
        ({"first": "这样做保证治好。"}, "promise"),
        ({"steps": ["用甲拌磷拌种。", "再浇水。"]}, "banned"),
        ({"steps": ["用3911撒在根部。", "再浇水。"]}, "banned"),
        ({"object": "白菜", "problem": "", "steps": ["用毒死蜱灌根，按标签。", "再浇水。"]}, "banned"),
        ({"steps": ["喷三环唑预防。", "再浇水。"]}, "label"),
        ({"safety": []}, "safety"),
        ({"object": "稻谷"}, "name"),
        ({"problem": "火烧瘟"}, "name"),
        ({"sources": ["some-blog"]}, "source"),
        ({"look_alikes": []}, "look_alikes"),
        ({"steps": ["长" * 80] * 6}, "length"),
    ],
)
def test_an_article_that_breaks_a_rule_is_found(change: dict[str, Any], rule: str) -> None:
    assert rule in _rules(**change)


def test_the_canonical_name_is_suggested() -> None:
    said = [finding.words for finding in findings(text(object="稻谷"))]
    assert "稻谷 is 水稻 in nlu_data/objects.tsv" in said


@pytest.mark.parametrize(
    "change",
    [
        {"avoid": ["甲拌磷早已禁用。"]},
        {"steps": ["禁用甲拌磷这类高毒药。", "再浇水。"]},
        {"steps": ["用毒死蜱防虫，按标签。", "再浇水。"], "problem": "二化螟"},
        {"call_expert": "报农业农村部门或拨打12316。"},
        {"steps": ["这病不能根治，挖除病株。", "再浇水。"]},
    ],
)
def test_a_warning_is_no_advice(change: dict[str, Any]) -> None:
    assert _rules(**change) == set()


def test_an_animal_article_prescribes_nothing() -> None:
    animal = {"object": "生猪", "problem": "拉稀", "topic": "疫病防控", "safety": ["veterinary"]}
    assert "prescription" in _rules(**animal, steps=["打恩诺沙星。", "保温。"])
    assert "prescription" not in _rules(**animal, steps=["别自己打恩诺沙星，请兽医看。", "保温。"])


def test_an_article_on_a_class_one_disease_speaks_of_no_treatment() -> None:
    animal = {"object": "生猪", "problem": "非洲猪瘟", "topic": "疫病防控", "safety": ["veterinary"]}
    assert "class_one" in _rules(**animal, steps=["先打针退烧。", "隔离。"])
    assert "class_one" not in _rules(**animal, steps=["不要打针、不要剖检。", "隔离。"])


def _folder_of(folder: Path, *several: dict[str, Any]) -> Path:
    for fields in several:
        (folder / f"{fields['id']}.yaml").write_text(yaml.safe_dump(fields, allow_unicode=True))
    return folder


def test_two_articles_that_say_the_same_are_found(tmp_path: Path) -> None:
    other = {
        **FIELDS,
        "id": "rice-blast-again",
        "title": "又一篇",
        "question": "别的问法是什么？",
        "asked_as": ["甲甲", "乙乙", "丙丙"],
    }
    found = lint.lint(_folder_of(tmp_path, FIELDS, other))
    assert [line.rpartition("[")[2] for line in found] == ["near_copy]"]


def test_one_phrasing_leads_to_one_article(tmp_path: Path) -> None:
    other = {
        **FIELDS,
        "id": "other",
        "first": "另一件事。",
        "steps": ["完全不同的头一步在这里。", "完全不同的第二步，用量按标签。"],
    }
    found = lint.lint(_folder_of(tmp_path, FIELDS, other))
    assert {line.rpartition("[")[2] for line in found} == {"repeated]"}


def test_the_command_fails_when_there_are_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.main([str(_folder_of(tmp_path, FIELDS))]) == 0
    assert lint.main([str(_folder_of(tmp_path, {**FIELDS, "object": "稻谷"}))]) == 1
    assert "rice-blast: object:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"steps": ["用克百威撒在根部。", "再浇水。"]}, "banned"),
        ({"steps": ["每亩50克兑水喷雾，按标签。", "再浇水。"]}, "dose"),
        ({"steps": ["买康宽来喷，按标签。", "再浇水。"]}, "brand"),
        ({"sources": []}, "sources needs at least 1 entries"),
        ({"look_alikes": []}, "look_alikes"),
        ({"steps": ["长" * 80] * 6}, "length"),
        ({"reviewed_by": ""}, "review"),
        ({"approved_by": "张三"}, "approval"),
        ({"asked_as": ["只有一种问法"]}, "enough"),
    ],
)
def test_the_check_fails_on_such_an_article(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], rule: str
) -> None:
    assert lint.main([str(_folder_of(tmp_path, {**FIELDS, **change}))]) == 1
    assert rule in capsys.readouterr().out
