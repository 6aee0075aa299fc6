"""What farmers ask, from the articles: every way of asking becomes a training sentence of the intent its topic means.

The bot knows nothing else of the articles. It learns how farmers speak of a topic, so an article that is written
tomorrow needs no training.
"""

from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import yaml

from bot import settings
from bot.names import Names
from bot.topics import TOPIC_OF_INTENT

# The same safe loader in C, ten times as fast, where the library was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

FOLDER = settings.ROOT / "knowledge" / "articles"
INTENT_OF_TOPIC = {topic: intent for intent, topic in TOPIC_OF_INTENT.items() if intent != "ask_control"}
# Whether something is to be reported is learned from the sentences on danger alone.
_OF_DANGER = {
    "animal-disease-list-2022",
    "animal-emergency-regulation-2017",
    "animal-epidemic-prevention-law-2021",
    "plant-quarantine-list-2020",
}
_ANIMALS = {"animal", "aquatic", "insect"}


def read(folder: Path = FOLDER) -> List[Dict[str, Any]]:
    """Every article's fields, in order of file."""
    return [yaml.load(path.read_bytes(), Loader=_LOADER) for path in sorted(folder.rglob("*.yaml"))]  # noqa: S506


def sentences(names: Names, folder: Path = FOLDER) -> Iterator[Tuple[str, str]]:
    """Every way of asking with its intent, in order of file and line."""
    kinds = {thing.name: thing.kind for thing in names.of("object")}
    for article in read(folder):
        if _OF_DANGER.intersection(article.get("sources") or ()):
            continue
        for phrase in (article["question"], *(article.get("asked_as") or ())):
            intent = _intent(article, str(phrase), names, kinds)
            if intent:
                yield str(phrase), intent


def _intent(article: Dict[str, Any], phrase: str, names: Names, kinds: Dict[str, str]) -> str:
    topic, things = article["topic"], (article.get("object") or "").split("|")
    if topic in ("症状诊断", "疫病防控") and any(kinds.get(thing) in _ANIMALS for thing in things):
        return "ask_animal_health"
    if topic in ("病害", "虫害"):
        named = any(found.name.entity == "problem" for found in names.find(phrase))
        return "ask_control" if named else "ask_symptom"
    return INTENT_OF_TOPIC.get(topic, "")
