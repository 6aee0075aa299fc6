"""make bench's two comparisons: searches side by side, and the bot's pipelines side by side, each as text of a section."""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from app.measuring import learning, pipelines, search_table
from app.measuring.questions import FOLDS, Asked, Folds, Question, left_out, own, phrases
from app.measuring.search_table import Compared
from app.measuring.searches import BySigns, Given, InUse, Learned, Pieces, Search, Signs, Words
from app.measuring.thresholds import score
from app.stack.programs import COMPARING, ROOT, SELECTING
from app.stack.running import NotReady
from knowledge import article_files, articles
from knowledge.articles import Article
from knowledge.index import Index

# Rasa's ResponseSelector would learn all articles for hours, so it is compared on every twelfth of them.
_FEW = 12
_TIMED = 200  # questions with which speed is measured


@dataclass(frozen=True)
class Prepared:
    """A search with its name, the seconds it took to make, and how fast it is where that was measured elsewhere."""

    name: str
    search: Search
    seconds: float
    per_second: float | None = None


@dataclass(frozen=True)
class Lessons:
    """What our search learned for each fold, and the seconds until it had its weights, and its trees."""

    weights: Sequence[Learned]
    trees: Sequence[Learned]
    weighed: float
    grown: float


class Selected(BaseModel):
    """What `bot.selector` wrote down."""

    ranked: tuple[tuple[tuple[str, float], ...], ...]
    seconds: float
    per_second: float
    epochs: int


def compare_pipelines(share: float | None, epochs: int | None) -> str:
    """Have the bot train and ask its pipelines, on a share of all sentences; None leaves the bot's own default."""
    found = of_the_bot(COMPARING, None, share=share, epochs=epochs)
    return pipelines.as_markdown(pipelines.Compared.model_validate_json(found))


def compare_searches(epochs: int | None) -> str:
    """Ask every search the same questions; `epochs` are those of Rasa's ResponseSelector, None for its usual ones."""
    every = [articles.from_file(file) for file in article_files.read_folder()[0]]
    folds = Folds.of(every)
    lessons = _learn(every, folds)
    few = every[::_FEW]
    told, asked = _questions(few, folds)
    selected = _selector(told, asked, epochs)
    return "\n\n".join(
        [
            _side_by_side(every, folds, lessons, []),
            search_table.EXPLAINED,
            f"Rasa's ResponseSelector takes long to learn, so it stands beside the others with every {_FEW}th article alone:",
            _side_by_side(few, folds, lessons, [selected]),
        ]
    )


def _side_by_side(every: Sequence[Article], folds: Folds, learned: Lessons, others: Sequence[Prepared]) -> str:
    told, asked = _questions(every, folds)
    prepared = [*_plain(told), *others, *_signs(told, learned)]
    speed = questions_a_second([one.search for one in prepared], asked.all)
    compared = [
        Compared(
            name=one.name,
            own=score(asked.own, [one.search.rank(each) for each in asked.own]),
            left_out=score(asked.left_out, [one.search.rank(each) for each in asked.left_out]),
            per_second=one.per_second or fast,
            seconds=one.seconds,
        )
        for one, fast in zip(prepared, speed, strict=True)
    ]
    return search_table.as_markdown(compared, asked)


def _questions(every: Sequence[Article], folds: Folds) -> tuple[list[Article], Asked]:
    """The articles as the searches are told them, and what is asked about them."""
    told, unheard = left_out(every, folds)
    return told, Asked(own(every, folds), unheard)


def questions_a_second(searches: Sequence[Search], asked: Sequence[Question]) -> list[float]:
    """How many questions each answers, one after the other; every question goes to all of them in turn."""
    some = asked[:: max(1, len(asked) // _TIMED)]
    seconds = [0.0] * len(searches)
    for question in some:
        for at, search in enumerate(searches):
            seconds[at] += _timed(lambda search=search, question=question: search.rank(question))[1]  # type: ignore[misc]
    return [len(some) / spent for spent in seconds]


def _plain(told: Sequence[Article]) -> list[Prepared]:
    _say("words and pieces of words")
    return [
        Prepared("BM25 over jieba's words", *_timed(lambda: Words(told))),
        Prepared("pieces of one to three characters, cosine", *_timed(lambda: Pieces(told))),
    ]


def _learn(every: Sequence[Article], folds: Folds) -> Lessons:
    _say("reading the signs of every question to learn from")
    lessons, reading = _timed(lambda: learning.lessons(every, folds))
    _say(f"learning from {len(lessons)} questions, {FOLDS} times")
    weights, weighing = _timed(lambda: learning.weights_by_fold(lessons))
    trees, growing = _timed(lambda: learning.trees_by_fold(lessons, weights))
    weighed = reading + weighing / FOLDS
    return Lessons(weights, trees, weighed, weighed + growing / FOLDS)


# One kind of likeness after the other, by what it is measured to.
_LIKENESS = {
    "to the nearest way of asking": ("alike",),
    "to all ways of asking together": ("alike_whole",),
    "to these and to what is said, by words as well": ("alike_whole", "alike_told", "words_whole", "words_told"),
}


def _signs(told: Sequence[Article], learned: Lessons) -> list[Prepared]:
    _say("our signs")
    index, indexing = _timed(lambda: Index.of(told))
    return [
        *(Prepared(f"likeness {to}, alone", BySigns(index, *names), indexing) for to, names in _LIKENESS.items()),
        Prepared("our fields and synonyms, weighed", Signs(index, learned.weights), indexing + learned.weighed),
        Prepared("the same, judged by trees", Signs(index, learned.trees), indexing + learned.grown),
        Prepared("the search in use", InUse(index), indexing),
    ]


def _selector(told: Sequence[Article], asked: Asked, epochs: int | None) -> Prepared:
    """Rasa's ResponseSelector, trained and asked in the bot's environment."""
    _say("Rasa's ResponseSelector")
    texts = list(dict.fromkeys(one.text for one in asked.all))
    known = [{"id": one.id, "title": one.title, "phrases": [one.title, *phrases(one)]} for one in told]
    given = {"articles": known, "questions": texts}
    found = Selected.model_validate_json(of_the_bot(SELECTING, given, epochs=epochs))
    rankings = Given(dict(zip(texts, found.ranked, strict=True)))
    name = f"Rasa's ResponseSelector, {found.epochs} epochs"
    return Prepared(name, rankings, found.seconds, found.per_second)


def of_the_bot(command: Sequence[str], given: Any, **options: float | None) -> str:
    """What a command of the bot writes, as JSON; it is handed a file of what is `given`, where something is."""
    with tempfile.TemporaryDirectory() as folder:
        asked, found = Path(folder, "asked.json"), Path(folder, "found.json")
        asked.write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
        said = [f"--{name}={value}" for name, value in options.items() if value is not None]
        line = [*command, *([str(asked)] if given else []), str(found), *said]
        if subprocess.run(line, cwd=ROOT, check=False).returncode != 0:
            raise NotReady("The bot could not be measured; the lines above say why.")
        return found.read_text(encoding="utf-8")


def _timed[T](make: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    return make(), time.perf_counter() - began


def _say(what: str) -> None:
    print(f"— {what} …", flush=True)
