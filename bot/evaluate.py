"""Measure what the model understands: python -m bot.evaluate [--folds N] [FILE.tsv ...].

Without a file the training sentences are cross-validated. A file needs a column `question`, `message` or `utterance`;
`intent`, `outcome` (acceptable outcomes, separated by |), `object`, `topic` and `kind` are used where they are there.
"""

import argparse
import asyncio
import collections
import json
import random
import sys
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import Any, Callable, Dict, Iterable, List, Mapping, Sequence, Set, Tuple

from bot import settings, train
from bot.names import Names, read_tsv, several
from bot.plaintext import plain_text

Parse = Callable[[str], Dict[str, Any]]
QUESTION_COLUMNS = ("question", "message", "utterance")
# What the service may make of an intent, in the words of the outcome column.
OUTCOMES: Dict[str, Set[str]] = {
    "file_need": {"file_need"},
    "complaint": {"file_need"},
    "hand_off": {"hand_off"},
    "not_solved": {"hand_off", "smalltalk"},
    "inform": {"answer", "clarify", "smalltalk"},
    "my_status": {"my_status"},
    "privacy": {"privacy"},
    "forget_me": {"privacy"},
    "menu": {"menu", "smalltalk"},
    "out_of_scope": {"out_of_scope", "smalltalk"},
}
SURE_QUESTION = {"answer", "clarify", "hand_off", "emergency", "report_duty", "refuse"}
DOUBTFUL_QUESTION = {"answer", "clarify", "out_of_scope"}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.evaluate", description="Measure what the model understands.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--folds", type=int, default=5, help="folds of the cross-validation (default 5)")
    options = parser.parse_args(arguments)
    train.prepare_environment()
    train.quieten()
    if not options.files:
        cross_validate(options.folds)
        return 0
    if not settings.model_path().exists():
        print("There is no model for the present files: run `python -m bot.train` first.", file=sys.stderr)
        return 1
    parse = parser_of(settings.model_path())
    for file in options.files:
        measure_file(file, parse)
    return 0


def parser_of(model: Path) -> Parse:
    """The understanding of a trained model, as a function."""
    from rasa.core.agent import Agent

    agent = Agent.load(str(model))
    return lambda text: asyncio.run(agent.parse_message(plain_text(text)))


def cross_validate(folds: int) -> None:
    """Train on all but one part of the sentences, measure on that part, in turn."""
    sentences = list(train.training_sentences())
    random.Random(1).shuffle(sentences)  # noqa: S311 (the same folds every time)
    train.write_derived_files(settings.build())
    pairs: List[Tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for fold in range(folds):
            print(f"fold {fold + 1} of {folds} ...", flush=True)
            kept = [sentence for i, sentence in enumerate(sentences) if i % folds != fold]
            parse = parser_of(train_nlu_on(kept, Path(folder), f"fold{fold}"))
            for text, intent in sentences[fold::folds]:
                pairs.append((intent, parse(text)["intent"]["name"]))
    print_intents(f"cross-validation, {folds} folds", pairs)


def train_nlu_on(
    sentences: Iterable[Tuple[str, str]],
    folder: Path,
    name: str,
    config: Path = settings.ROOT / "config.yml",
    replies: Mapping[str, str] = MappingProxyType({}),
) -> Path:
    """A model of these sentences alone, in this folder; `replies` are what a ResponseSelector learns to choose from."""
    from rasa.model_training import train_nlu

    by_intent = collections.defaultdict(list)
    for text, intent in sentences:
        by_intent[intent].append(text)
    lines = ['version: "3.1"', "nlu:"]
    for intent, texts in by_intent.items():
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in texts)]
    if replies:
        lines += ["responses:"]
    for intent, text in replies.items():
        lines += [f"  utter_{intent}:", f"  - text: {json.dumps(text, ensure_ascii=False)}"]
    data = folder / f"{name}.yml"
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    model = train_nlu(
        config=str(config),
        nlu_data=str(data),
        output=str(folder),
        fixed_model_name=name,
        domain=str(settings.ROOT / "domain.yml"),
    )
    if model is None:
        raise SystemExit("Training made no model.")
    return Path(model)


