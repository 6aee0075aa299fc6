"""Rasa components around the name files: find the names in a message, and let the classifier see their kind."""

import json
from pathlib import Path
from typing import Any, Dict, List, Text, Tuple, Type

import jieba
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import settings
from bot.names import Name, Names


def word_spans(text: str) -> List[Tuple[int, int]]:
    """Where jieba sees words."""
    return [(start, end) for _, start, end in jieba.tokenize(text)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class NameFinder(GraphComponent, EntityExtractorMixin):
    """Finds object, problem, operation and place by longest match; the value is the canonical name.

    The names are stored in the model, so that a model goes on working whatever happens to the name files.
    """

    @classmethod
    def required_components(cls) -> List[Type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"folder": str(settings.ROOT / "nlu_data")}

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource, names: Names) -> None:
        self._config, self._storage, self._resource, self.names = config, storage, resource, names

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> "NameFinder":
        return cls(config, model_storage, resource, Names.read(Path(config["folder"])))

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "NameFinder":
        with model_storage.read_from(resource) as folder:
            rows = json.loads((folder / "names.json").read_text(encoding="utf-8"))
        names = Names(Name(e, n, k, tuple(a), tuple(o), c) for e, n, k, a, o, c in rows)
        return cls(config, model_storage, resource, names)

    def train(self, training_data: TrainingData) -> Resource:
        rows = [(n.entity, n.name, n.kind, n.aliases, n.objects, n.code) for n in self.names.all]
        with self._storage.write_to(self._resource) as folder:
            (folder / "names.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = message.get(TEXT)
            found = [found.as_entity() for found in self.names.find(text, word_spans)] if text else []
            known = message.get(ENTITIES, [])
            message.set(ENTITIES, known + self.add_extractor_name(found), add_to_output=True)
        return messages
