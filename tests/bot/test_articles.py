"""What the classifier learns from the articles: their ways of asking, by topic, and nothing about danger."""

from pathlib import Path
from typing import Any, Dict

import pytest
import yaml

from bot import articles, settings, train
from bot.names import Names
from bot.plaintext import plain_text


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


@pytest.fixture(scope="module")
def derived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    train.write_derived_files(folder)
    return folder / "nlu"


def sentences_of(file: Path) -> "list[str]":
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [line[2:] for part in written["nlu"] for line in part["examples"].splitlines()]


def test_what_was_written_for_training_is_not_learned_twice(derived: Path) -> None:
    written, of_articles = sentences_of(derived / "written.yml"), sentences_of(derived / "articles.yml")
    assert len(of_articles) == len(set(of_articles)) > 5000
    assert len(written) > 5000
    assert set(written).isdisjoint(of_articles)


def test_what_is_learned_is_read_as_messages_are(derived: Path) -> None:
    every = {text for file in ("written.yml", "articles.yml") for text in sentences_of(derived / file)}
    # Read twice, a message stays as it is: the service reads it before the bot does. Where two dialect words meet, the
    # second reading may find one more.
    assert len([text for text in every if plain_text(text) != text]) < 5


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("啲雞唔食嘢，點算好", "些鸡不吃东西,怎么办"),
        ("苞谷叶子黄起了咋个办？", "苞谷叶子黄起了怎么办?"),
        ("/restart", "／restart"),
    ],
)
def test_messages_are_read_in_common_words(said: str, means: str) -> None:
    assert plain_text(said) == means
