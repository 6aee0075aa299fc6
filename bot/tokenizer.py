"""The tokenizer: training sentences are read in the same plain width and on the same one line as farmers' messages."""

from typing import List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.plaintext import plain_text


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class PlainJiebaTokenizer(JiebaTokenizer):
    """Jieba after `bot.plaintext.plain_text`.

    What farmers write reaches the model in plain width. A training sentence that kept its wide comma would teach the
    classifier pieces (倒，姜) that no message ever has, and leave the narrow comma to the few sentences that have one.
    """

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        make_plain(training_data.training_examples)
        return super().process_training_data(training_data)

    def process(self, messages: List[Message]) -> List[Message]:
        make_plain(messages)
        return super().process(messages)


def make_plain(messages: List[Message]) -> None:
    for message in messages:
        text = message.get(TEXT)
        if text:
            message.set(TEXT, plain_text(text))
