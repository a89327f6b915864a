"""The mentions index: find what was heard. Rebuilt from the ledger at any time."""

from earnest.search.document import Document, document_id
from earnest.search.index import After, MentionsIndex, SearchPage
from earnest.search.query import QueryError

__all__ = ["After", "Document", "MentionsIndex", "QueryError", "SearchPage", "document_id"]
