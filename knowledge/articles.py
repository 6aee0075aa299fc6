"""Approved answers: loading the starter articles, reading, editing, signing and retiring them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from core import clock
from core.database import Transaction
from core.errors import NotFound, Refused
from knowledge import article_files
from knowledge.article_files import ArticleFile, ArticleText
from knowledge.tables import article_versions
from knowledge.tables import articles as table

# Who changed a version that came from a file. No member of staff has this name.
STARTER = "starter"
# Stands in the place of the hash of a file that is no longer there.
_GONE = "gone"
_UNSIGNED = {"reviewed_by": "", "approved_by": ""}


class State(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


@dataclass(frozen=True)
class Article:
    """An article as it is now. `text` holds what it says; `edited_by` is empty while nobody has changed it by hand."""

    text: ArticleText
    state: State
    version: int
    source_hash: str
    edited_by: str
    updated_at: datetime

    @property
    def id(self) -> str:
        return self.text.id

    @property
    def title(self) -> str:
        return self.text.title

    @property
    def object(self) -> str:
        return self.text.object

    @property
    def topic(self) -> str:
        return self.text.topic

    @property
    def topics(self) -> tuple[str, ...]:
        return self.text.topics

    @property
    def problem(self) -> str:
        return self.text.problem

    @property
    def first(self) -> str:
        return self.text.first

    @property
    def look_for(self) -> str:
        return self.text.look_for

    @property
    def steps(self) -> tuple[str, ...]:
        return self.text.steps

    @property
    def avoid(self) -> tuple[str, ...]:
        return self.text.avoid

    @property
    def look_alikes(self) -> tuple[str, ...]:
        return self.text.look_alikes

    @property
    def call_expert(self) -> str:
        return self.text.call_expert

    @property
    def safety(self) -> tuple[str, ...]:
        return self.text.safety

    @property
    def sources(self) -> tuple[str, ...]:
        return self.text.sources

    @property
    def approved_by(self) -> str:
        return self.text.approved_by

    @property
    def valid_until(self) -> date:
        return self.text.valid_until

    def is_answering(self, on: date) -> bool:
        """Whether farmers may be shown it on that day."""
        return self.state is State.PUBLISHED and self.valid_until >= on


@dataclass(frozen=True)
class Version:
    """What an article said once, and who wrote it."""

    text: ArticleText
    state: State
    version: int
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True)
class Loaded:
    """What loading the starter articles did.

    `kept` were edited by a person and left alone, `gone` are retired because their file is gone; `wrong` are sentences.
    """

    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]
    gone: tuple[str, ...]
    wrong: tuple[str, ...]


def load_starter(tx: Transaction, folder: Path = article_files.FOLDER, *, is_all: bool = False) -> Loaded:
    """Bring the articles of a folder into the database, as often as wanted.

    With `is_all` the folder holds every starter article there is: what has lost its file stops answering, unless some
    file cannot be read, for then nobody knows which are gone. A file that comes back answers again.

    A file that has not changed since is skipped by its hash. An article that a person has edited in the
    desk is theirs: it is never overwritten, whatever the file says later.
    """
    files, wrong = article_files.read_folder(folder)
    have = {
        row.id: row
        for row in tx.execute(sa.select(table.c.id, table.c.source_hash, table.c.edited_by).with_for_update())
    }
    fates: dict[str, list[str]] = {"new": [], "changed": [], "unchanged": [], "kept": []}
    for file in files:
        row = have.get(file.text.id)
        if row is None:
            fates["new"].append(_insert(tx, file.text, State.PUBLISHED, by=STARTER, source_hash=file.sha256))
        elif row.source_hash == file.sha256:
            fates["unchanged"].append(row.id)
        elif row.edited_by:
            fates["kept"].append(row.id)
        else:
            _renew(tx, file)
            fates["changed"].append(row.id)
    is_known = is_all and bool(files) and not wrong
    gone = _retire_without_file(tx, {file.text.id for file in files}) if is_known else ()
    return Loaded(**{fate: tuple(ids) for fate, ids in fates.items()}, gone=gone, wrong=wrong)


def _retire_without_file(tx: Transaction, ids: Collection[str]) -> tuple[str, ...]:
    """Retire what once came from a file that is gone, unless a person has made it theirs; gives their ids."""
    rows = tx.execute(
        sa.select(table).where(table.c.source_hash.not_in(("", _GONE)), table.c.edited_by == "", table.c.id.not_in(ids))
    ).all()
    for row in rows:
        _write(tx, _article(row).text, State.RETIRED, row.version + 1, by=STARTER)
        tx.execute(table.update().where(table.c.id == row.id).values(source_hash=_GONE, edited_by=""))
    return tuple(row.id for row in rows)


def get(tx: Transaction, article_id: str) -> Article:
    """The article as it is now, whatever its state; raises NotFound."""
    row = tx.execute(sa.select(table).where(table.c.id == article_id)).one_or_none()
    if row is None:
        raise NotFound("没有这篇文章。")
    return _article(row)


def several(tx: Transaction, ids: Collection[str]) -> tuple[Article, ...]:
    """The articles with these ids, in the order asked for; unknown ids are left out."""
    if not ids:
        return ()
    found = {row.id: _article(row) for row in tx.execute(sa.select(table).where(table.c.id.in_(ids)))}
    return tuple(found[article_id] for article_id in ids if article_id in found)


def listed(
    tx: Transaction,
    *,
    state: State | None = None,
    object_: str | None = None,
    topic: str | None = None,
    words: str = "",
    ends_before: date | None = None,
    is_signed: bool | None = None,
) -> tuple[Article, ...]:
    """Articles for the desk, newest change first; every one of `words` must stand somewhere in what it says."""
    query = sa.select(table).order_by(table.c.updated_at.desc(), table.c.id)
    if state is not None:
        query = query.where(table.c.state == state)
    if object_ is not None:
        query = query.where(sa.literal(object_) == sa.any_(sa.func.string_to_array(table.c.object, "|")))
    if topic is not None:
        query = query.where((table.c.topic == topic) | (sa.literal(topic) == sa.any_(table.c.also_topics)))
    for word in words.split():
        query = query.where(_anywhere().contains(word, autoescape=True))
    if ends_before is not None:
        query = query.where(table.c.state == State.PUBLISHED, table.c.valid_until < ends_before)
    if is_signed is not None:
        query = query.where((table.c.approved_by != "") == is_signed)
    return tuple(_article(row) for row in tx.execute(query))


def _anywhere() -> sa.ColumnElement[str]:
    texts = (table.c.title, table.c.object, table.c.problem, table.c.question, table.c.look_for, table.c.first)
    lists = (table.c.asked_as, table.c.steps, table.c.avoid, table.c.look_alikes)
    return sa.func.concat_ws(" ", *texts, *(sa.func.array_to_string(column, " ") for column in lists))


def published(tx: Transaction) -> tuple[Article, ...]:
    """Every article that may answer farmers today."""
    on = clock.now().date()
    rows = tx.execute(
        sa.select(table).where(table.c.state == State.PUBLISHED, table.c.valid_until >= on).order_by(table.c.id)
    )
    return tuple(_article(row) for row in rows)


def expiring(tx: Transaction, before: date) -> tuple[Article, ...]:
    """Published articles that stop answering before that day, the most urgent first."""
    rows = tx.execute(
        sa.select(table)
        .where(table.c.state == State.PUBLISHED, table.c.valid_until < before)
        .order_by(table.c.valid_until, table.c.id)
    )
    return tuple(_article(row) for row in rows)


def edition(tx: Transaction) -> tuple[object, ...]:
    """Changes whenever any article does; cheap enough to ask with every question."""
    on = clock.now().date()
    row = tx.execute(
        sa.select(
            sa.func.count(), sa.func.coalesce(sa.func.sum(table.c.version), 0), sa.func.max(table.c.updated_at)
        ).select_from(table)
    ).one()
    return (*row, on)


def add(tx: Transaction, text: ArticleText, *, by: str, state: State = State.DRAFT) -> Article:
    """Enter a new article; raises Refused when the id is taken."""
    if tx.execute(sa.select(table.c.id).where(table.c.id == text.id)).first() is not None:
        raise Refused("article_exists", f"已经有编号为 {text.id} 的文章。")
    _insert(tx, text.model_copy(update=_UNSIGNED), state, by=by, source_hash="")
    return get(tx, text.id)


def save(tx: Transaction, text: ArticleText, *, seen: int, by: str) -> Article:
    """Save a new version written by a person; neither review nor signature of the old one carries over.

    Raises Refused when somebody saved another version meanwhile (`seen` is the version the writer started from).
    """
    current = _locked(tx, text.id, seen)
    return _write(tx, text.model_copy(update=_UNSIGNED), current.state, current.version + 1, by=by)


def change_state(tx: Transaction, article_id: str, state: State, *, seen: int, by: str) -> Article:
    """Publish, retire, or take back to draft. The farmers' answers follow within seconds."""
    current = _locked(tx, article_id, seen)
    return _write(tx, current.text, state, current.version + 1, by=by)


