"""docs/measurements.md: each command fills its own section between markers and leaves the rest alone."""

import re

from app.stack.programs import ROOT
from core import clock

FILE = ROOT / "docs" / "measurements.md"


def write_section(name: str, command: str, body: str) -> None:
    """Put `body` between the markers of the section `name`, with the command that made it and the day."""
    text = FILE.read_text(encoding="utf-8") if FILE.exists() else "# Measurements\n"
    block = f"<!-- {name} -->\n`{command}`, {clock.now().date().isoformat()}\n\n{body}\n<!-- end {name} -->"
    found = re.compile(rf"<!-- {re.escape(name)} -->.*?<!-- end {re.escape(name)} -->", re.DOTALL)
    text = found.sub(lambda match: block, text) if found.search(text) else f"{text.rstrip()}\n\n## {name}\n\n{block}\n"
    FILE.write_text(text, encoding="utf-8")
