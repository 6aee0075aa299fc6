"""Questions that no article answered: what farmers asked, for those who write articles."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from conversations.incoming import Kind
from conversations.tables import messages, set_aside
from core import clock
from core.database import Transaction
from knowledge import reading, words
from knowledge.grouping import Asked

MOST = 5000
_NO_ARTICLE = ("hand_off", "clarify")
_QUESTION = "ask!_%"  # the intents that ask something, in domain.yml; ! escapes


def since(tx: Transaction, start: datetime, *, most: int = MOST) -> list[Asked]:
    """Questions asked since then that got no article, or one that the farmer said did not help; the newest first.

    An offer of several articles counts as answered when the farmer took one. What was set aside is left out.
    """
    outcome, intent = messages.c.result["outcome"].astext, messages.c.result["intent"].astext

    def following(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        return sa.func.lead(column).over(partition_by=messages.c.conversation_id, order_by=messages.c.seq)

    turns = (
        sa.select(
            messages.c.text,
            messages.c.conversation_id,
            messages.c.received_at,
            messages.c.kind,
            outcome.label("outcome"),
            intent.label("intent"),
            following(outcome).label("next_outcome"),
            following(intent).label("next_intent"),
        )
        .where(messages.c.received_at >= start, messages.c.state == "done")
        .subquery()
    )
    unanswered = sa.and_(turns.c.outcome.in_(_NO_ARTICLE), sa.func.coalesce(turns.c.next_outcome, "") != "answer")
    unsolved = sa.and_(turns.c.outcome == "answer", turns.c.next_intent == "not_solved")
    rows = tx.execute(
        sa.select(turns)
        .where(
            turns.c.kind == Kind.TEXT,
            turns.c.intent.like(_QUESTION, escape="!"),
            sa.or_(unanswered, unsolved),
        )
        .order_by(turns.c.received_at.desc())
        .limit(most)
    )
    aside = set(tx.execute(sa.select(set_aside.c.core)).scalars())
    asked = [Asked(reading.plain(row.text), row.conversation_id, row.received_at) for row in rows]
    return [one for one in asked if words.core(one.text) not in aside]


def put_aside(tx: Transaction, wordings: Iterable[str], *, by: str) -> None:
    """Nobody needs an article for these; they are not listed again."""
    at = clock.now()
    for core in {words.core(wording) for wording in wordings}:
        tx.execute(insert(set_aside).values(core=core, by=by, at=at).on_conflict_do_nothing())
