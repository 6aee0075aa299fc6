"""A question, read: what it is about, what else it mentions, and what it says beside that."""

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge import names, words
from knowledge.names import NamesFound


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


# What every article on growing or keeping something is about: these words make no question more special.
_GENERAL = frozenset("种植 栽培 栽种 种 饲养 养殖 养 管理 产量 产量大 高产 增产 更多 多 生产 长好 管".split())  # noqa: SIM905


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

    @property
    def special(self) -> int:
        """How many words say more than that something is to be grown or kept well."""
        return sum(word not in _GENERAL for word in self.words)


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
    kept = tuple(dict.fromkeys(word for word in words_beside(masked) if word not in objects))
    return Asked(
        query=query,
        objects=objects,
        mentioned=frozenset(found.objects),
        is_grown=any_grown(objects),
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


def any_grown(objects: Iterable[str]) -> bool:
    known = names.known().things
    return any(name not in known or known[name].is_grown for name in objects)


GUIDES = {"栽培管理", "饲养"}


def _topics_asked(given: str, found: NamesFound) -> tuple[str, ...]:
    """The topic that the bot gives; where that is the general one, what is to be done as well: 养兔子交配 is 繁殖."""
    if not given:
        return _topics(found)
    book = names.known()
    done = (book.operations[name].topic for name in found.operations) if given in GUIDES else ()
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


def words_beside(masked: str) -> tuple[str, ...]:
    """What is said of the crop or animal; which one it is, is compared by itself."""
    return tuple(word for word in words.meaning(masked) if word != names.MASK)
