"""Rasa components around the name files: find the names in a message, and let the classifier see their kinds."""

import json
import shutil
from pathlib import Path
from typing import Any, Dict, List, Optional, Text, Type

import jieba
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import CountVectorizer

from bot import settings
from bot.names import NAME_FILES, Found, Names

FOLDER = str(settings.ROOT / "nlu_data")


def keep_names(folder: Path, names_folder: Path) -> None:
    """Copy the name files into the model, so that it goes on working whatever happens to them."""
    for file in NAME_FILES:
        path = names_folder / f"{file}.tsv"
        if path.exists():
            shutil.copy(path, folder / path.name)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class NameFinder(GraphComponent, EntityExtractorMixin):
    """Finds object, problem, operation and place by longest match; the value is the canonical name."""

    @classmethod
    def required_components(cls) -> List[Type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"folder": FOLDER}

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource, names: Names) -> None:
        self._config, self._storage, self._resource, self.names = config, storage, resource, names

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
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
            return cls(config, model_storage, resource, Names.read(folder))

    def train(self, training_data: TrainingData) -> Resource:
        with self._storage.write_to(self._resource) as folder:
            keep_names(folder, Path(self._config["folder"]))
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            found = [found.as_entity() for found in self.names.find(message.get(TEXT) or "")]
            message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name(found), add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class OutlineFeaturizer(SparseFeaturizer, GraphComponent):
    """Shows the classifier the sentence with its names blotted out: 〈crop〉〈病害〉怎么防治.

    What is learned about rice then holds for every crop in the name files, also for one in no training sentence.
    """

    @classmethod
    def required_components(cls) -> List[Type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {**SparseFeaturizer.get_default_config(), "folder": FOLDER, "max_ngram": 3, "min_df": 1}

    def __init__(
        self,
        config: Dict[Text, Any],
        name: Text,
        storage: ModelStorage,
        resource: Resource,
        names: Names,
        vocabulary: Optional[Dict[str, int]] = None,
    ) -> None:
        super().__init__(name, config)
        self._storage, self._resource, self.names = storage, resource, names
        self._vectorizer = self._new_vectorizer(vocabulary) if vocabulary else None

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "OutlineFeaturizer":
        names = Names.read(Path(config["folder"]))
        return cls(config, execution_context.node_name, model_storage, resource, names)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "OutlineFeaturizer":
        with model_storage.read_from(resource) as folder:
            vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
            names = Names.read(folder)
        return cls(config, execution_context.node_name, model_storage, resource, names, vocabulary)

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        pass

    def train(self, training_data: TrainingData) -> Resource:
        outlines = [self.outline(example.get(TEXT)) for example in training_data.training_examples if example.get(TEXT)]
        vectorizer = self._new_vectorizer(None).fit(outlines)
        with self._storage.write_to(self._resource) as folder:
            words = {word: int(number) for word, number in vectorizer.vocabulary_.items()}
            (folder / "vocabulary.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
            keep_names(folder, Path(self._config["folder"]))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = message.get(TEXT)
            if text and self._vectorizer is not None:
                features = self._vectorizer.transform([self.outline(text)]).tocoo()
                self.add_features_to_message(None, features, TEXT, message)
        return messages

    def outline(self, text: str) -> str:
        """The words of the text, every name replaced by its kind, then all kinds that occur."""
        found = self.names.find(text)
        words: List[str] = []
        at = 0
        for name in found:
            if name.start >= at:
                words += [*_words(text[at : name.start]), _kind(name)]
                at = name.end
        words += _words(text[at:])
        kinds = sorted({f"has{_kind(name)}" for name in found}) or ["has-no-name"]
        return " ".join([*words, "|", *kinds])

    def _new_vectorizer(self, vocabulary: Optional[Dict[str, int]]) -> CountVectorizer:
        return CountVectorizer(
            tokenizer=str.split,
            token_pattern=None,
            lowercase=False,
            ngram_range=(1, self._config["max_ngram"]),
            min_df=self._config["min_df"],
            vocabulary=vocabulary,
        )


def _words(text: str) -> List[str]:
    return [word for word in jieba.lcut(text) if word.strip()]


def _kind(found: Found) -> str:
    return f"〈{found.name.entity}:{found.name.kind}〉" if found.name.entity != "place" else "〈place〉"
