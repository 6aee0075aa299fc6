"""An answer longer than a message: its beginning, its warnings and a link to the whole, instead of one message a part.

Every message costs one of the five that the platform lets us send (reference: handoff §0.6), and an expert may write
4,000 characters. What keeps people from harm is never what is cut off (reference: domain §4).
"""

import re

from conversations import answers, phrases, texts

_LEAST_BYTES = 300  # a beginning shorter than this says nothing
_LONG_LINE_BYTES = 300  # a paragraph longer than this is not kept whole for one sentence in it
_LABELS = (phrases.LABEL_DO_NOT, phrases.LABEL_AVOID, phrases.LABEL_LOOK_AGAIN, phrases.LABEL_EXPERT)
# 120, 110, 119 and 12356 as numbers to ring, and not as a dose or an area.
_EMERGENCY = re.compile(r"(?<![\d.])1(?:10|19|20|2356)(?![\d.]|\s*[克斤公毫升株亩倍元头只羽天日个米厘度粒℃%％目])")
_SENTENCE_ENDS = re.compile(r"(?<=[。！？!?])")


def in_one_message(text: str, link: str, *, ending: str, names: tuple[str, ...]) -> str | None:
    """The beginning up to a sentence end, the warnings that follow later, the link, and `ending`: at most 2048 bytes.

    `names` says what is behind the link. None where the warnings alone leave no room: then nothing may be left out.
    """
    text = texts.clean(text)
    after = phrases.REST_AT.format(what=phrases.listed(names), link=link) + ending
    warnings = _warnings(text)
    room = texts.MOST_BYTES - texts.size("\n".join(["", *warnings, after]))
    if room < _LEAST_BYTES:
        return None
    beginning = texts.split(text, room)[0]
    lines = beginning.splitlines()
    late = [warning for warning in warnings if warning not in beginning]
    if late and late[0].startswith(lines[-1].strip()):
        lines.pop()  # the beginning of a warning that follows whole
    return "\n".join([*lines, *late, after])


def _warnings(text: str) -> list[str]:
    """Every line or sentence of the text that warns, once each, in its order."""
    return list(dict.fromkeys(said for line in text.splitlines() for said in _said_in(line.strip()) if _warns(said)))


def _said_in(line: str) -> list[str]:
    """A line as it is; the sentences of a long paragraph. What stands behind a label of ours belongs together."""
    if texts.size(line) <= _LONG_LINE_BYTES or _is_labelled(line):
        return [line]
    return [sentence.strip() for sentence in _SENTENCE_ENDS.split(line)]


def _is_labelled(said: str) -> bool:
    return said.startswith(tuple(f"{label}：" for label in _LABELS))


def _warns(said: str) -> bool:
    """Whether it is a warning: one of ours, what not to do, when to call for help."""
    return (
        _is_labelled(said)
        or any(warning in said for warning in answers.WARNINGS.values())
        or _EMERGENCY.search(said) is not None
    )
