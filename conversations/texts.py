"""Cutting what we say to what WeChat carries: at most 2048 bytes of UTF-8, split at sentence ends."""

import re

MOST_BYTES = 2048
# What XML cannot carry, and what would close the CDATA that WeChat's replies are written in (reference: wechat §3.2).
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SENTENCE_ENDS = re.compile(r"(?<=[。！？!?；;\n])")


def clean(text: str) -> str:
    """The text without what would break the message it travels in."""
    return _FORBIDDEN.sub("", text).replace("]]>", "]] >").strip()


def size(text: str) -> int:
    return len(text.encode("utf-8"))


def split(text: str, most: int = MOST_BYTES) -> list[str]:
    """The text in parts of at most `most` bytes, cut after sentences, else between characters."""
    parts: list[str] = []
    current = ""
    for piece in _SENTENCE_ENDS.split(clean(text)):
        for fitting in _fitting(piece, most):
            if size(current + fitting) <= most:
                current += fitting
            else:
                parts.append(current.strip())
                current = fitting
    parts.append(current.strip())
    return [part for part in parts if part]


def _fitting(piece: str, most: int) -> list[str]:
    if size(piece) <= most:
        return [piece]
    cut: list[str] = [""]
    for character in piece:
        if size(cut[-1] + character) > most:
            cut.append("")
        cut[-1] += character
    return cut


def shorten(text: str, most_characters: int) -> str:
    """The text, or its beginning with an ellipsis."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most_characters else flat[: most_characters - 1] + "…"
