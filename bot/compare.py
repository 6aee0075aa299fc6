"""Pipelines beside each other, on the same sentences: python -m bot.compare OUT.json [--share S] [--only NAME ...].

Each learns nine tenths of a share of all sentences, in a process of its own, and is then asked about sentences that none
has seen: a tenth of all, and tests/bot/held_out.tsv. They answer in turns, so that drift of the machine hits all alike.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence

from bot import sample, settings, train, trial, variants
from bot.evaluate import is_ours
from bot.names import read_tsv
from bot.plaintext import plain_text
from bot.sample import Sentence
from bot.trial import Answers, Asked, Trained
from bot.variants import Config

SHARE = 0.02
PARTS = 4  # rounds in which the unseen sentences are asked
HELD_OUT = settings.ROOT / "tests" / "bot" / "held_out.tsv"
# What Rasa's FallbackClassifier says instead of an intent: turned away, like what is not ours.
FALLBACK = "nlu_fallback"


@dataclass
class Heard:
    """What a model made of some texts, in their order, the seconds of each round, and the megabytes it held."""

    parsed: List[Dict[str, Any]] = field(default_factory=list)
    seconds: List[float] = field(default_factory=list)
    megabytes: float = 0.0

    def add(self, answers: Answers) -> None:
        self.parsed += answers.parsed
        self.seconds.append(answers.seconds)
        self.megabytes = answers.megabytes


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.compare", description="Pipelines beside each other.")
    parser.add_argument("out", type=Path, metavar="OUT.json")
    parser.add_argument("--share", type=float, default=SHARE, help=f"share of all sentences (default {SHARE})")
    parser.add_argument("--epochs", type=int, help="epochs of neural parts (default as in bot/pipelines/)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these pipelines")
    options = parser.parse_args(arguments)
    configs = variants.by_name(options.epochs)
    unknown = set(options.only or ()) - set(configs)
    if unknown:
        parser.error(f"there is no pipeline {', '.join(sorted(unknown))}; there are {', '.join(configs)}")
    chosen = {name: config for name, config in configs.items() if name in (options.only or configs)}
    with trial.home() as folder:
        compared = compare(chosen, options.share, folder)
    options.out.write_text(json.dumps(compared, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def compare(configs: Mapping[str, Config], share: float, folder: Path) -> Dict[str, Any]:
    """Train all, then ask all in turns; figures for each pipeline, and what they were taken on."""
    train.write_derived_files(settings.build())
    held_out = [Sentence(plain_text(row["question"]), row["intent"]) for row in read_tsv(HELD_OUT)]
    kept_back = set(_texts(held_out))
    learned, asked = sample.parted((one for one in sample.every() if one.text not in kept_back), share)
    models = {}
    for name, config in configs.items():
        print(f"training {name} on {len(learned)} sentences ...", flush=True)
        models[name] = trained(config, learned, folder / name.replace(" ", "_"))
    print(f"asking each about {len(asked) + len(held_out)} sentences ...", flush=True)
    rounds = [*(asked[part::PARTS] for part in range(PARTS)), held_out]
    heard = in_turns({name: one.model for name, one in models.items()}, [_texts(part) for part in rounds])
    return {
        "share": share,
        "learned": len(learned),
        "asked": len(asked),
        "held_out": len(held_out),
        "pipelines": [
            {"name": name, "epochs": variants.epochs(configs[name]), **figures(models[name], heard[name], rounds)}
            for name in configs
        ],
    }


def figures(trained: Trained, heard: Heard, rounds: Sequence[Sequence[Sentence]]) -> Dict[str, Any]:
    """What one pipeline knows, takes and needs. The last round is the held-out file."""
    wanted = [sentence.intent for part in rounds for sentence in part]
    unseen = len(wanted) - len(rounds[-1])
    return {
        "unseen": shares(wanted[:unseen], heard.parsed[:unseen]),
        "held_out": shares(wanted[unseen:], heard.parsed[unseen:]),
        "seconds": heard.seconds,
        "megabytes": heard.megabytes,
        "training_seconds": trained.seconds,
        "training_megabytes": trained.megabytes,
    }


def _texts(sentences: Sequence[Sentence]) -> List[str]:
    return [sentence.text for sentence in sentences]


def trained(config: Config, learned: Sequence[Sentence], folder: Path) -> Trained:
    """Where a ResponseSelector is to learn as well, an article's way of asking has the article behind its intent."""
    if not variants.selects(config):
        return trial.taught(config, [(one.text, one.intent) for one in learned], folder)
    titles = sample.titles()
    replies = {one.key: titles[one.article] for one in learned if one.article}
    return trial.taught(config, [(one.text, one.key) for one in learned], folder, replies)


def in_turns(models: Mapping[str, Path], rounds: Sequence[Sequence[str]]) -> Dict[str, Heard]:
    """Ask every model the texts of a round before any is asked those of the next."""
    heard = {name: Heard() for name in models}
    with ExitStack() as running:
        processes = {name: running.enter_context(Asked(model)) for name, model in models.items()}
        for one in processes.values():
            one.about(rounds[0][:20])  # the first texts wait for libraries
        for texts in rounds:
            for name, one in processes.items():
                heard[name].add(one.about(texts))
    return heard


def shares(wanted: Sequence[str], parsed: Sequence[Mapping[str, Any]]) -> Dict[str, float]:
    """How many intents are right, and how often it is rightly said whether a text is ours to answer.

    The guess is what the classifier puts first, before a fallback turns it away or our own thresholds judge it.
    """
    number = len(wanted)
    guessed = [guess(one) for one in parsed]
    pairs = [(want, (one["intent"] or {}).get("name") or FALLBACK) for want, one in zip(wanted, parsed, strict=True)]
    return {
        "guess_right": sum(want == have for want, have in zip(wanted, guessed, strict=True)) / number,
        "intent_right": sum(want == have for want, have in pairs) / number,
        "ours_right": sum(is_ours(want) == says_ours(have) for want, have in pairs) / number,
        "turned_away": sum(is_ours(want) and not says_ours(have) for want, have in pairs) / number,
    }


def guess(parsed: Mapping[str, Any]) -> str:
    """The first of the ranking that is no fallback; empty where there is none."""
    names = (place["name"] for place in parsed.get("intent_ranking") or ())
    return next((str(name) for name in names if name != FALLBACK), "")


def says_ours(intent: str) -> bool:
    return is_ours(intent) and intent != FALLBACK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
