"""From what an expert once answered to the beginnings of an article; a person writes the rest."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge import names
from knowledge.article_files import MOST_FIRST, MOST_LINE, MOST_STEPS, MOST_TITLE

_SENTENCE_ENDS = re.compile(r"(?<=[。！？；;])|\n+")
_NUMBERING = re.compile(
    r"^\s*(?:[（(]?\d{1,2}[)）.、．]|[一二三四五六七八九十]{1,2}[、.．]|第[一二三四五六七八九十]步[，,：:]?|[-•·①-⑩])\s*"
)
_FORBIDS = re.compile(r"^(?:千万|切|一定)?(?:不要|别|不能|不可|忌|莫|勿|禁止|严禁)")
_LOOKS = re.compile(r"再拍|拍照|照片|联系我|找我|回复0|再问|打电话")
_JUDGES = re.compile(r"看照片|从照片|照片[上里看]|像是|应该是|很可能|可能是|初步判断|疑似")
_COURTESY = re.compile(r"^(?:(?:您好|你好|老乡|大哥|大姐|谢谢|不客气|好的|收到)[，。,！!]*)+$")
_GREETING = re.compile(r"^(?:您好|你好|老乡您好|老乡)[，,。！!]\s*")
_SPRAYS = re.compile(r"喷药|打药|用药|施药|药剂|杀虫剂|杀菌剂")


@dataclass(frozen=True)
class Answered:
    """A case as far as an article needs it: what was asked, what was answered, and what it was about."""

    question: str
    answer: str
    object: str = ""
    topic: str = ""
    problem: str = ""
    asked_as: Sequence[str] = ()


def from_answer(answered: Answered) -> dict[str, object]:
    """The fields of an article, as far as they can be told from an answer; what is missing is for the writer.

    The judgement becomes what to look for, the first advice what to do first, sentences that forbid what not to do.
    """
    sentences = [one for one in _sentences(answered.answer) if not _COURTESY.match(one)]
    avoid = [one for one in sentences if _FORBIDS.match(one)]
    judged = [one for one in sentences if one not in avoid and _JUDGES.search(one)]
    expert = [one for one in sentences if one not in (*avoid, *judged) and _LOOKS.search(one)]
    steps = [one for one in sentences if one not in (*avoid, *judged, *expert)]
    title = _title(answered)
    return {
        "title": title,
        "object": answered.object,
        "topic": answered.topic or "其他",
        "problem": answered.problem,
        "question": _question(answered, title),
        "asked_as": [
            phrase[:MOST_LINE] for phrase in _unique((answered.question, *answered.asked_as)) if len(phrase) > 1
        ],
        "look_for": "".join(judged),
        "first": steps[0][:MOST_FIRST] if steps else "",
        "steps": [line for step in (steps[1:] or steps) for line in _cut(step)][:MOST_STEPS],
        "avoid": [line for one in avoid for line in _cut(one)][:3],
        "call_expert": "".join(expert)[:MOST_LINE],
        "sources": ["expert-answer"],
        "safety": ["pesticide"] if _SPRAYS.search(answered.answer) else [],
    }


def _sentences(answer: str) -> list[str]:
    pieces = (_GREETING.sub("", _NUMBERING.sub("", piece)).strip() for piece in _SENTENCE_ENDS.split(answer))
    return [piece for piece in pieces if len(piece) > 1]


def _title(answered: Answered) -> str:
    thing = answered.object.split("|")[0]
    ailment = answered.problem.split("|")[0]
    if thing and ailment:
        return ailment if ailment.startswith(thing) else f"{thing}{ailment}"
    return re.sub(r"[，。？！,?!\s]+", "", answered.question)[:MOST_TITLE]


def _question(answered: Answered, title: str) -> str:
    asked = answered.question.strip()
    return asked if 4 <= len(asked) <= 40 else f"{title}怎么办？"


def _cut(sentence: str) -> Iterable[str]:
    """A sentence in pieces that a line can hold, cut at commas."""
    line = ""
    for piece in re.split(r"(?<=[，,、：:])", sentence):
        if line and len(line) + len(piece) > MOST_LINE:
            yield line
            line = ""
        line += piece
    while len(line) > MOST_LINE:
        yield line[:MOST_LINE]
        line = line[MOST_LINE:]
    if line:
        yield line


def _unique(phrases: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(phrase.strip() for phrase in phrases if phrase.strip()))


def canonical(objects: Iterable[str]) -> str:
    """Names as an article holds them: 苞谷、谷子 gives 玉米|水稻; what no row knows stays as it is written."""
    book = names.known()
    return "|".join(_unique(book.canonical_object(name.strip()) or name for name in objects))


def canonical_problems(problems: Iterable[str], objects: Sequence[str]) -> str:
    """The same for diseases, pests and symptoms."""
    book = names.known()
    return "|".join(_unique(book.canonical_problem(name.strip(), objects) or name for name in problems))
