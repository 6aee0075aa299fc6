"""The knowledge desk: writing, looking at it as on the phone, publishing, signing, retiring."""

from collections.abc import Iterable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import article_forms, case_view, current, once, refusals
from console.api import status_of
from console.article_forms import Typed
from conversations import answers
from core import anonymous, people
from core.database import Transaction
from core.errors import NotFound, Refused
from handoff import cases
from handoff.cases import Case, Entry
from knowledge import articles, desk, drafting, names, sources
from knowledge.articles import Article
from knowledge.desk import Look
from knowledge.drafting import Answered
from knowledge.topics import TOPICS

pages = Blueprint("article_editing", __name__)

SAFETY_NAMES = {"pesticide": "打药", "veterinary": "兽药疫苗", "policy": "政策", "fire": "用火", "water": "水面"}
_UNSAVED = "new"
_DONE = {
    "publish": "已发布，下一位问到的农户就会看到。",
    "retire": "已停用，不再用来回答。",
    "sign": "已签名审定。农户看到的回答不再注明“未经审定”。",
}


@pages.get("/articles/new")
def new() -> ResponseReturnValue:
    """An empty form; with a question or a case in the address, what is known of those is filled in."""
    fields: dict[str, object] = {"question": request.args.get("question", "")[:60]}
    fields["object"] = "|".join(request.args.getlist("object"))[:60]
    fields["asked_as"] = [line[:80] for line in request.args.getlist("asked_as")[:8]]
    return _form(Typed(article_forms.shown(fields), None))


@pages.get("/cases/<uuid:case_id>/article")
def from_case(case_id: UUID) -> ResponseReturnValue:
    """The beginnings of an article from what an expert answered, without what says who the farmer is."""
    with current.services().database.transaction() as tx:
        case = cases.for_staff(tx, case_id, current.me())
        entries = cases.entries(tx, case.id)
        if not case_view.may_become_article(case, entries):
            raise NotFound("这个工单还没有答复，或者是紧急事件，不能写成文章。")
        fields, removed = _from_answer(tx, case, entries)
    return _form(Typed(article_forms.shown(fields), None), removed=removed, case=case)


@pages.post("/articles/new")
def create() -> ResponseReturnValue:
    typed = article_forms.read(request.form, _UNSAVED)
    if typed.text is None:
        return _form(typed), 422
    if request.form.get("case") and request.form.get("nobody_named") != "yes":
        return _form(typed, refusal="请通读一遍，确认没有农户的个人信息，再勾上确认。"), 422
    text = typed.text

    def add() -> str:
        new = text.model_copy(update={"id": desk.new_id(tx, text.title)})
        return desk.add(tx, new, by=current.me().name, publish=_is_to_publish()).id

    try:
        with current.services().database.transaction() as tx:
            article_id = once.sent_once(tx, add)
    except Refused as refusal:
        refusals.note(refusal)
        return _form(typed, refusal=refusal.words), status_of(refusal)
    flash("已发布，下一位问到的农户就会看到。" if _is_to_publish() else "草稿已保存。", "done")
    return redirect(url_for("knowledge.show", article_id=article_id), 303)


@pages.get("/articles/<article_id>/edit")
def edit(article_id: str) -> ResponseReturnValue:
    """The article in the form; with a version in the address, as it was then."""
    with current.services().database.transaction() as tx:
        article = articles.get(tx, article_id)
        wanted = request.args.get("version", article.version, type=int)
        version = next((one for one in articles.versions(tx, article_id) if one.version == wanted), None)
    if version is None:
        raise NotFound("没有这一版。")
    more = [line[:80] for line in request.args.getlist("asked_as")[:8]]
    fields = version.text.model_dump()
    fields["asked_as"] = list(dict.fromkeys([*version.text.asked_as, *more]))
    return _form(Typed(article_forms.shown(fields), version.text), article=article)


@pages.post("/articles/<article_id>/edit")
def save(article_id: str) -> ResponseReturnValue:
    typed = article_forms.read(request.form, article_id)
    with current.services().database.transaction() as tx:
        article = articles.get(tx, article_id)
    if typed.text is None:
        return _form(typed, article=article), 422
    try:
        with current.services().database.transaction() as tx:
            desk.save(tx, typed.text, seen=_seen(), by=current.me().name, publish=_is_to_publish())
    except Refused as refusal:
        refusals.note(refusal)
        return _form(typed, article=article, refusal=refusal.words), status_of(refusal)
    flash("已保存为新的一版。", "done")
    return redirect(url_for("knowledge.show", article_id=article_id), 303)


@pages.post("/articles/preview")
def preview() -> ResponseReturnValue:
    """What is typed, as on the phone, with what the rules say of it."""
    article_id = request.form.get("article_id", "") or _UNSAVED
    typed = article_forms.read(request.form, article_id)
    with current.services().database.transaction() as tx:
        return render_template("pieces/article_preview.html", **_seen_as(tx, typed))


@pages.post("/articles/<article_id>/<command>")
def do(article_id: str, command: str) -> ResponseReturnValue:
    if command not in _DONE:
        raise NotFound
    by = current.me().name
    try:
        with current.services().database.transaction() as tx:
            if command == "publish":
                desk.publish(tx, article_id, seen=_seen(), by=by)
            elif command == "retire":
                articles.retire(tx, article_id, seen=_seen(), by=by)
            else:
                desk.sign(tx, article_id, seen=_seen(), by=current.me().signature)
        flash(_DONE[command], f"done {command}")
    except NotFound:
        raise
    except Refused as refusal:
        refusals.note(refusal)
        flash(refusal.words, "refused")
    return redirect(url_for("knowledge.show", article_id=article_id), 303)


def _form(
    typed: Typed,
    *,
    article: Article | None = None,
    refusal: str = "",
    removed: tuple[str, ...] = (),
    case: Case | None = None,
) -> str:
    with current.services().database.transaction() as tx:
        seen_as = _seen_as(tx, typed)
    book = names.known()
    return render_template(
        "article_form.html",
        **seen_as,
        written=typed.shown,
        article=article,
        seen=request.form.get("seen") or (article.version if article else 0),
        refusal=refusal,
        removed=removed,
        case_id=str(case.id) if case else request.form.get("case", ""),
        case_number=case.number if case else request.form.get("case_number", ""),
        topics=TOPICS,
        objects=list(book.things),
        problems=list(book.problems),
        all_sources=sources.known(),
        safety_names=SAFETY_NAMES,
    )


def _seen_as(tx: Transaction, typed: Typed) -> dict[str, object]:
    text = typed.text
    look = desk.look(text, current.services().shelf.articles(tx)) if text else Look(typed.missing, ())
    return {"as_seen": answers.as_words(articles.as_if(text)) if text else "", "look": look}


def _from_answer(tx: Transaction, case: Case, entries: Iterable[Entry]) -> tuple[dict[str, object], tuple[str, ...]]:
    """The fields, and what was taken out of question and answer because it says who the farmer is."""
    answered = "\n".join(entry.text for entry in entries if entry.said_by == "expert" and entry.kind == "text")
    farmer = people.farmer(tx, case.farmer_id)
    known = (farmer.called, *(one.name for one in people.everyone(tx)))
    question, answer = anonymous.clean(case.question, known=known), anonymous.clean(answered, known=known)
    fields = drafting.from_answer(
        Answered(question.text, answer.text, object=case.object, topic=case.topic, problem=case.problem)
    )
    return fields, tuple(dict.fromkeys((*question.removed, *answer.removed)))


def _is_to_publish() -> bool:
    return request.form.get("as") == "publish"


def _seen() -> int:
    seen = request.form.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 10 else 0
