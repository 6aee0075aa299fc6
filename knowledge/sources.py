"""The registry of sources: what an article may cite, and the number and date a reader can look up."""

from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

FILE = Path(__file__).parent / "sources.yaml"


class Source(BaseModel):
    """A law, an announcement, or the common practice that stands behind an article. Empty fields are not known yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    publisher: str = ""
    number: str = ""
    date: str = ""
    url: str = ""
    note: str = ""
    read_in: str = ""

    @property
    def citation(self) -> str:
        """How a farmer or an expert reads it: 农药管理条例（国务院，2022）."""
        origin = "，".join(part for part in (self.publisher, self.number, self.date) if part and part not in self.title)
        return f"{self.title}（{origin}）" if origin else self.title


def read(file: Path = FILE) -> dict[str, Source]:
    """All sources by id; raises ValueError that names the entry and what is wrong with it."""
    entries = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    sources: dict[str, Source] = {}
    for key, entry in entries.items():
        try:
            sources[key] = Source.model_validate({"id": key, **entry})
        except (ValidationError, TypeError) as error:
            raise ValueError(f"{file.name}: {key} is not a source: {error}") from error
    return sources


@lru_cache(maxsize=1)
def known() -> dict[str, Source]:
    """The sources of the project, read once."""
    return read()
