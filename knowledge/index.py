"""Articles, prepared for search: in which of them a word, a pair of characters or a way of asking stands, and how rare it is."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from knowledge import names, reading, words
from knowledge.articles import Article
from knowledge.asked import Asked, any_grown, words_beside
from knowledge.likeness import Alike, Likeness, pieces

# How much a word says, by where it stands in the article.
_FIELDS = {"title": 1.0, "question": 1.0, "asked_as": 1.0, "problem": 1.0, "look_for": 0.8, "first": 0.4, "steps": 0.35}

# A word that only means the same says a little less than the very word.
_BY_CONCEPT = 0.75

# Of all known members, rare ones included.
_ENOUGH_FOR_A_GROUP, _SHARE_OF_A_GROUP = 3, 0.2

# A short question is covered by chance; this much rarity of words is taken to be asked beside what is said.
_DOUBT = 1.5

_DOUBT_IN_PAIRS = 8.0


@dataclass(frozen=True)
class Entry:
    article: Article
    objects: frozenset[str]
    larger: frozenset[str]
    is_grown: bool
    kinds: frozenset[str]
    problems: frozenset[str]
    spoken_of: frozenset[str]
    operations: frozenset[str]
    cores: frozenset[str]


@dataclass
class Index:
    """Articles, prepared for search. Built once for a set of articles and not changed afterwards."""

    entries: list[Entry] = field(default_factory=list)
    _word_places: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    _title_words: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    _phrasing_words: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    _phrasing_entry: list[int] = field(default_factory=list)
    _phrasing_mass: list[float] = field(default_factory=list)
    _pair_places: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _by_pieces: Likeness = field(default_factory=lambda: Likeness((), (), _pieces))
    _by_words: Likeness = field(default_factory=lambda: Likeness((), (), _keys))
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
        asked, told = [_phrasings(texts) for texts in said], [_advice(texts) for texts in said]
        index._by_pieces, index._by_words = Likeness(asked, told, _pieces), Likeness(asked, told, _keys)
        index._about = Counter((name, topic) for one in listed for name in one.text.objects for topic in one.topics)
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
        self._add_title(at, keys_of(word for line in texts["title"] for word in _said(line)))
        for text in _phrasings(texts):
            self._add_phrasing(at, text)

    def _add_title(self, entry: int, keys: set[str]) -> None:
        mass = sum(self.rarity(key) for key in keys)
        for key in keys:
            self._title_words[key].append((entry, self.rarity(key) / (mass + _DOUBT)))

    def _add_phrasing(self, entry: int, text: str) -> None:
        at = len(self._phrasing_entry)
        self._phrasing_entry.append(entry)
        kept = keys_of(word for word in _said(text) if word not in self.entries[entry].objects)
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
        for key in keys_of(asked.words):
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

    def alike(self, asked: Asked) -> tuple[Alike, Alike]:
        """How alike the question is to each article, by pieces of characters and by words."""
        return self._by_pieces.to(asked.query.question), self._by_words.to(asked.query.question)

    def as_many_about(self, names: Iterable[str], topic: str) -> int:
        """How many articles there are about one of these things and this topic, at the least."""
        return min((self._about[name, topic] for name in names), default=1) or 1

    def best_phrasing_by_words(self, asked: Asked) -> dict[int, float]:
        """For each article, how far the words of its nearest phrasing and of the question are the same."""
        keys = keys_of(asked.words)
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


def _entry(article: Article, texts: Mapping[str, Sequence[str]]) -> Entry:
    book = names.known()
    objects = _with_their_group(article.text.objects)
    found = book.find(" ".join((*texts["title"], *texts["question"])), objects)
    return Entry(
        article=article,
        objects=objects,
        larger=frozenset(name for one in objects for name in book.broader(one)),
        is_grown=any_grown(objects),
        kinds=frozenset(found.kinds),
        problems=frozenset(part for part in article.problem.split("|") if part),
        spoken_of=frozenset(
            name for phrase in _phrasings(texts) for name in _problems_in(phrase, article.text.objects)
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
        "asked_as": tuple(map(reading.in_common_words, text.asked_as)),
        "problem": (text.problem,),
        "look_for": (text.look_for,),
        "first": (text.first,),
        "steps": (*text.steps, *text.avoid),
    }


# The lines of articles are remembered: when the index is built anew, only what has changed costs time.
@lru_cache(maxsize=100_000)
def _masked(line: str) -> str:
    return names.known().masked(line)


@lru_cache(maxsize=100_000)
def _said(line: str) -> tuple[str, ...]:
    return words_beside(_masked(line))


@lru_cache(maxsize=100_000)
def _pairs(line: str) -> tuple[str, ...]:
    return words.pairs(_masked(line))


@lru_cache(maxsize=100_000)
def _problems_in(line: str, objects: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(names.known().find(line, objects).problems)


def _pieces(line: str) -> list[str]:
    return pieces(_masked(line))


def _keys(line: str) -> list[str]:
    """The words of a line, and what each is about."""
    return [key for word in _said(line) for key in (word, *words.concepts(word))]


def keys_of(said: Iterable[str]) -> set[str]:
    """Words as they are compared between phrasings: by what they are about, where that is known."""
    return {key for word in said for key in words.concepts(word) or (word,)}


def _all_keys(texts: Mapping[str, Sequence[str]]) -> set[str]:
    said = {word for lines in texts.values() for line in lines for word in _said(line)}
    return said | {concept for word in said for concept in words.concepts(word)}


def _phrasings(texts: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return (*texts["title"], *texts["question"], *texts["asked_as"])


def _advice(texts: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The lines that say what to look at and what to do."""
    return (*texts["look_for"], *texts["first"], *texts["steps"])


def _rarity(documents: Sequence[set[str]]) -> dict[str, float]:
    """Inverse document frequency; the entry "" is for what no document holds."""
    counts = Counter(word for document in documents for word in document)
    total = len(documents)
    rarity = {word: math.log((total + 1) / (count + 0.5)) for word, count in counts.items()}
    return {**rarity, "": math.log((total + 1) / 0.5)}