def retire(tx: Transaction, article_id: str, *, seen: int, by: str) -> Article:
    """Take an article out of the answers; it stays readable with all its versions."""
    return change_state(tx, article_id, State.RETIRED, seen=seen, by=by)


def sign(tx: Transaction, article_id: str, *, seen: int, by: str) -> Article:
    """A real person of the county vouches for this version with name and date."""
    current = _locked(tx, article_id, seen)
    signature = f"{by}，{clock.now().date().isoformat()}"
    signed = current.text.model_copy(update={"approved_by": signature})
    return _write(tx, signed, current.state, current.version + 1, by=by)


def versions(tx: Transaction, article_id: str) -> tuple[Version, ...]:
    """Everything an article ever said, newest first."""
    rows = tx.execute(
        sa.select(article_versions)
        .where(article_versions.c.article_id == article_id)
        .order_by(article_versions.c.version.desc())
    )
    return tuple(
        Version(ArticleText.model_validate(row.content), State(row.state), row.version, row.changed_by, row.changed_at)
        for row in rows
    )


def as_if(text: ArticleText) -> Article:
    """A text as an article, for looking at it before it is saved."""
    return Article(text, State.DRAFT, 0, "", "", clock.now())


def from_file(file: ArticleFile) -> Article:
    """An article as it would be when loaded now: for measuring and checking without a database."""
    return Article(file.text, State.PUBLISHED, 1, file.sha256, "", clock.now())


