"""What stands in the answer box: free text or a form of parts, with what was written before and what was put in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from werkzeug.datastructures import MultiDict

from conversations.written_answer import WrittenAnswer, lines_of

AS_FORM = "as_form"


@dataclass(frozen=True)
class Draft:
    """An answer that is being written. Free text stands in `text`, a form in `parts`; the other is empty."""

    as_form: bool = False
    text: str = ""
    parts: WrittenAnswer = field(default_factory=WrittenAnswer)


def read(written: Mapping[str, str]) -> Draft:
    """What a page sent, in the shape in which it was written."""
    if written.get(AS_FORM) != "1":
        return Draft(text=written.get("text", ""))
    return Draft(
        as_form=True,
        parts=WrittenAnswer(
            judgement=written.get("judgement", "").strip(),
            certainty=written.get("certainty", ""),
            basis=written.get("basis", "").strip(),
            steps=lines_of(written.get("steps", "")),
            avoid=lines_of(written.get("avoid", "")),
            look_again=written.get("look_again", "").strip(),
        ),
    )


def text_of(written: MultiDict[str, str]) -> str:
    """What the farmer is to read of what a page sent."""
    draft = read(written)
    return draft.parts.as_text() if draft.as_form else draft.text


def turned(draft: Draft, *, as_form: bool) -> Draft:
    """The same words in the other shape: nothing that was written is lost."""
    if as_form == draft.as_form:
        return draft
    if as_form:
        return Draft(as_form=True, parts=WrittenAnswer(steps=lines_of(draft.text)))
    return Draft(text=draft.parts.as_text())


def put_in(draft: Draft, what: WrittenAnswer) -> Draft:
    """An article's steps beneath what is written already."""
    if not draft.as_form:
        return _beneath(draft, what.as_text())
    parts = draft.parts
    return replace(
        draft,
        parts=replace(
            parts,
            steps=tuple(dict.fromkeys((*parts.steps, *what.steps))),
            avoid=tuple(dict.fromkeys((*parts.avoid, *what.avoid))),
            look_again=parts.look_again or what.look_again,
        ),
    )


def put_text_in(draft: Draft, text: str) -> Draft:
    """A sentence that is kept ready, beneath what is written already; in a form it is a step."""
    if draft.as_form:
        return replace(draft, parts=replace(draft.parts, steps=(*draft.parts.steps, *lines_of(text))))
    return _beneath(draft, text)


def _beneath(draft: Draft, text: str) -> Draft:
    return replace(draft, text=f"{draft.text.rstrip()}\n{text}" if draft.text.strip() else text)
