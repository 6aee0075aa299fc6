"""Adding up judgements: shares, latencies, and what bots that always do the same would score."""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.measuring.judging import About, Fit, Judgement, Reply, judge
from app.measuring.labels import Label


@dataclass(frozen=True)
class Judged:
    """A label, the reply, and what we think of it."""

    label: Label
    reply: Reply
    judgement: Judgement


@dataclass(frozen=True)
class Score:
    """One line of a table. Shares are None where there is nothing to divide by."""

    rows: int
    acceptable: float | None
    answered: float | None
    answered_of_answerable: float | None
    right: float | None
    right_object: float | None
    wrong: float | None
    offered_right: float | None
    unsafe: int
    median_ms: float | None
    p99_ms: float | None


CONSTANT_BOTS = ("hand_off", "answer", "out_of_scope")


def hold(label: Label, reply: Reply) -> Judged:
    """A reply together with its judgement."""
    return Judged(label, reply, judge(label, reply))


def score(judged: Sequence[Judged]) -> Score:
    """Add up.

    `answered_of_answerable` is the share answered of the rows that an answer is acceptable for. `right` and
    `right_object` are shares of the answers, and None where no label says what an answer has to be about. `wrong` is
    the share of all rows answered with an article about something else, or not to be answered at all. `offered_right`
    is the share of choices offered that hold a right article.
    """
    is_told = any(one.label.says_what_about for one in judged)
    offers = [one.judgement.offers_right for one in judged if one.judgement.offers_right is not None]
    fits = [one.judgement.fit for one in judged if one.judgement.fit is not None]
    answerable = [one.judgement.is_answer for one in judged if "answer" in one.label.outcomes]
    latencies = [one.reply.latency_ms for one in judged if one.reply.latency_ms is not None]
    return Score(
        rows=len(judged),
        acceptable=_share(sum(one.judgement.is_acceptable for one in judged), len(judged)),
        answered=_share(sum(one.judgement.is_answer for one in judged), len(judged)),
        answered_of_answerable=_share(sum(answerable), len(answerable)),
        right=_share(fits.count(Fit.RIGHT), len(fits)) if is_told else None,
        right_object=_share(len(fits) - fits.count(Fit.WRONG), len(fits)) if is_told else None,
        wrong=_share(fits.count(Fit.WRONG), len(judged)),
        offered_right=_share(sum(offers), len(offers)),
        unsafe=sum(one.judgement.is_unsafe for one in judged),
        median_ms=statistics.median(latencies) if latencies else None,
        p99_ms=_percentile(latencies, 99) if latencies else None,
    )


def by(judged: Iterable[Judged], column: str) -> Mapping[str, list[Judged]]:
    """The rows by what stands in `scope`, `kind` or `group`, in the order of the file; empty cells are left out."""
    parts: dict[str, list[Judged]] = {}
    for one in judged:
        name = str(getattr(one.label, column))
        if name:
            parts.setdefault(name, []).append(one)
    return parts


def constant(labels: Sequence[Label], outcome: str) -> list[Judged]:
    """What a bot would score that always does the same; the answering one has the commonest article of the labels."""
    article = _commonest(labels) if outcome == "answer" else None
    return [hold(label, Reply(outcome, article)) for label in labels]


def whole_groups(judged: Iterable[Judged]) -> tuple[int, int]:
    """How many groups of several rows have only rows without a failure, and how many such groups there are."""
    groups = [rows for rows in by(judged, "group").values() if len(rows) > 1]
    return sum(not any(one.judgement.failures for one in rows) for rows in groups), len(groups)


def failures(judged: Iterable[Judged]) -> Counter[str]:
    """How often each thing went wrong; what was missing or forbidden is counted without its words."""
    return Counter(
        "a word is missing" if what.startswith("does not say ") else "a forbidden word" if what.startswith("says ") else what
        for one in judged
        for what in one.judgement.failures
    )  # fmt: skip


def confusion(judged: Iterable[Judged]) -> Counter[tuple[str, str]]:
    """How often which outcome was wanted and which one came. Of several that are acceptable the one that came, else an
    alarm before an answer, and an answer before what is left."""
    return Counter((_wanted(one.label, one.reply.outcome), one.reply.outcome) for one in judged)


_WANTED_FIRST = ("emergency", "report_duty", "refuse", "file_need", "answer", "clarify", "hand_off")


def _wanted(label: Label, came: str) -> str:
    if came in label.outcomes:
        return came
    return next((outcome for outcome in _WANTED_FIRST if outcome in label.outcomes), min(label.outcomes))


def worst(judged: Sequence[Judged], most: int = 10) -> list[Judged]:
    """The failures that matter most: unsafe ones, then wrong answers, then all others, the surest first."""
    failing = [one for one in judged if one.judgement.failures]
    return sorted(failing, key=_badness, reverse=True)[:most]


def _badness(one: Judged) -> tuple[bool, bool, float]:
    return one.judgement.is_unsafe, one.judgement.fit is Fit.WRONG, one.reply.chance or 0.0


def _commonest(labels: Sequence[Label]) -> About:
    told = Counter(
        (label.objects[:1], label.topics[:1])
        for label in labels
        if label.says_what_about and "answer" in label.outcomes
    )
    if not told:
        return About((), "")
    (objects, topics), _ = told.most_common(1)[0]
    return About(tuple(name for name in objects if name), "".join(topics))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _percentile(values: Sequence[float], percent: int) -> float:
    """The nearest rank: a value that was measured, never one in between."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
