"""The articles of a running process, ready for search: built once, renewed when an article changes."""

from threading import Lock

from core.database import Transaction
from knowledge import articles, search, words
from knowledge.search import Candidate, Decision, Index, Query


class Shelf:
    """Holds the search index of a process. Asking costs one small query to see whether any article has changed.

    While one thread prepares a changed shelf, the others go on answering from the one before.
    """

    def __init__(self) -> None:
        self._edition: tuple[object, ...] | None = None
        self._index = Index()
        self._renewing = Lock()

    def decide(self, tx: Transaction, query: Query) -> Decision:
        """Answer, offer a choice, or say that we do not know."""
        return search.decide(self.index(tx), query)

    def rank(self, tx: Transaction, query: Query) -> tuple[Candidate, ...]:
        """The nearest articles with scores and reasons, for the desk."""
        return search.rank(self.index(tx), query)

    def index(self, tx: Transaction) -> Index:
        """The index of the articles as they are now."""
        edition = articles.edition(tx)
        if edition == self._edition:
            return self._index
        if not self._renewing.acquire(blocking=self._edition is None):
            return self._index
        try:
            if edition != self._edition:
                self._index = Index.of(articles.published(tx))
                self._edition = edition
        finally:
            self._renewing.release()
        return self._index

    def warm_up(self, tx: Transaction) -> None:
        """Load the dictionary and prepare the articles before the first farmer asks."""
        words.warm_up()
        self.index(tx)
