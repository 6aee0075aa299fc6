"""The articles of a running process, ready for search: built once, renewed when an article changes."""

from threading import Lock

from core import clock
from core.database import Transaction
from core.errors import NotFound
from knowledge import articles, deciding, names, search, words
from knowledge.articles import Article
from knowledge.asked import Query
from knowledge.index import Index
from knowledge.names import NameBook
from knowledge.search import Candidate, Decision


class Shelf:
    """Holds the search index of a process. Asking costs one small query to see whether any article has changed.

    While one thread prepares a changed shelf, the others go on answering from the one before.
    With `show_unapproved` false only articles that a person of the county has signed are on it.
    """

    def __init__(self, *, show_unapproved: bool = True) -> None:
        self._show_unapproved = show_unapproved
        self._edition: tuple[object, ...] | None = None
        self._index = Index()
        self._renewing = Lock()

    @property
    def names(self) -> NameBook:
        """The names of crops, animals, problems and jobs that the articles are about."""
        return names.known()

    def decide(self, tx: Transaction, query: Query) -> Decision:
        """Answer, offer a choice, or say that we do not know."""
        return deciding.decide(self.index(tx), query)

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
                self._index = Index.of(article for article in articles.published(tx) if self._may_show(article))
                self._edition = edition
        finally:
            self._renewing.release()
        return self._index

    def articles(self, tx: Transaction) -> tuple[Article, ...]:
        """The articles that may answer now."""
        return tuple(entry.article for entry in self.index(tx).entries)

    def article(self, tx: Transaction, article_id: str) -> Article | None:
        """An article that may still answer today."""
        try:
            found = articles.get(tx, article_id)
        except NotFound:
            return None
        return found if found.is_answering(clock.now().date()) and self._may_show(found) else None

    def _may_show(self, article: Article) -> bool:
        return self._show_unapproved or bool(article.approved_by)

    def warm_up(self, tx: Transaction) -> None:
        """Load the dictionary and prepare the articles before the first farmer asks."""
        words.warm_up()
        self.index(tx)
