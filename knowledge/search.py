"""Finding the article that answers a question, and knowing when none does. Pure functions over an index in memory."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from knowledge import asking, ranker
from knowledge.articles import Article
from knowledge.asked import Query, read
from knowledge.index import Index
from knowledge.signs import ANOTHER_CAUSE, Relation, read_signs

WEIGHTS_FILE = Path(__file__).parent / "search.toml"

MOST_CANDIDATES = 5

MOST_BESIDE = 2

CERTAIN = 0.99


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
    alike_whole: float
    alike_told: float
    words_often: float
    words_whole: float
    words_told: float
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
    story_share_at: float
    story_mean_at: float


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The weights in use."""
    return Weights(**tomllib.loads(WEIGHTS_FILE.read_text(encoding="utf-8")))


THRESHOLDS = (
    "answer_at", "lead_at", "strict_at", "choose_at", "choose_each", "story_share_at", "story_mean_at",
)  # fmt: skip

SIGNS = tuple(one.name for one in fields(Weights) if one.name not in THRESHOLDS)


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


def rank(
    index: Index, query: Query, by: Weights | None = None, judge: ranker.Ranker | None = None
) -> tuple[Candidate, ...]:
    """The articles that may answer, the best first; articles about another crop, animal or thing are left out."""
    return order(index, read_signs(index, read(query)), by or weights(), judge or ranker.known())


def order(
    index: Index, signs: Mapping[int, Mapping[str, float]], by: Weights, judge: ranker.Ranker
) -> tuple[Candidate, ...]:
    """Candidates with their chances, the best first, as many as a decision needs."""
    strengths = sorted(((strength(reasons, by), -at) for at, reasons in signs.items()), reverse=True)
    shares = probabilities([value for value, _ in strengths])[: ranker.MOST]
    close = strengths[: ranker.MOST]
    kept = [signs[-at] for _, at in close]
    chances = judge.chances(ranker.features(SIGNS, kept, [value for value, _ in close], shares))
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
    about = reasons.get(Relation.SAME) or reasons.get(Relation.ANY)
    return bool(reasons.get("exact") and about and not reasons.get("other_problem"))


def choose(ranked: Sequence[Candidate], by: Weights, *, is_sure: bool = True) -> Decision:
    """A decision from candidates in order, the best first."""
    pairs = [(one.article, one.reasons) for one in ranked]
    verdict, shown = judge(
        [candidate.score for candidate in ranked],
        by,
        may_answer=bool(ranked) and is_allowed(ranked[0].reasons),
        akin=akin(pairs),
        are_both_named=are_both_named(pairs),
        is_sure=is_sure,
    )
    return Decision(verdict, tuple(ranked[:shown]))


Pair = tuple[Article, Mapping[str, float]]


def akin(ranked: Sequence[Pair]) -> tuple[int, ...]:
    """The places of those candidates that are about the same crop and topic as the first, and no other disease or pest.

    Whichever of them was meant, the first is no bad answer: their chances count for it as well.
    """
    return tuple(at for at, (other, _) in enumerate(ranked[:MOST_CANDIDATES]) if at and are_akin(ranked[0][0], other))


def are_akin(one: Article, other: Article) -> bool:
    """Whether both are about the same crop and topic, and not about two different diseases or pests."""
    problems = [{part for part in article.problem.split("|") if part} for article in (one, other)]
    is_another_problem = all(problems) and problems[0].isdisjoint(problems[1])
    shares_an_object = not set(one.text.objects).isdisjoint(other.text.objects)
    return one.topic == other.topic and shares_an_object and not is_another_problem


def are_both_named(ranked: Sequence[Pair]) -> bool:
    """Whether the best two are both about the very crop and a very problem that the question names.

    Two problems were asked about then, or there are two articles on one; the better one answers, the other beneath it.
    """
    return len(ranked) > 1 and all(one.get("problem") == 1 and one.get(Relation.SAME) for _, one in ranked[:2])


def is_allowed(reasons: Mapping[str, float]) -> bool:
    """Whether an article with these signs may answer at all, however likely it is.

    What is said of one member of a group is not true of all, and who names a disease or a pest wants no other one.
    """
    return not reasons.get(Relation.MEMBER) and reasons.get("other_problem", 0.0) < ANOTHER_CAUSE


def judge(
    likely: Sequence[float],
    by: Weights,
    *,
    may_answer: bool = True,
    akin: Sequence[int] = (),
    are_both_named: bool = False,
    is_sure: bool = True,
) -> tuple[Verdict, int]:
    """The rule itself: chances, the best first, to a verdict and how many candidates go with it.

    Those that speak for the first (`akin`) count for it if it is half likely enough by itself, and the next likeliest
    stands beneath it then. Of the others none may come as near as `lead_at`.
    """
    first = likely[0] if likely else 0.0
    enough = by.answer_at if is_sure else by.strict_at
    behind = {*(akin if first >= enough / 2 else ()), *([1] if are_both_named else ())}
    rival = max((chance for at, chance in enumerate(likely) if at and at not in behind), default=0.0)
    leads = first - rival >= by.lead_at or first >= CERTAIN
    if may_answer and leads and first + sum(likely[at] for at in behind) >= enough:
        beside = sum(probability >= by.choose_each for probability in likely[1 : 1 + MOST_BESIDE])
        return Verdict.ANSWER, 1 + max(beside, int(are_both_named or first < enough))
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


def as_toml(used: Weights) -> str:
    """The weights as search.toml holds them."""
    return "".join(f"{one.name} = {getattr(used, one.name):.3f}\n" for one in fields(used))
