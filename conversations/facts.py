"""Facts come up, words go down: what happened to a case or a need, told to the farmer in one plain line."""

from collections.abc import Callable
from uuid import UUID

from conversations import choices, deliveries, hand_over, long_answers, phrases, quota, talk, texts
from conversations.choices import Choice, Words
from conversations.links import Links
from core import files
from core.database import Transaction
from core.outbox import Fact
from handoff import cases, routing
from handoff.cases import Case, Entry
from handoff.states import Kind, State
from needs import filed
from needs.filed import Need

# Facts of a need's case that the need itself tells the farmer.
_TOLD_BY_THE_NEED = frozenset({"case_cancelled", "case_resolved", "case_confirmed"})
_NOT_OF_INCIDENTS = frozenset({"case_cancelled", "case_merged", "case_escalated", "case_reopened", "promise_broken"})
_ASKED = 60  # characters of what is asked once more


def tell_about_case(tx: Transaction, fact: Fact, *, links: Links) -> None:
    """Turn a fact about a case into words to its farmer; of an incident only what a person says or does with him."""
    case = cases.get(tx, fact.uuid("case_id"))
    if not case.is_live:
        choices.close_the_cases(tx, case.conversation_id, case.id)
    if case.kind is Kind.NEED and fact.topic in _TOLD_BY_THE_NEED:
        return
    if case.kind is Kind.INCIDENT and fact.topic in _NOT_OF_INCIDENTS:
        return
    words = _CASE_WORDS[fact.topic](tx, case, fact)
    if words is None or (fact.topic in _CAN_BE_SPARED and _left(tx, case) <= _KEPT):
        return
    about = deliveries.About(case_id=case.id, entry=_entry(fact))
    _say(tx, case.conversation_id, words, about, links)


# The platform lets us send five messages: two are kept for what the expert has to say (reference: handoff §0.6).
_KEPT = 2
_CAN_BE_SPARED = frozenset({"case_accepted", "promise_broken", "case_escalated", "case_split", "farmer_silent"})


def _left(tx: Transaction, case: Case) -> int:
    """How many messages could still be sent after those that are on their way."""
    return quota.left(tx, case.conversation_id).remaining - deliveries.on_their_way(tx, case.conversation_id)


def _say(tx: Transaction, conversation_id: UUID, words: Words, about: deliveries.About, links: Links) -> None:
    kinds = {file.id: file.kind for file in files.several(tx, list(words.files))}
    sendable = tuple((file_id, kinds[file_id]) for file_id in words.files if kinds.get(file_id) in _NAMES)
    ending = f"\n{phrases.IS_IT_SOLVED}" if words.choices else ""  # a case writes its choices into its own words
    shorter = _with_link(words.text, ending, {kind for _, kind in sendable}, about, links)
    if shorter is None:
        deliveries.promise(tx, conversation_id, words.text + ending, about, files=sendable)
    else:
        deliveries.promise(tx, conversation_id, shorter, about)
    if words.choices:
        choices.offer(tx, conversation_id, words)


_NAMES = {"image": phrases.THE_PHOTOS, "voice": phrases.THE_RECORDINGS}


def _with_link(text: str, ending: str, kinds: set[str], about: deliveries.About, links: Links) -> str | None:
    """One message with a link to everything; None when the words fit into one, or nobody could open the link."""
    if not links.lead_somewhere or about.case_id is None or about.entry is None:
        return None
    if texts.size(texts.clean(text + ending)) <= texts.MOST_BYTES:
        return None
    names = (phrases.WHOLE_TEXT, *(name for kind, name in _NAMES.items() if kind in kinds))
    link = links.to_answer(about.case_id, about.entry)
    return long_answers.in_one_message(text, link, ending=ending, names=names)


def _entry(fact: Fact) -> int | None:
    entry = fact.ids.get("entry")
    return entry if isinstance(entry, int) else None


def _accepted(tx: Transaction, case: Case, fact: Fact) -> Words | None:
    choices.close_the_bots(tx, case.conversation_id)
    expert = _who(tx, case, "claim", "accept")
    return Words(phrases.EXPERT_HERE.format(expert=expert, number=case.number))


def _asked(tx: Transaction, case: Case, fact: Fact) -> Words | None:
    entry = cases.entry(tx, case.id, int(fact.ids["entry"]))
    return Words(phrases.EXPERT_ASKS.format(expert=entry.author_name, text=_text(tx, entry)), files=entry.files)


def _text(tx: Transaction, entry: Entry) -> str:
    """What an expert wrote; of a recording or a photo without words, what is to come."""
    if entry.text:
        return entry.text
    spoken = any(file.kind == "voice" for file in files.several(tx, list(entry.files)))
    return phrases.LISTEN if spoken else phrases.LOOK


def _answered(tx: Transaction, case: Case, fact: Fact) -> Words | None:
    entry = cases.entry(tx, case.id, int(fact.ids["entry"]))
    text = phrases.EXPERT_ANSWERS.format(expert=entry.author_name, text=_text(tx, entry))
    if case.kind is Kind.INCIDENT:
        return Words(text, files=entry.files)
    picks = (
        Choice(phrases.YES_SOLVED, {"do": "confirm", "case_id": str(case.id)}, "case"),
        Choice(phrases.NOT_YET_SOLVED, {"do": "dispute", "case_id": str(case.id)}, "case"),
    )
    return Words(text, picks, files=entry.files)


def _resolved(tx: Transaction, case: Case, fact: Fact) -> Words | None:
    if case.outcome == "no_reply":
        return Words(phrases.NO_REPLY_CLOSED.format(number=case.number))
    return Words(phrases.CASE_CLOSED.format(number=case.number))


