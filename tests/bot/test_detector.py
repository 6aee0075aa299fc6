"""The detectors of danger by themselves: they learn one kind against everything else, and what is kept is what was learned."""

from pathlib import Path
from typing import Any, Dict, List, cast

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.dangers import CHANCES, KINDS
from bot.detector import DangerDetector

POISONED = ("娃喝了农药", "老汉喝了除草剂", "打药回来头晕呕吐", "喝了一口敌敌畏", "农药溅到眼睛里")
HARMLESS = ("水稻怎么施肥", "玉米什么时候种", "辣椒叶子黄了", "鱼塘怎么清塘", "鸡苗温度多少", "打药用什么喷头")
NODE = ExecutionContext(GraphSchema({}), "detector")


def config() -> Dict[str, Any]:
    return {**DangerDetector.get_default_config(), "min_df": 1}


@pytest.fixture
def storage(tmp_path: Path) -> LocalModelStorage:
    return cast(LocalModelStorage, LocalModelStorage.create(tmp_path))


def trained(storage: LocalModelStorage) -> DangerDetector:
    sentences = [(text, "danger_poisoning") for text in POISONED] + [(text, "ask_cultivation") for text in HARMLESS]
    detector = DangerDetector.create(config(), storage, Resource("detector"), NODE)
    detector.train(TrainingData([Message({TEXT: text, INTENT: intent}) for text, intent in sentences]))
    return detector


def test_danger_is_told_from_all_else_in_words_never_seen(storage: LocalModelStorage) -> None:
    danger, none = trained(storage).chances(["小孩喝了农药", "水稻什么时候施肥"])
    assert danger["people"] > 0.5 > none["people"]


def test_a_kind_without_sentences_is_never_heard(storage: LocalModelStorage) -> None:
    (chances,) = trained(storage).chances(["小孩喝了农药"])
    assert set(chances) == set(KINDS)
    assert all(chance == 0 for kind, chance in chances.items() if kind != "people")


def test_blanks_and_marks_change_nothing(storage: LocalModelStorage) -> None:
    one, other = trained(storage).chances(["小孩喝了，农药！！", "小孩喝了 农药"])
    assert one == other


def test_what_was_learned_is_kept_with_the_model(storage: LocalModelStorage) -> None:
    before = trained(storage).chances(POISONED)
    kept = DangerDetector.load(config(), storage, Resource("detector"), NODE)
    messages: List[Message] = kept.process([Message({TEXT: text}) for text in POISONED])
    assert [message.get(CHANCES) for message in messages] == [pytest.approx(chances) for chances in before]
    assert kept.process([]) == []
