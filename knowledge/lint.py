"""Checks every article file: `python -m knowledge.lint [folder]`. One line per finding; exit code 1 if there is any."""

import sys
from collections.abc import Iterator, Sequence
from itertools import combinations
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
    yield from _repeated(texts)
    steps = [_steps(text) for text in texts]
    for one, other in combinations(range(len(texts)), 2):
        alike = fuzz.ratio(steps[one], steps[other], score_cutoff=NEAR_COPY)
        if alike:
            words = f"says nearly the same as {texts[other].id} ({alike:.0f} of 100)"
            yield Finding(texts[one].id, "steps", "near_copy", words)


def beside(text: ArticleText, others: Sequence[ArticleText]) -> Iterator[Finding]:
    """What is wrong with one article beside the others."""
    steps = _steps(text)
    phrases = {text.question, *text.asked_as}
    for other in others:
        if text.title == other.title:
            yield Finding(text.id, "title", "repeated", f"is also the title of {other.id}: {other.title}")
        for phrase in sorted(phrases & {other.question, *other.asked_as}):
            yield Finding(text.id, "asked_as", "repeated", f"also leads to {other.id}: {phrase}")
        alike = fuzz.ratio(steps, _steps(other), score_cutoff=NEAR_COPY)
        if alike:
            yield Finding(text.id, "steps", "near_copy", f"says nearly the same as {other.id}: {other.title}")


def _steps(text: ArticleText) -> str:
    return "\n".join((text.first, *text.steps))


def _repeated(texts: Sequence[ArticleText]) -> Iterator[Finding]:
    titles: dict[str, str] = {}
    phrases: dict[str, str] = {}
    for text in texts:
        if text.title in titles:
            yield Finding(text.id, "title", "repeated", f"is also the title of {titles[text.title]}")
        titles.setdefault(text.title, text.id)
        for phrase in (text.question, *text.asked_as):
            if phrases.get(phrase, text.id) != text.id:
                yield Finding(text.id, "asked_as", "repeated", f"“{phrase}” also leads to {phrases[phrase]}")
            phrases.setdefault(phrase, text.id)


def main(arguments: Sequence[str]) -> int:
    """Print the findings; 1 if there is any."""
    found = lint(Path(arguments[0]) if arguments else article_files.FOLDER)
    for line in found:
        print(line)
    print(f"{len(found)} findings" if found else "no findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
