"""An expert's answer in its parts, and as the one text that the farmer reads on the phone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from conversations import answers, phrases
from knowledge.articles import Article

_NUMBERING = re.compile(r"^\s*(?:[（(]?\d{1,2}[)）.、．](?!\d)|[-•·①-⑩])\s*")


@dataclass(frozen=True)
class WrittenAnswer:
    """What an expert says, part by part; any of them may be empty. `certainty` is a key of `phrases.CERTAINTIES`."""

    judgement: str = ""
    certainty: str = ""
    basis: str = ""
    steps: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    look_again: str = ""

    def as_text(self) -> str:
        """判断：…（多半是）, 依据：…, 怎么做： and the steps one a line, 不要做：…, 什么时候再看：…; empty when nothing is said."""
        how_sure = phrases.CERTAINTIES.get(self.certainty, "")
        judged = f"{self.judgement}（{how_sure}）" if self.judgement and how_sure else self.judgement
        lines = [*_said(phrases.LABEL_JUDGEMENT, judged), *_said(phrases.LABEL_BASIS, self.basis)]
        if self.steps:
            lines.append(f"{phrases.LABEL_STEPS}：")
        lines += [f"{number}. {step}" for number, step in enumerate(self.steps, start=1)]
        lines += _said(phrases.LABEL_DO_NOT, "；".join(one.rstrip("。；") for one in self.avoid))
        return "\n".join([*lines, *_said(phrases.LABEL_LOOK_AGAIN, self.look_again)])


def lines_of(text: str) -> tuple[str, ...]:
    """What was written one a line, without the numbers that a writer put before; empty lines are none."""
    return tuple(line for piece in text.splitlines() if (line := _NUMBERING.sub("", piece).strip()))


def from_article(article: Article) -> WrittenAnswer:
    """What an article tells to do, and not to do. The judgement stays the expert's own."""
    return WrittenAnswer(
        steps=tuple(
            _once([article.first, *article.steps, *(answers.WARNINGS.get(flag, "") for flag in article.safety)])
        ),
        avoid=article.avoid,
        look_again=article.call_expert,
    )


def _said(label: str, words: str) -> list[str]:
    return [f"{label}：{words}"] if words else []


def _once(sentences: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(sentence for sentence in sentences if sentence))
