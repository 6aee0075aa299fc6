"""Finding the article that answers a question, and knowing when none does. Pure functions over an index in memory."""

import math
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from core.places import UNKNOWN_COUNTY
from knowledge import asking, names, ranker, words
from knowledge.articles import Article
from knowledge.likeness import Likeness
from knowledge.names import NamesFound
from knowledge.topics import nearness

WEIGHTS_FILE = Path(__file__).parent / "search.toml"
MOST_CANDIDATES = 5
MOST_BESIDE = 2
CERTAIN = 0.99


@dataclass(frozen=True)
class Query:
    """What is asked. `object`, `topic` and `problem` come from the bot where it knows them, else they are empty.

    `object` may hold several joined by `|`. `place` is a division code. `is_sure` is false where the bot took the
    text for a farming question only barely: then only a strong match answers, and a match that would else answer is
    offered.
    """

    question: str
    object: str = ""
    topic: str = ""
    problem: str = ""
    place: str = ""
    is_sure: bool = True


class Verdict(StrEnum):
    """One article answers; a few may, let the farmer choose; or we do not know."""

    ANSWER = "answer"
    CHOOSE = "choose"
    NONE = "none"


@dataclass(frozen=True)
class Candidate:
    """An article that may answer, how likely (0 to 1), and why: the signs for and against it by name."""

    article: Article
    score: float
    reasons: Mapping[str, float]