def _cancelled(tx: Transaction, case: Case, fact: Fact) -> Words | None:
    """Who withdrew it himself has been told so at once."""
    if fact.ids.get("by") == "farmer":
        return None
    reason = next((event.payload.get("reason", "") for event in reversed(cases.events(tx, case.id))), "")
    return Words(phrases.CASE_CANCELLED.format(number=case.number, reason=reason))


def _merged(tx: Transaction, case: Case, fact: Fact) -> Words | None:
    assert case.merged_into is not None
    return Words(phrases.CASE_MERGED.format(number=cases.get(tx, case.merged_into).number))


def _reopened(tx: Transaction, case: Case, fact: Fact) -> Words | None:
    """Who opened it again himself has been told so at once."""
    return None if fact.ids.get("by") == "farmer" else Words(phrases.CASE_REOPENED.format(number=case.number))


def _escalated(tx: Transaction, case: Case, fact: Fact) -> Words | None:
    """Said when somebody sends it up; the router's own ways are of no use to a farmer."""
    if fact.ids.get("by") != "staff":
        return None
    goes_up = fact.ids.get("goes_up") and routing.is_anybody(tx, case)
    form = phrases.CASE_TO_NEXT_LEVEL if goes_up else phrases.CASE_TO_OTHERS
    return Words(form.format(number=case.number))


def _overdue(tx: Transaction, case: Case, fact: Fact) -> Words | None:
    if case.answered_at is not None or not case.is_live:
        return None
    phone = hand_over.help_line_of(tx, case.place_code)
    return Words(phrases.STILL_WAITING.format(number=case.number, phone=phone))


def _still_asked(tx: Transaction, case: Case, fact: Fact) -> Words | None:
    if case.state is not State.WAITING_FARMER:
        return None
    asked = [entry for entry in cases.entries(tx, case.id) if entry.said_by == "expert" and entry.text]
    if not asked:
        return None
    return Words(phrases.STILL_ASKED.format(expert=asked[-1].author_name, text=texts.shorten(asked[-1].text, _ASKED)))


def _split(tx: Transaction, case: Case, fact: Fact) -> Words | None:
    return Words(phrases.CASE_SPLIT.format(number=cases.get(tx, fact.uuid("into")).number))


def _who(tx: Transaction, case: Case, *commands: str) -> str:
    return next(event.actor_name for event in reversed(cases.events(tx, case.id)) if event.command in commands)


CaseWords = Callable[[Transaction, Case, Fact], Words | None]
_CASE_WORDS: dict[str, CaseWords] = {
    "case_accepted": _accepted,
    "case_asked": _asked,
    "case_answered": _answered,
    "case_resolved": _resolved,
    "case_cancelled": _cancelled,
    "case_merged": _merged,
    "case_reopened": _reopened,
    "case_escalated": _escalated,
    "promise_broken": _overdue,
    "farmer_silent": _still_asked,
    "case_split": _split,
}
CASE_TOPICS = tuple(_CASE_WORDS)


# --- needs


def tell_about_need(tx: Transaction, fact: Fact) -> None:
    """Turn a fact about a need into words to its farmer; what he did himself he has been told already."""
    if fact.ids.get("by") == "farmer":
        return
    need = filed.get(tx, fact.uuid("need_id"))
    text = _NEED_WORDS[fact.topic](tx, need, fact)
    deliveries.promise(tx, need.conversation_id, text, deliveries.About(need_id=need.id))


def _need_text(tx: Transaction, need: Need, fact: Fact) -> str:
    return next(event.text for event in filed.events(tx, need.id) if event.seq == fact.ids["seq"])


def _need_returned(tx: Transaction, need: Need, fact: Fact) -> str:
    choices.close_the_bots(tx, need.conversation_id)
    talk.change(tx, need.conversation_id, expects={"need": str(need.id)})
    return phrases.NEED_RETURNED.format(number=need.number, question=_need_text(tx, need, fact))


def _need_accepted(tx: Transaction, need: Need, fact: Fact) -> str:
    return phrases.NEED_ACCEPTED.format(number=need.number)


def _need_rejected(tx: Transaction, need: Need, fact: Fact) -> str:
    return phrases.NEED_REJECTED.format(number=need.number, reason=_need_text(tx, need, fact))


def _need_merged(tx: Transaction, need: Need, fact: Fact) -> str:
    assert need.merged_into is not None
    return phrases.NEED_MERGED.format(number=need.number, into=filed.get(tx, need.merged_into).number)


def _need_dispatched(tx: Transaction, need: Need, fact: Fact) -> str:
    return phrases.NEED_DISPATCHED.format(number=need.number)


def _need_closed(tx: Transaction, need: Need, fact: Fact) -> str:
    return phrases.NEED_CLOSED.format(number=need.number, result=_need_text(tx, need, fact))


def _need_cancelled(tx: Transaction, need: Need, fact: Fact) -> str:
    reason = _need_text(tx, need, fact) or phrases.NO_REASON_GIVEN
    return phrases.NEED_CANCELLED_BY_STAFF.format(number=need.number, reason=reason)


NeedWords = Callable[[Transaction, Need, Fact], str]
_NEED_WORDS: dict[str, NeedWords] = {
    "need_returned": _need_returned,
    "need_accepted": _need_accepted,
    "need_rejected": _need_rejected,
    "need_merged": _need_merged,
    "need_dispatched": _need_dispatched,
    "need_closed": _need_closed,
    "need_cancelled": _need_cancelled,
}
NEED_TOPICS = tuple(_NEED_WORDS)
