"""Checks every article file: `python -m knowledge.lint [folder]`. One line per finding; exit code 1 if there is any."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz

from knowledge import article_files
from knowledge.article_files import ArticleText
from knowledge.rules import Finding, findings

# Two articles whose steps are this alike (rapidfuzz ratio, 0 to 100) say the same thing under two titles.
NEAR_COPY = 75.0


def lint(folder: Path = article_files.FOLDER) -> tuple[str, ...]:
    """A sentence for everything that is wrong with the articles of a folder."""
    files, wrong = article_files.read_folder(folder)
    texts = [file.text for file in files]
    alone = (finding for text in texts for finding in (*findings(text), *_signed(text)))
    return (*wrong, *map(str, alone), *map(str, together(texts)))


def _signed(text: ArticleText) -> Iterator[Finding]:
    """A draft counts when a second person has read it; only a person of the county signs, and in the desk."""
    if not text.reviewed_by:
        yield Finding(text.id, "reviewed_by", "review", "is empty: somebody else has to read it first")
    if text.approved_by:
        yield Finding(text.id, "approved_by", "approval", "stays empty in a file: it is signed in the desk")


def together(texts: Sequence[ArticleText]) -> Iterator[Finding]:
    """What is wrong with articles beside each other: copies, equal titles, one phrasing in two articles."""
    compared = [_Compared.of(text) for text in texts]
    for at, one in enumerate(compared):
        for other in compared[:at]:
            yield from _between(one, other)


def beside(text: ArticleText, others: Iterable[ArticleText]) -> Iterator[Finding]:
    """The same for one article beside others."""
    one = _Compared.of(text)
    for other in others:
        yield from _between(one, _Compared.of(other))


@dataclass(frozen=True)
class _Compared:
    """What of an article is compared with others."""

    text: ArticleText
    steps: str
    phrases: frozenset[str]

    @classmethod
    def of(cls, text: ArticleText) -> "_Compared":
        return cls(text, "\n".join((text.first, *text.steps)), frozenset((text.question, *text.asked_as)))


def _between(one: _Compared, other: _Compared) -> Iterator[Finding]:
    id_, theirs = one.text.id, f"{other.text.id}: {other.text.title}"
    if one.text.title == other.text.title:
        yield Finding(id_, "title", "repeated", f"is also the title of {theirs}")
    for phrase in sorted(one.phrases & other.phrases):
        yield Finding(id_, "asked_as", "repeated", f"also leads to {other.text.id}: {phrase}")
    if fuzz.ratio(one.steps, other.steps, score_cutoff=NEAR_COPY):
        yield Finding(id_, "steps", "near_copy", f"says nearly the same as {theirs}")


def main(arguments: Sequence[str]) -> int:
    """Print the findings; 1 if there is any."""
    found = lint(Path(arguments[0]) if arguments else article_files.FOLDER)
    for line in found:
        print(line)
    print(f"{len(found)} findings" if found else "no findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