@dataclass(frozen=True)
class Decision:
    """What to do with a question. `candidates` are in order, the best first.

    For ANSWER the first one answers, and up to two others may have been meant; CHOOSE offers up to five, and with a
    single one means: probably this, ask. For NONE they are the nearest, for the desk.
    """

    verdict: Verdict
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class Weights:
    """How much each sign counts, and the chances from which on we answer or offer a choice.

    The signs of an article add up to its strength. Strengths are turned into shares together (softmax), with 0 as the
    strength of "nothing that we have": two equal articles share what one alone would have. Both decide which articles
    are looked at closely, by the trees of `knowledge.ranker`, whose chances decide.
    Found by `python -m knowledge.tune`, which writes search.toml; never set by hand.
    """

    exact: float
    named: float
    amount: float
    told: float
    words: float
    alike: float
    alike_often: float
    problem: float
    other_problem: float
    same_topic: float
    near_topic: float
    far_topic: float
    operation: float
    alone: float
    kind: float
    guide: float
    bare: float
    same_object: float
    mentioned_object: float
    larger_object: float
    member_object: float
    any_object: float
    unasked_object: float
    answer_at: float
    lead_at: float
    strict_at: float
    choose_at: float
    choose_each: float


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The weights in use."""
    return Weights(**tomllib.loads(WEIGHTS_FILE.read_text(encoding="utf-8")))


THRESHOLDS = ("answer_at", "lead_at", "strict_at", "choose_at", "choose_each")
SIGNS = tuple(one.name for one in fields(Weights) if one.name not in THRESHOLDS)


# How much a word says, by where it stands in the article.
_FIELDS = {"title": 1.0, "question": 1.0, "asked_as": 1.0, "problem": 1.0, "look_for": 0.8, "first": 0.4, "steps": 0.35}
# A word that only means the same says a little less than the very word.
_BY_CONCEPT = 0.75

_ENOUGH_FOR_A_GROUP, _SHARE_OF_A_GROUP = 3, 0.25

# A short question is covered by chance; this much rarity of words is taken to be asked beside what is said.
_DOUBT = 1.5
_DOUBT_IN_PAIRS = 8.0
# The rarity of words that makes half a proof.
_ENOUGH = 6.0


class _Objects(StrEnum):
    """How the object asked about relates to the object of the article."""

    SAME = "same_object"
    MENTIONED = "mentioned_object"
    LARGER = "larger_object"
    MEMBER = "member_object"
    ANY = "any_object"
    UNASKED = "unasked_object"


@dataclass(frozen=True)
class _Entry:
    article: Article
    objects: frozenset[str]
    larger: frozenset[str]
    is_grown: bool
    kinds: frozenset[str]
    problems: frozenset[str]
    spoken_of: frozenset[str]
    operations: frozenset[str]
    cores: frozenset[str]


@dataclass(frozen=True)
class Asked:
    """A question, read: what it is about (`objects`), what else it mentions, and what it says beside that."""

    query: Query
    objects: frozenset[str]
    mentioned: frozenset[str]
    is_grown: bool
    larger: frozenset[str]
    kinds: frozenset[str]
    problems: frozenset[str]
    unclear: frozenset[str]
    operations: frozenset[str]
    topics: tuple[str, ...]
    core: str
    masked: str
    words: tuple[str, ...]
    pairs: frozenset[str]


@dataclass
class Index:
    """Articles, prepared for search. Built once for a set of articles and not changed afterwards."""

    entries: list[_Entry] = field(default_factory=list)
    _word_places: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    _title_words: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    _phrasing_words: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    _phrasing_entry: list[int] = field(default_factory=list)
    _phrasing_mass: list[float] = field(default_factory=list)
    _pair_places: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _likeness: Likeness = field(default_factory=lambda: Likeness(()))
    _about: Counter[tuple[str, str]] = field(default_factory=Counter)
    _word_rarity: dict[str, float] = field(default_factory=dict)
    _pair_rarity: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, articles: Iterable[Article]) -> "Index":
        """Prepare these articles."""
        index = cls()
        listed = list(articles)
        said = [_fields(article) for article in listed]
        index._word_rarity = _rarity([_all_keys(texts) for texts in said])
        index._pair_rarity = _rarity([set(_pairs(text)) for f in said for text in _phrasings(f)])
        for article, texts in zip(listed, said, strict=True):
            index._add(article, texts)
        index._likeness = Likeness([[_masked(text) for text in _phrasings(texts)] for texts in said])
        index._about = Counter((name, one.topic) for one in listed for name in one.text.objects)
        return index

    def _add(self, article: Article, texts: Mapping[str, Sequence[str]]) -> None:
        at = len(self.entries)
        self.entries.append(_entry(article, texts))
        best: dict[str, float] = {}
        for where, lines in texts.items():
            for word in (word for line in lines for word in _said(line)):
                best[word] = max(best.get(word, 0.0), _FIELDS[where])
                for concept in words.concepts(word):
                    best[concept] = max(best.get(concept, 0.0), _FIELDS[where] * _BY_CONCEPT)
        for word, weight in best.items():
            self._word_places[word].append((at, weight))
        for pair in {pair for lines in texts.values() for line in lines for pair in _pairs(line)}:
            self._pair_places[pair].append(at)
        self._add_title(at, _keys(word for line in texts["title"] for word in _said(line)))
        for text in _phrasings(texts):
            self._add_phrasing(at, text)

    def _add_title(self, entry: int, keys: set[str]) -> None:
        mass = sum(self.rarity(key) for key in keys)
        for key in keys:
            self._title_words[key].append((entry, self.rarity(key) / (mass + _DOUBT)))

    def _add_phrasing(self, entry: int, text: str) -> None:
        at = len(self._phrasing_entry)
        self._phrasing_entry.append(entry)
        kept = _keys(word for word in _said(text) if word not in self.entries[entry].objects)
        self._phrasing_mass.append(sum(self.rarity(word) for word in kept))
        for word in kept:
            self._phrasing_words[word].append((at, self.rarity(word)))

    def rarity(self, word: str) -> float:
        """How much a word says here: little if many articles hold it, most if none does."""
        if word in self._word_rarity:
            return self._word_rarity[word] * words.weight(word)
        known = [self.rarity(concept) for concept in words.concepts(word) if concept in self._word_rarity]
        return min(known) if known else self._word_rarity[""] * words.weight(word)

    def pair_rarity(self, pair: str) -> float:
        return self._pair_rarity.get(pair, self._pair_rarity[""])

    def spoken_of(self, asked: Asked) -> dict[int, float]:
        """For each article, how much of what is asked it speaks of, in rarity of words."""
        found: dict[int, float] = defaultdict(float)
        for word in asked.words:
            here: dict[int, float] = {}
            for key in (word, *words.concepts(word)):
                for at, weight in self._word_places.get(key, ()):
                    here[at] = max(here.get(at, 0.0), weight)
            for at, weight in here.items():
                found[at] += weight * self.rarity(word)
        return found

    def named(self, asked: Asked) -> dict[int, float]:
        """For each article, the share of its title, beside the crop, that the question names."""
        found: dict[int, float] = defaultdict(float)
        for key in _keys(asked.words):
            for at, share in self._title_words.get(key, ()):
                found[at] += share
        return found

    def told(self, asked: Asked) -> dict[int, float]:
        """For each article, the share of the question's character pairs that stand anywhere in it."""
        mass = sum(self.pair_rarity(pair) for pair in asked.pairs) + _DOUBT_IN_PAIRS
        found: dict[int, float] = defaultdict(float)
        for pair in asked.pairs:
            for at in self._pair_places.get(pair, ()):
                found[at] += self.pair_rarity(pair) / mass
        return found

    def alike(self, asked: Asked) -> tuple[Mapping[int, float], Mapping[int, float]]:
        """For each article, how alike its nearest way of asking is, and how alike its nearest few are."""
        return self._likeness.to(asked.masked)

    def as_many_about(self, names: Iterable[str], topic: str) -> int:
        """How many articles there are about one of these things and this topic, at the least."""
        return min((self._about[name, topic] for name in names), default=1) or 1

    def best_phrasing_by_words(self, asked: Asked) -> dict[int, float]:
        """For each article, how far the words of its nearest phrasing and of the question are the same."""
        keys = _keys(asked.words)
        mass = sum(self.rarity(key) for key in keys) or 1.0
        shared: dict[int, float] = defaultdict(float)
        for key in keys:
            for at, rarity in self._phrasing_words.get(key, ()):
                shared[at] += rarity
        best: dict[int, float] = {}
        for at, common in shared.items():
            entry = self._phrasing_entry[at]
            best[entry] = max(best.get(entry, 0.0), 2 * common / (mass + self._phrasing_mass[at]))
        return best