def print_intents(title: str, pairs: List[Tuple[str, str]]) -> None:
    """Accuracy, the line between ours and not ours, and the commonest confusions."""
    right = sum(wanted == got for wanted, got in pairs)
    scope = sum(is_ours(wanted) == is_ours(got) for wanted, got in pairs)
    print(f"\n{title}: {len(pairs)} sentences")
    print(f"  intent right           {_share(right, len(pairs))}")
    print(f"  ours or not ours right {_share(scope, len(pairs))}")
    for intent in sorted({wanted for wanted, _ in pairs}):
        got = [g for w, g in pairs if w == intent]
        print(f"  {intent:22} {_share(sum(g == intent for g in got), len(got))}")
    print("  commonest confusions:")
    for (wanted, got), count in collections.Counter(p for p in pairs if p[0] != p[1]).most_common(15):
        print(f"    {count:4}  {wanted} taken for {got}")


def measure_file(file: Path, parse: Parse) -> None:
    """One table for a labelled file, by kind where it has kinds."""
    rows = read_tsv(file)
    parsed = [(row, parse(next(row[c] for c in QUESTION_COLUMNS if row.get(c)))) for row in rows]
    print(f"\n{file.name}: {len(rows)} rows")
    for label, of in (("acceptable", _acceptable), ("intent right", _intent_right), ("object right", _object_right)):
        verdicts = [verdict for verdict in (of(row, result) for row, result in parsed) if verdict is not None]
        if verdicts:
            print(f"  {label:22} {_share(sum(verdicts), len(verdicts))}")
    sure = [result["intent"] for _, result in parsed if result["intent"]["name"].startswith("ask_")]
    print(
        f"  taken for a question   {_share(len(sure), len(rows))}, surely {_share(sum(i['sure'] for i in sure), len(rows))}"
    )
    for kind in sorted({row["kind"] for row in rows if row.get("kind")}):
        verdicts = [_acceptable(row, result) for row, result in parsed if row["kind"] == kind]
        print(f"    {kind:24} {_share(sum(map(bool, verdicts)), len(verdicts))}")
    for row, result in parsed:
        if _acceptable(row, result) is False:
            text = next(row[c] for c in QUESTION_COLUMNS if row.get(c))
            print(f"    - {result['intent']['name']} {result['intent']['confidence']:.2f}: {text}")


def is_ours(intent: str) -> bool:
    return intent not in ("out_of_scope", "smalltalk")


def outcomes_of(intent: Dict[str, Any]) -> Set[str]:
    if intent["name"].startswith("ask_"):
        return SURE_QUESTION if intent.get("sure") else DOUBTFUL_QUESTION
    return OUTCOMES.get(intent["name"], {"smalltalk", "out_of_scope"})


def _acceptable(row: Dict[str, str], result: Dict[str, Any]) -> Any:
    wanted = set(several(row.get("outcome")))
    return bool(wanted & outcomes_of(result["intent"])) if wanted else None


def _intent_right(row: Dict[str, str], result: Dict[str, Any]) -> Any:
    return result["intent"]["name"] == row["intent"] if row.get("intent") else None


def _object_right(row: Dict[str, str], result: Dict[str, Any]) -> Any:
    """Is one of the objects named in the row among those found, or part of one?"""
    if not row.get("object"):
        return None
    found = {family for e in result["entities"] if e["entity"] == "object" for family in _NAMES().family(e["value"])}
    wanted = {thing.name for thing in map(_called, several(row["object"])) if thing}
    return bool(found & wanted) if wanted else None


def _called(text: str) -> Any:
    return _NAMES().called("object", text)


def _NAMES() -> Names:
    if not hasattr(_NAMES, "read"):
        _NAMES.read = Names.read(settings.ROOT / "nlu_data")  # type: ignore[attr-defined]
    return _NAMES.read  # type: ignore[attr-defined, no-any-return]


def _share(part: int, whole: int) -> str:
    return f"{part:5} of {whole:5}  {part / whole:6.1%}" if whole else "none"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
