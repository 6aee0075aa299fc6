"""What to do with a question: as it stands, and where nothing answers it so, clause by clause."""

from knowledge import search, stories
from knowledge.asked import Query
from knowledge.index import Index
from knowledge.search import Decision, Verdict


def decide(index: Index, query: Query) -> Decision:
    """Answer, offer a choice, or say that we do not know."""
    by = search.weights()
    whole = search.fitting(query.question, search.rank(index, query, by))
    decision = search.choose(whole, by, is_sure=query.is_sure)
    if decision.verdict is Verdict.ANSWER or not query.is_sure:
        return decision
    retold = stories.choose(stories.listen(index, query, whole, by), by)
    return decision if retold.verdict is Verdict.NONE else retold
