"""What an administrator writes about an expert, read: crops, topics, places, dialects, level and capacity."""

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from core import places
from core.errors import Refused
from knowledge.names import NameBook
from knowledge.topics import TOPICS
from registry.experts import LEVEL_NAMES

_MOST_AT_ONCE = 50
_MOST_DIALECTS, _LONGEST_DIALECT = 10, 12


@dataclass(frozen=True)
class Profile:
    """What `registry.experts.enrol` is told of an expert."""

    objects: list[str]
    topics: list[str]
    places: list[str]
    dialects: list[str]
    level: int
    capacity: int


def read(form: MultiDict[str, str], book: NameBook) -> Profile:
    """The profile that a form holds; raises Refused with words for whatever nobody knows."""
    return Profile(
        objects=_objects(form.get("objects", ""), book),
        topics=_topics(form.getlist("topics")),
        places=_places(form.get("places", "")),
        dialects=_dialects(form.get("dialects", "")),
        level=_level(form.get("level", "")),
        capacity=_capacity(form.get("capacity", "")),
    )


def _objects(text: str, book: NameBook) -> list[str]:
    """Crops and animals by the names farmers use."""
    found = {name: book.canonical_object(name) for name in _names(text)}
    unknown = [name for name, canonical in found.items() if not canonical]
    if unknown:
        raise Refused("unknown_object", f"不认识这些作物或畜禽：{'、'.join(unknown)}。")
    return list(dict.fromkeys(str(canonical) for canonical in found.values()))


def _topics(ticked: list[str]) -> list[str]:
    unknown = [topic for topic in ticked if topic not in TOPICS]
    if unknown:
        raise Refused("unknown_topic", f"没有这样的主题：{'、'.join(unknown)}。")
    return [topic for topic in TOPICS if topic in ticked]


def _places(text: str) -> list[str]:
    """Places by name; one that could be several is refused like one that is unknown."""
    found = {name: places.by_code(name) or places.find(name) for name in _names(text)}
    unknown = [name for name, place in found.items() if place is None]
    if unknown:
        raise Refused("unknown_place", f"不清楚是哪里：{'、'.join(unknown)}。请写全，比如“韶关市乳源县”。")
    return list(dict.fromkeys(place.code for place in found.values() if place is not None))


def _dialects(text: str) -> list[str]:
    """Free words: there is no list of what people speak."""
    found = _names(text)
    if len(found) > _MOST_DIALECTS or any(len(name) > _LONGEST_DIALECT for name in found):
        raise Refused("dialects", f"方言最多写{_MOST_DIALECTS}种，每种不超过{_LONGEST_DIALECT}个字，用顿号隔开。")
    return found


def _level(text: str) -> int:
    """A form without the field leaves the lowest level."""
    if text and text not in {str(level) for level in LEVEL_NAMES}:
        raise Refused("level", "请选级别。")
    return int(text or min(LEVEL_NAMES))


def _capacity(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_AT_ONCE:
        raise Refused("capacity", f"同时处理的工单数要在1到{_MOST_AT_ONCE}之间。")
    return int(text)


def _names(text: str) -> list[str]:
    for separator in "，、;；\n\t ":
        text = text.replace(separator, ",")
    return list(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))
