"""A pipeline on trial: trained and asked in processes of their own, so that memory is that process's peak alone.

Whoever starts these processes must stay small itself: the peak of a new process begins at the size of its parent.
"""

import os
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

import yaml

from bot import train
from bot.evaluate import Parse, parser_of, train_nlu_on

NO_REPLIES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Trained:
    """A model, and what its training took: seconds, and the megabytes of the process at its largest."""

    model: Path
    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Answers:
    """What a model made of some texts, one after the other, and what that took."""

    parsed: List[Dict[str, Any]]
    seconds: float
    megabytes: float


@contextmanager
def home() -> Iterator[Path]:
    """A home for trials alone, gone afterwards; nothing is taken over from an earlier training, and none disturbed."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(NONGWEN_HOME=folder, RASA_MAX_CACHE_SIZE="0")
        yield Path(folder)


def taught(
    config: Mapping[str, Any],
    sentences: Sequence[Tuple[str, str]],
    folder: Path,
    replies: Mapping[str, str] = NO_REPLIES,
) -> Trained:
    """Train a pipeline in a new folder; `replies` are what a ResponseSelector learns to choose from, by intent."""
    folder.mkdir()
    file = folder / "config.yml"
    file.write_text(yaml.safe_dump(dict(config), allow_unicode=True), encoding="utf-8")
    with _process() as one:
        return one.submit(_teach, file, list(sentences), dict(replies)).result()


class Asked:
    """A trained model in a process that loads it once and can be asked as often as one likes."""

    def __init__(self, model: Path) -> None:
        self._model, self._process = model, _process()

    def __enter__(self) -> "Asked":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.shutdown()

    def about(self, texts: Sequence[str]) -> Answers:
        """What the model makes of the texts; loading it is not counted."""
        return self._process.submit(_ask, self._model, list(texts)).result()


def _process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def _teach(config: Path, sentences: List[Tuple[str, str]], replies: Dict[str, str]) -> Trained:
    _prepare()
    began = time.perf_counter()
    model = train_nlu_on(sentences, config.parent, "model", config, replies)
    return Trained(model, time.perf_counter() - began, _peak())


def _ask(model: Path, texts: List[str]) -> Answers:
    parse = _parser(model)
    began = time.perf_counter()
    parsed = [parse(text) for text in texts]
    return Answers(parsed, time.perf_counter() - began, _peak())


@lru_cache(maxsize=1)
def _parser(model: Path) -> Parse:
    _prepare()
    return parser_of(model)


def _prepare() -> None:
    train.prepare_environment()
    train.quieten()


def _peak() -> float:
    """The most memory that this process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
