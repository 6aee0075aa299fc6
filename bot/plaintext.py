"""A text in plain width and on one line, as Rasa sees it: farmers' messages and training sentences alike."""

import unicodedata


def plain_text(text: str) -> str:
    """The words as Rasa may see them: one line, plain width, and never a command.

    Rasa reads a text that begins with a slash as a command (`/restart` wipes the dialogue), so the slash is widened.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in plain)
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))
    plain = " ".join(plain.split())
    slashes = len(plain) - len(plain.lstrip("/"))
    return "／" * slashes + plain[slashes:] or "…"
