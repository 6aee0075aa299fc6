"""A Rasa component that only listens for danger: is this message of this kind of danger, or of anything else at all?

The classifier of intents divides a message among thirty of them, and one about a tiller that caught a foot goes to the
machines. A detector of its own for each kind is asked nothing else. Figures: docs/adr/0018-safety-is-code.md.
"""

import json
from typing import Any, Dict, List, Sequence, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.dangers import CHANCES, KINDS

_VOCABULARY, _WEIGHTS = "vocabulary.json", "weights.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DangerDetector(GraphComponent, IntentClassifier):
    """Logistic regression on pieces of 1 to `max_ngram` characters, one against all others for each kind of danger.

    Sets `danger_chances` of a message: by kind (`bot.dangers.KINDS`), how likely it is of that kind, from 0 to 1.
    `weight`: how much more a sentence of danger counts in training than another.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"max_ngram": 4, "min_df": 2, "C": 20.0, "weight": 3.0}

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._vectorizer = self._new_vectorizer()
        self._kinds: List[Text] = list(KINDS)
        self._weights = np.zeros((0, len(KINDS)))
        self._biases = np.zeros(len(KINDS))

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "DangerDetector":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "DangerDetector":
        detector = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            detector._vectorizer.vocabulary_ = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
            with np.load(folder / _WEIGHTS, allow_pickle=False) as kept:
                detector._vectorizer.idf_ = kept["idf"]
                detector._weights, detector._biases = kept["weights"], kept["biases"]
                detector._kinds = kept["kinds"].tolist()
        return detector

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all sentences; a kind of which there are none is never heard."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        features = self._vectorizer.fit_transform([_squeezed(example.get(TEXT)) for example in examples])
        self._weights = np.zeros((features.shape[1], len(KINDS)))
        self._biases = np.full(len(KINDS), -np.inf)
        for column, intents in enumerate(KINDS.values()):
            is_of_it = np.array([example.get(INTENT).startswith(intents) for example in examples])
            if is_of_it.any():
                self._learn(column, features, is_of_it)
        self._persist()
        return self._resource

    def _learn(self, column: int, features: Any, is_of_it: Any) -> None:
        weights = {True: self._config["weight"], False: 1.0}
        regression = LogisticRegression(solver="liblinear", C=self._config["C"], class_weight=weights)
        regression.fit(features, is_of_it)
        self._weights[:, column] = regression.coef_[0]
        self._biases[column] = regression.intercept_[0]

    def _persist(self) -> None:
        words = {word: int(number) for word, number in self._vectorizer.vocabulary_.items()}
        with self._storage.write_to(self._resource) as folder:
            (folder / _VOCABULARY).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
            np.savez_compressed(
                folder / _WEIGHTS,
                idf=self._vectorizer.idf_,
                weights=self._weights,
                biases=self._biases,
                kinds=np.array(self._kinds),
            )

    def process(self, messages: List[Message]) -> List[Message]:
        texts = [message.get(TEXT) or "" for message in messages]
        for message, chances in zip(messages, self.chances(texts), strict=True):
            message.set(CHANCES, chances, add_to_output=True)
        return messages

    def chances(self, texts: Sequence[Text]) -> List[Dict[Text, float]]:
        """For each text, by kind of danger, how likely it is of that kind."""
        if not texts:
            return []
        features = self._vectorizer.transform([_squeezed(text) for text in texts])
        found = expit(features @ self._weights + self._biases)
        return [dict(zip(self._kinds, map(float, row), strict=True)) for row in found]

    def _new_vectorizer(self) -> TfidfVectorizer:
        return TfidfVectorizer(
            analyzer="char",
            ngram_range=(1, self._config["max_ngram"]),
            min_df=self._config["min_df"],
            sublinear_tf=True,
        )


def _squeezed(text: Text) -> Text:
    """The text without what farmers set or leave out as they please: blanks and marks become one blank."""
    return " ".join("".join(sign if sign.isalnum() else " " for sign in text).split())
