"""A long story, clause by clause: the article that its clauses speak for together is what is asked for.

Who tells a story says much that does not matter (who he is, what the neighbours said), and the chance of every article
shrinks with each such word. Each clause is therefore searched by itself, for the thing and the topic of the whole.
Thresholds are found by `python -m knowledge.tune` on stories that were written for it.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge import ranker, search
from knowledge.articles import Article
from knowledge.asked import Query
from knowledge.index import Index
from knowledge.search import Candidate, Decision, Verdict, Weights

MOST_CLAUSES = 16
_MOST_OFFERED = 3
_SHORTEST = 8  # characters; a shorter clause says too little by itself
_LONGEST = 20  # without a pause; then it is cut where something new begins
# The whole story counts as much as this many of its clauses.
_WHOLE = 2
_PAUSE = re.compile(r"[，,。；;！!？?、\s…~～]+")
_NEW = re.compile(
    r"(?<=.{7})(?=我们|我家|我屋|我想|我该|现在|今天|昨天|前天|请问|怎么|但是|可是|不过|然后|结果|是不是|有没有|"
    r"这几天|这两天|最近|去年|今年|上个)"
)


@dataclass(frozen=True)
class Heard:
    """What a story says for an article: its share of all that speaks for any, the mean chance over the clauses, and the
    chance by the clause that says most."""

    article: Article
    share: float
    mean: float
    best: float


def listen(
    index: Index, query: Query, whole: Sequence[Candidate], by: Weights, judge: ranker.Ranker | None = None
) -> tuple[Heard, ...]:
    """What the clauses of a story speak for, the most spoken for first; nothing where it has only one."""
    parts = clauses(query.question)
    if len(parts) < 2:
        return ()
    found: dict[str, Article] = {}
    total: dict[str, float] = defaultdict(float)
    best: dict[str, float] = defaultdict(float)

    def hear(ranked: Sequence[Candidate], times: int) -> None:
        for one in ranked:
            if search.is_allowed(one.reasons):
                id_ = one.article.id
                found[id_] = one.article
                total[id_] += times * one.score
                best[id_] = max(best[id_], one.score)

    hear(whole, _WHOLE)
    asked = [part for part in parts if len(part) >= _SHORTEST]
    for part in asked:
        ranked = search.rank(index, replace(query, question=part), by, judge)
        hear(search.fitting(query.question, ranked), 1)
    every = sum(total.values()) or 1.0
    heard = (Heard(found[id_], total[id_] / every, total[id_] / (len(asked) + _WHOLE), best[id_]) for id_ in found)
    return tuple(sorted(heard, key=lambda one: -one.share))


def clauses(text: str) -> tuple[str, ...]:
    """The clauses of a message, at most `MOST_CLAUSES`; what has no pause is cut where something new seems to begin."""
    parts = (part for part in _PAUSE.split(text) if part)
    cut = (piece for part in parts for piece in (_NEW.split(part) if len(part) > _LONGEST else (part,)) if piece)
    return tuple(cut)[:MOST_CLAUSES]


def choose(heard: Sequence[Heard], by: Weights) -> Decision:
    """A decision from what was heard, the most spoken for first."""
    if not heard or heard[0].best < by.choose_at:
        return Decision(Verdict.NONE)
    first = heard[0]
    others = tuple(one for one in heard[1:_MOST_OFFERED] if one.share >= by.choose_each)
    shown = tuple(Candidate(one.article, one.share, {}) for one in (first, *others))
    is_clear = first.share >= by.story_share_at and first.mean >= by.story_mean_at
    if is_clear:
        return Decision(Verdict.ANSWER, shown)
    return Decision(Verdict.CHOOSE, shown) if first.share >= by.choose_each else Decision(Verdict.NONE)
