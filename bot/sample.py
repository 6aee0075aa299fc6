"""The sentences that pipelines are compared on: a share of all, parted the same way every time."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Dict, Iterable, List, Tuple

from bot import articles, settings, train
from bot.names import Names
from bot.plaintext import plain_text

MOST_ASKED = 1000
_TESTED = 0.1


@dataclass(frozen=True)
class Sentence:
    """A way of saying something, its intent, and the article that it asks for, where it comes from one."""

    text: str
    intent: str
    article: str = ""

    @property
    def key(self) -> str:
        """The intent as Rasa writes it where an article answers: ask_control/rice-blast."""
        return f"{self.intent}/{self.article}" if self.article else self.intent


def every() -> List[Sentence]:
    """The written training sentences, then the articles' ways of asking that are not among them; no text twice.

    All as messages are read, so that no pipeline learns wide commas or dialect that it never meets.
    """
    owners = _owners()
    written = (Sentence(text, intent) for text, intent in train.training_sentences())
    of_articles = (
        Sentence(plain_text(text), intent, owners[text])
        for text, intent in articles.sentences(Names.read(settings.ROOT / "nlu_data"))
    )
    found: Dict[str, Sentence] = {}
    for sentence in chain(written, of_articles):
        found.setdefault(sentence.text, sentence)
    return list(found.values())


def parted(
    sentences: Iterable[Sentence], share: float, most_asked: int = MOST_ASKED
) -> Tuple[List[Sentence], List[Sentence]]:
    """A share of nine tenths of the sentences to learn from, and sentences of the last tenth to be asked about.

    The text alone decides where a sentence goes, so a new sentence moves no other one.
    """
    learned: List[Sentence] = []
    asked: List[Sentence] = []
    for sentence in sorted(sentences, key=lambda one: _place(one.text, "share")):
        if _place(sentence.text, "part") < _TESTED:
            asked.append(sentence)
        elif _place(sentence.text, "share") < share:
            learned.append(sentence)
    return learned, asked[:most_asked]


def _place(text: str, purpose: str) -> float:
    """A number from 0 to 1 that is the text's own; another one for another purpose."""
    digest = hashlib.sha256(f"{purpose}:{text}".encode("utf-8")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def titles() -> Dict[str, str]:
    """The title of every article by its id."""
    return {str(article["id"]): str(article["title"]) for article in _articles()}


def _owners() -> Dict[str, str]:
    """The id of the article for each of the ways of asking."""
    return {
        str(phrase): str(article["id"])
        for article in _articles()
        for phrase in (article["question"], *(article.get("asked_as") or ()))
    }


@lru_cache(maxsize=1)
def _articles() -> List[Dict[str, Any]]:
    return articles.read()
