"""Replies kept ready, filled in for one case."""

from dataclasses import replace

from console import current, words
from console.case_view import View
from conversations import canned
from conversations.canned import About, Reply
from core.database import Transaction
from handoff import routing

ASK_FOR_PHOTOS = "photos"
SHOWN = 6  # the others are one tap further away


def ready(tx: Transaction, view: View) -> list[Reply]:
    """What whoever looks may put into the answer, those of the case's crop first, with the variables filled in."""
    about = _about(view)
    found = canned.for_case(tx, current.me().id, routing.names_of(view.case))
    return [replace(reply, text=canned.fill(reply.text, about)) for reply in found]


def _about(view: View) -> About:
    case = view.case
    return About(
        called=view.called,
        object=case.object.partition("|")[0],
        place=words.short_place(case.place_code),
        number=case.number,
        me=current.me().name,
    )
