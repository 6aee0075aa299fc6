"""Recognising danger in a farmer's words, by rules and before the bot is asked. Names come from the lists in `knowledge`."""

import re
import unicodedata

from conversations.triage import accidents, animals, harm, pests, poisoning, self_harm
from conversations.triage.dangers import Alarm, Danger
from knowledge import reading


def recognise(text: str) -> Alarm | None:
    """The danger in a farmer's words, people before animals and plants; None for ordinary words.

    Who wants to sell a sick animal is told of the duty to report it first: those words forbid the sale as well.
    """
    words = reading.plain(re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)))
    if self_harm.is_meant(words):
        return Alarm(Danger.SELF_HARM)
    is_poisoned = poisoning.is_meant(words)
    if accidents.is_meant(words) and not (is_poisoned and accidents.names_pesticide(words)):
        return Alarm(Danger.ACCIDENT)
    if is_poisoned:
        return Alarm(Danger.POISONING)
    harmful = harm.meant(words)
    if harmful and harmful != harm.SELLING_THE_SICK:
        return Alarm(Danger.HARMFUL, harmful)
    reported = animals.alarm(words) or pests.alarm(words)
    if reported is None and harmful:
        return Alarm(Danger.HARMFUL, harmful)
    return reported
