"""Train the bot's model, unless the right one is there already: python -m bot.train."""

import contextlib
import fcntl
import logging
import os
import shutil
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Dict, Iterable, Iterator, Tuple

import jieba
import yaml

from bot import articles, settings
from bot.names import FILES, Names
from bot.plaintext import plain_text

JIEBA_FREQUENCY = 20000  # high enough for a name to win against its parts

KEPT_MODELS = 3


def main() -> int:
    path = settings.model_path()
    with _alone():
        if path.exists():
            print(f"Model {path.name} is up to date, nothing to train.", flush=True)
            return 0
        print("Training the bot (a few minutes) ...", flush=True)
        started = time.monotonic()
        prepare_environment()
        write_derived_files(settings.build())
        with _ticking(started):
            train(path)
        forget_old_models(path)
        print(f"Trained model {path.name} in {time.monotonic() - started:.0f} s.", flush=True)
    return 0


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One training at a time in one home: whoever comes second finds the model made."""
    settings.home().mkdir(parents=True, exist_ok=True)
    with (settings.home() / "train.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def forget_old_models(new: Path) -> None:
    """Keep the new model and the few before it; each is some 15 MB."""
    others = [path for path in new.parent.glob("nongwen-*.tar.gz") if path != new]
    for old in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT_MODELS:]:
        old.unlink()


def prepare_environment() -> None:
    """What Rasa reads from the environment while it trains."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["NONGWEN_BUILD"] = str(settings.build())
    os.environ.setdefault("RASA_CACHE_DIRECTORY", str(settings.home() / "rasa-cache"))
    os.environ.setdefault("RASA_MAX_CACHE_SIZE", "200")  # megabytes
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    warnings.showwarning = lambda *_, **__: None  # libraries that warn of each other, and undo the filters
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("jieba").setLevel(logging.WARNING)
    jieba.dt.tmp_dir = str(settings.home())  # its cache; the common folder may hold somebody else's


def quieten() -> None:
    """Rasa logs every sentence it reads, unless told otherwise."""
    import rasa.utils.log_utils

    rasa.utils.log_utils.configure_structlog(logging.WARNING)


def write_derived_files(folder: Path) -> None:
    """Write what follows from other files: jieba's dictionary from the names, training sentences from the articles."""
    names = Names.read(settings.ROOT / "nlu_data")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "jieba").mkdir(parents=True)
    words = [w for entity in FILES.values() for w in names.spellings(entity) if len(w) > 1 and " " not in w]
    lines = (f"{word} {JIEBA_FREQUENCY}\n" for word in words)
    (folder / "jieba" / "names.txt").write_text("".join(lines), encoding="utf-8")
    written = list(training_sentences())
    of_articles = [(plain_text(phrase), intent) for phrase, intent in articles.sentences(names)]
    known = {text for text, _ in written}
    write_nlu(folder / "nlu" / "written.yml", written)
    write_nlu(folder / "nlu" / "articles.yml", (pair for pair in of_articles if pair[0] not in known))


def write_nlu(file: Path, sentences: Iterable[Tuple[str, str]]) -> None:
    """Sentences with their intents as Rasa's training data, each once for an intent."""
    by_intent: Dict[str, Dict[str, None]] = {}
    for text, intent in sentences:
        by_intent.setdefault(intent, {})[text] = None
    nlu = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
        for intent, texts in sorted(by_intent.items())
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True, sort_keys=False), "utf-8")


def training_sentences() -> Iterable[Tuple[str, str]]:
    """The sentences that were written for training, as messages are read, with their intents."""
    from rasa.shared.data import get_data_files, is_nlu_file
    from rasa.shared.nlu.training_data.loading import load_data

    for file in get_data_files([str(settings.ROOT / "nlu_data")], is_nlu_file):
        for example in load_data(file).intent_examples:
            yield plain_text(example.get("text")), example.get("intent")


def train(path: Path) -> None:
    """Train into a folder of its own and move the model into place when it is whole."""
    from rasa.model_training import train as rasa_train

    quieten()
    logging.getLogger("rasa.engine.training.hooks").setLevel(logging.INFO)
    unfinished = path.parent / "unfinished"
    path.parent.mkdir(parents=True, exist_ok=True)
    result = rasa_train(
        domain=str(settings.ROOT / "domain.yml"),
        config=str(settings.ROOT / "config.yml"),
        training_files=[str(settings.ROOT / "nlu_data" / "rules.yml"), str(settings.build() / "nlu")],
        output=str(unfinished),
        fixed_model_name=path.name.replace(".tar.gz", ""),
    )
    if not result.model:
        raise SystemExit("Training made no model; see the messages above.")
    os.replace(result.model, path)
    shutil.rmtree(unfinished, ignore_errors=True)


class _ticking:
    """Say every ten seconds that training is still going on."""

    def __init__(self, started: float) -> None:
        self._started, self._done = started, threading.Event()

    def __enter__(self) -> None:
        threading.Thread(target=self._tick, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _tick(self) -> None:
        while not self._done.wait(10):
            print(f"  ... still training, {time.monotonic() - self._started:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
