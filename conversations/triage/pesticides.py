"""Banned pesticides that somebody wants to use, by the dated list in `knowledge`."""

import re

from knowledge import reading, safety
from knowledge.safety import Pesticide

_ASKING_FOR_ANOTHER = re.compile(r"替代|代替|(禁|停|不让|不准|不能)[^，。,]{0,8}(用什么|换什么|改用)")


def banned_in(text: str, crop: str) -> Pesticide | None:
    """The first pesticide that certainly may not be used; one that only some crops forbid counts with its crop.

    `crop` is a canonical object, or several joined by `|`. Who asks what to use instead of it has asked rightly.
    """
    words = reading.plain(text)
    if _ASKING_FOR_ANOTHER.search(words):
        return None
    return next((ban.pesticide for ban in safety.banned_in(words, crop or None) if ban.is_certain), None)
