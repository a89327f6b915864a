"""The mentions index as the rest of Earnest sees it: one interface, two homes.

It is rebuilt from the ledger at any time; it is never the truth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from earnest.search.document import Document

After = tuple[datetime, str]
"""Where the next page starts: time and document id of the last row of the page before."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results, newest first. `next` is None on the last page.

    exact: False where more than `total` match, and nobody counted how many.
    """

    documents: tuple[Document, ...]
    total: int
    next: After | None = None
    exact: bool = True


class MentionsIndex(Protocol):
    """A home of the index. Queries are the language of `earnest.search.query`."""

    def upsert(self, documents: Iterable[Document]) -> None:
        """Take documents in; one that is older than what is held changes nothing."""
        ...

    def delete(self, ids: Iterable[str]) -> None:
        """Drop documents by id, text and all; unknown ids are passed over."""
        ...

    def search(self, query: str, *, limit: int = 50, after: After | None = None) -> SearchPage:
        """Find mentions, or raise QueryError."""
        ...

    def count(self, query: str) -> int:
        """How many mentions match."""
        ...

    def clear(self) -> None:
        """Drop everything, to be filled again from the ledger."""
        ...
