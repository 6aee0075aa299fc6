"""An article as a form: what was typed becomes a text, or sentences that say what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from core import clock
from knowledge import drafting, telling
from knowledge.article_files import ArticleText

LINES = ("asked_as", "steps", "avoid", "look_alikes")
CHOSEN = ("also_topics", "sources", "safety")
_SEVERAL = ("object", "problem", "regions")
_VALID = timedelta(days=2 * 365)
EMPTY: Mapping[str, object] = {"topic": "", "also_topics": [], "sources": ["common-practice"], "safety": []}


@dataclass(frozen=True)
class Typed:
    """What somebody typed: every field as the form shows it, the text it makes, and what keeps it from being one."""

    shown: Mapping[str, str | list[str]]
    text: ArticleText | None
    missing: tuple[str, ...] = field(default=())


def shown(fields: Mapping[str, object]) -> dict[str, str | list[str]]:
    """The fields of an article as the form shows them: lists one a line, names with 、 between them."""
    filled = {**EMPTY, "valid_until": (clock.now().date() + _VALID).isoformat(), **fields}
    return {name: _as_typed(name, filled.get(name)) for name in ArticleText.model_fields}


def _as_typed(name: str, value: object) -> str | list[str]:
    if name in CHOSEN:
        return [str(one) for one in value] if isinstance(value, list | tuple) else []
    if isinstance(value, list | tuple):
        return ("、" if name in _SEVERAL else "\n").join(str(one) for one in value)
    if isinstance(value, date):
        return value.isoformat()
    text = "" if value is None else str(value)
    return text.replace("|", "、") if name in _SEVERAL else text


def read(form: MultiDict[str, str], article_id: str) -> Typed:
    """What was typed, as an article with this id."""
    typed: dict[str, str | list[str]] = {
        name: form.getlist(name) if name in CHOSEN else form.get(name, "").replace("\r\n", "\n").strip()
        for name in ArticleText.model_fields
        if name not in {"id", "reviewed_by", "approved_by"}
    }
    fields: dict[str, object] = dict(typed)
    for name in LINES:
        fields[name] = [line.strip() for line in form.get(name, "").splitlines() if line.strip()]
    objects = _several(form.get("object", ""))
    fields["object"] = drafting.canonical(objects)
    fields["problem"] = drafting.canonical_problems(_several(form.get("problem", "")), objects)
    fields["regions"] = _several(form.get("regions", ""))
    try:
        text = ArticleText.model_validate({**fields, "id": article_id})
    except ValidationError as error:
        return Typed(typed, None, telling.of_shape(error))
    return Typed(
        {**typed, "object": _as_typed("object", text.object), "problem": _as_typed("problem", text.problem)}, text
    )


def _several(typed: str) -> list[str]:
    for mark in "，,;；|/ \n":
        typed = typed.replace(mark, "、")
    return [part for part in typed.split("、") if part]