def _insert(tx: Transaction, text: ArticleText, state: State, *, by: str, source_hash: str) -> str:
    at = clock.now()
    edited_by = "" if by == STARTER else by
    tx.execute(
        table.insert().values(
            **_columns(text),
            state=state,
            version=1,
            source_hash=source_hash,
            edited_by=edited_by,
            created_at=at,
            updated_at=at,
        )
    )
    _keep_version(tx, text, state, 1, by, at)
    return text.id


def _renew(tx: Transaction, file: ArticleFile) -> None:
    """Follow a changed file; an article that somebody retired stays retired."""
    current = get(tx, file.text.id)
    state = State.PUBLISHED if current.source_hash == _GONE else current.state
    _write(tx, file.text, state, current.version + 1, by=STARTER)
    tx.execute(table.update().where(table.c.id == file.text.id).values(source_hash=file.sha256, edited_by=""))


def _locked(tx: Transaction, article_id: str, seen: int) -> Article:
    row = tx.execute(sa.select(table).where(table.c.id == article_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("没有这篇文章。")
    if row.version != seen:
        raise Refused("article_changed", "别人刚刚改过这篇文章，请刷新后再改。")
    return _article(row)


def _write(tx: Transaction, text: ArticleText, state: State, version: int, *, by: str) -> Article:
    at = clock.now()
    tx.execute(
        table.update()
        .where(table.c.id == text.id)
        .values(**_columns(text), state=state, version=version, edited_by=by, updated_at=at)
    )
    _keep_version(tx, text, state, version, by, at)
    return get(tx, text.id)


def _keep_version(tx: Transaction, text: ArticleText, state: State, version: int, by: str, at: datetime) -> None:
    tx.execute(
        article_versions.insert().values(
            article_id=text.id,
            version=version,
            state=state,
            content=text.model_dump(mode="json"),
            changed_by=by,
            changed_at=at,
        )
    )


_LISTS = ("asked_as", "steps", "avoid", "look_alikes", "regions", "sources", "safety")


def _columns(text: ArticleText) -> dict[str, object]:
    values: dict[str, object] = text.model_dump()
    return {**values, **{name: list(getattr(text, name)) for name in _LISTS}}


def _article(row: sa.Row[tuple[object, ...]]) -> Article:
    fields = {name: getattr(row, name) for name in ArticleText.model_fields}
    return Article(
        ArticleText.model_validate(fields),
        State(row.state),
        row.version,
        row.source_hash,
        row.edited_by,
        row.updated_at,
    )
