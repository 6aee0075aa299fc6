"""Articles as files: the schema of docs/how-to/add-an-article.md, and reading a folder of them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from knowledge.topics import TOPICS

# The same safe loader in C, ten times as fast, where the library was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

FOLDER = Path(__file__).parent / "articles"

Safety = Literal["pesticide", "veterinary", "policy", "fire", "water"]
MOST_TITLE, MOST_QUESTION, MOST_FIRST, MOST_LINE = 20, 60, 120, 80  # characters
MOST_STEPS, MOST_PHRASES, MOST_ALSO = 6, 40, 2
Line = Annotated[str, Field(min_length=1, max_length=MOST_LINE)]
Phrase = Annotated[str, Field(min_length=2, max_length=MOST_LINE)]
Code = Annotated[str, Field(pattern=r"^\d{2}(\d{2}(\d{2}(\d{3})?)?)?$")]


class ArticleText(BaseModel):
    """What an article says. The rules are those of docs/how-to/add-an-article.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str = Field(min_length=2, max_length=MOST_TITLE)
    object: str
    topic: str
    also_topics: tuple[str, ...] = Field(default=(), max_length=MOST_ALSO)
    problem: str
    question: str = Field(min_length=4, max_length=MOST_QUESTION)
    asked_as: tuple[Phrase, ...] = Field(default=(), max_length=MOST_PHRASES)
    look_for: str
    first: str = Field(min_length=1, max_length=MOST_FIRST)
    steps: tuple[Line, ...] = Field(min_length=1, max_length=MOST_STEPS)
    avoid: tuple[Line, ...] = ()
    look_alikes: tuple[Line, ...] = ()
    call_expert: str
    regions: tuple[Code, ...] = ()
    season: str = ""
    sources: tuple[str, ...] = Field(min_length=1)
    safety: tuple[Safety, ...] = ()
    reviewed_by: str = ""
    approved_by: str = ""
    valid_until: date

    @field_validator("topic")
    @classmethod
    def _known_topic(cls, value: str) -> str:
        if value not in TOPICS:
            raise ValueError(f"{value} is not a topic of docs/bot-contract.md")
        return value

    @field_validator("also_topics")
    @classmethod
    def _further_topics(cls, value: tuple[str, ...], known: ValidationInfo) -> tuple[str, ...]:
        """In the order of the list, each once, and not the topic itself."""
        unknown = [one for one in value if one not in TOPICS]
        if unknown:
            raise ValueError(f"{unknown[0]} is not a topic of docs/bot-contract.md")
        return tuple(one for one in TOPICS if one in value and one != known.data.get("topic"))

    @field_validator("look_for", "call_expert", "season", "object", "problem", "reviewed_by", mode="before")
    @classmethod
    def _nothing_is_empty(cls, value: Any) -> Any:
        """YAML reads an empty value as null; for a text that is the empty text."""
        return "" if value is None else value

    @property
    def objects(self) -> tuple[str, ...]:
        return tuple(part for part in self.object.split("|") if part)

    @property
    def topics(self) -> tuple[str, ...]:
        """Every topic that the article is about, the one it is filed under first."""
        return (self.topic, *self.also_topics)

    @property
    def shown(self) -> tuple[str, ...]:
        """Every text that a farmer sees, in order, without labels and closing lines."""
        parts = (self.title, self.first, self.look_for, *self.steps, *self.avoid, *self.look_alikes, self.call_expert)
        return tuple(part for part in parts if part)


@dataclass(frozen=True)
class ArticleFile:
    """An article file: what it says, and the hash by which a change is noticed."""

    path: Path
    text: ArticleText
    sha256: str


class BadFile(Exception):
    """A file that is no article. One sentence each, naming file, field and rule."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def read(path: Path) -> ArticleFile:
    """Read one article file; raises BadFile."""
    content = path.read_bytes()
    try:
        fields = yaml.load(content.decode("utf-8"), Loader=_LOADER)  # noqa: S506 - it is a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadFile(f"{path.name}: is not readable as YAML: {_first_line(error)}.") from error
    if not isinstance(fields, dict):
        raise BadFile(f"{path.name}: holds no fields.")
    try:
        text = ArticleText.model_validate(fields)
    except ValidationError as error:
        raise BadFile(*(f"{path.name}: {sentence}" for sentence in _sentences(error))) from error
    if text.id != path.stem:
        raise BadFile(f"{path.name}: id must equal the file name, it is {text.id}.")
    return ArticleFile(path, text, hashlib.sha256(content).hexdigest())


def paths(folder: Path = FOLDER) -> Iterator[Path]:
    """Every article file of a folder and its sub-folders, in order of name."""
    yield from sorted(folder.rglob("*.yaml"), key=lambda path: path.name)


def read_folder(folder: Path = FOLDER) -> tuple[tuple[ArticleFile, ...], tuple[str, ...]]:
    """All articles of a folder, and a sentence for everything that is wrong with the files that are none."""
    files: list[ArticleFile] = []
    wrong: list[str] = []
    seen: dict[str, Path] = {}
    for path in paths(folder):
        try:
            file = read(path)
        except BadFile as error:
            wrong.extend(error.sentences)
            continue
        if file.text.id in seen:
            wrong.append(f"{path.name}: id is already taken by {seen[file.text.id].relative_to(folder)}.")
            continue
        seen[file.text.id] = path
        files.append(file)
    return tuple(files), tuple(wrong)


def _sentences(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in problem["loc"])
        context = problem.get("ctx", {})
        rule = {
            "missing": "is missing",
            "extra_forbidden": "is no field of an article",
            "string_too_long": f"has more than {context.get('max_length')} characters",
            "string_too_short": f"has fewer than {context.get('min_length')} characters",
            "too_short": f"needs at least {context.get('min_length')} entries",
            "too_long": f"takes at most {context.get('max_length')} entries",
        }.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        yield f"{where} {rule}."


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
