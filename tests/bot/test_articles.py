"""What the classifier learns from the articles: their ways of asking, by topic, and nothing about danger."""

from pathlib import Path
from typing import Any, Dict

import pytest
import yaml

from bot import articles, settings
from bot.names import Names


@pytest.fixture(scope="module")
def names() -> Names:
    return Names.read(settings.ROOT / "nlu_data")


def put(folder: Path, **changes: Any) -> Path:
    fields: Dict[str, Any] = {
        "id": "x", "object": "水稻", "topic": "施肥", "question": "水稻怎么施肥？", "asked_as": ["禾苗落咩肥好"],
        "sources": ["common-practice"], **changes,
    }  # fmt: skip
    (folder / "x.yaml").write_text(yaml.safe_dump(fields, allow_unicode=True), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "intents"),
    [
        ({}, {"ask_fertilise"}),
        ({"topic": "土地"}, {"ask_land"}),
        (
            {"topic": "病害", "question": "水稻纹枯病怎么防治？", "asked_as": ["禾脚烂成一片"]},
            {"ask_control", "ask_symptom"},
        ),
        ({"topic": "症状诊断", "object": "鸡", "question": "鸡不下蛋查什么？", "asked_as": []}, {"ask_animal_health"}),
        ({"topic": "其他"}, set()),
        ({"sources": ["plant-quarantine-list-2020"]}, set()),
    ],
)
def test_a_way_of_asking_has_the_intent_of_its_topic(
    tmp_path: Path, names: Names, change: Dict[str, Any], intents: "set[str]"
) -> None:
    assert {intent for _, intent in articles.sentences(names, put(tmp_path, **change))} == intents


def test_every_topic_of_the_wall_has_an_intent_or_is_meant_to_have_none() -> None:
    from bot.wall import TOPICS

    assert set(TOPICS) - set(articles.INTENT_OF_TOPIC) == {"病害", "虫害", "其他"}


def test_what_was_written_for_training_is_not_learned_twice(tmp_path: Path, names: Names) -> None:
    some = next(phrase for phrase, _ in articles.sentences(names))
    articles.write(tmp_path, {some}, names)
    written = yaml.safe_load((tmp_path / "articles.yml").read_text(encoding="utf-8"))
    phrases = [line[2:] for part in written["nlu"] for line in part["examples"].splitlines()]
    assert len(phrases) == len(set(phrases)) > 5000
    assert some not in phrases
