"""An answer longer than a message: its beginning, its warnings and a link to the whole, instead of one message a part.

Every message costs one of the five that the platform lets us send (reference: handoff §0.6), and an expert may write
4,000 characters. What keeps people from harm is never what is cut off (reference: domain §4).
"""

import re

from conversations import answers, phrases, texts

_LEAST_BYTES = 300  # a beginning shorter than this says nothing
_LABELS = (phrases.LABEL_DO_NOT, phrases.LABEL_AVOID, phrases.LABEL_LOOK_AGAIN, phrases.LABEL_EXPERT)
# 120, 110 and 119 as numbers to ring, and not as a dose or an area.
_EMERGENCY = re.compile(r"(?<![\d.])1(?:10|19|20)(?![\d.]|\s*[克斤公毫升株亩倍元头只羽天日个米厘度粒℃%％目])")


def in_one_message(text: str, link: str, *, ending: str, names: tuple[str, ...]) -> str | None:
    """The beginning up to a sentence end, the warnings that follow later, the link, and `ending`: at most 2048 bytes.

    `names` says what is behind the link. None where the warnings alone leave no room: then nothing may be left out.
    """
    text = texts.clean(text)
    after = phrases.REST_AT.format(what=phrases.listed(names), link=link) + ending
    warnings = [line.strip() for line in text.splitlines() if _warns(line)]
    room = texts.MOST_BYTES - texts.size("\n".join(["", *warnings, after]))
    if room < _LEAST_BYTES:
        return None
    lines = texts.split(text, room)[0].splitlines()
    late = [warning for warning in warnings if warning not in {line.strip() for line in lines}]
    if late and late[0].startswith(lines[-1].strip()):
        lines.pop()  # the beginning of a warning that follows whole
    return "\n".join([*lines, *late, after])


def _warns(line: str) -> bool:
    """Whether a line is a warning: one of ours, what not to do, when to call for help."""
    said = line.strip()
    return (
        said.startswith(tuple(f"{label}：" for label in _LABELS))
        or any(warning in said for warning in answers.WARNINGS.values())
        or _EMERGENCY.search(said) is not None
    )
