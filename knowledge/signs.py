"""The signs for and against an article being the answer to a question, each a number by a name."""

from enum import StrEnum

from core.places import UNKNOWN_COUNTY
from knowledge import names
from knowledge.articles import Article
from knowledge.asked import GUIDES, Asked
from knowledge.index import Entry, Index
from knowledge.topics import nearness

# The rarity of words that makes half a proof.
_ENOUGH = 6.0


class Relation(StrEnum):
    """How the object asked about relates to the object of the article."""

    SAME = "same_object"
    MENTIONED = "mentioned_object"
    LARGER = "larger_object"
    MEMBER = "member_object"
    ANY = "any_object"
    UNASKED = "unasked_object"


def read_signs(index: Index, asked: Asked) -> dict[int, dict[str, float]]:
    """For each article that may answer, the signs for and against it by name."""
    spoken_of = index.spoken_of(asked)
    told = index.told(asked)
    named = index.named(asked)
    by_words = index.best_phrasing_by_words(asked)
    by_pieces, by_keys = index.alike(asked)
    touched = {*spoken_of, *by_words, *told, *_named(index, asked)}
    signs: dict[int, dict[str, float]] = {}
    for at in touched:
        entry = index.entries[at]
        relation = _relation(asked, entry)
        if relation is None or not _holds_there(asked.query.place, entry.article):
            continue
        signs[at] = {
            "exact": float(asked.core in entry.cores),
            "named": named.get(at, 0.0),
            "amount": spoken_of.get(at, 0.0) / (spoken_of.get(at, 0.0) + _ENOUGH),
            "told": told.get(at, 0.0),
            "words": by_words.get(at, 0.0),
            "alike": float(by_pieces.best[at]),
            "alike_often": float(by_pieces.often[at]),
            "alike_whole": float(by_pieces.whole[at]),
            "alike_told": float(by_pieces.told[at]),
            "words_often": float(by_keys.often[at]),
            "words_whole": float(by_keys.whole[at]),
            "words_told": float(by_keys.told[at]),
            **_problem_signs(asked, entry),
            **_topic_signs(index, asked, entry),
            "operation": float(bool(asked.operations & entry.operations)),
            "kind": float(bool(asked.kinds & entry.kinds)),
            str(relation): 1.0,
        }
    return signs


def _relation(asked: Asked, entry: Entry) -> Relation | None:
    """None where the article is about something else: a question on maize never gets an article on rice.

    What is grown decides. A tool, an input or a place that a question names beside it (大棚, 面粉) excludes nothing.
    """
    if asked.objects & entry.objects:
        return Relation.SAME
    if asked.mentioned & entry.objects:
        return Relation.MENTIONED
    if asked.larger & entry.objects:
        return Relation.LARGER
    if asked.objects & entry.larger:
        return Relation.MEMBER
    if not entry.is_grown:
        return Relation.ANY
    return None if asked.is_grown else Relation.UNASKED


def _problem_signs(asked: Asked, entry: Entry) -> dict[str, float]:
    if asked.problems & entry.problems:
        return {"problem": 1.0}
    if asked.unclear & entry.problems or asked.problems & entry.spoken_of:
        return {"problem": 0.6}
    if _ANY_WEED in entry.problems and any(_topic_of(name) == _WEEDS for name in asked.problems):
        return {"problem": 0.6}
    causes = {name for name in asked.problems if _topic_of(name) in _CAUSES}
    if causes:
        return {"other_problem": 1.0 if entry.problems else ANOTHER_CAUSE}
    if asked.unclear or (entry.problems and asked.operations):
        return {"other_problem": 0.4}
    return {}


def _topic_signs(index: Index, asked: Asked, entry: Entry) -> dict[str, float]:
    """Whether the topic is what was asked; whether few other articles are, and whether this is the general guide."""
    its_own = entry.article.topics
    nearest = max((nearness(topic, own) for topic in asked.topics for own in its_own), default=0.0)
    signs = {_NEARNESS[nearest]: 1.0} if nearest in _NEARNESS else {}
    shared = asked.objects & entry.objects
    if shared and nearest == 1:
        signs["alone"] = 1 / min(index.as_many_about(shared, own) for own in its_own if own in asked.topics)
    if shared and not entry.problems and entry.article.topic in GUIDES:
        signs |= {"guide": 1.0, "bare": 1 / (1 + asked.special)}
    return signs


_NEARNESS = {1.0: "same_topic", 0.5: "near_topic", -1.0: "far_topic"}

# The question names a cause that the article is not about.
ANOTHER_CAUSE = 0.7

# Problems of these kinds are causes, and exclude each other. A symptom (黄叶) or the weather may go with any of them.
_CAUSES = {"病害", "虫害", "草害", "疫病防控"}

# An article on the weeds of a crop is on every one of them.
_WEEDS, _ANY_WEED = "草害", "杂草"


def _topic_of(problem: str) -> str:
    known = names.known().problems.get(problem)
    return known.topic if known else ""


def _named(index: Index, asked: Asked) -> list[int]:
    """The articles about the very object or problem that the question names, whatever else it says."""
    problems = asked.problems | asked.unclear
    return [at for at, entry in enumerate(index.entries) if problems & entry.problems or asked.objects & entry.objects]


def _holds_there(place: str, article: Article) -> bool:
    """An article for certain regions is left out where the farmer is known to be elsewhere."""
    regions = article.text.regions
    is_known = bool(place) and place != UNKNOWN_COUNTY
    return not regions or not is_known or any(place.startswith(code) or code.startswith(place) for code in regions)
