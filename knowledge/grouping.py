"""Questions that ask the same in other words, put together."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz, process

from knowledge import names, words

# Two questions about the same crop whose words are this alike (rapidfuzz token_set_ratio, 0 to 100) ask the same.
_ALIKE = 72.0


@dataclass(frozen=True)
class Asked:
    """A question that somebody asked; `text` in plain Chinese."""

    text: str
    by: Hashable
    at: datetime


@dataclass(frozen=True)
class Group:
    """Questions that ask the same: the most usual wording, all wordings by frequency, how many farmers, and when last."""

    question: str
    wordings: tuple[str, ...]
    objects: tuple[str, ...]
    times: int
    farmers: int
    last: datetime


def groups(asked: Iterable[Asked]) -> list[Group]:
    """Put the questions together; those that most farmers ask come first."""
    by_object: dict[tuple[str, ...], dict[str, list[Asked]]] = defaultdict(lambda: defaultdict(list))
    for one in asked:
        about = names.known().find(one.text).about
        by_object[tuple(sorted(about))][words.core(one.text)].append(one)
    found = [_group(about, together) for about, cores in by_object.items() for together in _alike(cores)]
    return sorted(found, key=lambda group: (-group.farmers, -group.times, -group.last.timestamp()))


def _alike(cores: dict[str, list[Asked]]) -> Iterable[list[Asked]]:
    """Cores in order of frequency; each joins the first group before it that it is like."""
    leaders: dict[str, list[Asked]] = {}
    keys: list[str] = []
    for core, same in sorted(cores.items(), key=lambda item: -len(item[1])):
        key = " ".join(words.meaning(same[0].text)) or core
        nearest = process.extractOne(key, keys, scorer=fuzz.token_set_ratio, score_cutoff=_ALIKE)
        if nearest is None:
            keys.append(key)
            leaders.setdefault(key, []).extend(same)
        else:
            leaders[nearest[0]].extend(same)
    return leaders.values()


def _group(about: tuple[str, ...], together: list[Asked]) -> Group:
    wordings = Counter(one.text for one in together)
    return Group(
        question=wordings.most_common(1)[0][0],
        wordings=tuple(text for text, _ in wordings.most_common()),
        objects=about,
        times=len(together),
        farmers=len({one.by for one in together}),
        last=max(one.at for one in together),
    )
