"""Rasa components that decide what a message wants: the classifier, and the judge of what is ours to answer."""

import json
import re
from typing import Any, Dict, List, Optional, Text, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import dangers
from bot.dangers import CHANCES, is_danger

LONGEST_SMALLTALK = 15  # whoever tells more wants something, and hears that it is not ours
OUT_OF_SCOPE, SMALLTALK, INFORM = "out_of_scope", "smalltalk", "inform"
NOT_WORDS = re.compile(r"[\W_]+")
DIGITS = re.compile(r"\d+")
PARTICLES = re.compile(r"(?<=..)[啊呀哦噢喔哈嘛吧呢啦咯哟]+$")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FarmIntentClassifier(LogisticRegressionClassifier):
    """Rasa's logistic regression without its balanced class weights.

    What is not ours is by far the largest and most varied class. Weighing all classes alike took a quarter of it for
    questions of farming (the figures are in docs/adr/0032-logistic-regression.md).
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            **LogisticRegressionClassifier.get_default_config(),
            "max_iter": 300,
            "ranking_length": 0,
            "C": 1.0,
            "weights": {},
        }

    def __init__(self, config: Dict[Text, Any], name: Text, model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, name, model_storage, resource)
        self.clf.set_params(class_weight=None, C=self.config["C"])

    def train(self, training_data: TrainingData) -> Resource:
        """Sentences of some intents count more than others: `weights` in config.yml, by how the intent begins."""
        self.clf.set_params(class_weight={name: self._weight(name) for name in training_data.intents})
        return super().train(training_data)

    def _weight(self, intent: Text) -> float:
        fitting = [beginning for beginning in self.config["weights"] if intent.startswith(beginning)]
        return float(self.config["weights"][max(fitting, key=len)]) if fitting else 1.0


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class KnownPhrases(GraphComponent, IntentClassifier):
    """A message that stands in the training sentences word for word means what it says there, and a bare name a name.

    Commands are short (取消, 没有, 对) and share all their characters with small talk; they must never be guessed.
    """

    def __init__(self, storage: ModelStorage, resource: Resource, phrases: Dict[str, str]) -> None:
        self._storage, self._resource, self._phrases = storage, resource, phrases

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "KnownPhrases":
        return cls(model_storage, resource, {})

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "KnownPhrases":
        with model_storage.read_from(resource) as folder:
            phrases = json.loads((folder / "phrases.json").read_text(encoding="utf-8"))
        return cls(model_storage, resource, phrases)

    def train(self, training_data: TrainingData) -> Resource:
        for example in training_data.intent_examples:
            self._phrases[phrase(example.get(TEXT))] = example.get(INTENT)
        with self._storage.write_to(self._resource) as folder:
            (folder / "phrases.json").write_text(json.dumps(self._phrases, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            known = self._phrases.get(phrase(message.get(TEXT) or "")) or (INFORM if is_a_name(message) else None)
            if known:
                certain = {"name": known, "confidence": 1.0}
                message.set(INTENT, certain, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [certain], add_to_output=True)
        return messages


def is_a_name(message: Message) -> bool:
    """Is the whole message the name of a crop, a pest or the like?"""
    whole = phrase(message.get(TEXT) or "")
    named = (e for e in message.get(ENTITIES, []) if e["entity"] in ("object", "problem"))
    return any(phrase(message.get(TEXT)[e["start"] : e["end"]]) == whole for e in named)


def phrase(text: str) -> str:
    """The text without punctuation, blanks and trailing particles; one number is like another."""
    return PARTICLES.sub("", DIGITS.sub("0", NOT_WORDS.sub("", text.lower()))) or text


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ScopeJudge(GraphComponent, IntentClassifier):
    """Decides what a message wants from the whole ranking, not from its first place alone.

    Twenty kinds of farming question share the confidence of one message, so the question whether it is farming at all
    is answered by their sum. All thresholds of the bot are here:
    `sure` and `barely`: how much of the ranking must be farming for a sure, and for a doubtful question;
    `command`: how much of the ranking must be commands (转人工, 取消 …), of which the likeliest is meant: who wants an
    expert is not turned away because it might also be a need to file;
    `danger`: from what chance on the detectors of danger are believed, by kind (bot/dangers.py).
    """

    @classmethod
    def required_components(cls) -> List[Type]:
        return [IntentClassifier]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"sure": 0.5, "barely": 0.35, "command": 0.5, "danger": {}}

    def __init__(self, config: Dict[Text, Any]) -> None:
        self._config = config

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "ScopeJudge":
        return cls(config)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            ranking = message.get(INTENT_RANKING_KEY)
            if ranking:
                message.set(
                    INTENT, self.judge(ranking, message.get(TEXT) or "", message.get(CHANCES)), add_to_output=True
                )
                message.set(INTENT_RANKING_KEY, ranking[:5], add_to_output=True)
        return messages

    def judge(
        self, ranking: List[Dict[Text, Any]], text: Text, heard: Optional[Dict[Text, float]] = None
    ) -> Dict[Text, Any]:
        """The intent, its confidence, and whether we are sure of it; `heard` is what the detectors of danger say."""
        chance = {entry["name"]: float(entry["confidence"]) for entry in ranking}
        is_known = ranking[0]["confidence"] == 1.0
        danger = dangers.judge({} if is_known else heard or {}, chance, text, self._config["danger"])
        if danger:
            return danger
        ordinary = sum(value for name, value in chance.items() if not is_danger(name))
        chance = {name: value / ordinary for name, value in chance.items() if not is_danger(name)}
        first = max(chance, key=chance.__getitem__)
        farming = sum(value for name, value in chance.items() if is_question(name))
        commanding = sum(value for name, value in chance.items() if is_command(name))
        if is_command(first) and commanding >= self._config["command"]:
            return {"name": first, "confidence": chance[first], "sure": True}
        if farming >= self._config["barely"]:
            question = max(filter(is_question, chance), key=chance.__getitem__)
            return {"name": question, "confidence": farming, "sure": farming >= self._config["sure"]}
        is_talk = chance.get(SMALLTALK, 0) > chance.get(OUT_OF_SCOPE, 0) and len(text) <= LONGEST_SMALLTALK
        talk = SMALLTALK if is_talk else OUT_OF_SCOPE
        return {"name": talk, "confidence": 1.0 - farming, "sure": 1.0 - farming >= self._config["sure"]}


def is_question(intent: str) -> bool:
    return intent.startswith("ask_")


def is_command(intent: str) -> bool:
    return not is_question(intent) and not is_danger(intent) and intent not in (OUT_OF_SCOPE, SMALLTALK)
