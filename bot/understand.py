"""What the bot makes of many texts: python -m bot.understand IN.jsonl OUT.jsonl [--without-articles].

IN holds a JSON string a line. OUT gets an object a line: text, object, topic and problem as the bot would pass them on,
whether it was sure, and the intent. Without the articles' ways of asking among the training sentences it is an honest
guess at them; the search is tuned on that.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, Sequence

from bot import settings, train
from bot.plaintext import plain_text


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.understand", description="What the bot makes of many texts.")
    parser.add_argument("texts", type=Path, metavar="IN.jsonl")
    parser.add_argument("understood", type=Path, metavar="OUT.jsonl")
    parser.add_argument(
        "--without-articles", action="store_true", help="train a model of its own, without the articles"
    )
    options = parser.parse_args(arguments)
    train.prepare_environment()
    train.quieten()
    with tempfile.TemporaryDirectory() as folder:
        model = without_articles(Path(folder)) if options.without_articles else settings.model_path()
        write(model, options.texts, options.understood)
    return 0


def without_articles(folder: Path) -> Path:
    """A model of the written training sentences alone."""
    from bot.evaluate import train_nlu_on

    train.write_derived_files(settings.build())
    return train_nlu_on(train.training_sentences(), folder, "plain")


def write(model: Path, texts: Path, understood: Path) -> None:
    from rasa.core.agent import Agent

    agent = Agent.load(str(model))

    async def all_of_them() -> None:
        with texts.open(encoding="utf-8") as lines, understood.open("w", encoding="utf-8") as out:
            for line in lines:
                text = json.loads(line)
                heard = passed_on(await agent.parse_message(plain_text(text)))
                out.write(json.dumps({"text": text, **heard}, ensure_ascii=False) + "\n")

    asyncio.run(all_of_them())


def passed_on(parsed: Dict[str, Any]) -> Dict[str, Any]:
    """Object, topic and problem as an answer_question effect would hold them; empty where nothing is known."""
    from actions.heard import Heard
    from actions.questions import object_of, problem_of, topic_of

    intent = parsed["intent"]
    entities = tuple(parsed["entities"])
    heard = Heard("", parsed["text"], intent["name"] or "", bool(intent.get("sure", True)), entities, {})
    topic = topic_of(heard) if heard.asks else ""
    return {
        "intent": heard.intent,
        "sure": heard.sure,
        "object": object_of(heard) or "",
        "topic": "" if topic == "其他" else topic,
        "problem": problem_of(heard) or "",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