def decide(index: Index, query: Query, by: Weights | None = None) -> Decision:
    """Answer, offer a choice, or say that we do not know."""
    return choose(fitting(query.question, rank(index, query, by)), by or weights(), is_sure=query.is_sure)


def fitting(question: str, ranked: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Who asks where to buy, what something costs or what it takes to begin, wants no article on how to grow it."""
    for asks, tells in (
        (asking.where, asking.tells_where),
        (asking.price, asking.tells_price),
        (asking.cost, asking.tells_cost),
    ):
        if asks(question):
            ranked = [one for one in ranked if tells(one.article.title, one.article.text.question)]
    return tuple(ranked)


def rank(index: Index, query: Query, by: Weights | None = None) -> tuple[Candidate, ...]:
    """The articles that may answer, the best first; articles about another crop, animal or thing are left out."""
    return order(index, read_signs(index, read(query)), by or weights())


def order(index: Index, signs: Mapping[int, Mapping[str, float]], by: Weights) -> tuple[Candidate, ...]:
    """Candidates with their chances, the best first, as many as a decision needs."""
    strengths = sorted(((strength(reasons, by), -at) for at, reasons in signs.items()), reverse=True)
    shares = probabilities([value for value, _ in strengths])[: ranker.MOST]
    close = strengths[: ranker.MOST]
    kept = [signs[-at] for _, at in close]
    chances = ranker.known().chances(ranker.features(SIGNS, kept, [value for value, _ in close], shares))
    found = [
        Candidate(index.entries[-at].article, chance, reasons)
        for (_, at), reasons, chance in zip(close, kept, with_certainty(chances, kept), strict=True)
    ]
    return tuple(sorted(found, key=lambda one: -one.score)[: 2 * MOST_CANDIDATES])


def with_certainty(chances: Sequence[float], signs: Sequence[Mapping[str, float]]) -> list[float]:
    """The chances; certain for the one article that says word for word that it answers this question."""
    very = [_is_the_very_question(reasons) for reasons in signs]
    return [CERTAIN if one and sum(very) == 1 else chance for one, chance in zip(very, chances, strict=True)]


def _is_the_very_question(reasons: Mapping[str, float]) -> bool:
    about = reasons.get(_Objects.SAME) or reasons.get(_Objects.ANY)
    return bool(reasons.get("exact") and about and not reasons.get("other_problem"))


def choose(ranked: Sequence[Candidate], by: Weights, *, is_sure: bool = True) -> Decision:
    """A decision from candidates in order, the best first."""
    reasons = [candidate.reasons for candidate in ranked[:2]]
    verdict, shown = judge(
        [candidate.score for candidate in ranked],
        by,
        may_answer=bool(ranked) and is_allowed(ranked[0].reasons),
        are_both_named=are_both_named(reasons),
        is_sure=is_sure,
    )
    return Decision(verdict, tuple(ranked[:shown]))


def are_both_named(reasons: Sequence[Mapping[str, float]]) -> bool:
    """Whether the best two are both about the very crop and a very problem that the question names.

    Two problems were asked about then, or there are two articles on one; the better one answers, the other beneath it.
    """
    return len(reasons) > 1 and all(one.get("problem") == 1 and one.get(_Objects.SAME) for one in reasons[:2])


def is_allowed(reasons: Mapping[str, float]) -> bool:
    """Whether an article with these signs may answer at all, however likely it is.

    What is said of one member of a group is not true of all, and who names a disease or a pest wants no other one.
    """
    return not reasons.get(_Objects.MEMBER) and reasons.get("other_problem", 0.0) < _ANOTHER_CAUSE


def judge(
    likely: Sequence[float],
    by: Weights,
    *,
    may_answer: bool = True,
    are_both_named: bool = False,
    is_sure: bool = True,
) -> tuple[Verdict, int]:
    """The rule itself: chances, the best first, to a verdict and how many candidates go with it."""
    first, second = (*likely, 0.0, 0.0)[:2]
    leads = are_both_named or first - second >= by.lead_at or first >= CERTAIN
    chance = first + second * are_both_named
    if may_answer and leads and chance >= (by.answer_at if is_sure else by.strict_at):
        beside = sum(probability >= by.choose_each for probability in likely[1 : 1 + MOST_BESIDE])
        return Verdict.ANSWER, 1 + max(beside, int(are_both_named))
    shown = sum(probability >= by.choose_each for probability in likely[:MOST_CANDIDATES])
    is_near_enough = is_sure or first >= by.answer_at
    if not is_near_enough or not shown or sum(likely[:shown]) < by.choose_at:
        return Verdict.NONE, min(len(likely), MOST_CANDIDATES)
    return Verdict.CHOOSE, shown


def strength(reasons: Mapping[str, float], by: Weights) -> float:
    """The weighted sum of the signs."""
    values: float = sum(getattr(by, name) * value for name, value in reasons.items())
    return values


def probabilities(strengths: Sequence[float]) -> list[float]:
    """How likely each is the answer; what is missing to 1 is the chance that none of them is."""
    highest = max((*strengths, 0.0))
    powers = [math.exp(value - highest) for value in strengths]
    whole = sum(powers) + math.exp(-highest)
    return [power / whole for power in powers]


def read(query: Query) -> Asked:
    """Read a question: its names, and the words that remain."""
    book = names.known()
    given = tuple(filter(None, (book.canonical_object(part) or part for part in query.object.split("|") if part)))
    found = book.find(query.question, given)
    objects = frozenset(given or found.about)
    larger = frozenset(name for one in objects for name in book.broader(one))
    given_problem = book.canonical_problem(query.problem, objects) or query.problem if query.problem else ""
    problems = frozenset(filter(None, (*found.problems, given_problem)))
    masked = book.masked(query.question)
    kept = tuple(dict.fromkeys(word for word in _words(masked) if word not in objects))
    return Asked(
        query=query,
        objects=objects,
        mentioned=frozenset(found.objects),
        is_grown=_any_grown(objects),
        larger=larger,
        kinds=frozenset(found.kinds),
        problems=problems,
        unclear=frozenset(found.unclear),
        operations=frozenset(found.operations),
        topics=_topics_asked(query.topic, found) or words.topics(kept),
        core=words.core(query.question),
        masked=masked,
        words=kept,
        pairs=frozenset(words.pairs(masked)),
    )


def read_signs(index: Index, asked: Asked) -> dict[int, dict[str, float]]:
    """For each article that may answer, the signs for and against it by name."""
    spoken_of = index.spoken_of(asked)
    told = index.told(asked)
    named = index.named(asked)
    by_words = index.best_phrasing_by_words(asked)
    alike, alike_often = index.alike(asked)
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
            "alike": alike.get(at, 0.0),
            "alike_often": alike_often.get(at, 0.0),
            **_problem_signs(asked, entry),
            **_topic_signs(index, asked, entry),
            "operation": float(bool(asked.operations & entry.operations)),
            "kind": float(bool(asked.kinds & entry.kinds)),
            str(relation): 1.0,
        }
    return signs


def _relation(asked: Asked, entry: _Entry) -> _Objects | None:
    """None where the article is about something else: a question on maize never gets an article on rice.

    What is grown decides. A tool, an input or a place that a question names beside it (大棚, 面粉) excludes nothing.
    """
    if asked.objects & entry.objects:
        return _Objects.SAME
    if asked.mentioned & entry.objects:
        return _Objects.MENTIONED
    if asked.larger & entry.objects:
        return _Objects.LARGER
    if asked.objects & entry.larger:
        return _Objects.MEMBER
    if not entry.is_grown:
        return _Objects.ANY
    return None if asked.is_grown else _Objects.UNASKED


def _any_grown(objects: Iterable[str]) -> bool:
    known = names.known().things
    return any(name not in known or known[name].is_grown for name in objects)


def _problem_signs(asked: Asked, entry: _Entry) -> dict[str, float]:
    if asked.problems & entry.problems:
        return {"problem": 1.0}
    if asked.unclear & entry.problems or asked.problems & entry.spoken_of:
        return {"problem": 0.6}
    if _ANY_WEED in entry.problems and any(_topic_of(name) == _WEEDS for name in asked.problems):
        return {"problem": 0.6}
    causes = {name for name in asked.problems if _topic_of(name) in _CAUSES}
    if causes:
        return {"other_problem": 1.0 if entry.problems else _ANOTHER_CAUSE}
    if asked.unclear or (entry.problems and asked.operations):
        return {"other_problem": 0.4}
    return {}


def _topic_signs(index: Index, asked: Asked, entry: _Entry) -> dict[str, float]:
    """Whether the topic is what was asked; whether few other articles are, and whether this is the general guide."""
    nearest = max((nearness(topic, entry.article.topic) for topic in asked.topics), default=0.0)
    signs = {_NEARNESS[nearest]: 1.0} if nearest in _NEARNESS else {}
    shared = asked.objects & entry.objects
    if shared and nearest == 1:
        signs["alone"] = 1 / index.as_many_about(shared, entry.article.topic)
    if shared and not entry.problems and entry.article.topic in _GUIDES:
        signs |= {"guide": 1.0, "bare": 1 / (1 + len(asked.words))}
    return signs


_NEARNESS = {1.0: "same_topic", 0.5: "near_topic", -1.0: "far_topic"}
_GUIDES = {"栽培管理", "饲养"}

# The question names a cause that the article is not about.
_ANOTHER_CAUSE = 0.7
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


def _topics_asked(given: str, found: NamesFound) -> tuple[str, ...]:
    """The topic that the bot gives; where that is the general one, what is to be done as well: 养兔子交配 is 繁殖."""
    if not given:
        return _topics(found)
    book = names.known()
    done = (book.operations[name].topic for name in found.operations) if given in _GUIDES else ()
    return tuple(dict.fromkeys((given, *done)))


def _topics(found: NamesFound) -> tuple[str, ...]:
    book = names.known()
    of_problems = [book.problems[name].topic for name in (*found.problems, *found.unclear)]
    of_operations = [book.operations[name].topic for name in found.operations]
    of_inputs = [_TOPIC_OF_INPUT[name] for name in found.objects if name in _TOPIC_OF_INPUT]
    return tuple(dict.fromkeys(of_problems + of_operations + of_inputs))


# What somebody wants who names these beside a crop.
_TOPIC_OF_INPUT = {
    "肥料": "施肥", "尿素": "施肥", "复合肥": "施肥", "氮肥": "施肥", "磷肥": "施肥", "钾肥": "施肥", "有机肥": "施肥", "农家肥": "施肥",
    "除草剂": "草害", "饲料": "饲养", "农业补贴": "政策补贴", "贷款": "政策补贴", "农业保险": "政策补贴", "种子": "品种", "种苗": "品种",
}  # fmt: skip


def _entry(article: Article, texts: Mapping[str, Sequence[str]]) -> _Entry:
    book = names.known()
    objects = _with_their_group(article.text.objects)
    found = book.find(" ".join((*texts["title"], *texts["question"])), objects)
    return _Entry(
        article=article,
        objects=objects,
        larger=frozenset(name for one in objects for name in book.broader(one)),
        is_grown=_any_grown(objects),
        kinds=frozenset(found.kinds),
        problems=frozenset(part for part in article.problem.split("|") if part),
        spoken_of=frozenset(
            name for phrase in _phrasings(texts) for name in book.find(phrase, article.text.objects).problems
        ),
        operations=frozenset(found.operations),
        cores=frozenset(words.core(phrase) for phrase in _phrasings(texts)),
    )


def _with_their_group(objects: Sequence[str]) -> frozenset[str]:
    """Several members of a small group stand for the group: what holds for 苦瓜, 丝瓜 and 南瓜 holds for 瓜类."""
    things = names.known().things
    groups = Counter(group for name in objects if name in things for group in things[name].part_of)
    return frozenset(objects) | {
        group
        for group, members in groups.items()
        if members >= _ENOUGH_FOR_A_GROUP and members >= _members()[group] * _SHARE_OF_A_GROUP
    }


@lru_cache(maxsize=1)
def _members() -> Counter[str]:
    return Counter(group for thing in names.known().things.values() for group in thing.part_of)


def _fields(article: Article) -> dict[str, Sequence[str]]:
    text = article.text
    return {
        "title": (text.title,),
        "question": (text.question,),
        "asked_as": text.asked_as,
        "problem": (text.problem,),
        "look_for": (text.look_for,),
        "first": (text.first,),
        "steps": (*text.steps, *text.avoid),
    }


def _words(masked: str) -> tuple[str, ...]:
    """What is said of the crop or animal; which one it is, is compared by itself."""
    return tuple(word for word in words.meaning(masked) if word != names.MASK)


# The lines of articles are remembered: when the index is built anew, only what has changed costs time.
@lru_cache(maxsize=50_000)
def _masked(line: str) -> str:
    return names.known().masked(line)


@lru_cache(maxsize=50_000)
def _said(line: str) -> tuple[str, ...]:
    return _words(_masked(line))


@lru_cache(maxsize=50_000)
def _pairs(line: str) -> tuple[str, ...]:
    return words.pairs(_masked(line))


def _keys(said: Iterable[str]) -> set[str]:
    """Words as they are compared between phrasings: by what they are about, where that is known."""
    return {key for word in said for key in words.concepts(word) or (word,)}


def _all_keys(texts: Mapping[str, Sequence[str]]) -> set[str]:
    said = {word for lines in texts.values() for line in lines for word in _said(line)}
    return said | {concept for word in said for concept in words.concepts(word)}


def _phrasings(texts: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return (*texts["title"], *texts["question"], *texts["asked_as"])


def _rarity(documents: Sequence[set[str]]) -> dict[str, float]:
    """Inverse document frequency; the entry "" is for what no document holds."""
    counts = Counter(word for document in documents for word in document)
    total = len(documents)
    rarity = {word: math.log((total + 1) / (count + 0.5)) for word, count in counts.items()}
    return {**rarity, "": math.log((total + 1) / 0.5)}


def as_toml(used: Weights) -> str:
    """The weights as search.toml holds them."""
    return "".join(f"{one.name} = {getattr(used, one.name):.3f}\n" for one in fields(used))
