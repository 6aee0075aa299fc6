"""Rasa's ResponseSelector as a search: python -m bot.selector IN.json OUT.json [--epochs N].

IN holds `articles`, each with `id`, `title` and `phrases` (ways of asking to learn from), and `questions`, texts to be
asked. OUT gets `ranked` (for each question ids with the selector's confidence, the best first), `seconds` (of training),
`epochs`, `megabytes` and `per_second` (questions answered, one after the other).
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

from bot import trial, variants
from bot.plaintext import plain_text

INTENT = "faq"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.selector", description="Rasa's ResponseSelector as a search.")
    parser.add_argument("asked", type=Path, metavar="IN.json")
    parser.add_argument("answered", type=Path, metavar="OUT.json")
    parser.add_argument("--epochs", type=int, help="epochs of training (default as in bot/pipelines/stock.yml)")
    options = parser.parse_args(arguments)
    given = json.loads(options.asked.read_text(encoding="utf-8"))
    with trial.home() as folder:
        found = select(given["articles"], given["questions"], folder, variants.selector_alone(options.epochs))
    options.answered.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return 0


def select(
    articles: Sequence[Dict[str, Any]], questions: Sequence[str], folder: Path, config: Dict[str, Any]
) -> Dict[str, Any]:
    """Learn the articles' ways of asking, then ask the questions."""
    sentences = [
        (plain_text(phrase), f"{INTENT}/{article['id']}") for article in articles for phrase in article["phrases"]
    ]
    titles = {f"{INTENT}/{article['id']}": article["title"] for article in articles}
    trained = trial.taught(config, sentences, folder / "selector", titles)
    with trial.Asked(trained.model) as asked:
        asked.about(questions[:20])  # the first ones wait for TensorFlow
        answers = asked.about(questions)
    return {
        "ranked": [ranking(parsed) for parsed in answers.parsed],
        "seconds": trained.seconds,
        "megabytes": answers.megabytes,
        "per_second": len(questions) / answers.seconds,
        "epochs": variants.epochs(config),
    }


def ranking(parsed: Dict[str, Any]) -> List[Tuple[str, float]]:
    """The ids of the articles with the selector's confidence, the best first."""
    places = parsed["response_selector"]["default"]["ranking"]
    return [(place["intent_response_key"].partition("/")[2], place["confidence"]) for place in places]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
