"""The embedded home of the index: FTS5, in the ledger's file or in one of its own."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine

from earnest.ledger.fts import FtsTables
from earnest.search.document import Document
from earnest.search.index import After, SearchPage
from earnest.search.query import parse

COUNTED = 10_000
"""Results of a search are counted so far; beyond that, there are more."""


class EmbeddedIndex:
    """A MentionsIndex on SQLite FTS5."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`, a SQLite database; tables are made where they are missing."""
        self._tables = FtsTables(engine)

    def upsert(self, documents: Iterable[Document]) -> None:
        """Take documents in; one that is older than what is held changes nothing."""
        self._tables.upsert(documents)

    def delete(self, ids: Iterable[str]) -> None:
        """Erase documents by id."""
        self._tables.delete(ids)

    def search(self, query: str, *, limit: int = 50, after: After | None = None) -> SearchPage:
        """Find mentions, newest first, or raise QueryError."""
        node = parse(query)
        found = self._tables.search(node, limit + 1, after)
        page = tuple(found[:limit])
        more = (page[-1].created_at, page[-1].id) if len(found) > limit else None
        total = self._tables.count(node, COUNTED + 1)
        return SearchPage(page, min(total, COUNTED), more, total <= COUNTED)

    def count(self, query: str) -> int:
        """How many mentions match."""
        return self._tables.count(parse(query))

    def clear(self) -> None:
        """Erase every document."""
        self._tables.clear()
